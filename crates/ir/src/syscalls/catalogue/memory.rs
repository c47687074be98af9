//! Memory of a process: mapped, protected, pinned, placed, waited on. None of it is a program's.

use super::calls;

calls! {
    mmap 9 222 "1.0" Excluded(Memory, "read") => "Maps a file or fresh memory.";
    munmap 11 215 "1.0" Excluded(Memory, "") => "Unmaps a range of memory.";
    mprotect 10 226 "1.0" Excluded(Memory, "") => "Sets whether a range of memory can be read, written and executed.";
    mremap 25 216 "2.0" Excluded(Memory, "") => "Grows, shrinks or moves a mapping.";
    msync 26 227 "2.0" Excluded(Memory, "fdatasync") => "Writes a mapped range back to its file.";
    mincore 27 232 "2.4" Excluded(Memory, "cachestat") => "Which pages of a range are in memory.";
    madvise 28 233 "2.4" Excluded(Memory, "fadvise64") => "Says how a range of memory is used; some advice empties it.";
    mlock 149 228 "2.0" Excluded(Memory, "") => "Keeps a range of memory from being swapped out.";
    mlock2 325 284 "4.4" Excluded(Memory, "") => "Keeps a range of memory from being swapped out, with flags.";
    munlock 150 229 "2.0" Excluded(Memory, "") => "Lets a range of memory be swapped out again.";
    mlockall 151 230 "2.0" Excluded(Memory, "") => "Keeps all memory of the process from being swapped out.";
    munlockall 152 231 "2.0" Excluded(Memory, "") => "Lets all memory of the process be swapped out again.";
    mseal 462 462 "6.10" Excluded(Memory, "") => "Forbids further changes to a mapping, for good.";
    brk 12 214 "1.0" Excluded(Memory, "") => "Moves the end of the heap.";
    remap_file_pages 216 234 "2.6" Excluded(Memory, "") => "Rearranges the pages of a mapping; emulated with mappings since 4.0.";
    map_shadow_stack 453 453 "6.6" Excluded(Memory, "") => "Maps memory for the processor's stack of return addresses.";
    pkey_alloc 330 289 "4.9" Excluded(Memory, "") => "Takes a protection key of the processor.";
    pkey_free 331 290 "4.9" Excluded(Memory, "") => "Gives a protection key back.";
    pkey_mprotect 329 288 "4.9" Excluded(Memory, "") => "Sets the protection of a range of memory, with a key.";
    userfaultfd 323 282 "4.3" Excluded(Memory, "") => "Makes a descriptor by which a process serves its own page faults.";
    process_madvise 440 440 "5.10" Excluded(Memory, "") => "Gives advice about memory of another process.";
    process_vm_readv 310 270 "3.2" Excluded(Memory, "") => "Reads memory of another process.";
    process_vm_writev 311 271 "3.2" Excluded(Memory, "") => "Writes memory of another process.";
    membarrier 324 283 "4.3" Excluded(Memory, "") => "Orders the memory accesses of all threads of a process.";
    mbind 237 235 "2.6.6" Excluded(Memory, "") => "Sets the NUMA nodes that a range of memory comes from.";
    set_mempolicy 238 237 "2.6.6" Excluded(Memory, "") => "Sets the NUMA nodes that the thread's memory comes from.";
    set_mempolicy_home_node 450 450 "5.17" Excluded(Memory, "") => "Sets the NUMA node that a range of memory prefers.";
    get_mempolicy 239 236 "2.6.6" Excluded(Memory, "") => "The NUMA policy of the thread or of an address.";
    migrate_pages 256 238 "2.6.16" Excluded(Memory, "") => "Moves all memory of a process between NUMA nodes.";
    move_pages 279 239 "2.6.18" Excluded(Memory, "") => "Moves pages of a process between NUMA nodes, or tells where they are.";
    futex 202 98 "2.6" Excluded(Memory, "") => "Waits for a word of memory to change, or wakes who waits.";
    futex_waitv 449 449 "5.16" Excluded(Memory, "") => "Waits for one of several words of memory to change.";
    futex_wake 454 454 "6.7" Excluded(Memory, "") => "Wakes who waits for a word of memory.";
    futex_wait 455 455 "6.7" Excluded(Memory, "") => "Waits for a word of memory to change.";
    futex_requeue 456 456 "6.7" Excluded(Memory, "") => "Wakes some who wait for a word and lets the others wait for another.";
    set_robust_list 273 99 "2.6.17" Excluded(Memory, "") => "Sets the list of locks that the kernel frees when the thread dies.";
    get_robust_list 274 100 "2.6.17" Excluded(Memory, "") => "The address of another thread's list of locks.";
    rseq 334 293 "4.18" Excluded(Memory, "") => "Registers memory by which the kernel restarts short sequences of instructions.";
}
