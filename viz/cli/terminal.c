/* Markdown on a terminal: see terminal.h. */
#include "viz/cli/terminal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lessons/markdown.h"

Terminal terminal_stdout(void) {
    Terminal terminal = {.out = stdout, .width_chars = 80};
    bool is_terminal = isatty(STDOUT_FILENO);
    struct winsize size;
    const char *columns = getenv("COLUMNS");
    int width = columns ? atoi(columns) : is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col : 80;
    if (width >= 40) terminal.width_chars = width < 100 ? width : 100;
    terminal.has_style = is_terminal && !getenv("NO_COLOR");
    return terminal;
}

/* Characters, not bytes: continuation bytes of UTF-8 take no place. */
static int width_of(const char *text, size_t length_bytes) {
    int width = 0;
    for (size_t i = 0; i < length_bytes; i++) width += ((unsigned char)text[i] & 0xC0) != 0x80;
    return width;
}

typedef struct Setter {
    const Terminal *terminal;
    int column, indent_chars;
    bool is_line_open, needs_space;
} Setter;

static const char *style_on(MarkdownStyle style) {
    return style == MARKDOWN_STYLE_STRONG ? "\033[1m" : style == MARKDOWN_STYLE_EMPHASIS ? "\033[4m" : style == MARKDOWN_STYLE_CODE ? "\033[36m" : "";
}

static void set_word(Setter *s, const char *word, size_t length_bytes, MarkdownStyle style) {
    int width = width_of(word, length_bytes);
    bool is_glued = s->is_line_open && !s->needs_space && s->column > s->indent_chars; /* a comma after a code span */
    if (s->is_line_open && !is_glued && s->column + s->needs_space + width > s->terminal->width_chars) {
        fputc('\n', s->terminal->out);
        s->is_line_open = s->needs_space = false;
    }
    if (!s->is_line_open) {
        fprintf(s->terminal->out, "%*s", s->indent_chars, "");
        s->column = s->indent_chars;
        s->is_line_open = true;
        s->needs_space = false;
    }
    if (s->needs_space) fputc(' ', s->terminal->out);
    bool has_style = s->terminal->has_style && style != MARKDOWN_STYLE_PLAIN;
    fprintf(s->terminal->out, "%s%.*s%s", has_style ? style_on(style) : "", (int)length_bytes, word, has_style ? "\033[0m" : "");
    s->column += s->needs_space + width;
    s->needs_space = false;
}

static void set_span(Setter *s, const MarkdownSpan *span) {
    for (const char *p = span->text; *p;) {
        if (*p == ' ' || *p == '\n') {
            s->needs_space = s->is_line_open;
            p++;
            continue;
        }
        size_t length = strcspn(p, " \n");
        set_word(s, p, length, span->style);
        p += length;
    }
}

static void set_block(const Terminal *terminal, const MarkdownBlock *block, int indent_chars) {
    Setter s = {.terminal = terminal, .indent_chars = indent_chars};
    if (block->kind == MARKDOWN_ITEM) {
        int depth_chars = indent_chars + 2 * block->level;
        char mark[16];
        snprintf(mark, sizeof mark, block->item_number ? "%d." : "-", block->item_number);
        s.indent_chars = depth_chars + (int)strlen(mark) + 1;
        if (!block->is_continued) {
            fprintf(terminal->out, "%*s%s", depth_chars, "", mark);
            s.column = depth_chars + (int)strlen(mark);
            s.is_line_open = s.needs_space = true;
        }
    }
    if (block->kind == MARKDOWN_QUOTE) s.indent_chars += 4;
    bool is_bold = block->kind == MARKDOWN_HEADING && terminal->has_style;
    if (is_bold) fputs("\033[1m", terminal->out);
    for (int i = 0; i < block->span_count; i++) set_span(&s, &block->spans[i]);
    if (is_bold) fputs("\033[0m", terminal->out);
    if (s.is_line_open) fputc('\n', terminal->out);
}

static void set_code(const Terminal *terminal, const MarkdownBlock *block, Arena *arena, int indent_chars) {
    char *rest = arena_copy_text(arena, markdown_plain(block, -1, arena));
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line || rest) fprintf(terminal->out, *line ? "%*s%s\n" : "\n", *line ? indent_chars + 4 : 0, *line ? "" : line, line);
}

/* Rows from `first` on that belong to one table: cells in aligned columns. Returns one past the last. */
static int set_table(const Terminal *terminal, const Markdown *markdown, int first, Arena *arena, int indent_chars) {
    int width[MARKDOWN_CELLS_MAX] = {0}, end = first;
    while (end < markdown->block_count && markdown->blocks[end].kind == MARKDOWN_ROW && (end == first || markdown->blocks[end].level != 0)) end++;
    for (int row = first; row < end; row++)
        for (int cell = 0; cell < markdown->blocks[row].cell_count && cell < MARKDOWN_CELLS_MAX; cell++) {
            const char *text = markdown_plain(&markdown->blocks[row], cell, arena);
            int chars = width_of(text, strlen(text));
            if (chars > width[cell]) width[cell] = chars;
        }
    for (int row = first; row < end; row++) {
        fprintf(terminal->out, "%*s", indent_chars, "");
        int cell_count = markdown->blocks[row].cell_count < MARKDOWN_CELLS_MAX ? markdown->blocks[row].cell_count : MARKDOWN_CELLS_MAX;
        for (int cell = 0; cell < cell_count; cell++) {
            const char *text = markdown_plain(&markdown->blocks[row], cell, arena);
            int pad_chars = cell + 1 < cell_count ? width[cell] - width_of(text, strlen(text)) + 2 : 0;
            fprintf(terminal->out, "%s%*s", text, pad_chars, "");
        }
        fputc('\n', terminal->out);
        if (row != first) continue;
        fprintf(terminal->out, "%*s", indent_chars, "");
        for (int cell = 0; cell < cell_count; cell++)
            for (int i = 0; i < width[cell] + 2; i++) fputc(i < width[cell] ? '-' : ' ', terminal->out);
        fputc('\n', terminal->out);
    }
    return end;
}

void terminal_markdown(const Terminal *terminal, const char *text, int indent_chars) {
    Arena arena = {0};
    Markdown markdown;
    if (!markdown_read(text, &markdown, &arena, NULL)) {
        fprintf(terminal->out, "%s\n", text);
        return;
    }
    for (int i = 0; i < markdown.block_count;) {
        const MarkdownBlock *block = &markdown.blocks[i];
        bool is_tight = i > 0 && block->kind == MARKDOWN_ITEM && block[-1].kind == MARKDOWN_ITEM;
        if (i > 0 && !is_tight) fputc('\n', terminal->out);
        if (block->kind == MARKDOWN_ROW) { i = set_table(terminal, &markdown, i, &arena, indent_chars); continue; }
        if (block->kind == MARKDOWN_CODE) set_code(terminal, block, &arena, indent_chars);
        else set_block(terminal, block, indent_chars);
        i++;
    }
    arena_free(&arena);
}

bool terminal_read_line(const Terminal *terminal, FILE *in, const char *prompt, char *line, int line_bytes) {
    fputs(prompt, terminal->out);
    fflush(terminal->out);
    if (!fgets(line, line_bytes, in)) {
        fputc('\n', terminal->out);
        return false;
    }
    for (int c = *line ? line[strlen(line) - 1] : '\n'; c != '\n' && c != EOF;) c = fgetc(in);
    line[strcspn(line, "\n")] = '\0';
    return true;
}

char *terminal_trim(char *text) {
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
    return text;
}

void terminal_rule(const Terminal *terminal, const char *word) {
    int used = fprintf(terminal->out, "--- %s ", word);
    for (int i = used; i < terminal->width_chars; i++) fputc('-', terminal->out);
    fputc('\n', terminal->out);
}
