/* Standard output as one write: see output.h. */
#include "viz/cli/output.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static void grow(Output *output, size_t more_bytes) {
    if (output->capacity_bytes - output->length_bytes > more_bytes) return;
    size_t capacity_bytes = 2 * output->capacity_bytes + more_bytes + 4096;
    char *text = realloc(output->text, capacity_bytes);
    if (!text) {
        fprintf(stderr, "hbmscope: out of memory: %zu bytes of output were refused\n", capacity_bytes);
        exit(ERR_OTHER);
    }
    output->text = text;
    output->capacity_bytes = capacity_bytes;
}

void output_format(Output *output, const char *format, ...) {
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length > 0) {
        grow(output, (size_t)length + 1);
        vsnprintf(output->text + output->length_bytes, (size_t)length + 1, format, again);
        output->length_bytes += (size_t)length;
    }
    va_end(again);
}

bool output_flush(Output *output, Err *err) {
    bool is_written =
        fwrite(output->text, 1, output->length_bytes, stdout) == output->length_bytes && fflush(stdout) == 0;
    int reason = errno;
    output_free(output);
    if (!is_written) return err_cannot_write(err, "the output", reason);
    return true;
}

void output_free(Output *output) {
    free(output->text);
    *output = (Output){0};
}
