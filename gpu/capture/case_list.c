/* Cases to run: see case_list.h. */
#include "gpu/capture/case_list.h"

#include <string.h>

#include "sim/base/parse.h"

CaptureCase case_default(void) {
    return (CaptureCase){.text = "",
                         .scenario = scenario_default(),
                         .repeat_count = 5,
                         .l2 = {CAPTURE_L2_COLD},
                         .l2_count = 1,
                         .probe = ""};
}

static bool parse_l2(const char *text, CaptureCase *c, Err *err) {
    c->l2_count = 0;
    for (const char *at = text; *at;) {
        char word[16] = "";
        size_t length = strcspn(at, ",");
        if (length < sizeof word) memcpy(word, at, length);
        if (c->l2_count == 3 || !capture_l2_find(word, &c->l2[c->l2_count]))
            return err_set(err, ERR_USAGE,
                           "l2-state is '%s'; it must be cold, warm or drained, or some of them with commas",
                           parse_quote(text).text);
        c->l2_count++;
        at += length + (at[length] == ',');
    }
    return c->l2_count > 0 || err_set(err, ERR_USAGE, "l2-state is empty");
}

static bool parse_int(const char *text, const char *what, int min, int max, int *out, Err *err) {
    uint64_t value;
    if (!parse_size(text, what, (uint64_t)min, (uint64_t)max, &value, err)) return false;
    *out = (int)value;
    return true;
}

bool case_set(CaptureCase *c, const char *key, const char *value, Err *err) {
    if (strcmp(key, "l2-state") == 0) return parse_l2(value, c, err);
    if (strcmp(key, "repeat") == 0) return parse_int(value, key, 1, CAPTURE_REPEATS_MAX, &c->repeat_count, err);
    if (strcmp(key, "version") == 0) return parse_int(value, key, 0, 9, &c->version, err);
    if (strcmp(key, "bytes") == 0) return parse_size(value, key, 0, 1ull << 36, &c->probe_bytes, err);
    if (strcmp(key, "probe") != 0) return scenario_set(&c->scenario, key, value, err);
    c->probe = value;
    return true;
}

/* `text` is cut into words, which the case keeps. */
static bool read_words(char *text, CaptureCase *c, Err *err) {
    char *at = NULL;
    for (char *word = strtok_r(text, " \t\r", &at); word; word = strtok_r(NULL, " \t\r", &at)) {
        char *equals = strchr(word, '=');
        if (!equals) return err_set(err, ERR_USAGE, "'%s' is no key=value", parse_quote(word).text);
        *equals = 0;
        if (!case_set(c, word, equals + 1, err)) return false;
    }
    return scenario_finish(&c->scenario, err);
}

bool case_list_read(const char *path, CaptureCase **out, int *out_count, Arena *arena, Err *err) {
    const char *text;
    size_t text_bytes;
    if (!capture_read_bytes(path, &text, &text_bytes, arena, err)) return false;
    CaptureCase *cases = ARENA_ARRAY(arena, CaptureCase, CASE_LIST_MAX);
    int count = 0, line_number = 0;
    char *at = NULL, *copy = arena_copy_text(arena, text);
    for (char *line = copy; line; line = at) {
        at = strchr(line, '\n');
        if (at) *at++ = 0;
        line_number++;
        line = parse_trim(line);
        if (!*line || *line == '#') continue;
        if (count == CASE_LIST_MAX)
            return err_set(err, ERR_USAGE, "%s:%d: more than %d cases", path, line_number, CASE_LIST_MAX);
        cases[count] = case_default();
        cases[count].text = arena_copy_text(arena, line);
        if (!read_words(line, &cases[count++], err)) return err_prefix(err, "%s:%d: ", path, line_number);
    }
    if (!count) return err_set(err, ERR_USAGE, "%s names no case", path);
    *out = cases;
    *out_count = count;
    return true;
}
