/* Temporary name, then rename: see out_file.h. */
#include "viz/backends/out_file.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static bool open_temporary(OutFile *out, Err *err) {
    int length = snprintf(out->temporary, sizeof out->temporary, "%s.XXXXXX", out->path);
    if (length >= (int)sizeof out->temporary) return err_cannot_write(err, out->path, ENAMETOOLONG);
    int file = mkstemp(out->temporary);
    if (file < 0) return err_cannot_write(err, out->path, errno);
    mode_t mask = umask(0);
    umask(mask);
    fchmod(file, 0666 & ~mask); /* mkstemp's 0600 would hide a picture from a web server */
    out->stream = fdopen(file, "wb");
    if (out->stream) return true;
    close(file);
    unlink(out->temporary);
    return err_cannot_write(err, out->path, errno);
}

static const int stop_signals[] = {SIGINT, SIGTERM, SIGHUP};
enum { STOP_SIGNAL_COUNT = sizeof stop_signals / sizeof stop_signals[0] };

/* Not those that are ignored, as SIGHUP is under nohup: while blocked they would wait all the same. */
static void hold_signals(OutFile *out) {
    sigset_t held;
    struct sigaction action;
    sigemptyset(&held);
    for (int i = 0; i < STOP_SIGNAL_COUNT; i++)
        if (sigaction(stop_signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(&held, stop_signals[i]);
    pthread_sigmask(SIG_BLOCK, &held, &out->signals);
}

bool out_file_is_stopped(void) {
    sigset_t waiting;
    sigpending(&waiting);
    for (int i = 0; i < STOP_SIGNAL_COUNT; i++)
        if (sigismember(&waiting, stop_signals[i]) == 1) return true;
    return false;
}

static bool open_target(OutFile *out, Err *err) {
    struct stat status;
    if (stat(out->path, &status) != 0 || S_ISREG(status.st_mode)) return open_temporary(out, err);
    if (S_ISDIR(status.st_mode)) return err_cannot_write(err, out->path, EISDIR);
    out->stream = fopen(out->path, "wb");
    return out->stream || err_cannot_write(err, out->path, errno);
}

bool out_file_open(OutFile *out, const char *path, Err *err) {
    *out = (OutFile){.path = path};
    if (!*path) return err_set(err, ERR_USAGE, "the name of the output file is empty");
    hold_signals(out);
    if (open_target(out, err)) return true;
    pthread_sigmask(SIG_SETMASK, &out->signals, NULL);
    return false;
}

void out_file_abandon(OutFile *out) {
    if (out->stream) fclose(out->stream);
    if (*out->temporary) unlink(out->temporary);
    pthread_sigmask(SIG_SETMASK, &out->signals, NULL);
    *out = (OutFile){0};
}

bool out_file_check(const char *path, Err *err) {
    OutFile out;
    if (!out_file_open(&out, path, err)) return false;
    out_file_abandon(&out);
    return true;
}

static bool close_target(OutFile *out, Err *err) {
    errno = 0;
    bool is_written = fflush(out->stream) == 0 && !ferror(out->stream);
    int error = errno;
    is_written &= fclose(out->stream) == 0;
    out->stream = NULL;
    if (is_written && *out->temporary && rename(out->temporary, out->path) != 0) {
        error = errno;
        is_written = false;
    }
    if (is_written) return true;
    if (!error) error = errno ? errno : EIO;
    err_cannot_write(err, out->path, error);
    if (*out->temporary) unlink(out->temporary);
    return false;
}

bool out_file_close(OutFile *out, Err *err) {
    bool is_closed = close_target(out, err);
    pthread_sigmask(SIG_SETMASK, &out->signals, NULL);
    return is_closed;
}
