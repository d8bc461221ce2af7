/* Whole text files: see text_file.h. */
#include "sim/base/text_file.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include "sim/base/parse.h"

char *text_file_read_stream(FILE *in, const char *name, size_t max_bytes, ErrCode bad_code, Arena *arena, Err *err) {
    assert(max_bytes % 1024 == 0);
    char *text = arena_alloc_bytes(arena, max_bytes + 2);
    size_t length_bytes = fread(text, 1, max_bytes + 1, in);
    text[length_bytes] = 0;
    bool is_good = true;
    if (ferror(in))
        is_good = err_cannot_read(err, name, errno);
    else if (length_bytes > max_bytes)
        is_good = err_set(err, bad_code, "%s is longer than %zu KiB, the most that is read", parse_quote(name).text,
                          max_bytes / 1024);
    else if (memchr(text, 0, length_bytes))
        is_good = err_set(err, bad_code, "%s holds a zero byte; it must be text", parse_quote(name).text);
    return is_good ? text : NULL;
}

char *text_file_read(const char *path, size_t max_bytes, ErrCode bad_code, Arena *arena, Err *err) {
    FILE *in = fopen(path, "rb");
    if (!in) {
        err_cannot_read(err, path, errno);
        return NULL;
    }
    char *text = text_file_read_stream(in, path, max_bytes, bad_code, arena, err);
    fclose(in);
    return text;
}
