/* Helper programs beside hbmscope: see child.h. */
#include "viz/cli/child.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* The path of the helper beside the running program; false where there is none. */
static bool find_helper(const char *name, char out[PATH_MAX]) {
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (length <= 0) return false;
    self[length] = 0;
    char *slash = strrchr(self, '/');
    if (!slash || snprintf(out, PATH_MAX, "%.*s/%s", (int)(slash - self), self, name) >= PATH_MAX) return false;
    return access(out, X_OK) == 0;
}

bool child_become(const char *name, const char *const *argv, ErrCode code, const char *why_missing, Err *err) {
    char path[PATH_MAX];
    if (!find_helper(name, path))
        return err_set(err, code, "the program %s is not beside hbmscope: %s", name, why_missing);
    fflush(stdout);
    execv(path, (char *const *)argv);
    return err_set(err, ERR_OTHER, "cannot start %s: %s", path, strerror(errno));
}

extern char **environ;

/* Reads until the end or the limit; the pipe's reader side stays open for the caller. */
static bool gather(int from, unsigned long max_bytes, char **text) {
    size_t used = 0, room = 65536;
    char *bytes = malloc(room + 1);
    for (ssize_t got; bytes && (got = read(from, bytes + used, room - used)) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 || used + (size_t)got > max_bytes) break;
        used += (size_t)got;
        if (used < room) continue;
        char *more = realloc(bytes, 2 * room + 1);
        if (!more) break;
        bytes = more;
        room *= 2;
    }
    if (!bytes) return false;
    bytes[used] = 0;
    *text = bytes;
    return used <= max_bytes;
}

bool child_read(const char *name, const char *const *argv, unsigned long max_bytes, char **text, Err *err) {
    char path[PATH_MAX];
    int ends[2], status = 0, said = memfd_create("stderr", MFD_CLOEXEC);
    if (!find_helper(name, path))
        return err_set(err, ERR_OTHER, "the program %s is not beside hbmscope; `make` builds it where g++ is", name);
    if (pipe2(ends, O_CLOEXEC) != 0) return err_set(err, ERR_OTHER, "cannot make a pipe: %s", strerror(errno));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    if (said >= 0) posix_spawn_file_actions_adddup2(&actions, said, 2);
    pid_t child;
    int failed = posix_spawn(&child, path, &actions, NULL, (char *const *)argv, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char *got = NULL;
    bool is_read = !failed && gather(ends[0], max_bytes, &got);
    close(ends[0]);
    while (!failed && waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    char sentence[500] = "";
    if (said >= 0) {
        ssize_t length = pread(said, sentence, sizeof sentence - 1, 0);
        sentence[length > 0 ? length : 0] = 0;
        sentence[strcspn(sentence, "\n")] = 0;
        close(said);
    }
    if (!failed && is_read && WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        *text = got;
        return true;
    }
    free(got);
    static const char own[] = "hbmscope: ";
    if (failed) return err_set(err, ERR_OTHER, "cannot start %s: %s", path, strerror(failed));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return err_set(err, ERR_OTHER, "%s said more than %lu bytes", name, max_bytes);
    if (strncmp(sentence, own, sizeof own - 1) == 0) return err_set(err, ERR_OTHER, "%s", sentence + sizeof own - 1);
    return err_set(err, ERR_OTHER, "%s failed (status %d)", name, WIFEXITED(status) ? WEXITSTATUS(status) : -1);
}
