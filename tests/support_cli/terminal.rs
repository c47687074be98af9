//! A terminal for a program under test: a pty, what was typed into it and what came out.

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long anything may take. It is long so that a busy machine fails no test.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came out so far, and whether there will be more.
#[derive(Default)]
struct Seen {
    bytes: Vec<u8>,
    over: bool,
}

/// A program on a terminal of 24 lines by 80 columns, or as said.
pub(crate) struct Terminal {
    child: Child,
    master: File,
    seen: Arc<(Mutex<Seen>, Condvar)>,
    /// How much of what came out has been waited for.
    at: usize,
}

impl Terminal {
    /// Whether there can be one: a pty, and `setsid` to make it a controlling terminal.
    pub(crate) fn trouble() -> Option<&'static str> {
        // Without its master a terminal is hung up.
        let Some((_master, slave)) = open_pty(24, 80) else {
            return Some("there are no pseudoterminals");
        };
        let quiet = Command::new("setsid")
            .args(["-c", "true"])
            .stdin(slave)
            .stderr(Stdio::null())
            .status();
        (!quiet.is_ok_and(|s| s.success())).then_some("there is no setsid that knows -c")
    }

    /// Starts a program with the terminal as its standard streams.
    pub(crate) fn start(command: &Command, lines: u16, columns: u16) -> Terminal {
        let (master, slave) = open_pty(lines, columns).expect("a pseudoterminal");
        // setsid makes it the controlling terminal, so that Ctrl-C is a signal; then it becomes the program.
        let mut on_terminal = Command::new("setsid");
        on_terminal
            .arg("-c")
            .arg(command.get_program())
            .args(command.get_args());
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => on_terminal.env(name, value),
                None => on_terminal.env_remove(name),
            };
        }
        let copy = || Stdio::from(slave.try_clone().expect("a descriptor"));
        on_terminal.stdin(copy()).stdout(copy()).stderr(copy());
        let child = on_terminal.spawn().expect("setsid starts");
        drop((on_terminal, slave));

        let seen: Arc<(Mutex<Seen>, Condvar)> = Arc::default();
        let (mut from, to) = (master.try_clone().expect("a descriptor"), seen.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            loop {
                // When the last descriptor of the other side is closed, reading fails.
                let n = from.read(&mut buffer).unwrap_or(0);
                let mut seen = to.0.lock().unwrap_or_else(PoisonError::into_inner);
                seen.bytes.extend_from_slice(&buffer[..n]);
                seen.over |= n == 0;
                to.1.notify_all();
                if n == 0 {
                    return;
                }
            }
        });
        Terminal {
            child,
            master,
            seen,
            at: 0,
        }
    }

    /// Types.
    pub(crate) fn send(&mut self, keys: &str) {
        self.master
            .write_all(keys.as_bytes())
            .expect("the terminal takes input");
    }

    /// Waits until `mark` comes out; gives what came out before it, since the last mark.
    pub(crate) fn until(&mut self, mark: &str) -> String {
        let (seen, more) = &*self.seen;
        let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let end = Instant::now() + PATIENCE;
        loop {
            let fresh = &seen.bytes[self.at..];
            if let Some(n) = fresh.windows(mark.len()).position(|w| w == mark.as_bytes()) {
                let text = String::from_utf8_lossy(&fresh[..n]).into_owned();
                self.at += n + mark.len();
                return text;
            }
            let left = end.saturating_duration_since(Instant::now());
            if seen.over || left.is_zero() {
                panic!(
                    "{mark:?} did not come; there was {:?}",
                    String::from_utf8_lossy(fresh)
                );
            }
            seen = more
                .wait_timeout(seen, left)
                .unwrap_or_else(PoisonError::into_inner)
                .0;
        }
    }

    /// Presses Ctrl-C as soon as that is a signal: the editor, which takes keys one by one, has to be done first.
    pub(crate) fn interrupt(&mut self) {
        use rustix::termios::{LocalModes, tcgetattr};
        let end = Instant::now() + PATIENCE;
        let signals = |master: &File| {
            let modes = tcgetattr(master).expect("a terminal").local_modes;
            modes.contains(LocalModes::ISIG | LocalModes::ICANON)
        };
        while !signals(&self.master) {
            assert!(Instant::now() < end, "the editor does not let go");
            std::thread::sleep(Duration::from_millis(2));
        }
        self.send("\x03");
    }

    /// Waits for the end; gives the exit code (128 and the number for a signal) and the rest of what came out.
    pub(crate) fn end(&mut self) -> (i32, String) {
        use std::os::unix::process::ExitStatusExt;
        let end = Instant::now() + PATIENCE;
        let status = loop {
            match self.child.try_wait().expect("it is our child") {
                Some(status) => break status,
                None if Instant::now() > end => panic!("it does not end"),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        };
        let (seen, more) = &*self.seen;
        let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
        let (seen, _) = more
            .wait_timeout_while(seen, PATIENCE, |s| !s.over)
            .unwrap_or_else(PoisonError::into_inner);
        let code = status
            .code()
            .unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
        (
            code,
            String::from_utf8_lossy(&seen.bytes[self.at..]).into_owned(),
        )
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended; there is nobody left to tell otherwise.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Both sides of a new pty.
fn open_pty(lines: u16, columns: u16) -> Option<(File, OwnedFd)> {
    use rustix::fs::{Mode, OFlags};
    use rustix::pty::OpenptFlags;
    let master =
        rustix::pty::openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).ok()?;
    rustix::pty::grantpt(&master).ok()?;
    rustix::pty::unlockpt(&master).ok()?;
    let name = rustix::pty::ptsname(&master, Vec::new()).ok()?;
    let slave = rustix::fs::open(
        name,
        OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC,
        Mode::empty(),
    )
    .ok()?;
    let size = rustix::termios::Winsize {
        ws_row: lines,
        ws_col: columns,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    rustix::termios::tcsetwinsize(&slave, size).ok()?;
    Some((master.into(), slave))
}

/// Text without the terminal's control sequences and carriage returns.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\r' => {}
            '\x1b' if chars.peek() == Some(&'[') => {
                chars.next();
                // Parameters, then one final byte.
                while chars.next().is_some_and(|c| !('@'..='~').contains(&c)) {}
            }
            c => out.push(c),
        }
    }
    out
}
