// What a thread asks of files and sockets, counted where it leaves the process's own code: these functions stand before those of
// the C library for every library of the process, as symbols of the program do.

#ifdef __linux__

#define _GNU_SOURCE
#include "Probe.h"
#include <dlfcn.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define FUNCTIONS(each) \
    each(open) each(open64) each(openat) each(openat64) each(fopen) each(fopen64) each(access) each(stat) each(stat64) each(lstat64) \
    each(statx) each(mkdir) each(unlink) each(rename) each(flock) each(pread) each(pread64) each(pwrite) each(pwrite64) each(read) \
    each(readv) each(write) each(writev) each(close) each(ftruncate) each(ftruncate64) each(fsync) each(fdatasync) each(socket) \
    each(connect) each(send) each(sendto) each(sendmsg) each(recv) each(recvfrom) each(recvmsg) each(getaddrinfo)

#define NUMBER(name) NUMBER_##name,
#define TEXT(name) #name,
enum { FUNCTIONS(NUMBER) COUNT };
static const char *const names[] = {FUNCTIONS(TEXT)};

static _Thread_local bool is_watched;
static atomic_uint by_watched_thread[COUNT], by_others[COUNT];

static void seen(int function) { atomic_fetch_add(&(is_watched ? by_watched_thread : by_others)[function], 1); }

/// Pipes and what wakes a thread are neither.
static void seen_at(int function, int handle) {
    struct stat at;
    if (is_watched && fstat(handle, &at) == 0 && !S_ISREG(at.st_mode) && !S_ISSOCK(at.st_mode)) return;
    seen(function);
}

void farthing_probe_watch(bool watched) {
    for (int function = 0; watched && function < COUNT; function++) {
        atomic_store(&by_watched_thread[function], 0);
        atomic_store(&by_others[function], 0);
    }
    is_watched = watched;
}

const char *farthing_probe_name(int function) { return function < COUNT ? names[function] : NULL; }

unsigned farthing_probe_count(int function, bool by_watched) {
    return atomic_load(&(by_watched ? by_watched_thread : by_others)[function]);
}

#define NEXT(result, name, parameters) \
    static result(*next) parameters; \
    if (!next) next = (result(*) parameters)dlsym(RTLD_NEXT, #name);

#define BY_NAME(result, name, parameters, ...) \
    result name parameters { \
        NEXT(result, name, parameters) \
        seen(NUMBER_##name); \
        return next(__VA_ARGS__); \
    }

#define BY_HANDLE(result, name, parameters, handle, ...) \
    result name parameters { \
        NEXT(result, name, parameters) \
        seen_at(NUMBER_##name, handle); \
        return next(handle, ##__VA_ARGS__); \
    }

#define OPENS(name, parameters, ...) \
    int name parameters { \
        NEXT(int, name, parameters) \
        seen(NUMBER_##name); \
        va_list more; \
        va_start(more, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(more, mode_t) : 0; \
        va_end(more); \
        return next(__VA_ARGS__, mode); \
    }

OPENS(open, (const char *path, int flags, ...), path, flags)
OPENS(open64, (const char *path, int flags, ...), path, flags)
OPENS(openat, (int folder, const char *path, int flags, ...), folder, path, flags)
OPENS(openat64, (int folder, const char *path, int flags, ...), folder, path, flags)
BY_NAME(FILE *, fopen, (const char *path, const char *mode), path, mode)
BY_NAME(FILE *, fopen64, (const char *path, const char *mode), path, mode)
BY_NAME(int, access, (const char *path, int mode), path, mode)
BY_NAME(int, stat, (const char *path, struct stat *into), path, into)
BY_NAME(int, stat64, (const char *path, struct stat64 *into), path, into)
BY_NAME(int, lstat64, (const char *path, struct stat64 *into), path, into)
BY_NAME(int, statx, (int folder, const char *path, int flags, unsigned mask, struct statx *into), folder, path, flags, mask, into)
BY_NAME(int, mkdir, (const char *path, mode_t mode), path, mode)
BY_NAME(int, unlink, (const char *path), path)
BY_NAME(int, rename, (const char *from, const char *to), from, to)
BY_NAME(int, flock, (int handle, int operation), handle, operation)
BY_NAME(ssize_t, pread, (int handle, void *into, size_t size, off_t at), handle, into, size, at)
BY_NAME(ssize_t, pread64, (int handle, void *into, size_t size, off64_t at), handle, into, size, at)
BY_NAME(ssize_t, pwrite, (int handle, const void *from, size_t size, off_t at), handle, from, size, at)
BY_NAME(ssize_t, pwrite64, (int handle, const void *from, size_t size, off64_t at), handle, from, size, at)
BY_HANDLE(ssize_t, read, (int handle, void *into, size_t size), handle, into, size)
BY_HANDLE(ssize_t, readv, (int handle, const struct iovec *into, int count), handle, into, count)
BY_HANDLE(ssize_t, write, (int handle, const void *from, size_t size), handle, from, size)
BY_HANDLE(ssize_t, writev, (int handle, const struct iovec *from, int count), handle, from, count)
BY_HANDLE(int, close, (int handle), handle)
BY_NAME(int, ftruncate, (int handle, off_t size), handle, size)
BY_NAME(int, ftruncate64, (int handle, off64_t size), handle, size)
BY_NAME(int, fsync, (int handle), handle)
BY_NAME(int, fdatasync, (int handle), handle)
BY_NAME(int, socket, (int domain, int type, int protocol), domain, type, protocol)
BY_NAME(int, connect, (int handle, const struct sockaddr *to, socklen_t size), handle, to, size)
BY_NAME(ssize_t, send, (int handle, const void *from, size_t size, int flags), handle, from, size, flags)
BY_NAME(
    ssize_t, sendto,
    (int handle, const void *from, size_t size, int flags, const struct sockaddr *to, socklen_t length), handle, from, size, flags,
    to, length)
BY_NAME(ssize_t, sendmsg, (int handle, const struct msghdr *from, int flags), handle, from, flags)
BY_NAME(ssize_t, recv, (int handle, void *into, size_t size, int flags), handle, into, size, flags)
BY_NAME(
    ssize_t, recvfrom, (int handle, void *into, size_t size, int flags, struct sockaddr *from, socklen_t *length), handle, into,
    size, flags, from, length)
BY_NAME(ssize_t, recvmsg, (int handle, struct msghdr *into, int flags), handle, into, flags)
BY_NAME(
    int, getaddrinfo, (const char *host, const char *service, const struct addrinfo *hints, struct addrinfo **into), host, service,
    hints, into)

#endif
