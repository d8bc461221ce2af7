/* Preloaded by test_show.sh: files whose path ends in $NO_FILE are not there. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int is_hidden(const char *path) {
    const char *ending = getenv("NO_FILE");
    size_t length = strlen(path), ending_length = ending ? strlen(ending) : 0;
    return ending_length && length >= ending_length && strcmp(path + length - ending_length, ending) == 0;
}

int open(const char *path, int flags, ...) {
    int (*next)(const char *, int, ...) = (int (*)(const char *, int, ...))dlsym(RTLD_NEXT, "open");
    va_list args;
    va_start(args, flags);
    int mode = flags & O_CREAT ? va_arg(args, int) : 0;
    va_end(args);
    if (!is_hidden(path)) return next(path, flags, mode);
    errno = ENOENT;
    return -1;
}
