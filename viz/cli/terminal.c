/* Markdown on a terminal: see terminal.h. */
#include "viz/cli/terminal.h"

#include <errno.h>
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
    int width = columns                                                       ? atoi(columns)
                : is_terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 ? size.ws_col
                                                                              : 80;
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
    return style == MARKDOWN_STYLE_STRONG     ? "\033[1m"
           : style == MARKDOWN_STYLE_EMPHASIS ? "\033[4m"
           : style == MARKDOWN_STYLE_CODE     ? "\033[36m"
                                              : "";
}

/* tail_chars: of what follows without a space and so must stay with the word. */
static void set_word(Setter *s, const char *word, size_t length_bytes, MarkdownStyle style, int tail_chars) {
    int width = width_of(word, length_bytes);
    bool is_glued = s->is_line_open && !s->needs_space && s->column > s->indent_chars;
    if (s->is_line_open && !is_glued && s->column + s->needs_space + width + tail_chars > s->terminal->width_chars) {
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
    fprintf(s->terminal->out, "%s%.*s%s", has_style ? style_on(style) : "", (int)length_bytes, word,
            has_style ? "\033[0m" : "");
    s->column += s->needs_space + width;
    s->needs_space = false;
}

/* The width of what the spans from `first` on begin with, up to a space: a comma after a code span. */
static int glued_chars(const MarkdownBlock *block, int first) {
    int chars = 0;
    for (int i = first; i < block->span_count; i++) {
        const char *text = block->spans[i].text;
        size_t length = strcspn(text, " \n");
        chars += width_of(text, length);
        if (text[length]) break;
    }
    return chars;
}

static void set_span(Setter *s, const MarkdownBlock *block, int index) {
    const MarkdownSpan *span = &block->spans[index];
    for (const char *p = span->text; *p;) {
        if (*p == ' ' || *p == '\n') {
            s->needs_space = s->is_line_open;
            p++;
            continue;
        }
        size_t length = strcspn(p, " \n");
        set_word(s, p, length, span->style, p[length] ? 0 : glued_chars(block, index + 1));
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
    for (int i = 0; i < block->span_count; i++) set_span(&s, block, i);
    if (is_bold) fputs("\033[0m", terminal->out);
    if (s.is_line_open) fputc('\n', terminal->out);
}

static void set_code(const Terminal *terminal, const MarkdownBlock *block, Arena *arena, int indent_chars) {
    char *rest = arena_copy_text(arena, markdown_plain(block, -1, arena));
    for (char *line; (line = strsep(&rest, "\n"));)
        if (*line || rest)
            fprintf(terminal->out, *line ? "%*s%s\n" : "\n", *line ? indent_chars + 4 : 0, *line ? "" : line, line);
}

/* Tables. */

typedef struct Table {
    const Markdown *markdown;
    int first, end, cell_count; /* rows first .. end - 1 */
    int width[MARKDOWN_CELLS_MAX];
} Table;

enum { COLUMN_GAP = 2, COLUMN_MIN = 10 };

/* The widest columns give way until the table fits; their cells are then broken into lines. */
static void fit_columns(Table *table, int room_chars) {
    for (;;) {
        int sum = 0, widest = 0;
        for (int cell = 0; cell < table->cell_count; cell++) {
            sum += table->width[cell] + COLUMN_GAP;
            if (table->width[cell] > table->width[widest]) widest = cell;
        }
        if (sum - COLUMN_GAP <= room_chars || table->width[widest] <= COLUMN_MIN) return;
        table->width[widest]--;
    }
}

static Table measure_table(const Markdown *markdown, int first, Arena *arena) {
    Table table = {.markdown = markdown, .first = first, .end = first};
    for (; table.end < markdown->block_count && markdown->blocks[table.end].kind == MARKDOWN_ROW &&
           (table.end == first || markdown->blocks[table.end].level != 0);
         table.end++)
        for (int cell = 0; cell < markdown->blocks[table.end].cell_count && cell < MARKDOWN_CELLS_MAX; cell++) {
            const char *text = markdown_plain(&markdown->blocks[table.end], cell, arena);
            int chars = width_of(text, strlen(text));
            if (chars > table.width[cell]) table.width[cell] = chars;
            if (cell >= table.cell_count) table.cell_count = cell + 1;
        }
    return table;
}

/* How many bytes of text go into a line of a cell: whole words where one fits. */
static size_t cell_line_bytes(const char *text, int width_chars) {
    size_t length = strlen(text), end = 0, space = 0;
    if (width_of(text, length) <= width_chars) return length;
    while (width_of(text, end + 1) <= width_chars || ((unsigned char)text[end] & 0xC0) == 0x80) {
        if (text[end] == ' ') space = end + 1;
        end++;
    }
    return text[end] == ' ' ? end + 1 : space ? space : end;
}

static void set_row(const Terminal *terminal, const Table *table, int row, Arena *arena, int indent_chars) {
    const char *rest[MARKDOWN_CELLS_MAX];
    bool is_more = true;
    for (int cell = 0; cell < table->cell_count; cell++)
        rest[cell] = markdown_plain(&table->markdown->blocks[row], cell, arena);
    while (is_more) {
        is_more = false;
        int pad_chars = indent_chars;
        for (int cell = 0; cell < table->cell_count; cell++) {
            size_t bytes = cell_line_bytes(rest[cell], table->width[cell]);
            if (bytes) fprintf(terminal->out, "%*s%.*s", pad_chars, "", (int)bytes, rest[cell]);
            pad_chars = (bytes ? 0 : pad_chars) + table->width[cell] - width_of(rest[cell], bytes) + COLUMN_GAP;
            rest[cell] += bytes;
            is_more = is_more || *rest[cell];
        }
        fputc('\n', terminal->out);
    }
}

/* Rows from `first` on that belong to one table: cells in aligned columns. Returns one past the last. */
static int set_table(const Terminal *terminal, const Markdown *markdown, int first, Arena *arena, int indent_chars) {
    Table table = measure_table(markdown, first, arena);
    fit_columns(&table, terminal->width_chars - indent_chars);
    for (int row = first; row < table.end; row++) {
        set_row(terminal, &table, row, arena, indent_chars);
        if (row != first) continue;
        fprintf(terminal->out, "%*s", indent_chars, "");
        for (int cell = 0; cell < table.cell_count; cell++)
            for (int i = 0; i < table.width[cell] + (cell + 1 < table.cell_count ? COLUMN_GAP : 0); i++)
                fputc(i < table.width[cell] ? '-' : ' ', terminal->out);
        fputc('\n', terminal->out);
    }
    return table.end;
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
        if (block->kind == MARKDOWN_ROW) {
            i = set_table(terminal, &markdown, i, &arena, indent_chars);
            continue;
        }
        if (block->kind == MARKDOWN_CODE)
            set_code(terminal, block, &arena, indent_chars);
        else
            set_block(terminal, block, indent_chars);
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

void terminal_rule(const Terminal *terminal, const char *word) {
    int used = fprintf(terminal->out, "--- %s ", word);
    for (int i = used; i < terminal->width_chars; i++) fputc('-', terminal->out);
    fputc('\n', terminal->out);
}

bool terminal_flush(const Terminal *terminal, Err *err) {
    return fflush(terminal->out) == 0 || err_cannot_write(err, "the output", errno);
}
