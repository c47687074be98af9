//! The run-time context: a session's handles, a run's memory, the kernel. What both engines run on.
//!
//! A host makes one [`Context`], opens the directories it hands out, and then for each run: [`Context::load`], an
//! engine's run with the words it gives, [`Context::finish`], a look at the result, [`Context::unload`].
//!
//! Promises: descriptors opened by a run are closed by [`Context::unload`] at the latest, the session's by dropping
//! the context; no memory of a run is seen by the next. Leaves out: the engines, and policy (whatever is opened in a
//! program's own right carries [`Options::ambient`]).
#![allow(
    unsafe_code,
    reason = "pointers for compiled code lie beside the things they point to, so that Send has to be vouched for"
)]

use crate::handles::Handles;
pub use crate::handles::{SLOTS, Slot};
use crate::kernel::call_apart;
use crate::load::Loaded;
use crate::memory::Memory;
use sawmill_ir::Arch;
use sawmill_ir::collect::{self, Remembered, Request, Turn, Turns, Young};
use sawmill_ir::fault::{Failure, Fault, TRACE, blamed};
use sawmill_ir::flags::{FlagSet, Flags, open};
use sawmill_ir::host::{Host, Kernel};
use sawmill_ir::interp::{MAX_DEPTH, Stopped};
use sawmill_ir::layout::{self, HOW_SIZE, Layout};
use sawmill_ir::module::Module;
use sawmill_ir::powers::Powers;
use sawmill_ir::rights::Rights;
use sawmill_ir::syscalls::Sys;
use sawmill_ir::ty::{MAX_WIDTH, Type};
use sawmill_ir::value::{Data, View};
use std::any::Any;
use std::collections::HashSet;
use std::io;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// What both engines run on. A handle is `generation << 32 | slot`. Compiled code reads and writes the public
/// fields at their offsets (`offset_of!`); the private ones after them belong to the runtime.
#[repr(C)]
pub struct Context {
    /// Start of the run's memory; offsets are from here.
    pub memory: *mut u8,
    /// The next free byte of the heap, a multiple of 8; an allocation of n bytes is `top`, then
    /// `top += (n + 7) & !7`, unless that goes beyond `limit` (fault Memory).
    pub top: u64,
    /// One past the last byte of the heap that may be allocated: less than the run's limit by what lists have.
    pub limit: u64,
    /// The handle table, [`SLOTS`] rows.
    pub slots: *const Slot,
    /// The mark of the stack of open handles: what [`Host::mark`] gives. Changes when a handle is opened.
    pub open: u64,
    /// Nonzero when the host wants the run to stop.
    pub interrupt: *const AtomicU32,
    /// The header of the output list.
    pub out: u64,
    /// How many rows the output list may hold before it is flushed.
    pub batch: u64,
    /// The error object of the failure on its way.
    pub error: u64,
    /// The fault of the failure on its way, as a word.
    pub fault: u64,
    /// How many calls may still nest.
    pub depth: u64,
    /// Words of a result.
    pub results: [u64; MAX_WIDTH],
    /// Words handed to the runtime's helpers: operands of a failing instruction, handles to keep.
    pub args: [u64; 32],

    pub(crate) range: Memory,
    /// The next free byte of the half for lists, a multiple of 8.
    lists: u64,
    /// One past the last byte of each half that was ever used since the memory was zero.
    used: [u64; 2],
    /// How many turns were made.
    turns: u64,
    /// Where the heap ended when a region began, at least for those that are not over.
    newest: u64,
    /// Maps that may refer to something younger.
    remembered: Vec<Remembered>,
    pub(crate) handles: Handles,
    pub(crate) options: Options,
    pub(crate) given: Given,
    pub(crate) loaded: Option<Arc<Loaded>>,
    kernel: Box<dyn Kernel + Send>,
    flag: Arc<AtomicU32>,
    sink: Sink,
    printer: Printer,
    root: u64,
    cwd: u64,
    /// A panic of the host's own code, which must not unwind through compiled code: it waits until that is back.
    panic: Option<Box<dyn Any + Send>>,
    /// The calls that the last error has come out of.
    trace: Trace,
}

// SAFETY: the raw pointers of the head point to what the private fields own (the range, the table, the flag), which
// moves with them or stays where it is; none of it is tied to a thread, and the boxes' contents are Send.
unsafe impl Send for Context {}

/// What a session is given.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// The most bytes of memory that a run may use: constants, heap and results. Address space is reserved for all of
    /// it; where the system refuses that, the limit is halved, down to 64 MiB.
    pub memory: u64,
    /// The most handles that may be open at a time, those of the session included; [`SLOTS`] at most.
    pub handles: usize,
    /// How much a loop may allocate before it is looked what of that can be given back. With 0 that is looked at in
    /// every round, of the first thousand, as tests do.
    pub region: u64,
    /// The rights of what a program opens in its own right: by a constant or computed path, and from the working
    /// directory. With none it opens nothing so.
    pub ambient: Rights,
    /// The powers that a program may take. One that takes another is refused before it runs.
    pub powers: Powers,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            memory: if cfg!(miri) { 2 << 20 } else { 4 << 30 },
            handles: SLOTS,
            region: 8 << 20,
            ambient: Rights::ALL,
            powers: Powers::ALL,
        }
    }
}

/// What a host gives the programs of a session besides the arguments of a run: nothing, unless it says so.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Given {
    args: Vec<Vec<u8>>,
    environment: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Given {
    /// With the words that `(args)` is to give.
    pub fn with_args(mut self, args: impl IntoIterator<Item = Vec<u8>>) -> Given {
        self.args = args.into_iter().collect();
        self
    }
    /// With the variables, name and value, that `(env)` is to give. Of two with one name it is the first.
    pub fn with_environment(
        mut self,
        variables: impl IntoIterator<Item = (Vec<u8>, Vec<u8>)>,
    ) -> Given {
        let mut seen = HashSet::new();
        let all = variables.into_iter();
        self.environment = all.filter(|v| seen.insert(v.0.clone())).collect();
        self
    }
    pub(crate) fn args(&self) -> Data {
        Data::List(self.args.iter().cloned().map(Data::Path).collect())
    }
    pub(crate) fn variable(&self, name: &[u8]) -> Data {
        let found = self.environment.iter().find(|v| v.0 == name);
        found.map_or(Data::None, |v| {
            Data::Some(Box::new(Data::Path(v.1.clone())))
        })
    }
    pub(crate) fn environment(&self) -> Data {
        let path = |bytes: &Vec<u8>| Data::Path(bytes.clone());
        Data::Map(
            self.environment
                .iter()
                .map(|(n, v)| (path(n), path(v)))
                .collect(),
        )
    }
}

/// The calls that an error has come out of.
#[derive(Default)]
struct Trace {
    /// The error's object.
    error: u64,
    /// The first of them, the innermost first.
    sites: Vec<u64>,
    /// How many there were.
    calls: u64,
}

/// Who gets the rows of a run whose result is a seq.
enum Sink {
    /// Nobody: they stay in the output list.
    Collect,
    /// This, one after another.
    Rows(Box<RowSink>),
}

/// Who gets what a run prints.
enum Printer {
    /// Nobody: it stays with the context.
    Collect(Vec<u8>),
    /// This, piece by piece.
    Bytes(Box<ByteSink>),
}

type ByteSink = dyn FnMut(&[u8]) -> ControlFlow<()> + Send;

type RowSink = dyn FnMut(&View<'_>) -> ControlFlow<()> + Send;

/// Stops runs from another thread or a signal handler.
#[derive(Clone, Debug)]
pub struct Interrupter(Arc<AtomicU32>);

impl Interrupter {
    /// Makes the run that is on its way, or else the next one, end with *interrupted*. Safe in a signal handler.
    pub fn interrupt(&self) {
        self.0.store(1, Ordering::Relaxed);
    }
    /// As [`Interrupter::interrupt`], because the run's time is over: it ends with *deadline*.
    pub fn expire(&self) {
        self.0.store(EXPIRED, Ordering::Relaxed);
    }
    /// Takes it back; a host does that before a run.
    pub fn clear(&self) {
        self.0.store(0, Ordering::Relaxed);
    }
}

/// How much memory that a turn gave back stays the run's own, beyond what is used until the next.
const KEPT_BEYOND: u64 = 16 << 20;

/// How many rounds of loops are turns where a test wants every one.
const EVERY_ROUND: u64 = 1 << 10;
/// How much is allocated from one turn to the next after those.
const AFTER_THOSE: u64 = 1 << 18;

/// What the flag holds when the time of a run is over.
const EXPIRED: u32 = 2;

/// The most bytes that a list gets at a time while it grows where it is.
const IN_PLACE: u64 = 64 << 10;

/// RESOLVE flags (openat2(2)) of a directory that paths do not lead out of: `RESOLVE_BENEATH`, `RESOLVE_NO_MAGICLINKS`.
pub const BENEATH: u32 = 0x08 | 0x02;

const AT_FDCWD: u64 = -100_i64 as u64;
const EBADF: i32 = 9;
const EINVAL: i32 = 22;
const EMFILE: i32 = 24;

impl Context {
    /// A session with nothing open. It is boxed because compiled code keeps its address while it runs.
    pub fn new(options: Options, kernel: Box<dyn Kernel + Send>) -> io::Result<Box<Context>> {
        let range = Memory::reserve(options.memory)?;
        let handles = Handles::new(options.handles)?;
        let flag = Arc::new(AtomicU32::new(0));
        Ok(Box::new(Context {
            memory: range.base(),
            top: layout::DATA_AT,
            limit: range.half().min(options.memory),
            slots: handles.slots(),
            open: 0,
            interrupt: Arc::as_ptr(&flag),
            out: 0,
            batch: u64::MAX,
            error: 0,
            fault: 0,
            depth: MAX_DEPTH,
            results: [0; MAX_WIDTH],
            args: [0; 32],
            lists: range.half(),
            used: [0; 2],
            turns: 0,
            newest: 0,
            remembered: Vec::new(),
            range,
            handles,
            options,
            given: Given::default(),
            loaded: None,
            kernel,
            flag,
            sink: Sink::Collect,
            printer: Printer::Collect(Vec::new()),
            root: 0,
            cwd: 0,
            panic: None,
            trace: Trace::default(),
        }))
    }

    /// What the runs to come find as their words and environment.
    pub fn set_given(&mut self, given: Given) {
        self.given = given;
    }

    /// What the host has given so far.
    pub fn given(&self) -> &Given {
        &self.given
    }

    /// Whether the kernel is the one that the machine's own instruction reaches.
    pub fn is_native(&self) -> bool {
        self.kernel.is_native()
    }

    /// A way to stop this context's runs from elsewhere.
    pub fn interrupter(&self) -> Interrupter {
        Interrupter(self.flag.clone())
    }

    /// Opens a directory for the session, following symlinks; a relative path starts at [`Context::cwd`]. A program's
    /// paths from there may lead anywhere. The handle
    /// carries `rights` and lives until it is closed or the context is dropped. Fails with an errno; a path with a NUL,
    /// of which the kernel would read a part, is `EINVAL`.
    pub fn open_dir(&mut self, path: &[u8], rights: Rights) -> Result<u64, i32> {
        let start = if path.first() == Some(&b'/') {
            AT_FDCWD
        } else {
            let cwd = self.cwd()?;
            self.descriptor(cwd).ok_or(EBADF)? as u64
        };
        self.open_session(start, path, rights)
    }

    /// The handle of `/`, opened when it is first wanted; the session's, with [`Options::ambient`].
    pub fn root(&mut self) -> Result<u64, i32> {
        if self.handles.get(self.root).is_none() {
            self.root = self.open_session(AT_FDCWD, b"/", self.options.ambient)?;
        }
        Ok(self.root)
    }

    /// The handle of the working directory as it was when this was first called; the session's, with
    /// [`Options::ambient`].
    pub fn cwd(&mut self) -> Result<u64, i32> {
        if self.handles.get(self.cwd).is_none() {
            self.cwd = self.open_session(AT_FDCWD, b".", self.options.ambient)?;
        }
        Ok(self.cwd)
    }

    /// Takes charge of an open descriptor for the session; what is opened through it is with these RESOLVE flags, such
    /// as [`BENEATH`]. On failure the descriptor is closed.
    pub fn adopt_session(
        &mut self,
        fd: i32,
        rights: Rights,
        resolve: u32,
        label: &[u8],
    ) -> Result<u64, Fault> {
        let adopted = self.handles.adopt(Slot::of(fd, rights, resolve), true);
        match adopted {
            Ok(handle) => self.handles.set_label(handle, 0, label),
            Err(_) => self.close_descriptor(fd),
        }
        adopted
    }

    /// Makes the session own a handle that a run opened, so that it outlives the run. Whether it is open.
    pub fn keep(&mut self, handle: u64) -> bool {
        self.handles.keep(handle)
    }

    /// The path that a handle was opened with, if it is open.
    pub fn path_of(&self, handle: u64) -> Option<&[u8]> {
        self.handles.get(handle).map(|_| self.handles.label(handle))
    }

    /// The number of open handles, the session's included.
    pub fn open_handles(&self) -> usize {
        self.handles.open()
    }

    /// Rows of the runs to come stay in memory, to be read with [`Context::rows`]. This is how a context starts out.
    pub fn collect_rows(&mut self) {
        self.sink = Sink::Collect;
        self.batch = u64::MAX;
    }

    /// Rows of the runs to come go to `sink`, in their order, as soon as there are `batch` of them (at least 1) and at
    /// [`Context::finish`]. When it says `Break` the run ends with *output-closed*.
    pub fn send_rows(
        &mut self,
        batch: u64,
        sink: impl FnMut(&View<'_>) -> ControlFlow<()> + Send + 'static,
    ) {
        self.sink = Sink::Rows(Box::new(sink));
        self.batch = batch.max(1);
    }

    /// What the runs to come print goes to `sink` at once, after the rows that were handed out before it. When it says
    /// `Break` the run ends with *output-closed*.
    pub fn send_prints(&mut self, sink: impl FnMut(&[u8]) -> ControlFlow<()> + Send + 'static) {
        self.printer = Printer::Bytes(Box::new(sink));
    }

    /// What the run has printed, if nobody gets it: as much as memory that it may use. This is how a context starts out.
    pub fn printed(&self) -> &[u8] {
        match &self.printer {
            Printer::Collect(bytes) => bytes,
            Printer::Bytes(_) => &[],
        }
    }

    /// Sends the rows that are left; to be called after a run, whether it succeeded or not.
    pub fn finish(&mut self) -> Result<(), Fault> {
        match self.sink {
            Sink::Collect => Ok(()),
            Sink::Rows(_) => self.flush(),
        }
    }

    /// The module that is loaded.
    pub fn module(&self) -> Option<&Arc<Module>> {
        self.loaded.as_ref().map(|l| &l.module)
    }

    /// The layout of the module that is loaded.
    pub fn layout(&self) -> Option<&Layout> {
        self.loaded.as_ref().map(|l| &l.layout)
    }

    /// The result of the run, from the words that the engine gave. For a seq whose rows were collected, those are
    /// in [`Context::rows`].
    pub fn view(&self, words: &[u64]) -> Option<View<'_>> {
        let loaded = self.loaded.as_ref()?;
        let entry = loaded.module.funcs.get(loaded.module.entry)?;
        let ty = entry.result.as_ref()?;
        Some(View::new(&loaded.module, self.range.bytes(), ty, words))
    }

    /// The collected rows, as a list; `None` if the result is no seq.
    pub fn rows(&self) -> Option<View<'_>> {
        let loaded = self.loaded.as_ref()?;
        let ty = loaded.rows.as_ref()?;
        Some(View::new(
            &loaded.module,
            self.range.bytes(),
            ty,
            &[self.out],
        ))
    }

    /// What a run that was stopped tells.
    pub fn failure(&mut self, stopped: Stopped) -> Failure {
        let mut failure = self
            .loaded
            .as_ref()
            .filter(|_| stopped.error != 0)
            .and_then(|l| Failure::read(&l.module, self.range.bytes(), stopped.error))
            .unwrap_or_else(|| Failure::bare(stopped.fault));
        // The engines only see that they shall stop.
        if failure.fault == Fault::Interrupted && self.flag.load(Ordering::Relaxed) == EXPIRED {
            failure.fault = Fault::Deadline;
        }
        if let Some(loaded) = self
            .loaded
            .as_ref()
            .filter(|_| self.trace.error == stopped.error)
        {
            let sites = self.trace.sites.iter();
            let calls = sites.filter_map(|site| blamed(&loaded.module, *site));
            failure.trace = calls.map(|(_, inst)| inst.at).collect();
            failure.calls = self.trace.calls;
        }
        if failure.needs().is_some() {
            failure.kernel = self.kernel.release();
        }
        failure
    }

    /// Notes that an error left a function that was called there.
    pub(crate) fn note_call(&mut self, error: u64, site: u64) {
        let trace = &mut self.trace;
        if trace.error != error || trace.calls == 0 {
            *trace = Trace {
                error,
                ..Trace::default()
            };
        }
        trace.calls += 1;
        if trace.sites.len() < TRACE {
            trace.sites.push(site);
        }
    }

    /// Ends a run: closes the handles it opened and has not kept, and gives its memory back. What was read of its
    /// result with [`View`] has to be copied before ([`View::data`]).
    pub fn unload(&mut self) {
        self.close_to(0, &[]);
        self.note_used();
        let [heap, lists] = std::mem::take(&mut self.used);
        self.range.give_back(heap, lists);
        self.turns = 0;
        self.newest = 0;
        self.remembered.clear();
        self.top = layout::DATA_AT;
        self.lists = self.range.half();
        self.out = 0;
        self.error = 0;
        self.fault = 0;
        self.trace = Trace::default();
        self.depth = MAX_DEPTH;
        if let Printer::Collect(bytes) = &mut self.printer {
            *bytes = Vec::new();
        }
    }

    /// Says again in the head what the private fields know, so that nothing that was written to it before a run
    /// reaches compiled code.
    pub(crate) fn restore_head(&mut self) {
        self.memory = self.range.base();
        self.top = layout::DATA_AT;
        self.lists = self.range.half();
        self.limit = self.range.half().min(self.options.memory);
        self.slots = self.handles.slots();
        self.open = self.handles.mark();
        self.interrupt = Arc::as_ptr(&self.flag);
        self.depth = MAX_DEPTH;
    }

    /// Does something that may run the host's own code (a sink for rows, a kernel) for compiled code: a panic is put
    /// aside, and `otherwise` given.
    pub(crate) fn catch<R>(&mut self, otherwise: R, f: impl FnOnce(&mut Context) -> R) -> R {
        catch_unwind(AssertUnwindSafe(|| f(self))).unwrap_or_else(|panic| {
            self.panic.get_or_insert(panic);
            otherwise
        })
    }

    /// Whether a panic is waiting.
    pub(crate) fn is_panicking(&self) -> bool {
        self.panic.is_some()
    }

    /// Goes on with the panic that the host's own code had while compiled code ran, if it had one.
    pub fn resume_panic(&mut self) {
        if let Some(panic) = self.panic.take() {
            resume_unwind(panic);
        }
    }

    /// Makes a call for compiled code: the kernel sees no more of the run's memory than the call refers to.
    pub(crate) fn syscall_apart(&mut self, sys: Sys, args: &[u64; 6]) -> i64 {
        call_apart(&mut *self.kernel, sys, args, self.range.bytes_mut())
    }

    /// Opens a directory at `path` from the descriptor `start`, without RESOLVE flags. Compiled code may be running:
    /// what the kernel reads does not lie in the run's memory.
    fn open_session(&mut self, start: u64, path: &[u8], rights: Rights) -> Result<u64, i32> {
        if path.contains(&0) {
            return Err(EINVAL);
        }
        let flags = Flags {
            set: FlagSet::Open,
            bits: open::PATH | open::DIRECTORY | open::CLOEXEC,
        };
        let how = [flags.number(Arch::HOST), 0, 0];
        let mut memory = how.map(u64::to_le_bytes).concat();
        memory.extend_from_slice(path);
        memory.push(0);
        let args = [start, HOW_SIZE, 0, HOW_SIZE, 0, 0];
        let fd = match self.kernel.call(Sys::Openat2Dir, &args, &mut memory) {
            error @ i64::MIN..0 => return Err(error.unsigned_abs() as i32),
            fd => fd as i32,
        };
        self.adopt_session(fd, rights, 0, path).map_err(|_| EMFILE)
    }

    /// How many bytes may still be allocated.
    fn left(&self) -> u64 {
        self.limit.min(self.range.half()).saturating_sub(self.top)
    }

    /// Remembers how far memory was used, before less of it is.
    fn note_used(&mut self) {
        let [heap, lists] = self.used;
        self.used = [heap.max(self.top), lists.max(self.lists)];
    }

    /// For tests: what was given back and is read all the same shall not look as it did.
    fn spoil(&mut self) {
        let [heap, lists] = self.used.map(|end| end as usize);
        let (top, low) = (self.top as usize, self.lists as usize);
        let bytes = self.range.bytes_mut();
        for (from, to) in [(top, heap), (low, lists)] {
            if let Some(bytes) = bytes.get_mut(from..to) {
                bytes.fill(0xa5);
            }
        }
    }

    /// Returns to the system what was used, is not any more, and will not be before so many bytes more are.
    fn give_back_beyond(&mut self, more: u64) {
        for (n, end) in [self.top, self.lists].into_iter().enumerate() {
            let from = end.saturating_add(more).saturating_add(KEPT_BEYOND);
            if self.used[n] > from {
                self.used[n] = self.range.discard(from, self.used[n]);
            }
        }
    }

    /// Goes back to less memory.
    fn shrink(&mut self, top: u64, lists: u64) {
        self.note_used();
        self.limit += self.lists.saturating_sub(lists);
        (self.top, self.lists) = (top.min(self.top), lists.min(self.lists));
        self.newest = self.newest.min(self.top);
    }

    /// The memory above the mark of the region at `region`.
    fn young(&mut self, region: u64) -> Young {
        Young {
            heap: [
                self.word(region + layout::region::HEAP).min(self.top),
                self.top,
            ],
            lists: [
                self.word(region + layout::region::LISTS).min(self.lists),
                self.lists,
            ],
        }
    }

    /// How much is allocated before the first look.
    fn first(&self) -> u64 {
        match self.options.region {
            0 if self.turns < EVERY_ROUND => 0,
            0 => AFTER_THOSE,
            bytes => bytes,
        }
    }

    /// Says when the next turn of a region is to be made, above whose mark there are `used` bytes: when there are
    /// `next`, but not later than when half of what is left is used. Where that is little beside what is used, never
    /// again: a run that fills its memory shall come to its end, and not look for the last bytes over and over.
    fn turn_at(&mut self, region: u64, used: u64, next: u64) {
        let left = self.left();
        let more = match self.first() {
            0 => 0,
            _ if left / 2 < used / 8 => left,
            _ => next.saturating_sub(used).min(left / 2),
        };
        self.set_word(region + layout::region::FLOOR, left - more);
    }

    fn close_descriptor(&mut self, fd: i32) {
        // Linux closes it whatever the call says.
        self.kernel
            .call(Sys::Close, &[fd as u64, 0, 0, 0, 0, 0], &mut []);
    }
}

impl Host for Context {
    fn memory(&mut self) -> &mut [u8] {
        self.range.bytes_mut()
    }
    fn alloc(&mut self, bytes: u64) -> Result<u64, Fault> {
        let limit = self.limit.min(self.range.half());
        let at = self.top;
        let top = bytes
            .checked_next_multiple_of(8)
            .and_then(|n| at.checked_add(n));
        match top {
            Some(top) if top <= limit => {
                self.top = top;
                Ok(at)
            }
            _ => Err(Fault::Memory),
        }
    }
    fn enlarge(&mut self, at: u64, used: u64, least: u64) -> Result<[u64; 2], Fault> {
        let last = used > 0 && at.checked_add(used) == Some(self.lists);
        let (size, more) = if last {
            // In small steps, since they cost no copy: what is not used at the end is zeroed with the rest.
            let size = least.max(used + used.min(IN_PLACE));
            (size, size - used)
        } else {
            let size = least.max(used.checked_mul(2).ok_or(Fault::Memory)?);
            (size, size)
        };
        // Heap and lists together stay within the limit, so lists within their half; the second test is for a host
        // that writes to the limit.
        let left = self.limit.min(self.range.half()).saturating_sub(self.top);
        if more > left || more > self.range.size() - self.lists {
            return Err(Fault::Memory);
        }
        self.limit -= more;
        let start = if last { at } else { self.lists };
        self.lists += more;
        if !last {
            let (from, to) = (at as usize, start as usize);
            let bytes = self.range.bytes_mut();
            bytes.copy_within(from..from + used as usize, to);
        }
        Ok([start, size])
    }
    fn filled(&mut self, at: u64, room: u64, says: u64) -> [u64; 2] {
        let len = says.min(room);
        // The rest of the room is given back, if nothing came after it.
        if self.top == at + (room + 1).next_multiple_of(8) {
            self.shrink(at + (len + 1).next_multiple_of(8), self.lists);
        }
        self.range.bytes_mut()[(at + len) as usize] = 0;
        [at, len]
    }
    fn begin(&mut self, at: u64) {
        self.set_word(at + layout::region::HEAP, self.top);
        self.set_word(at + layout::region::LISTS, self.lists);
        self.newest = self.top;
        self.turn_at(at, 0, self.first());
    }
    fn free(&self) -> u64 {
        self.left()
    }
    fn turn(&mut self, region: u64, turns: &Turns, turn: &Turn, words: &mut [u64]) {
        let young = self.young(region);
        self.turns += 1;
        let (size, first) = (young.size(), self.first());
        // Where little memory is left, a little gain is a gain.
        let scarce = self.left() < size / 4;
        let most = match scarce {
            _ if first == 0 => u64::MAX,
            true => size / 8 * 7,
            false => size / 2,
        };
        let flag = self.flag.clone();
        let request = Request {
            turns,
            turn,
            young,
            out: (self.out != 0).then_some(self.out),
            most,
            stop: &|| flag.load(Ordering::Relaxed) != 0,
        };
        let memory = self.range.bytes_mut();
        // The calls that an error led through belong to its object.
        let error = &mut self.trace.error;
        let kept = collect::collect(&request, memory, words, &mut self.remembered, error);
        if self.trace.error == 0 {
            self.trace = Trace::default();
        }
        match kept {
            Some(kept) => {
                self.shrink(kept.heap[1], kept.lists[1]);
                let kept = kept.size();
                if first == 0 {
                    self.turn_at(region, kept, kept);
                    self.spoil();
                } else {
                    self.turn_at(region, kept, kept + kept.max(first));
                    self.give_back_beyond(kept.max(first));
                }
            }
            None => self.turn_at(region, size, size.saturating_mul(2)),
        }
    }
    fn release(&mut self, region: u64, frame: u64) {
        let young = Young {
            heap: [frame.min(self.top), self.top],
            ..self.young(region)
        };
        let mut remembered = std::mem::take(&mut self.remembered);
        remembered.retain(|(map, _)| {
            let trie = map + collect::TRIE_AT;
            let old = !young.has(*map);
            if old && young.has(self.word(trie)) {
                self.set_word(trie, 0);
                return false;
            }
            old
        });
        self.remembered = remembered;
        if young.has(self.trace.error) {
            self.trace = Trace::default();
        }
        self.shrink(young.heap[0], young.lists[0]);
        if self.options.region == 0 {
            self.spoil();
        }
    }
    fn remember(&mut self, map: u64, ty: &Type) {
        if map < self.newest {
            self.remembered.push((map, ty.clone()));
        }
    }
    fn syscall(&mut self, sys: Sys, args: &[u64; 6]) -> i64 {
        self.kernel.call(sys, args, self.range.bytes_mut())
    }
    fn descriptor(&self, handle: u64) -> Option<i32> {
        self.handles.get(handle).map(|s| s.fd)
    }
    fn resolve_flags(&self, handle: u64) -> u64 {
        self.handles.get(handle).map_or(0, |s| s.resolve.into())
    }
    fn rights(&self, handle: u64) -> Option<Rights> {
        self.handles
            .get(handle)
            .map(|s| Rights::from_bits(s.rights))
    }
    fn label(&self, handle: u64) -> &[u8] {
        self.handles.label(handle)
    }
    fn vet(&mut self, fd: i32) -> Result<(), Fault> {
        let vetted = self.kernel.vet(fd);
        vetted.map_err(|errno| {
            self.close_descriptor(fd);
            Fault::Errno(errno)
        })
    }
    fn adopt(&mut self, fd: i32, from: u64, path: u64, len: u64) -> Result<u64, Fault> {
        let slot = match self.handles.get(from) {
            Some(from) => Slot { fd, ..*from },
            None => Slot::of(fd, Rights::NONE, 0),
        };
        let adopted = self.handles.adopt(slot, false);
        match adopted {
            Ok(handle) => {
                let range = path as usize..(path as usize).saturating_add(len as usize);
                let path = self.range.bytes().get(range).unwrap_or(&[]);
                self.handles.set_label(handle, from, path);
            }
            Err(_) => self.close_descriptor(fd),
        }
        self.open = self.handles.mark();
        adopted
    }
    fn resolve(&mut self, path: u64, len: u64) -> Result<[u64; 3], Fault> {
        let slashes = {
            let bytes = self.bytes(path, len);
            bytes.iter().take_while(|b| **b == b'/').count() as u64
        };
        if self.options.ambient == Rights::NONE {
            return Err(Fault::Denied(Rights::NONE));
        }
        let start = if slashes > 0 { self.root() } else { self.cwd() };
        let start = start.map_err(Fault::Errno)?;
        Ok(match len - slashes {
            0 if slashes > 0 => [start, layout::DOT_AT, 1],
            rest => [start, path + slashes, rest],
        })
    }
    fn close(&mut self, handle: u64) {
        // A run does not take the session's own two from the next one.
        if handle == self.root || handle == self.cwd {
            return;
        }
        if let Some(fd) = self.handles.close(handle) {
            self.close_descriptor(fd);
        }
    }
    fn mark(&self) -> u64 {
        self.handles.mark()
    }
    fn close_to(&mut self, mark: u64, keep: &[u64]) {
        while let Some(fd) = self.handles.close_next(mark, keep) {
            self.close_descriptor(fd);
        }
        self.open = self.handles.mark();
    }
    fn out(&self) -> u64 {
        self.out
    }
    fn batch(&self) -> u64 {
        self.batch
    }
    fn flush(&mut self) -> Result<(), Fault> {
        let mut sink = std::mem::replace(&mut self.sink, Sink::Collect);
        // A panic of the host's sink goes on, but the context stays whole.
        let sent = catch_unwind(AssertUnwindSafe(|| match (&mut sink, self.rows()) {
            (Sink::Rows(sink), Some(rows)) => rows.elements().try_for_each(|row| sink(&row)),
            _ => ControlFlow::Continue(()),
        }));
        self.sink = sink;
        if self.out != 0 {
            self.set_word(self.out + layout::list::LEN, 0);
        }
        match sent {
            Ok(ControlFlow::Continue(())) => Ok(()),
            Ok(ControlFlow::Break(())) => Err(Fault::Output),
            Err(panic) => resume_unwind(panic),
        }
    }
    fn print(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if let Sink::Rows(_) = self.sink {
            self.flush()?;
        }
        match &mut self.printer {
            Printer::Collect(all) if all.len() as u64 >= self.options.memory => Err(Fault::Memory),
            Printer::Collect(all) => {
                all.extend_from_slice(bytes);
                Ok(())
            }
            Printer::Bytes(sink) => match sink(bytes) {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => Err(Fault::Output),
            },
        }
    }
    fn unwound(&mut self, error: u64, site: u64) {
        self.note_call(error, site);
    }
    fn interrupted(&self) -> bool {
        self.flag.load(Ordering::Relaxed) != 0
    }
}

impl Drop for Context {
    fn drop(&mut self) {
        while let Some(fd) = self.handles.close_any() {
            self.close_descriptor(fd);
        }
    }
}
