/* Preloaded into a server: what it writes to its append-only file gets there when it is fsynced, not before.
   Killed, it has lost what a machine loses when its power fails. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int file = -1;
static char *kept = NULL;
static size_t length = 0;

static void flush_kept(void) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    size_t done = 0;
    while (done < length) {
        ssize_t now = real(file, kept + done, length - done);
        if (now <= 0) abort();
        done += (size_t)now;
    }
    length = 0;
}

static int opened(const char *path, int fd) {
    size_t size = strlen(path);
    if (fd >= 0 && size > 9 && strcmp(path + size - 9, ".incr.aof") == 0) {
        pthread_mutex_lock(&lock);
        file = fd;
        length = 0;
        pthread_mutex_unlock(&lock);
    }
    return fd;
}

int open(const char *path, int flags, ...) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open");
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opened(path, real(path, flags, mode));
}

int open64(const char *path, int flags, ...) {
    int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, "open64");
    va_list more;
    va_start(more, flags);
    mode_t mode = va_arg(more, mode_t);
    va_end(more);
    return opened(path, real(path, flags, mode));
}

ssize_t write(int fd, const void *data, size_t size) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    if (fd < 0 || fd != file) return real(fd, data, size);
    pthread_mutex_lock(&lock);
    kept = realloc(kept, length + size);
    if (kept == NULL) abort();
    memcpy(kept + length, data, size);
    length += size;
    pthread_mutex_unlock(&lock);
    return (ssize_t)size;
}

static int synced(int fd, const char *name) {
    int (*real)(int) = dlsym(RTLD_NEXT, name);
    if (fd >= 0 && fd == file) {
        pthread_mutex_lock(&lock);
        flush_kept();
        pthread_mutex_unlock(&lock);
    }
    return real(fd);
}

int fdatasync(int fd) { return synced(fd, "fdatasync"); }
int fsync(int fd) { return synced(fd, "fsync"); }
