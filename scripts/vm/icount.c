/* A plugin for qemu's TCG (API version 1) that counts the instructions a guest with one CPU executes: user (addresses
 * in the low half) and kernel (high half) apart. A guest marks a point by executing MOVZ XZR, #LABEL, LSL #48, which
 * does nothing, in user mode; each mark prints a line, and so does the end:
 *
 *   icount mark LABEL user N kernel N delta-user N delta-kernel N
 *   icount total user N kernel N
 *
 * The user counts of equal runs are equal; the kernel's differ a little. Nothing here is a time.
 * The declarations are written out, since Debian has no package with the header. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
int qemu_plugin_version __attribute__((visibility("default"))) = 1;
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id, void (*)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_insn_exec_inline(struct qemu_plugin_insn *, int op, void *, uint64_t);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, void (*)(unsigned, void *), int flags, void *);
void qemu_plugin_register_atexit_cb(plugin_id, void (*)(plugin_id, void *), void *);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);
uint64_t qemu_plugin_insn_vaddr(const struct qemu_plugin_insn *);
void qemu_plugin_outs(const char *);

enum { USER, KERNEL, ADD_U64 = 0, NO_REGISTERS = 0 };
static uint64_t count[2], last[2];

static void mark(unsigned cpu, void *label) {
    char line[200];
    (void)cpu;
    snprintf(line, sizeof line, "icount mark %lu user %llu kernel %llu delta-user %llu delta-kernel %llu\n",
             (unsigned long)(uintptr_t)label, (unsigned long long)count[USER], (unsigned long long)count[KERNEL],
             (unsigned long long)(count[USER] - last[USER]), (unsigned long long)(count[KERNEL] - last[KERNEL]));
    memcpy(last, count, sizeof last);
    qemu_plugin_outs(line);
}

static void translated(plugin_id id, struct qemu_plugin_tb *block) {
    (void)id;
    for (size_t i = 0, n = qemu_plugin_tb_n_insns(block); i < n; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(block, i);
        int side = qemu_plugin_insn_vaddr(instruction) >> 63;
        uint32_t word;
        memcpy(&word, qemu_plugin_insn_data(instruction), 4);
        qemu_plugin_register_vcpu_insn_exec_inline(instruction, ADD_U64, &count[side], 1);
        if (side == USER && (word & 0xffe0001f) == 0xd2e0001f)
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, mark, NO_REGISTERS, (void *)(uintptr_t)(word >> 5 & 0xffff));
    }
}

static void finished(plugin_id id, void *data) {
    char line[100];
    (void)id, (void)data;
    snprintf(line, sizeof line, "icount total user %llu kernel %llu\n", (unsigned long long)count[USER],
             (unsigned long long)count[KERNEL]);
    qemu_plugin_outs(line);
}

__attribute__((visibility("default")))
int qemu_plugin_install(plugin_id id, const void *info, int argc, char **argv) {
    (void)info, (void)argc, (void)argv;
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, finished, 0);
    return 0;
}
