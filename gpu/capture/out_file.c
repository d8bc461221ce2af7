/* A file that appears whole or not at all: see out_file.h. */
#include "gpu/capture/out_file.h"

#include <errno.h>
#include <unistd.h>

bool out_file_write(const char *path, OutFileWrite *write, void *context, Err *err) {
    char temporary[4096];
    if (snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid()) >= (int)sizeof temporary)
        return err_set(err, ERR_USAGE, "the name after -o is too long");
    FILE *out = fopen(temporary, "w");
    if (!out) return err_cannot_write(err, path, errno);
    bool is_ok = write(context, out, err);
    bool is_written = !ferror(out);
    is_written = fclose(out) == 0 && is_written;
    if (is_ok && is_written && rename(temporary, path) == 0) return true;
    if (is_ok) err_cannot_write(err, path, errno);
    unlink(temporary);
    return false;
}
