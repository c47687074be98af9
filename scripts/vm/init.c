/* The first process of the emulated system that scripts/aarch64-vm boots: it runs the programs of /spec one after the
 * other and reports on three virtio-serial ports.
 *
 *   /spec/opts         UID, MERGE (0 or 1), HEADERS (0 or 1), LIMIT in seconds (0: none), each ended by NUL
 *   /spec/jobs/N/job   NAME, WORKING DIRECTORY, then the arguments, the program's path first, each ended by NUL
 *   /spec/jobs/N/env   NAME=VALUE, each ended by NUL
 *   /spec/stdin        standard input of every program, /dev/null where absent
 *
 *   port a64.out       standard output, byte exact; with HEADERS a line "=== NAME" before each program
 *   port a64.err       standard error (with MERGE it goes to a64.out too, in the order written)
 *   port a64.status    "start N", then one of "exit N CODE MS", "signal N SIGNAL MS", "limit N 0 MS"; at the end "done"
 *
 * When a program ends, all that it started and left behind is killed before the next one starts. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct options { uid_t uid; int merge, headers; long limit_ms; };

static int out, err, status_port;

static void power_off(void) {
    sync();
    reboot(RB_POWER_OFF);
    for (;;) pause();
}

static void die(const char *what) {
    printf("init: %s: %s\n", what, strerror(errno));
    power_off();
}

static void put(int fd, const char *bytes, ssize_t length) {
    while (length > 0) {
        ssize_t n = write(fd, bytes, length);
        if (n < 0 && errno != EINTR) return;
        if (n > 0) bytes += n, length -= n;
    }
}

static void report(const char *format, ...) {
    char line[128];
    va_list args;
    va_start(args, format);
    put(status_port, line, vsnprintf(line, sizeof line, format, args));
    va_end(args);
}

static long now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void mount_on(const char *type, const char *where, const char *data) {
    mkdir(where, 0755);
    if (mount(type, where, type, 0, data)) printf("init: mount %s: %s\n", where, strerror(errno));
}

/* Root and /tmp stay the initramfs, a tmpfs: a file system over /tmp would hide what was laid there. */
static void make_system(void) {
    mount_on("proc", "/proc", 0);
    mount_on("sysfs", "/sys", 0);
    mount_on("devtmpfs", "/dev", 0);
    int console = open("/dev/console", O_RDWR | O_CLOEXEC);
    for (int fd = 0; fd < 3; fd++) dup2(console, fd);
    setvbuf(stdout, 0, _IONBF, 0);
    mount_on("devpts", "/dev/pts", "ptmxmode=0666");
    mount_on("tmpfs", "/dev/shm", "mode=1777");
    mount_on("tmpfs", "/run", "mode=755");
    mount_on("cgroup2", "/sys/fs/cgroup", 0);
    mount_on("securityfs", "/sys/kernel/security", 0);
    symlink("/proc/self/fd", "/dev/fd");
    symlink("/proc/self/fd/0", "/dev/stdin");
    symlink("/proc/self/fd/1", "/dev/stdout");
    symlink("/proc/self/fd/2", "/dev/stderr");
    chmod("/tmp", 01777);
    sethostname("sawmill-a64", 11);
    struct rlimit files = {1024, 1 << 20};
    setrlimit(RLIMIT_NOFILE, &files);
    struct ifreq loopback = {.ifr_name = "lo", .ifr_flags = IFF_UP};
    int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (s < 0 || ioctl(s, SIOCSIFFLAGS, &loopback)) printf("init: lo: %s\n", strerror(errno));
    close(s);
}

static int by_name(const struct dirent **a, const struct dirent **b) { return strcmp((*a)->d_name, (*b)->d_name); }

static void load_modules(void) {
    struct dirent **entries;
    int n = scandir("/mod", &entries, 0, by_name);
    for (int i = 0; i < n; i++) {
        char path[400];
        if (entries[i]->d_name[0] == '.') continue;
        snprintf(path, sizeof path, "/mod/%s", entries[i]->d_name);
        int fd = open(path, O_RDONLY | O_CLOEXEC);
        if (syscall(SYS_finit_module, fd, "", 0)) printf("init: %s: %s\n", path, strerror(errno));
        close(fd);
    }
}

/* The virtio-serial port of that name; it takes a moment to appear. */
static int open_port(const char *wanted) {
    for (int tries = 0; tries < 500; tries++, usleep(10000)) {
        DIR *ports = opendir("/sys/class/virtio-ports");
        struct dirent *e;
        while (ports && (e = readdir(ports))) {
            char path[400], name[64] = "";
            snprintf(path, sizeof path, "/sys/class/virtio-ports/%s/name", e->d_name);
            int fd = open(path, O_RDONLY | O_CLOEXEC);
            if (fd < 0) continue;
            ssize_t n = read(fd, name, sizeof name - 1);
            close(fd);
            if (n <= 0) continue;
            name[strcspn(name, "\n")] = 0;
            if (strcmp(name, wanted)) continue;
            snprintf(path, sizeof path, "/dev/%s", e->d_name);
            fd = open(path, O_RDWR | O_CLOEXEC);
            if (fd >= 0) {
                closedir(ports);
                return fd;
            }
        }
        if (ports) closedir(ports);
    }
    die(wanted);
    return -1;
}

/* The NUL-ended strings of a file, and a null pointer after them; null where there is no such file. */
static char **strings(const char *path) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return 0;
    struct stat st;
    fstat(fd, &st);
    char *bytes = malloc(st.st_size + 1), **list = calloc(st.st_size + 1, sizeof *list);
    ssize_t size = 0, n;
    while ((n = read(fd, bytes + size, st.st_size - size)) > 0) size += n;
    close(fd);
    int count = 0;
    for (char *p = bytes; p < bytes + size; p += strlen(p) + 1) list[count++] = p;
    return list;
}

static void start(const struct options *o, const char *directory, char **argv, char **env, int to_out, int to_err) {
    int in = open("/spec/stdin", O_RDONLY | O_CLOEXEC);
    if (in < 0) in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    setsid();
    dup2(in, 0);
    dup2(to_out, 1);
    dup2(to_err, 2);
    if (o->uid && (setgroups(0, 0) || setgid(o->uid) || setuid(o->uid))) {
        perror("setuid");
        _exit(126);
    }
    if (chdir(directory)) {
        perror(directory);
        _exit(126);
    }
    execve(argv[0], argv, env);
    perror(argv[0]);
    _exit(127);
}

/* Runs one program and passes its output on until it has ended and nothing that it left behind holds a pipe. */
static void run(int job, const struct options *o, char **spec, char **env) {
    int pipe_out[2], pipe_err[2];
    long began = now_ms();
    if (pipe2(pipe_out, O_CLOEXEC) || pipe2(pipe_err, O_CLOEXEC)) die("pipe");
    report("start %d\n", job);
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) start(o, spec[1], spec + 2, env, pipe_out[1], o->merge ? pipe_out[1] : pipe_err[1]);
    close(pipe_out[1]);
    close(pipe_err[1]);
    int pidfd = syscall(SYS_pidfd_open, pid, 0), status = 0, done = 0, late = 0;
    struct pollfd wait[3] = {{pipe_out[0], POLLIN, 0}, {pipe_err[0], POLLIN, 0}, {pidfd, POLLIN, 0}};
    static char bytes[65536];
    while (!done || wait[0].fd >= 0 || wait[1].fd >= 0) {
        long left = o->limit_ms && !done ? began + o->limit_ms - now_ms() : -1;
        if (o->limit_ms && !done && left <= 0) late = 1, kill(-1, SIGKILL), left = 1000;
        poll(wait, 3, left);
        for (int i = 0; i < 2; i++) {
            if (wait[i].fd < 0 || !wait[i].revents) continue;
            ssize_t n = read(wait[i].fd, bytes, sizeof bytes);
            if (n > 0) put(i ? err : out, bytes, n);
            else if (n == 0) wait[i].fd = -1;
        }
        int s;
        for (pid_t p; (p = waitpid(-1, &s, WNOHANG)) > 0;) {
            if (p != pid) continue;
            status = s, done = 1, wait[2].fd = -1;
            kill(-1, SIGKILL); /* init itself is spared */
        }
    }
    while (wait3(0, 0, 0) > 0) {}
    close(pipe_out[0]);
    close(pipe_err[0]);
    close(pidfd);
    long took = now_ms() - began;
    if (late) report("limit %d 0 %ld\n", job, took);
    else if (WIFEXITED(status)) report("exit %d %d %ld\n", job, WEXITSTATUS(status), took);
    else report("signal %d %d %ld\n", job, WTERMSIG(status), took);
}

int main(void) {
    make_system();
    load_modules();
    out = open_port("a64.out");
    err = open_port("a64.err");
    status_port = open_port("a64.status");
    char **opts = strings("/spec/opts");
    if (!opts) die("/spec/opts");
    struct options o = {atoi(opts[0]), atoi(opts[1]), atoi(opts[2]), atol(opts[3]) * 1000};
    for (int job = 0;; job++) {
        char path[64];
        snprintf(path, sizeof path, "/spec/jobs/%d/job", job);
        char **spec = strings(path);
        if (!spec) break;
        snprintf(path, sizeof path, "/spec/jobs/%d/env", job);
        char **env = strings(path);
        if (o.headers) {
            put(out, "=== ", 4);
            put(out, spec[0], strlen(spec[0]));
            put(out, "\n", 1);
        }
        run(job, &o, spec, env);
    }
    report("done\n");
    power_off();
}
