/* Hand-written C as the measure; raw.h says what each function does. */
#include "raw.h"

#include <asm/unistd.h>
#include <linux/errno.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/stat.h>
#include <string.h>

#if defined(__x86_64__)

static inline int64_t call6(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f)
{
	register int64_t r10 __asm__("r10") = d;
	register int64_t r8 __asm__("r8") = e;
	register int64_t r9 __asm__("r9") = f;
	int64_t result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

static inline int64_t call5(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)
{
	register int64_t r10 __asm__("r10") = d;
	register int64_t r8 __asm__("r8") = e;
	int64_t result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8)
			 : "rcx", "r11", "memory");
	return result;
}

static inline int64_t call4(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d)
{
	register int64_t r10 __asm__("r10") = d;
	int64_t result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return result;
}

static inline int64_t call3(int64_t number, int64_t a, int64_t b, int64_t c)
{
	int64_t result;
	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return result;
}

static inline int64_t call0(int64_t number)
{
	int64_t result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number) : "rcx", "r11", "memory");
	return result;
}

#elif defined(__aarch64__)

static inline int64_t call6(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e, int64_t f)
{
	register int64_t x8 __asm__("x8") = number;
	register int64_t x0 __asm__("x0") = a;
	register int64_t x1 __asm__("x1") = b;
	register int64_t x2 __asm__("x2") = c;
	register int64_t x3 __asm__("x3") = d;
	register int64_t x4 __asm__("x4") = e;
	register int64_t x5 __asm__("x5") = f;
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}

static inline int64_t call5(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d, int64_t e)
{
	register int64_t x8 __asm__("x8") = number;
	register int64_t x0 __asm__("x0") = a;
	register int64_t x1 __asm__("x1") = b;
	register int64_t x2 __asm__("x2") = c;
	register int64_t x3 __asm__("x3") = d;
	register int64_t x4 __asm__("x4") = e;
	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4)
			 : "memory", "cc");
	return x0;
}

static inline int64_t call4(int64_t number, int64_t a, int64_t b, int64_t c, int64_t d)
{
	register int64_t x8 __asm__("x8") = number;
	register int64_t x0 __asm__("x0") = a;
	register int64_t x1 __asm__("x1") = b;
	register int64_t x2 __asm__("x2") = c;
	register int64_t x3 __asm__("x3") = d;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory", "cc");
	return x0;
}

static inline int64_t call3(int64_t number, int64_t a, int64_t b, int64_t c)
{
	register int64_t x8 __asm__("x8") = number;
	register int64_t x0 __asm__("x0") = a;
	register int64_t x1 __asm__("x1") = b;
	register int64_t x2 __asm__("x2") = c;
	__asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2) : "memory", "cc");
	return x0;
}

static inline int64_t call0(int64_t number)
{
	register int64_t x8 __asm__("x8") = number;
	register int64_t x0 __asm__("x0");
	__asm__ volatile("svc 0" : "=r"(x0) : "r"(x8) : "memory", "cc");
	return x0;
}

#else
#error "no system call instruction known for this architecture"
#endif

/* struct linux_dirent64 of getdents64(2). */
struct dirent64 {
	uint64_t ino;
	int64_t off;
	uint16_t reclen;
	uint8_t type;
	char name[];
};

/* A directory's entries, one after another. */
struct listing {
	int fd;
	uint32_t at, end;
	/* Copying a name in words reads up to seven bytes beyond it. */
	_Alignas(8) char buffer[32 * 1024 + 8];
};

static int64_t listing_open(struct listing *listing, int dirfd)
{
	int64_t fd = call4(__NR_openat, dirfd, (int64_t)".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	listing->fd = (int)fd;
	listing->at = listing->end = 0;
	return fd;
}

static void listing_close(struct listing *listing)
{
	call3(__NR_close, listing->fd, 0, 0);
}

/* The next entry that is neither . nor ..: 1 and the entry, 0 at the end, or a failure. */
static inline int64_t listing_next(struct listing *listing, const struct dirent64 **entry)
{
	for (;;) {
		if (listing->at >= listing->end) {
			int64_t n = call3(__NR_getdents64, listing->fd, (int64_t)listing->buffer, 32 * 1024);
			if (n <= 0)
				return n;
			listing->at = 0;
			listing->end = (uint32_t)n;
		}
		const struct dirent64 *next = (const struct dirent64 *)(listing->buffer + listing->at);
		listing->at += next->reclen;
		const char *name = next->name;
		if (__builtin_expect(name[0] == '.', 0) && (!name[1] || (name[1] == '.' && !name[2])))
			continue;
		*entry = next;
		return 1;
	}
}

static inline int64_t stat_name(int dirfd, const char *name, struct statx *into)
{
	return call5(__NR_statx, dirfd, (int64_t)name, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT, STATX_BASIC_STATS,
		     (int64_t)into);
}

int64_t c_sum_sizes(int dirfd)
{
	struct listing listing;
	struct statx stat;
	const struct dirent64 *entry;
	int64_t sum = 0;
	int64_t status = listing_open(&listing, dirfd);
	if (status < 0)
		return status;
	while ((status = listing_next(&listing, &entry)) > 0) {
		status = stat_name(dirfd, entry->name, &stat);
		if (status < 0)
			break;
		sum += (int64_t)stat.stx_size;
	}
	listing_close(&listing);
	return status < 0 ? status : sum;
}

/* Address space for 2^26 rows and for names of 64 bytes each: no limit that a directory comes near. */
#define ROWS ((size_t)1 << 26)
#define NAMES ((size_t)1 << 32)

static int64_t reserve(size_t bytes)
{
	return call6(__NR_mmap, 0, (int64_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE,
		     -1, 0);
}

static int64_t make_room(struct c_collection *out)
{
	out->len = out->names_len = 0;
	if (!out->rows) {
		int64_t at = reserve(ROWS * sizeof *out->rows);
		if (at < 0)
			return at;
		out->rows = (struct c_stat *)at;
	}
	if (!out->names) {
		int64_t at = reserve(NAMES);
		if (at < 0)
			return at;
		out->names = (char *)at;
	}
	return 0;
}

/* The length of an entry's name. A record ends with the name, its NUL, and what fills up the last eight bytes: so
 * the NUL is among those. */
static inline uint32_t name_length(const struct dirent64 *entry)
{
	const char *record = (const char *)entry;
	const char *at = record + entry->reclen - 8;
	if (at < entry->name)
		at = entry->name;
	while (*at)
		at++;
	return (uint32_t)(at - entry->name);
}

/* Copies a name with its NUL, in words; both sides have room for the rest of the last one. */
static inline void copy_name(char *to, const char *from, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes; i += 8) {
		uint64_t word;
		memcpy(&word, from + i, sizeof word);
		memcpy(to + i, &word, sizeof word);
		/* Keeps the loop a loop: as a call of memcpy it is slower for names. */
		__asm__ volatile("" ::: "memory");
	}
}

static inline struct c_time time_of(const struct statx_timestamp *time)
{
	return (struct c_time){ .sec = time->tv_sec, .nsec = time->tv_nsec };
}

int64_t c_collect(int dirfd, struct c_collection *out)
{
	struct listing listing;
	struct statx stat;
	const struct dirent64 *entry;
	int64_t status = make_room(out);
	if (status < 0)
		return status;
	status = listing_open(&listing, dirfd);
	if (status < 0)
		return status;
	struct c_stat *row = out->rows;
	struct c_stat *const last = out->rows + ROWS;
	char *name = out->names;
	/* A name is at most 255 bytes, with its NUL and the rest of a word 263. */
	char *const full = out->names + NAMES - 264;
	while ((status = listing_next(&listing, &entry)) > 0) {
		if (__builtin_expect(row == last || name > full, 0)) {
			status = -ENOMEM;
			break;
		}
		status = stat_name(dirfd, entry->name, &stat);
		if (status < 0)
			break;
		uint32_t len = name_length(entry);
		copy_name(name, entry->name, len + 1);
		row->name = name;
		row->name_len = len;
		row->mode = stat.stx_mode;
		row->type = (uint8_t)(stat.stx_mode >> 12);
		row->size = (int64_t)stat.stx_size;
		row->mtime = time_of(&stat.stx_mtime);
		row->atime = time_of(&stat.stx_atime);
		row->ctime = time_of(&stat.stx_ctime);
		row->uid = stat.stx_uid;
		row->gid = stat.stx_gid;
		row->nlink = stat.stx_nlink;
		row->ino = stat.stx_ino;
		row->dev = (uint64_t)stat.stx_dev_major << 32 | stat.stx_dev_minor;
		row->blocks = stat.stx_blocks;
		name += len + 1;
		row++;
	}
	listing_close(&listing);
	out->len = (size_t)(row - out->rows);
	out->names_len = (size_t)(name - out->names);
	return status < 0 ? status : (int64_t)out->len;
}

void c_free(struct c_collection *out)
{
	if (out->rows)
		call3(__NR_munmap, (int64_t)out->rows, (int64_t)(ROWS * sizeof *out->rows), 0);
	if (out->names)
		call3(__NR_munmap, (int64_t)out->names, (int64_t)NAMES, 0);
	*out = (struct c_collection){ 0 };
}

int64_t c_getppid_loop(uint64_t n)
{
	int64_t last = 0;
	for (; n; n--)
		last = call0(__NR_getppid);
	return last;
}

/* A number beyond every table, and without the x32 bit. */
#define NO_CALL 0x7fff

int64_t c_nop_syscall_loop(uint64_t n)
{
#if defined(__x86_64__)
	int64_t result = 0;
	if (n)
		__asm__ volatile("1: movl %2, %%eax\n\t"
				 "syscall\n\t"
				 "decq %1\n\t"
				 "jnz 1b"
				 : "=&a"(result), "+r"(n)
				 : "i"(NO_CALL)
				 : "rcx", "r11", "memory", "cc");
	return result;
#else
	register int64_t x8 __asm__("x8") = NO_CALL;
	register int64_t x0 __asm__("x0") = 0;
	if (n)
		__asm__ volatile("1: svc 0\n\t"
				 "subs %1, %1, #1\n\t"
				 "b.ne 1b"
				 : "+r"(x0), "+r"(n)
				 : "r"(x8)
				 : "memory", "cc");
	return x0;
#endif
}
