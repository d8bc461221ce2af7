/* A student's program, text -> lines: see student.h. What lies inside what is student_structure.c. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "lessons/student_shape.h"
#include "lessons/student_structure.h"

enum { TOKENS_MAX = 16, LINE_MAX_CHARS = 120 };

typedef struct Reader {
    StudentProgram *program;
    const char *name;
    int line_number, indent_chars;
    char text[LINE_MAX_CHARS + 1];
    char *tokens[TOKENS_MAX];
    int token_count;
    Err *err;
} Reader;

static const char *const value_names[STUDENT_VALUE_COUNT] = {"Q", "K", "V", "S", "P", "O", "m", "l", "mask", "mask"};
const char *student_value_name(StudentValue value) { return value_names[value]; }

static bool fail(const Reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));
static bool fail(const Reader *r, const char *format, ...) {
    char words[400];
    va_list args;
    va_start(args, format);
    vsnprintf(words, sizeof words, format, args);
    va_end(args);
    return err_set(r->err, ERR_USAGE, "%s:%d: %s", r->name, r->line_number, words);
}

static bool find_value(const char *word, StudentValue *value) {
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++)
        if (strcmp(value_names[v], word) == 0) {
            *value = (StudentValue)v;
            return true;
        }
    return false;
}

static bool fail_value(const Reader *r, const char *word) {
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++)
        if (strcasecmp(value_names[v], word) == 0)
            return fail(r, "'%.20s' is none of Q K V S P O m l mask; %s is meant?", word, value_names[v]);
    return fail(r, "'%.20s' is none of Q K V S P O m l mask", word);
}

static bool find_axis(const char *word, StudentAxis *axis) {
    bool is_q = strcmp(word, "q") == 0, is_k = strcmp(word, "k") == 0;
    *axis = is_k ? STUDENT_AXIS_K : STUDENT_AXIS_Q;
    return is_q || is_k;
}

/* Words; * and parentheses are spaces, [ ] , stay in their word. */
static bool tokenize(Reader *r) {
    r->token_count = 0;
    for (char *p = r->text; *p; p++)
        if (strchr("*()\t", *p)) *p = ' ';
    for (char *rest = r->text, *word; (word = strsep(&rest, " "));) {
        if (!*word) continue;
        if (r->token_count == TOKENS_MAX) return fail(r, "a line has at most %d words", TOKENS_MAX);
        r->tokens[r->token_count++] = word;
    }
    return true;
}

/* The line without its spaces, for equations: 'S = Q K^T', 'S=QK^T'. */
static void join(const Reader *r, char out[LINE_MAX_CHARS + 1]) {
    out[0] = '\0';
    for (int i = 0; i < r->token_count; i++) strcat(out, r->tokens[i]);
}

static bool read_when(Reader *r, StudentLine *line) {
    int at = -1;
    for (int i = 0; i < r->token_count; i++)
        if (strcmp(r->tokens[i], "when") == 0) at = i;
    if (at < 0) return true;
    int words = r->token_count - at - 1;
    bool is_not = words == 3 && strcmp(r->tokens[at + 1], "not") == 0;
    const char *which = words >= 2 ? r->tokens[r->token_count - 2] : "";
    bool is_first = strcmp(which, "first") == 0, is_last = strcmp(which, "last") == 0;
    if ((words != 2 && !is_not) || (!is_first && !is_last) ||
        !find_axis(r->tokens[r->token_count - 1], &line->when_axis))
        return fail(r, "after 'when' comes 'first k' or 'last k' (or q), or the same with 'not' before it");
    if (is_first)
        line->when = is_not ? STUDENT_WHEN_NOT_FIRST : STUDENT_WHEN_FIRST;
    else
        line->when = is_not ? STUDENT_WHEN_NOT_LAST : STUDENT_WHEN_LAST;
    r->token_count = at;
    return true;
}

/* "S[q,k]" -> value and which dimensions are whole. */
static bool read_tile(Reader *r, const char *word, StudentLine *line) {
    char name[16];
    size_t length = strcspn(word, "[");
    const char *inside = word + length;
    snprintf(name, sizeof name, "%.*s", (int)(length < sizeof name ? length : sizeof name - 1), word);
    if (!find_value(name, &line->value)) return fail_value(r, name);
    if (line->value == STUDENT_MASK && !strchr(inside, ',')) line->value = STUDENT_KEY_MASK;
    bool has_q = student_has_query_rows(line->value), has_k = !has_q || student_has_key_cols(line->value);
    bool is_all_q = has_q && strncmp(inside, "[all", 4) == 0;
    bool is_all_k = has_k && (has_q ? strstr(inside, ",all]") != NULL : strncmp(inside, "[all", 4) == 0);
    char want[16];
    snprintf(want, sizeof want, "[%s%s%s]", has_q ? is_all_q ? "all" : "q" : "", has_q && has_k ? "," : "",
             has_k ? is_all_k ? "all" : "k" : "");
    if (strcmp(inside, want) != 0)
        return fail(r, "%s is written %s%s (or 'all' for a whole side), not %.30s", name, name,
                    has_q && has_k ? "[q,k]"
                    : has_q        ? "[q]"
                                   : "[k]",
                    word);
    line->is_all[STUDENT_AXIS_Q] = is_all_q;
    line->is_all[STUDENT_AXIS_K] = is_all_k;
    return true;
}

/* What follows 'by 64': nothing, or how far a causal loop goes. */
static bool read_bound(Reader *r, int at, StudentLine *line) {
    static const char *const up_to_q[] = {"up", "to", "q"}, *const from_k[] = {"from", "k"};
    bool is_k = line->axis == STUDENT_AXIS_K;
    const char *const *want = is_k ? up_to_q : from_k;
    int count = is_k ? 3 : 2;
    if (r->token_count == at) return true;
    line->is_bounded = r->token_count == at + count;
    for (int i = 0; i < count && line->is_bounded; i++) line->is_bounded = strcmp(r->tokens[at + i], want[i]) == 0;
    return line->is_bounded || fail(r, "after 'by %s' a loop over %s may go on '%s' (causal: only the tiles that meet)",
                                    r->tokens[at - 1], is_k ? "k" : "q", is_k ? "up to q" : "from k");
}

static bool read_loop(Reader *r, int at, StudentLine *line) {
    if (r->token_count - at < 3 || strcmp(r->tokens[at + 1], "by") != 0 || !find_axis(r->tokens[at], &line->axis))
        return fail(r, "a loop is written 'for k by 64' (q or k, and the rows of a tile), or 'for k by 64 up to q'");
    if (!scenario_parse_size(r->tokens[at + 2], "the rows of a tile", 1, 1u << 20, &line->tile_rows, r->err))
        return err_prefix(r->err, "%s:%d: ", r->name, r->line_number);
    return read_bound(r, at + 3, line);
}

static bool read_values(Reader *r, int from, int to, StudentLine *line) {
    for (int i = from; i < to; i++) {
        StudentValue value;
        if (!find_value(r->tokens[i], &value)) return fail_value(r, r->tokens[i]);
        line->values |= 1u << value;
        if (value == STUDENT_MASK) line->values |= 1u << STUDENT_KEY_MASK;
    }
    return to > from || fail(r, "names no value");
}

static bool add_line(Reader *r, StudentLine line) {
    if (r->program->line_count == STUDENT_LINES_MAX)
        return fail(r, "a program has at most %d lines", STUDENT_LINES_MAX);
    line.line = r->line_number;
    line.indent_chars = r->indent_chars;
    r->program->lines[r->program->line_count++] = line;
    return true;
}

/* "grid q by 128, k by 128" is two nested grids. */
static bool read_grid(Reader *r, StudentLine line) {
    line.op = STUDENT_GRID;
    char *comma = r->token_count > 4 ? strchr(r->tokens[3], ',') : NULL;
    if (comma && !comma[1]) {
        *comma = '\0';
        StudentLine outer = line;
        int count = r->token_count;
        r->token_count = 4;
        if (!read_loop(r, 1, &outer) || !add_line(r, outer)) return false;
        r->token_count = count;
        r->indent_chars++; /* the second sits inside the first, before anything that is indented by two */
        bool is_good = read_loop(r, 4, &line) && add_line(r, line);
        r->indent_chars--;
        return is_good;
    }
    return read_loop(r, 1, &line) && add_line(r, line);
}

static bool read_equation(Reader *r, StudentLine *line) {
    static const struct {
        const char *text;
        StudentOp op;
    } equations[] = {{"S=QK^T", STUDENT_SCORES},      {"S=QK", STUDENT_SCORES},
                     {"P=softmaxS", STUDENT_SOFTMAX}, {"P=onlinesoftmaxS", STUDENT_ONLINE},
                     {"O+=PV", STUDENT_OUTPUT},       {"O/=l", STUDENT_DIVIDE},
                     {"maskS", STUDENT_HIDE},         {"dropP", STUDENT_DROP}};
    char text[LINE_MAX_CHARS + 1];
    join(r, text);
    for (size_t i = 0; i < sizeof equations / sizeof equations[0]; i++)
        if (strcmp(text, equations[i].text) == 0) {
            line->op = equations[i].op;
            return true;
        }
    if (strcmp(text, "O=PV") == 0)
        return fail(r, "write 'zero O' once and 'O += P V' for every tile of keys: O is a sum over them");
    return fail(r,
                "cannot be read; known lines are load, store, zero, keep, for, grid, kernel, S = Q K^T, P = softmax S, "
                "P = online softmax S, O += P V, O /= l, mask S, drop P");
}

static bool read_line(Reader *r) {
    StudentLine line = {0};
    if (!read_when(r, &line)) return false;
    if (r->token_count == 0) return fail(r, "'when' needs something before it");
    const char *first = r->tokens[0];
    bool is_loop = strcmp(first, "for") == 0 || strcmp(first, "grid") == 0 || strcmp(first, "kernel") == 0;
    if (is_loop && line.when != STUDENT_ALWAYS) return fail(r, "a loop cannot have a 'when'");
    if (is_loop) { /* a colon at its end is allowed */
        char *last = r->tokens[r->token_count - 1], *end = last + strlen(last);
        if (end > last + 1 && end[-1] == ':') end[-1] = '\0';
    }
    if (strcmp(first, "kernel") == 0) {
        if (r->token_count != 2) return fail(r, "a kernel is written 'kernel NAME'");
        line.op = STUDENT_KERNEL;
        snprintf(line.name, sizeof line.name, "%.*s", STUDENT_NAME_BYTES - 1, r->tokens[1]);
        return add_line(r, line);
    }
    if (strcmp(first, "grid") == 0) return read_grid(r, line);
    if (strcmp(first, "for") == 0) {
        line.op = STUDENT_FOR;
        return read_loop(r, 1, &line) && add_line(r, line);
    }
    if (strcmp(first, "load") == 0 || strcmp(first, "store") == 0) {
        line.op = *first == 'l' ? STUDENT_LOAD : STUDENT_STORE;
        if (r->token_count != 2) return fail(r, "%s takes one tile, like %s O[q]", first, first);
        return read_tile(r, r->tokens[1], &line) && add_line(r, line);
    }
    if (strcmp(first, "zero") == 0) {
        line.op = STUDENT_ZERO;
        return read_values(r, 1, r->token_count, &line) && add_line(r, line);
    }
    if (strcmp(first, "keep") == 0) {
        line.op = STUDENT_KEEP;
        if (r->token_count < 4 || strcmp(r->tokens[r->token_count - 1], "registers") != 0 ||
            strcmp(r->tokens[r->token_count - 2], "in") != 0)
            return fail(r, "is written 'keep O m l in registers'");
        return read_values(r, 1, r->token_count - 2, &line) && add_line(r, line);
    }
    return read_equation(r, &line) && add_line(r, line);
}

/* One line of text without comment; false at *is_end. */
static bool next_line(Reader *r, const char **rest) {
    size_t length = strcspn(*rest, "\n");
    r->line_number++;
    const char *line = *rest;
    *rest += length + ((*rest)[length] == '\n');
    size_t used = 0;
    while (used < length && line[used] != '#') used++;
    while (used > 0 && isspace((unsigned char)line[used - 1])) used--;
    if (used > LINE_MAX_CHARS) return fail(r, "a line has at most %d characters", LINE_MAX_CHARS);
    memcpy(r->text, line, used);
    r->text[used] = '\0';
    if (strchr(r->text, '\t')) return fail(r, "a tab; indent with spaces");
    r->indent_chars = (int)strspn(r->text, " ");
    if (strlen(r->text) == 0) return true;
    return tokenize(r) && read_line(r);
}

bool student_parse(const char *name, const char *text, StudentProgram *program, Err *err) {
    StudentProgram read = {.name = name};
    Reader r = {.program = &read, .name = name, .err = err};
    if (strlen(text) > STUDENT_MAX_BYTES)
        return err_set(err, ERR_USAGE, "%s: a program of %zu bytes is too long; at most %d", name, strlen(text),
                       STUDENT_MAX_BYTES);
    for (const char *rest = text; *rest;)
        if (!next_line(&r, &rest)) return false;
    if (read.line_count == 0) return err_set(err, ERR_USAGE, "%s: the program is empty", name);
    if (!student_set_structure(&read, err)) return false;
    *program = read;
    return true;
}
