/* Errors as values: see err.h. */
#include "sim/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(Err *err, ErrCode code, const char *format, ...) {
    if (!err) return false;
    va_list args;
    va_start(args, format);
    err->code = code;
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

/* A path as it may stand in a message, which is one line. */
typedef struct PathText {
    char text[256];
} PathText;
static PathText path_text(const char *path) {
    PathText shown;
    snprintf(shown.text, sizeof shown.text, "%s", path);
    for (char *p = shown.text; *p; p++)
        if ((unsigned char)*p < ' ' || *p == 127) *p = '?';
    return shown;
}

bool err_cannot_read(Err *err, const char *path, int error_number) {
    return err_set(err, ERR_OTHER, "%s cannot be read: %s", path_text(path).text, strerror(error_number));
}

bool err_cannot_write(Err *err, const char *path, int error_number) {
    return err_set(err, ERR_OTHER, "%s cannot be written: %s", path_text(path).text, strerror(error_number));
}

bool err_no_memory(Err *err, const char *what) { return err_set(err, ERR_OTHER, "not enough memory for %s", what); }

bool err_prefix(Err *err, const char *format, ...) {
    if (!err) return false;
    char tail[sizeof err->text];
    memcpy(tail, err->text, sizeof tail);
    va_list args;
    va_start(args, format);
    int used = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (used >= 0 && (size_t)used < sizeof err->text)
        snprintf(err->text + used, sizeof err->text - (size_t)used, "%s", tail);
    return false;
}
