/* The measure: what a good C programmer would write by hand for the jobs that the benchmarks give to Sawmill.
 *
 * System calls are made inline, without libc, its errno and its cancellation points. All functions are reentrant and
 * leave no descriptor open. A result below zero is a negated errno. */
#ifndef SAWMILL_BENCH_RAW_H
#define SAWMILL_BENCH_RAW_H

#include <stddef.h>
#include <stdint.h>

struct c_time {
	int64_t sec;
	uint32_t nsec;
};

/* All that a Stat row has. */
struct c_stat {
	const char *name; /* NUL-terminated, in the collection's arena */
	uint32_t name_len;
	uint16_t mode;
	uint8_t type; /* a DT_* value, from the mode */
	int64_t size;
	struct c_time mtime, atime, ctime;
	uint32_t uid, gid, nlink;
	uint64_t ino;
	uint64_t dev; /* major << 32 | minor */
	uint64_t blocks;
};

/* Rows and the arena of their names, each one reserved range of address space of which the kernel backs what is
 * touched. All zero before the first use. */
struct c_collection {
	struct c_stat *rows;
	size_t len;
	char *names;
	size_t names_len;
};

/* Lists a directory and stats every entry (. and .. apart, symlinks not followed): the sum of the sizes.
 * `dirfd` may be O_PATH. The first statx that fails ends it. */
int64_t c_sum_sizes(int dirfd);

/* The same, keeping a row per entry: their number, which is also out->len. What `out` held is overwritten and its
 * memory used again. On failure `out` holds what came before. */
int64_t c_collect(int dirfd, struct c_collection *out);

/* Gives the memory back; `out` is all zero then. */
void c_free(struct c_collection *out);

/* Makes n getppid calls; gives the last one's result. */
int64_t c_getppid_loop(uint64_t n);

/* Makes n calls of a number that no kernel has, in a loop of nothing but the instruction: the price of crossing.
 * Gives the last one's result, -ENOSYS; 0 if n is 0. */
int64_t c_nop_syscall_loop(uint64_t n);

#endif
