/* An error from the outside world: bad input, a missing file, absent hardware.
 *
 * A function that can fail takes an `Err *` last, returns false on failure, fills it with one
 * sentence that names the value and the rule, and leaves its outputs untouched.
 * Our own bugs are asserts, kept on in every build. Only a main() prints an Err and exits.
 */
#ifndef SIM_BASE_ERR_H
#define SIM_BASE_ERR_H
#include <stdbool.h>

/* The value is the process's exit status. */
typedef enum ErrCode {
    ERR_NONE = 0,
    ERR_OTHER = 1,    /* files, disk, overflow, a model that cannot hold the case */
    ERR_USAGE = 2,    /* an option, a value or a key is wrong */
    ERR_HARDWARE = 3, /* a GPU, a driver or a display is absent */
} ErrCode;

typedef struct Err {
    ErrCode code;
    char text[600]; /* one sentence, no newline at its end; starts with "file:line: " where input has lines */
} Err;

/* Fills *err (which may be NULL) and returns false, so that a caller can `return err_set(...)`. */
bool err_set(Err *err, ErrCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "PATH cannot be read: No such file or directory", and the same for writing; ERR_OTHER. error_number: an errno. */
bool err_cannot_read(Err *err, const char *path, int error_number);
bool err_cannot_write(Err *err, const char *path, int error_number);
/* "not enough memory for WHAT"; ERR_OTHER. */
bool err_no_memory(Err *err, const char *what);

/* Puts "prefix" in front of the text that *err already holds, and returns false. */
bool err_prefix(Err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
