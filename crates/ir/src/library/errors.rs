//! Errors as programs make them and look at them, and what a program prints.

use super::data::Outcome;
use super::{Call, NONE, Steps, one, some, text, words};
use crate::eval::Words;
use crate::fault::{Failure, Fault, make_error, subject};
use crate::host::Host;
use crate::module::place;
use crate::ty::file_type_name;
use crate::value::Data;

/// An error of the program's own with a message.
pub fn new(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let error = make_error(host, Fault::User, call.site, call.operands, call.words)?;
    Ok(one(error))
}

fn failure(call: &Call<'_>, host: &mut dyn Host) -> Failure {
    let read = Failure::read(call.module, host.memory(), call.word(0));
    read.unwrap_or_else(|| Failure::bare(Fault::NotOk))
}

/// What went wrong, in words.
pub fn message(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let failure = failure(call, host);
    text(host, failure.message().as_bytes())
}

/// The kernel's number of an error that it gave.
pub fn errno(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    Ok(match failure(call, host).fault {
        Fault::Errno(n) => some(&[n as u64]),
        _ => NONE,
    })
}

/// The short name of what went wrong: that of the errno, or a word.
pub fn name(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let failure = failure(call, host);
    text(host, failure.fault.code().as_bytes())
}

/// The operation that failed: the kernel's name of a system call, or the operation's.
pub fn operation(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let failure = failure(call, host);
    text(host, failure.operation.as_bytes())
}

/// The path that the failing operation was about: the first that it got, else that of the first handle.
pub fn path(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let found = subject(call.module, host.memory(), call.word(0));
    Ok(found.map_or(NONE, |path| some(&path)))
}

/// The operands of the failing operation that can be told, each as text.
pub fn args(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let args = failure(call, host).args;
    let count = args.len() as u64;
    let data = host.alloc((16 * count).max(8))?;
    for (n, arg) in args.iter().enumerate() {
        let [at, len] = host.put_bytes(told(arg).as_bytes())?;
        host.set_word(data + 16 * n as u64, at);
        host.set_word(data + 16 * n as u64 + 8, len);
    }
    Ok(one(host.put_words(&[count, count, data])?))
}

/// An operand in a few words.
fn told(arg: &Data) -> String {
    match arg {
        Data::Bool(b) => b.to_string(),
        Data::Int(n) | Data::Size(n) => n.to_string(),
        Data::Duration(n) => format!("{n}ns"),
        Data::Float(x) => format!("{x:?}"),
        Data::Mode(m) => format!("0o{m:o}"),
        Data::Ino(n) | Data::Dev(n) => n.to_string(),
        Data::FileType(n) => file_type_name(*n).into(),
        Data::Str(text) => text.clone(),
        Data::Path(bytes) | Data::Bytes(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        other => format!("{other:?}"),
    }
}

/// Where the failing operation is written.
pub fn at(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let failure = failure(call, host);
    match place(&call.module.sources, failure.at) {
        Some(place) => {
            let at = host.put_bytes(place.as_bytes())?;
            Ok(some(&at))
        }
        None => Ok(NONE),
    }
}

/// Ends the run; a number that no process can end with is an error of the program.
pub fn exit(call: &Call<'_>, _: &mut dyn Host) -> Outcome<Words> {
    let status = u8::try_from(call.word(0) as i64);
    Err(status.map_or(Fault::BadArgument, Fault::Exit))
}

/// How many bytes are printed at a time.
const PIECE: u64 = 1 << 16;

/// Puts out the bytes of a text.
pub fn print(call: &Call<'_>, host: &mut dyn Host) -> Outcome<Words> {
    let [at, len] = call.bytes(0);
    let mut steps = Steps::default();
    let mut done = 0;
    while done < len {
        let piece = (len - done).min(PIECE);
        let mut bytes = host.bytes(at + done, piece).to_vec();
        if piece == PIECE {
            // No character is cut: whoever gets the pieces may look at them one by one.
            let start = bytes.iter().rposition(|b| b & 0xc0 != 0x80);
            bytes.truncate(
                start
                    .filter(|n| *n + 4 > bytes.len() && *n > 0)
                    .unwrap_or(bytes.len()),
            );
        }
        if bytes.is_empty() {
            break;
        }
        host.print(&bytes)?;
        done += bytes.len() as u64;
        steps.add(bytes.len() as u64, host)?;
    }
    Ok(words(&[]))
}
