//! The bytes that enter the kernel: one stub per system call number, called like a C function.
//!
//! Cranelift has no instruction for this. A stub gets the kernel's arguments in the registers of the C calling
//! convention and gives the kernel's register back as it is: a value, or a negative errno. The kernel keeps all
//! registers but those that the convention lets a callee change anyway (`rcx` and `r11` on x86_64).

use std::fmt::Write;

/// The machine code of the stub for this number.
pub(crate) fn bytes(number: u32) -> Vec<u8> {
    if cfg!(target_arch = "aarch64") {
        aarch64(number)
    } else {
        x86_64(number)
    }
}

/// The same for people, in the assembler's notation.
pub(crate) fn listing(number: u32) -> String {
    let mut text = String::new();
    let lines: &[&str] = if cfg!(target_arch = "aarch64") {
        &["mov x8, #N", "svc #0", "ret"]
    } else {
        &["movq %rcx, %r10", "movl $N, %eax", "syscall", "retq"]
    };
    for line in lines {
        let _ = writeln!(text, "  {}", line.replace('N', &number.to_string()));
    }
    text
}

fn x86_64(number: u32) -> Vec<u8> {
    let mut code = vec![0x49, 0x89, 0xca]; // mov r10, rcx
    code.push(0xb8); // mov eax, imm32
    code.extend(number.to_le_bytes());
    code.extend([0x0f, 0x05]); // syscall
    code.push(0xc3); // ret
    code
}

fn aarch64(number: u32) -> Vec<u8> {
    let instructions = [
        0xd280_0008 | (number & 0xffff) << 5,       // movz x8, #low
        0xf2a0_0008 | (number >> 16 & 0xffff) << 5, // movk x8, #high, lsl #16
        0xd400_0001,                                // svc #0
        0xd65f_03c0,                                // ret
    ];
    instructions.iter().flat_map(|i| i.to_le_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stand_where_the_instruction_has_them() {
        let code = x86_64(0x14c);
        assert_eq!(code, [0x49, 0x89, 0xca, 0xb8, 0x4c, 1, 0, 0, 0x0f, 5, 0xc3]);
        let code = aarch64(437);
        assert_eq!(code.len(), 16);
        // movz x8, #437
        assert_eq!(code[..4], (0xd280_0000u32 | 437 << 5 | 8).to_le_bytes());
    }
}
