/*
 * Preloaded into the guard. At call FAULT_AT that changes something below FAULT_DIR, kills the process (FAULT=kill) or
 * fills the disk (FAULT=full). Without FAULT_AT, writes the number of calls to the file FAULT_COUNT.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls;

static int below(const char *path) {
  const char *folder = getenv("FAULT_DIR");
  if (!folder || !path) return 0;
  if (path[0] != '/') return 1;
  return strncmp(path, folder, strlen(folder)) == 0;
}

static int belowFile(int file) {
  char link[64], path[PATH_MAX];
  struct stat status;
  if (!getenv("FAULT_DIR") || fstat(file, &status) != 0 || !S_ISREG(status.st_mode)) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return below(path);
}

/* Whether the call must fail. `takes` means that it needs disk space. */
static int change(int takes) {
  const char *fault = getenv("FAULT"), *at = getenv("FAULT_AT");
  long now = calls++;
  if (!fault || !at) return 0;
  if (strcmp(fault, "kill") == 0 && now == atol(at)) kill(getpid(), SIGKILL);
  if (strcmp(fault, "full") == 0 && now >= atol(at) && takes) {
    errno = ENOSPC;
    return 1;
  }
  return 0;
}

__attribute__((destructor)) static void tell(void) {
  const char *path = getenv("FAULT_COUNT");
  if (!path || getenv("FAULT_AT")) return;
  FILE *file = fopen(path, "w");
  if (!file) return;
  fprintf(file, "%ld", calls);
  fclose(file);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define ONE_PATH(name, takes, parameters, path, ...)                                   \
  int name parameters {                                                                \
    if (below(path) && change(takes)) return -1;                                       \
    return REAL(name)(__VA_ARGS__);                                                    \
  }
#define ONE_FILE(type, name, takes, parameters, ...)                                   \
  type name parameters {                                                               \
    if (belowFile(file) && change(takes)) return -1;                                   \
    return REAL(name)(__VA_ARGS__);                                                    \
  }

ONE_PATH(unlink, 0, (const char *path), path, path)
ONE_PATH(rmdir, 0, (const char *path), path, path)
ONE_PATH(mkdir, 1, (const char *path, mode_t mode), path, path, mode)
ONE_PATH(rename, 0, (const char *from, const char *to), to, from, to)
ONE_PATH(link, 1, (const char *from, const char *to), to, from, to)
ONE_PATH(symlink, 1, (const char *from, const char *to), to, from, to)
ONE_FILE(ssize_t, write, 1, (int file, const void *bytes, size_t size), file, bytes, size)
ONE_FILE(ssize_t, pwrite, 1, (int file, const void *bytes, size_t size, off_t at), file, bytes, size, at)
ONE_FILE(ssize_t, pwrite64, 1, (int file, const void *bytes, size_t size, off64_t at), file, bytes, size, at)
ONE_FILE(ssize_t, writev, 1, (int file, const struct iovec *parts, int count), file, parts, count)
ONE_FILE(ssize_t, pwritev, 1, (int file, const struct iovec *parts, int count, off_t at), file, parts, count, at)
ONE_FILE(int, ftruncate, 0, (int file, off_t size), file, size)
ONE_FILE(int, ftruncate64, 0, (int file, off64_t size), file, size)
ONE_FILE(int, fchmod, 0, (int file, mode_t mode), file, mode)
ONE_FILE(int, fchown, 0, (int file, uid_t user, gid_t group), file, user, group)
ONE_FILE(int, fsync, 0, (int file), file)
ONE_FILE(int, fdatasync, 0, (int file), file)

#define OPENING(name)                                                                  \
  int name(const char *path, int flags, ...) {                                         \
    va_list rest;                                                                      \
    va_start(rest, flags);                                                             \
    mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, mode_t) : 0;            \
    va_end(rest);                                                                      \
    if (flags & (O_CREAT | O_TRUNC) && below(path) && change(1)) return -1;            \
    return REAL(name)(path, flags, mode);                                              \
  }
OPENING(open)
OPENING(open64)
