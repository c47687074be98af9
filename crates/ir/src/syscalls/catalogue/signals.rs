//! Signals: sent, handled, waited for.

use super::calls;

calls! {
    kill 62 129 "1.0" Plain => "Sends a signal to a process, a group (negative), or all that one may (-1); signal 0 only asks whether one could.";
    tgkill 234 131 "2.6" Plain => "Sends a signal to a thread of a process; the id of the group guards against a thread id that is used again.";
    tkill 200 130 "2.4.22" Excluded(Superseded, "tgkill") => "Sends a signal to a thread by its id alone.";
    rt_sigaction 13 134 "2.2" Excluded(Signals, "") => "Sets the handler of a signal for the process.";
    rt_sigprocmask 14 135 "2.2" Excluded(Signals, "") => "Sets the signals that the thread holds back.";
    rt_sigreturn 15 139 "2.2" Excluded(Signals, "") => "Returns from a signal handler with the registers that lie on the stack.";
    rt_sigpending 127 136 "2.2" Excluded(Signals, "") => "The signals that were raised and are held back.";
    rt_sigtimedwait 128 137 "2.2" Excluded(Signals, "signalfd4") => "Waits for a signal that is held back, and takes it.";
    rt_sigqueueinfo 129 138 "2.2" Excluded(Signals, "kill") => "Sends a signal with data that claim who sent it.";
    rt_tgsigqueueinfo 297 240 "2.6.31" Excluded(Signals, "tgkill") => "Sends a signal with data to a thread.";
    rt_sigsuspend 130 133 "2.2" Excluded(Signals, "ppoll") => "Waits for a signal under another mask.";
    sigaltstack 131 132 "2.2" Excluded(Signals, "") => "Sets the stack that signal handlers of the thread run on.";
    pause 34 - "1.0" Excluded(Signals, "ppoll") => "Waits for a signal.";
    restart_syscall 219 128 "2.6" Excluded(Signals, "") => "What the kernel goes on with after a stop; nobody else calls it.";
    signalfd 282 - "2.6.22" Excluded(Superseded, "signalfd4") => "Makes a descriptor that signals are read from.";
    signalfd4 289 74 "2.6.27" Named("signals") => "Makes a descriptor that signals which are held back are read from.";
}
