//! Scratch.
#![allow(unsafe_code, clippy::unwrap_used, reason = "scratch")]
use sawmill_ir::{rights::Rights, text, value::Data, verify};
use sawmill_jit::*;
use sawmill_runtime::{Context, kernel::RealKernel};
fn main() {
    let path = std::env::args().nth(1).unwrap();
    let dir = std::env::args().nth(2).unwrap();
    let module = text::parse(&std::fs::read_to_string(path).unwrap()).unwrap();
    let v = verify::verify(module).unwrap();
    let c = compile(&v, Options { keep_text: true, ..Options::default() }).unwrap();
    if std::env::var_os("TEXT").is_some() {
        for (n, t) in c.clif() { println!("== {n}\n{t}"); }
        #[cfg(feature = "disasm")]
        for (n, t) in c.disasm() { println!("== {n}\n{t}"); }
    }
    println!("{c:?}");
    let mut ctx = Context::new(Default::default(), Box::new(RealKernel)).unwrap();
    let h = ctx.open_dir(dir.as_bytes(), Rights::ALL).unwrap();
    let words = ctx.load(&v, &[Data::Handle(h)]).unwrap();
    let r = unsafe { c.run(&mut ctx, &words) };
    match r {
        Ok(_) => { for r in ctx.rows().unwrap().elements().take(5) { println!("{:?}", r.data()); } println!("{}", ctx.rows().unwrap().len()); }
        Err(e) => println!("{e:?} {:?}", ctx.failure(e)),
    }
}
