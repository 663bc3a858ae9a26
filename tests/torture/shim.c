/* Stands between a program and its disk (LD_PRELOAD, Linux), for whatever lies below one folder and nothing else:
 * counts what is done, lets one thing fail or kills the program around it, and writes down everything, so that a
 * disk after a power cut can be put together. It knows nothing of the program. The shared memory beside a database
 * (…-shm) is left alone: it is worthless after a restart.
 *
 *   TORTURE_FOLDER  what is watched
 *   TORTURE_LOG     where operations are written down; with TORTURE_DATA=1 what was written, too
 *   TORTURE_ACKS    a file outside whose writes are put into the log, so that they have their place in the order
 *   TORTURE_ORDER   kind:nth:what, for example "sync:3:kill-before", "write:7:ENOSPC", "any:40:kill-after"
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { OPEN, WRITE, SYNC, RENAME, UNLINK, CUT, FOLDER, ACK, READ, ANY };
static const char *const kinds[] = {"open", "write", "sync", "rename", "unlink", "cut", "folder", "ack", "read", "any"};

enum what { NOTHING, FAIL, SHORT, KILL_BEFORE, KILL_AFTER, KILL_HALF };

enum facts { CREATED = 1, IS_FOLDER = 2, EMPTIED = 4, PLANNED = 8 };

/* One entry of the log; path, other path and data follow. Little-endian, as the machine has it. */
struct entry {
    uint32_t mark;
    uint8_t kind, facts;
    uint16_t error;
    uint32_t path_bytes, other_bytes, data_bytes, unused;
    uint64_t file, length;
    int64_t offset;
};
#define MARK 0x54524f54u

static char folder[PATH_MAX], acks[PATH_MAX];
static size_t folder_bytes;
static int log_fd = -1, with_data;
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static uint64_t counts[ANY + 1];
static struct {
    enum kind kind;
    uint64_t nth;
    enum what what;
    int error;
} order;

static void read_order(const char *text) {
    char kind[16] = "", what[32] = "";
    unsigned long long nth = 0;
    if (!text || sscanf(text, "%15[a-z]:%llu:%31s", kind, &nth, what) != 3)
        return;
    for (int at = 0; at <= ANY; at++)
        if (!strcmp(kind, kinds[at]))
            order.kind = at;
    order.nth = nth;
    order.what = !strcmp(what, "kill-before")  ? KILL_BEFORE
                 : !strcmp(what, "kill-after") ? KILL_AFTER
                 : !strcmp(what, "kill-half")  ? KILL_HALF
                 : !strcmp(what, "short")      ? SHORT
                                               : FAIL;
    order.error = !strcmp(what, "ENOSPC") ? ENOSPC : !strcmp(what, "EACCES") ? EACCES : EIO;
}

__attribute__((constructor)) static void begin(void) {
    const char *text = getenv("TORTURE_FOLDER");
    if (!text || strlen(text) >= sizeof folder)
        return;
    if ((text = getenv("TORTURE_ACKS")) && strlen(text) < sizeof acks)
        strcpy(acks, text);
    read_order(getenv("TORTURE_ORDER"));
    if ((text = getenv("TORTURE_LOG"))) {
        int fd = (int)syscall(SYS_openat, AT_FDCWD, text, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        log_fd = (int)syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 900);
        syscall(SYS_close, fd);
    }
    with_data = getenv("TORTURE_DATA") != NULL;
    strcpy(folder, getenv("TORTURE_FOLDER"));
    folder_bytes = strlen(folder);
}

static int is_ours(const char *path) {
    if (!folder_bytes || strncmp(path, folder, folder_bytes) || (path[folder_bytes] && path[folder_bytes] != '/'))
        return 0;
    size_t bytes = strlen(path);
    return bytes < 4 || strcmp(path + bytes - 4, "-shm");
}

/* Where an open file is now; it may have been renamed since it was opened. */
static int path_of(int fd, char *path) {
    char link[40];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t bytes = syscall(SYS_readlinkat, AT_FDCWD, link, path, PATH_MAX - 1);
    if (bytes <= 0)
        return 0;
    path[bytes] = 0;
    static const char gone[] = " (deleted)";
    if ((size_t)bytes > sizeof gone && !strcmp(path + bytes - (sizeof gone - 1), gone))
        path[bytes - (sizeof gone - 1)] = 0;
    return 1;
}

static int path_at(int at, const char *name, char *path) {
    if (name[0] == '/') {
        strncpy(path, name, PATH_MAX - 1);
        path[PATH_MAX - 1] = 0;
    } else {
        char base[PATH_MAX];
        if (at == AT_FDCWD ? !getcwd(base, sizeof base) : !path_of(at, base))
            return 0;
        snprintf(path, PATH_MAX, "%.2000s/%.2000s", base, name);
    }
    return 1;
}

static int watches(int fd, char *path) { return folder_bytes && path_of(fd, path) && is_ours(path); }

static void die(void) {
    syscall(SYS_kill, syscall(SYS_getpid), SIGKILL);
    for (;;)
        pause();
}

/* Takes the turn and says what is to happen to this operation. */
static enum what enter(enum kind kind) {
    pthread_mutex_lock(&turn);
    counts[kind]++;
    // What is read changes nothing, so no kill is worth it there.
    counts[ANY] += kind != READ;
    enum what what = order.nth && counts[order.kind] == order.nth && (order.kind == kind || (order.kind == ANY && kind != READ))
                         ? order.what
                         : NOTHING;
    if (what == KILL_BEFORE)
        die();
    return what;
}

static void put(struct entry entry, const char *path, const char *other, const void *data, size_t bytes) {
    if (log_fd < 0)
        return;
    entry.mark = MARK;
    entry.path_bytes = (uint32_t)strlen(path);
    entry.other_bytes = other ? (uint32_t)strlen(other) : 0;
    entry.data_bytes = data && (with_data || entry.kind == ACK) ? (uint32_t)bytes : 0;
    struct iovec parts[4] = {{&entry, sizeof entry},
                             {(void *)path, entry.path_bytes},
                             {(void *)other, entry.other_bytes},
                             {(void *)data, entry.data_bytes}};
    syscall(SYS_writev, log_fd, parts, 4);
}

/* Gives the turn back with the answer, or never comes back. */
static long leave(enum what what, long answer, int error) {
    if (what == KILL_AFTER || what == KILL_HALF)
        die();
    pthread_mutex_unlock(&turn);
    errno = error;
    return answer;
}

static uint64_t file_of(int fd, uint8_t *facts) {
    struct stat about;
    if (fstat(fd, &about))
        return 0;
    *facts |= S_ISDIR(about.st_mode) ? IS_FOLDER : 0;
    return about.st_ino;
}

/* ------------------------------------------------------------------------------------------------------- open */

static int open_at(int at, const char *name, int flags, mode_t mode) {
    char path[PATH_MAX];
    if (!folder_bytes || !path_at(at, name, path) || !is_ours(path))
        return (int)syscall(SYS_openat, at, name, flags, mode);
    enum what what = enter(OPEN);
    struct entry entry = {.kind = OPEN, .facts = what ? PLANNED : 0};
    int is_new = (flags & O_CREAT) && syscall(SYS_faccessat, AT_FDCWD, path, F_OK);
    long fd = what == FAIL ? -1 : syscall(SYS_openat, at, name, flags, mode);
    int error = what == FAIL ? order.error : errno;
    if (fd >= 0) {
        error = 0;
        entry.file = file_of((int)fd, &entry.facts);
        entry.facts |= (is_new ? CREATED : 0) | (flags & O_TRUNC ? EMPTIED : 0);
    }
    entry.error = (uint16_t)error;
    put(entry, path, NULL, NULL, 0);
    return (int)leave(what, fd, error);
}

#define MODE_OF(flags)                                                                                                 \
    mode_t mode = 0;                                                                                                   \
    if ((flags) & (O_CREAT | __O_TMPFILE)) {                                                                           \
        va_list rest;                                                                                                  \
        va_start(rest, flags);                                                                                         \
        mode = va_arg(rest, mode_t);                                                                                   \
        va_end(rest);                                                                                                  \
    }

int open(const char *name, int flags, ...) {
    MODE_OF(flags)
    return open_at(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
    MODE_OF(flags)
    return open_at(AT_FDCWD, name, flags, mode);
}
int openat(int at, const char *name, int flags, ...) {
    MODE_OF(flags)
    return open_at(at, name, flags, mode);
}
int openat64(int at, const char *name, int flags, ...) {
    MODE_OF(flags)
    return open_at(at, name, flags, mode);
}
int creat(const char *name, mode_t mode) { return open_at(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode); }
int creat64(const char *name, mode_t mode) { return creat(name, mode); }

/* ------------------------------------------------------------------------------------------------------ write */

/* `at` below 0 writes where the file stands. */
static ssize_t plain_write(int fd, const void *data, size_t bytes, off_t at) {
    return at < 0 ? syscall(SYS_write, fd, data, bytes) : syscall(SYS_pwrite64, fd, data, bytes, at);
}

static ssize_t write_at(int fd, const void *data, size_t bytes, off_t at) {
    char path[PATH_MAX];
    if (!folder_bytes || !path_of(fd, path))
        return plain_write(fd, data, bytes, at);
    if (log_fd >= 0 && acks[0] && !strcmp(path, acks)) {
        pthread_mutex_lock(&turn);
        put((struct entry){.kind = ACK, .length = bytes}, path, NULL, data, bytes);
        return leave(NOTHING, plain_write(fd, data, bytes, at), errno);
    }
    if (!is_ours(path))
        return plain_write(fd, data, bytes, at);
    enum what what = enter(WRITE);
    struct entry entry = {.kind = WRITE, .facts = what ? PLANNED : 0, .length = bytes};
    size_t wanted = what == SHORT || what == KILL_HALF ? bytes / 2 : bytes;
    ssize_t written = what == FAIL ? -1 : plain_write(fd, data, wanted, at);
    int error = what == FAIL ? order.error : written < 0 ? errno : 0;
    entry.file = file_of(fd, &entry.facts);
    entry.error = (uint16_t)error;
    entry.offset = at < 0 && written > 0 ? syscall(SYS_lseek, fd, 0, SEEK_CUR) - written : at;
    put(entry, path, NULL, data, written > 0 ? (size_t)written : 0);
    return leave(what, written, error);
}

ssize_t write(int fd, const void *data, size_t bytes) { return write_at(fd, data, bytes, -1); }
ssize_t pwrite(int fd, const void *data, size_t bytes, off_t at) { return write_at(fd, data, bytes, at); }
ssize_t pwrite64(int fd, const void *data, size_t bytes, off_t at) { return write_at(fd, data, bytes, at); }

/* Pieces are put together first, so that all kinds of writing take one way. */
ssize_t writev(int fd, const struct iovec *pieces, int count) {
    char path[PATH_MAX];
    if (!watches(fd, path))
        return syscall(SYS_writev, fd, pieces, count);
    size_t bytes = 0;
    for (int at = 0; at < count; at++)
        bytes += pieces[at].iov_len;
    char *whole = malloc(bytes + 1), *end = whole;
    if (!whole)
        return errno = ENOMEM, -1;
    for (int at = 0; at < count; at++)
        end = mempcpy(end, pieces[at].iov_base, pieces[at].iov_len);
    ssize_t written = write_at(fd, whole, bytes, -1);
    int error = errno;
    free(whole);
    errno = error;
    return written;
}

/* ------------------------------------------------------------------------------------------------------- read */

static ssize_t read_at(int fd, void *data, size_t bytes, off_t at) {
    char path[PATH_MAX];
    int is_watched = watches(fd, path);
    enum what what = is_watched ? enter(READ) : NOTHING;
    ssize_t answer = what == FAIL ? -1
                     : at < 0     ? syscall(SYS_read, fd, data, bytes)
                                  : syscall(SYS_pread64, fd, data, bytes, at);
    if (!is_watched)
        return answer;
    int error = what == FAIL ? order.error : answer < 0 ? errno : 0;
    put((struct entry){.kind = READ, .error = (uint16_t)error, .length = bytes, .offset = at}, path, NULL, NULL, 0);
    return leave(what, answer, error);
}

ssize_t read(int fd, void *data, size_t bytes) { return read_at(fd, data, bytes, -1); }
ssize_t pread(int fd, void *data, size_t bytes, off_t at) { return read_at(fd, data, bytes, at); }
ssize_t pread64(int fd, void *data, size_t bytes, off_t at) { return read_at(fd, data, bytes, at); }

/* ------------------------------------------------------------------------------------- sync, cut, names, folders */

/* What has an open file and no data. */
static int by_file(enum kind kind, int fd, long number, off_t length) {
    char path[PATH_MAX];
    if (!watches(fd, path))
        return (int)syscall(number, fd, length);
    enum what what = enter(kind);
    struct entry entry = {.kind = kind, .facts = what ? PLANNED : 0, .length = (uint64_t)length};
    long answer = what == FAIL ? -1 : syscall(number, fd, length);
    int error = what == FAIL ? order.error : answer < 0 ? errno : 0;
    entry.file = file_of(fd, &entry.facts);
    entry.error = (uint16_t)error;
    put(entry, path, NULL, NULL, 0);
    return (int)leave(what, answer, error);
}

int fsync(int fd) { return by_file(SYNC, fd, SYS_fsync, 0); }
int fdatasync(int fd) { return by_file(SYNC, fd, SYS_fdatasync, 0); }
int ftruncate(int fd, off_t length) { return by_file(CUT, fd, SYS_ftruncate, length); }
int ftruncate64(int fd, off_t length) { return by_file(CUT, fd, SYS_ftruncate, length); }

static int rename_at(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    char path[PATH_MAX], other[PATH_MAX];
    if (!folder_bytes || !path_at(from_at, from, path) || !path_at(to_at, to, other) || !is_ours(path))
        return (int)syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    enum what what = enter(RENAME);
    struct entry entry = {.kind = RENAME, .facts = what ? PLANNED : 0};
    long answer = what == FAIL ? -1 : syscall(SYS_renameat2, from_at, from, to_at, to, flags);
    int error = what == FAIL ? order.error : answer < 0 ? errno : 0;
    entry.error = (uint16_t)error;
    put(entry, path, other, NULL, 0);
    return (int)leave(what, answer, error);
}

int rename(const char *from, const char *to) { return rename_at(AT_FDCWD, from, AT_FDCWD, to, 0); }
int renameat(int from_at, const char *from, int to_at, const char *to) { return rename_at(from_at, from, to_at, to, 0); }
int renameat2(int from_at, const char *from, int to_at, const char *to, unsigned flags) {
    return rename_at(from_at, from, to_at, to, flags);
}

/* Removing a name and making a folder: a name and one number. */
static int by_name(enum kind kind, int at, const char *name, long number, long extra) {
    char path[PATH_MAX];
    if (!folder_bytes || !path_at(at, name, path) || !is_ours(path))
        return (int)syscall(number, at, name, extra);
    enum what what = enter(kind);
    struct entry entry = {.kind = kind, .facts = what ? PLANNED : 0, .length = (uint64_t)extra};
    long answer = what == FAIL ? -1 : syscall(number, at, name, extra);
    int error = what == FAIL ? order.error : answer < 0 ? errno : 0;
    entry.error = (uint16_t)error;
    put(entry, path, NULL, NULL, 0);
    return (int)leave(what, answer, error);
}

int unlink(const char *name) { return by_name(UNLINK, AT_FDCWD, name, SYS_unlinkat, 0); }
int unlinkat(int at, const char *name, int flags) { return by_name(UNLINK, at, name, SYS_unlinkat, flags); }
int rmdir(const char *name) { return by_name(UNLINK, AT_FDCWD, name, SYS_unlinkat, AT_REMOVEDIR); }
int mkdir(const char *name, mode_t mode) { return by_name(FOLDER, AT_FDCWD, name, SYS_mkdirat, (long)mode); }
int mkdirat(int at, const char *name, mode_t mode) { return by_name(FOLDER, at, name, SYS_mkdirat, (long)mode); }
