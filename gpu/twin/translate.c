/* From CUDA C++ to C++ for the twin: see translate.h. */
#include "gpu/twin/translate.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static bool is_word(char c) { return isalnum((unsigned char)c) || c == '_'; }

/* Blanks from i to the end of the literal that opens there; returns where it ends. */
static size_t blank_literal(const char *text, char *code, size_t i) {
    char quote = text[i++];
    while (text[i] && text[i] != quote && text[i] != '\n') {
        if (text[i] == '\\' && text[i + 1]) code[i++] = ' ';
        if (text[i] != '\n') code[i] = ' ';
        i++;
    }
    return text[i] ? i + 1 : i;
}

static size_t blank_comment(const char *text, char *code, size_t i) {
    bool is_line = text[i + 1] == '/';
    while (text[i]) {
        if (is_line ? text[i] == '\n' : text[i] == '*' && text[i + 1] == '/') break;
        if (text[i] != '\n') code[i] = ' ';
        i++;
    }
    if (!is_line && text[i]) code[i] = code[i + 1] = ' ';
    return is_line || !text[i] ? i : i + 2;
}

/* R"tag( ... )tag" */
static size_t blank_raw_string(const char *text, char *code, size_t i) {
    const char *open = strchr(text + i, '(');
    if (!open) return i + 1;
    char close[32] = ")";
    size_t tag_length = (size_t)(open - (text + i + 2));
    if (tag_length > 16) return i + 1;
    memcpy(close + 1, text + i + 2, tag_length);
    close[1 + tag_length] = '"';
    const char *end = strstr(open, close);
    size_t end_offset = end ? (size_t)(end - text) + tag_length + 2 : strlen(text);
    for (; i < end_offset; i++)
        if (text[i] != '\n') code[i] = ' ';
    return end_offset;
}

static char *blank(const char *text, Arena *arena) {
    char *code = arena_copy_text(arena, text);
    for (size_t i = 0; text[i];) {
        if (text[i] == '/' && (text[i + 1] == '/' || text[i + 1] == '*'))
            i = blank_comment(text, code, i);
        else if (text[i] == 'R' && text[i + 1] == '"' && (i == 0 || !is_word(text[i - 1])))
            i = blank_raw_string(text, code, i);
        else if (text[i] == '\'' && i > 0 && isxdigit((unsigned char)text[i - 1]) &&
                 isxdigit((unsigned char)text[i + 1]))
            i++; /* a digit separator: 1'000'000 */
        else if (text[i] == '"' || text[i] == '\'')
            i = blank_literal(text, code, i);
        else
            i++;
    }
    return code;
}

void translate_edit(Translation *t, size_t offset_bytes, size_t length_bytes, const char *replacement) {
    if (t->edit_count == TRANSLATE_EDITS_MAX) return;
    t->edits[t->edit_count].offset_bytes = offset_bytes;
    t->edits[t->edit_count].length_bytes = length_bytes;
    t->edits[t->edit_count++].replacement = replacement;
}

static int line_of(const Translation *t, size_t offset_bytes) {
    int line = 1;
    for (size_t i = 0; i < offset_bytes; i++) line += t->text[i] == '\n';
    return line;
}

static void add_problem(Translation *t, size_t offset_bytes, const char *what) {
    int line = line_of(t, offset_bytes);
    for (int i = 0; i < t->problem_count; i++)
        if (t->problems[i].line == line) return;
    if (t->problem_count < TRANSLATE_PROBLEMS_MAX) t->problems[t->problem_count++] = (TranslateProblem){line, what};
}

/* Index of the bracket that closes the one at i, or the text's end. */
static size_t matching(const char *code, size_t i) {
    char open = code[i], close = open == '(' ? ')' : open == '[' ? ']' : open == '{' ? '}' : '>';
    int depth = 0;
    for (; code[i]; i++) {
        depth += (code[i] == open) - (code[i] == close);
        if (depth == 0) return i;
    }
    return i;
}

/* The same backwards. */
static size_t matching_before(const char *code, size_t i) {
    char close = code[i], open = close == ')' ? '(' : '<';
    int depth = 0;
    for (;; i--) {
        depth += (code[i] == close) - (code[i] == open);
        if (depth == 0 || i == 0) return i;
    }
}

/* Where the expression starts that names the kernel and ends before `end`: a::b<c, d> or (pointer). */
static size_t kernel_start(const char *code, size_t end) {
    size_t i = end;
    while (i > 0 && isspace((unsigned char)code[i - 1])) i--;
    if (i > 0 && (code[i - 1] == '>' || code[i - 1] == ')')) i = matching_before(code, i - 1);
    while (i > 0 && isspace((unsigned char)code[i - 1])) i--;
    while (i > 0 && (is_word(code[i - 1]) || code[i - 1] == ':')) i--;
    return i;
}

static char *slice(Arena *arena, const char *text, size_t begin, size_t end) {
    return arena_format(arena, "%.*s", (int)(end - begin), text + begin);
}

static void find_launches(Translation *t, Arena *arena) {
    for (const char *at = strstr(t->code, "<<<"); at; at = strstr(at + 3, "<<<")) {
        size_t open = (size_t)(at - t->code), close = open + 3;
        while (t->code[close] && strncmp(t->code + close, ">>>", 3) != 0)
            close = strchr("([{", t->code[close]) ? matching(t->code, close) + 1 : close + 1;
        if (!t->code[close]) return;
        size_t start = kernel_start(t->code, open);
        char *name = slice(arena, t->text, start, open);
        for (size_t n = strlen(name); n && isspace((unsigned char)name[n - 1]); n--) name[n - 1] = 0;
        translate_edit(
            t, start, open + 3 - start,
            arena_format(arena, "hbm_launch(HBM_TEXT(%s), [=](auto... hbm_a) { %s(hbm_a...); }, ", name, name));
        translate_edit(t, close, 3, ")");
        t->launch_count++;
    }
}

/* Next place at or after `from` where `word` stands as a word; the text's length where there is none. */
static size_t find_word(const char *code, const char *word, size_t from) {
    size_t length = strlen(word);
    for (const char *at = strstr(code + from, word); at; at = strstr(at + 1, word))
        if ((at == code || !is_word(at[-1])) && !is_word(at[length])) return (size_t)(at - code);
    return strlen(code);
}

static bool has_word(const char *code, size_t begin, size_t end, const char *word) {
    size_t at = find_word(code, word, begin);
    return at < end;
}

/* Ends of a declaration's head: the first ( ; = [ { outside of alignment specifiers. */
static size_t head_end(const char *code, size_t i) {
    while (code[i] && !strchr(";=[{(", code[i])) {
        size_t word_end = i;
        while (is_word(code[word_end])) word_end++;
        if (word_end == i) {
            i = code[i] == '<' ? matching(code, i) + 1 : i + 1;
            continue;
        }
        bool is_specifier = (word_end - i == 7 && !strncmp(code + i, "alignas", 7)) ||
                            (word_end - i == 9 && !strncmp(code + i, "__align__", 9)) ||
                            (word_end - i == 13 && !strncmp(code + i, "__attribute__", 13)) ||
                            (word_end - i == 17 && !strncmp(code + i, "__launch_bounds__", 17));
        i = word_end;
        while (is_specifier && isspace((unsigned char)code[i])) i++;
        if (is_specifier && code[i] == '(') i = matching(code, i) + 1;
    }
    return i;
}

/* Variables of device and constant memory. A const one stays where the compiler puts constants. */
static void find_device_variables(Translation *t, const char *word, const char *replacement) {
    size_t length = strlen(t->code);
    for (size_t at = find_word(t->code, word, 0); at < length; at = find_word(t->code, word, at + 1)) {
        size_t line_start = at;
        while (line_start > 0 && t->code[line_start - 1] != '\n') line_start--;
        if (t->code[line_start + strspn(t->code + line_start, " \t")] == '#') continue;
        size_t end = head_end(t->code, at);
        if (!t->code[end] || t->code[end] == '(' || t->code[end] == '{') continue;
        bool is_const = has_word(t->code, at, end, "const") || has_word(t->code, at, end, "constexpr");
        translate_edit(t, at, strlen(word), is_const ? "" : replacement);
    }
}

/* A macro of that name would break the standard library's headers, which use it inside __attribute__. */
static void find_noinline(Translation *t) {
    size_t length = strlen(t->code);
    for (size_t at = find_word(t->code, "__noinline__", 0); at < length;
         at = find_word(t->code, "__noinline__", at + 1))
        if (at == 0 || t->code[at - 1] != '(')
            translate_edit(t, at, strlen("__noinline__"), "__attribute__((noinline))");
}

/* "static __shared__" says static twice once __shared__ means it. */
static void find_static_shared(Translation *t) {
    size_t length = strlen(t->code);
    for (size_t at = find_word(t->code, "__shared__", 0); at < length; at = find_word(t->code, "__shared__", at + 1)) {
        size_t before = at, after = at + strlen("__shared__");
        while (before > 0 && isspace((unsigned char)t->code[before - 1])) before--;
        after += strspn(t->code + after, " \t\n");
        bool is_static = (before >= 6 && strncmp(t->code + before - 6, "static", 6) == 0) ||
                         find_word(t->code, "static", after) == after;
        if (is_static) translate_edit(t, at, strlen("__shared__"), "");
    }
}

static void find_dynamic_shared(Translation *t, Arena *arena) {
    size_t length = strlen(t->code);
    for (size_t at = find_word(t->code, "extern", 0); at < length; at = find_word(t->code, "extern", at + 1)) {
        size_t end = at;
        while (t->code[end] && t->code[end] != ';') end++;
        size_t bracket = at;
        while (bracket < end && t->code[bracket] != '[') bracket++;
        if (bracket == end || !has_word(t->code, at, end, "__shared__")) continue;
        size_t name_end = bracket;
        while (isspace((unsigned char)t->code[name_end - 1])) name_end--;
        size_t name_start = name_end;
        while (is_word(t->code[name_start - 1])) name_start--;
        char *type = slice(arena, t->code, at, name_start);
        static const char *const dropped[] = {"extern", "__shared__", "alignas", "__align__"};
        for (size_t d = 0; d < sizeof dropped / sizeof *dropped; d++) {
            size_t word = find_word(type, dropped[d], 0), word_end = word + strlen(dropped[d]);
            if (word == strlen(type)) continue;
            while (d >= 2 && isspace((unsigned char)type[word_end])) word_end++;
            if (d >= 2 && type[word_end] == '(') word_end = matching(type, word_end) + 1;
            memset(type + word, ' ', word_end - word);
        }
        char *name = slice(arena, t->code, name_start, name_end);
        char *lines = arena_copy_text(arena, ""); /* newlines that stood before the type: lines keep their numbers */
        const char *bare = type + strspn(type, " \t\n");
        for (const char *c = type; c < bare; c++)
            if (*c == '\n') lines = arena_format(arena, "%s\n", lines);
        for (size_t n = strlen(type); n && isspace((unsigned char)type[n - 1]); n--) type[n - 1] = 0;
        translate_edit(t, at, end - at,
                       arena_format(arena, "%s%s *const %s = (%s *)hbm_dynamic_shared()", lines, bare, name, bare));
    }
}

static void find_includes(Translation *t, Arena *arena) {
    static const struct {
        const char *path, *what;
    } libraries[] = {{"mma.h", "tensor cores (mma.h)"},
                     {"cublas", "the cuBLAS library"},
                     {"cudnn", "the cuDNN library"},
                     {"cufft", "the cuFFT library"},
                     {"curand", "the cuRAND library"},
                     {"cusparse", "the cuSPARSE library"},
                     {"cusolver", "the cuSOLVER library"},
                     {"thrust/", "the Thrust library"},
                     {"cub/", "the CUB library"},
                     {"cutlass/", "the CUTLASS library"},
                     {"cute/", "the CuTe library"},
                     {"cuda/", "libcu++"},
                     {"cuda_bf16", "bfloat16"},
                     {"cuda_fp8", "fp8"},
                     {"texture_", "textures"},
                     {"cudaTypedefs", "the driver API"}};
    for (size_t i = 0; t->text[i]; i++) {
        if (t->code[i] != '#' || (i > 0 && t->text[i - 1] != '\n' && !isspace((unsigned char)t->text[i - 1]))) continue;
        size_t p = i + 1;
        p += strspn(t->text + p, " \t");
        if (strncmp(t->text + p, "include", 7) != 0) continue;
        p += 7 + strspn(t->text + p + 7, " \t");
        char close = t->text[p] == '"' ? '"' : t->text[p] == '<' ? '>' : 0;
        size_t length = close ? strcspn(t->text + p + 1, close == '"' ? "\"\n" : ">\n") : 0;
        if (!length) continue;
        char *path = slice(arena, t->text, p + 1, p + 1 + length);
        for (size_t k = 0; k < sizeof libraries / sizeof *libraries; k++)
            if (strncmp(path, libraries[k].path, strlen(libraries[k].path)) == 0) add_problem(t, i, libraries[k].what);
        if (close == '"' && t->include_count < TRANSLATE_INCLUDES_MAX)
            t->includes[t->include_count++] = (TranslateInclude){path, p + 1, length};
    }
}

static void find_problems(Translation *t) {
    static const struct {
        const char *word, *what;
    } words[] = {{"asm", "inline PTX (asm)"},
                 {"__asm__", "inline PTX (asm)"},
                 {"__asm", "inline PTX (asm)"},
                 {"wmma", "tensor cores (wmma)"},
                 {"tex1Dfetch", "a texture"},
                 {"tex1D", "a texture"},
                 {"tex2D", "a texture"},
                 {"tex3D", "a texture"},
                 {"cudaTextureObject_t", "a texture"},
                 {"surf2Dread", "a surface"},
                 {"surf2Dwrite", "a surface"},
                 {"this_grid", "a group over the grid"},
                 {"this_cluster", "a cluster"},
                 {"cudaLaunchCooperativeKernel", "a cooperative launch"},
                 {"cudaGraphLaunch", "a CUDA graph"},
                 {"__nv_bfloat16", "bfloat16"}};
    size_t length = strlen(t->code);
    for (size_t k = 0; k < sizeof words / sizeof *words; k++)
        for (size_t at = find_word(t->code, words[k].word, 0); at < length;
             at = find_word(t->code, words[k].word, at + 1))
            add_problem(t, at, words[k].what);
}

static int compare_problems(const void *a, const void *b) {
    const TranslateProblem *x = a, *y = b;
    return x->line - y->line;
}

Translation *translate_scan(const char *text, Arena *arena) {
    Translation *t = ARENA_NEW(arena, Translation);
    t->text = text;
    t->code = blank(text, arena);
    find_launches(t, arena);
    find_dynamic_shared(t, arena);
    find_noinline(t);
    find_static_shared(t);
    find_device_variables(t, "__device__", "__hbm_device_variable__");
    find_device_variables(t, "__managed__", "__hbm_device_variable__");
    find_device_variables(t, "__constant__", "__constant__");
    find_includes(t, arena);
    find_problems(t);
    qsort(t->problems, (size_t)t->problem_count, sizeof t->problems[0], compare_problems);
    return t;
}

static int compare_edits(const void *a, const void *b) {
    const size_t *x = a, *y = b; /* offset comes first in an edit */
    return *x < *y ? -1 : *x > *y;
}

char *translate_apply(Translation *t, Arena *arena) {
    qsort(t->edits, (size_t)t->edit_count, sizeof t->edits[0], compare_edits);
    size_t size = strlen(t->text) + 1;
    for (int i = 0; i < t->edit_count; i++) size += strlen(t->edits[i].replacement);
    char *out = arena_alloc_bytes(arena, size), *to = out;
    size_t from = 0;
    for (int i = 0; i < t->edit_count; i++) {
        if (t->edits[i].offset_bytes < from) continue; /* inside an earlier edit */
        memcpy(to, t->text + from, t->edits[i].offset_bytes - from);
        to += t->edits[i].offset_bytes - from;
        from = t->edits[i].offset_bytes + t->edits[i].length_bytes;
        size_t length = strlen(t->edits[i].replacement);
        memcpy(to, t->edits[i].replacement, length);
        to += length;
    }
    memcpy(to, t->text + from, strlen(t->text + from) + 1);
    return out;
}
