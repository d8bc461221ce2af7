/* Standard output as one write: text is gathered, then written and flushed with errors checked, so that a failing verb
 * prints nothing and a full disk is noticed.
 */
#ifndef VIZ_CLI_OUTPUT_H
#define VIZ_CLI_OUTPUT_H
#include <stddef.h>

#include "sim/base/err.h"

/* Starts as {0}. */
typedef struct Output {
    char *text;
    size_t length_bytes, capacity_bytes;
} Output;
/* Adds as printf would print; ends the program where the system has no memory left. */
void output_format(Output *output, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Writes all and frees; fails where it cannot be written. */
bool output_flush(Output *output, Err *err);
/* Frees without writing: for what fails. */
void output_free(Output *output);
#endif
