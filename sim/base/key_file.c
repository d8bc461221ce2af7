/* `key = value` lines: see key_file.h. */
#include "sim/base/key_file.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/base/text_file.h"

bool key_file_load(const char *path, char **text, Arena *arena, Err *err) {
    char *read = text_file_read(path, KEY_FILE_MAX_BYTES, ERR_USAGE, arena, err);
    if (read) *text = read;
    return read != NULL;
}

bool key_file_fail(const KeyFile *file, Err *err) {
    return err_prefix(err, "%s:%d: ", parse_quote(file->name).text, file->line_number);
}

typedef struct Span {
    const char *first, *end;
} Span;

static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

static Span span_trim(Span span) {
    while (span.first < span.end && is_blank(*span.first)) span.first++;
    while (span.first < span.end && is_blank(span.end[-1])) span.end--;
    return span;
}

static Span span_without_comment(Span line) {
    for (const char *c = line.first; c < line.end; c++)
        if (*c == '#' && (c == line.first || is_blank(c[-1]))) return (Span){line.first, c};
    return line;
}

static bool is_key_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
}

static bool is_key(Span span) {
    if (span.first == span.end || span.end - span.first >= KEY_FILE_KEY_BYTES) return false;
    for (const char *c = span.first; c < span.end; c++)
        if (!is_key_letter(*c)) return false;
    return true;
}

static void span_copy(Span span, char *out) {
    size_t length_bytes = (size_t)(span.end - span.first);
    memcpy(out, span.first, length_bytes);
    out[length_bytes] = 0;
}

/* One line that is not blank. */
static bool read_line(KeyFile *file, Span line, Err *err) {
    const char *equals = memchr(line.first, '=', (size_t)(line.end - line.first));
    Span key = span_trim((Span){line.first, equals ? equals : line.end});
    Span value = span_trim((Span){equals ? equals + 1 : line.end, line.end});
    if (!equals || !is_key(key)) {
        char start[64];
        snprintf(start, sizeof start, "%.*s", (int)(line.end - line.first), line.first);
        err_set(err, ERR_USAGE, "'%s' is not `key = value`", parse_quote(start).text);
        return key_file_fail(file, err);
    }
    if (value.end - value.first >= KEY_FILE_VALUE_BYTES) {
        err_set(err, ERR_USAGE, "the value is %td bytes long; it must be shorter than %d", value.end - value.first,
                KEY_FILE_VALUE_BYTES);
        return key_file_fail(file, err);
    }
    span_copy(key, file->key);
    span_copy(value, file->value);
    return true;
}

bool key_file_next(KeyFile *file, bool *is_end, Err *err) {
    *is_end = false;
    while (*file->at) {
        Span line = {file->at, strchr(file->at, '\n')};
        if (!line.end) line.end = line.first + strlen(line.first);
        file->at = *line.end ? line.end + 1 : line.end;
        file->line_number++;
        line = span_trim(span_without_comment(line));
        if (line.first < line.end) return read_line(file, line, err);
    }
    *is_end = true;
    return false;
}
