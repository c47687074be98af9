//! Waiting for events: epoll, eventfd, inotify, fanotify, and the kernel's queues of requests.

use super::calls;

calls! {
    epoll_create 213 - "2.6" Excluded(Superseded, "epoll_create1") => "Makes a set of watched descriptors; the size it takes has had no meaning since 2.6.8.";
    epoll_create1 291 20 "2.6.27" Named("waiting for handles") => "Makes a set of watched descriptors, with flags.";
    epoll_ctl 233 21 "2.6" Named("waiting for handles") => "Adds, changes or removes a watched descriptor.";
    epoll_wait 232 - "2.6" Excluded(Superseded, "epoll_pwait2") => "Waits for events of a set, with a timeout in milliseconds.";
    epoll_pwait 281 22 "2.6.19" Excluded(Superseded, "epoll_pwait2") => "Waits for events of a set under a signal mask, with a timeout in milliseconds.";
    epoll_pwait2 441 441 "5.11" Named("waiting for handles") => "Waits for events of a set under a signal mask, with a timeout in nanoseconds.";
    epoll_ctl_old 214 - "2.6" Excluded(Absent, "epoll_ctl") => "A number from before epoll had its form.";
    epoll_wait_old 215 - "2.6" Excluded(Absent, "epoll_pwait2") => "A number from before epoll had its form.";
    eventfd 284 - "2.6.22" Excluded(Superseded, "eventfd2") => "Makes a counter to wait for, without flags.";
    eventfd2 290 19 "2.6.27" Named("waiting for handles") => "Makes a counter to wait for: written to it is added to, read from it is taken.";
    inotify_init 253 - "2.6.13" Excluded(Superseded, "inotify_init1") => "Makes a queue of events of files, without flags.";
    inotify_init1 294 26 "2.6.27" Named("watches") => "Makes a queue of events of files.";
    inotify_add_watch 254 27 "2.6.13" Named("watches") => "Watches a path for events; beneath a directory only what lies directly in it.";
    inotify_rm_watch 255 28 "2.6.13" Named("watches") => "Ends a watch; IN_IGNORED follows.";
    fanotify_init 300 262 "2.6.37" Excluded(Descriptors, "inotify_init1") => "Makes a queue of events of whole mounts, which come with open descriptors and may hold others up.";
    fanotify_mark 301 263 "2.6.37" Excluded(Path, "inotify_add_watch") => "Watches a file, mount or file system for events.";
    io_setup 206 0 "2.6" Excluded(Queue, "pread64") => "Makes a queue of asynchronous reads and writes.";
    io_destroy 207 1 "2.6" Excluded(Queue, "") => "Removes a queue of asynchronous reads and writes.";
    io_submit 209 2 "2.6" Excluded(Queue, "pread64") => "Starts asynchronous reads and writes.";
    io_cancel 210 3 "2.6" Excluded(Queue, "") => "Tries to cancel an asynchronous request; almost none can be.";
    io_getevents 208 4 "2.6" Excluded(Queue, "") => "Waits for the results of asynchronous requests.";
    io_pgetevents 333 292 "4.18" Excluded(Queue, "") => "Waits for the results of asynchronous requests under a signal mask.";
    io_uring_setup 425 425 "5.1" Excluded(Queue, "") => "Makes rings in shared memory for requests and results.";
    io_uring_enter 426 426 "5.1" Excluded(Queue, "") => "Starts requests that lie in a ring, and waits for results.";
    io_uring_register 427 427 "5.1" Excluded(Queue, "") => "Registers buffers and files for the requests of a ring.";
}
