/* Typesetting of Markdown: see markdown_set.h. */
#include "viz/views/markdown_set.h"

#include <math.h>
#include <string.h>

/* Of the body type's size: lines, gaps, indents, code. */
static const double LINE = 1.4, GAP = 0.6, INDENT = 1.2, BASELINE = 0.72, CODE_SIZE = 0.92, CODE_LINE = 1.2;

static double body_px(const MarkdownSetter *s) { return s->theme->type_px[TYPE_BODY]; }

MarkdownSetter markdown_setter(Scene *scene, const Theme *theme, double left_px, double width_px, double y) {
    double body = theme->type_px[TYPE_BODY];
    return (MarkdownSetter){.scene = scene,
                            .theme = theme,
                            .left_px = left_px,
                            .width_px = width_px,
                            .y = y,
                            .line_px = round(LINE * body),
                            .gap_px = round(GAP * body)};
}

static double baseline(const MarkdownSetter *s) { return s->y + BASELINE * s->line_px; }

static TextStyle span_style(const MarkdownSetter *s, MarkdownStyle style, TypeSize size) {
    TextStyle text = theme_text(s->theme, size);
    if (style == MARKDOWN_STYLE_STRONG || size == TYPE_HEADING) text.face = FACE_BOLD;
    if (style == MARKDOWN_STYLE_EMPHASIS) text.face = FACE_ITALIC;
    if (style == MARKDOWN_STYLE_CODE) text.face = FACE_MONO, text.size_px *= CODE_SIZE;
    return text;
}

/* Where the next word goes. */
typedef struct Line {
    double left_px, x, space_px;
    bool needs_space;
} Line;

/* tail_px: of what follows without a space and so must stay with the word. */
static void set_word(MarkdownSetter *s, Line *line, const char *word, TextStyle style, double tail_px) {
    double width_px = scene_text_width(s->scene, style, word) + tail_px;
    if (line->needs_space && line->x + line->space_px + width_px > s->left_px + s->width_px) {
        s->y += s->line_px;
        markdown_need(s, s->line_px);
        line->x = line->left_px;
        line->needs_space = false;
    }
    line->x += line->needs_space ? line->space_px : 0;
    line->x += scene_text(s->scene, line->x, baseline(s), style, word);
    line->needs_space = false;
}

/* The width of what the spans from `first` on begin with, up to a space: "(" before a bold word, a comma after it. */
static double glued_px(const MarkdownSetter *s, const MarkdownBlock *block, int first, TypeSize size) {
    double width_px = 0;
    for (int i = first; i < block->span_count; i++) {
        const char *text = block->spans[i].text;
        size_t length = strcspn(text, " \n");
        TextStyle style = span_style(s, block->spans[i].style, size);
        width_px += scene_text_width(s->scene, style, arena_format(s->scene->arena, "%.*s", (int)length, text));
        if (text[length]) break;
    }
    return width_px;
}

/* Words of all spans, one after another, broken at the right edge. */
static void set_spans(MarkdownSetter *s, const MarkdownBlock *block, double left_px, TypeSize size) {
    Line line = {left_px, left_px, scene_text_width(s->scene, theme_text(s->theme, size), " "), false};
    markdown_need(s, s->line_px);
    for (int i = 0; i < block->span_count; i++) {
        TextStyle style = span_style(s, block->spans[i].style, size);
        for (const char *p = block->spans[i].text; *p;) {
            if (*p == ' ' || *p == '\n') {
                line.needs_space = line.x > left_px;
                p++;
                continue;
            }
            size_t length = strcspn(p, " \n");
            double tail_px = p[length] ? 0 : glued_px(s, block, i + 1, size);
            set_word(s, &line, arena_format(s->scene->arena, "%.*s", (int)length, p), style, tail_px);
            p += length;
        }
    }
    s->y += s->line_px;
}

/* How many bytes of a line of code fit: all, or up to the last space that has something before it. */
static size_t fitting_bytes(const MarkdownSetter *s, TextStyle style, const char *line, double width_px) {
    size_t length = strlen(line), fit = (size_t)fmax(8, floor(width_px / scene_text_width(s->scene, style, "0")));
    if (length <= fit) return length;
    size_t start = strspn(line, " ");
    for (size_t i = fit; i > start; i--)
        if (line[i] == ' ') return i;
    return fit;
}

/* Where a line that is too long goes on: under its last column, where spaces set one off, else a little further in. */
static size_t hanging_chars(const char *line, size_t fit) {
    size_t hang = strspn(line, " ") + 4;
    for (size_t i = strspn(line, " ") + 2; line[i] && i < fit / 2; i++)
        if (line[i] != ' ' && line[i - 1] == ' ' && line[i - 2] == ' ') hang = i;
    return hang;
}

static void set_code(MarkdownSetter *s, const MarkdownBlock *block) {
    TextStyle style = span_style(s, MARKDOWN_STYLE_CODE, TYPE_SMALL);
    double line_px = round(CODE_LINE * body_px(s)), left_px = s->left_px + INDENT * body_px(s);
    double right_px = s->left_px + s->width_px;
    char *rest = arena_copy_text(s->scene->arena, markdown_plain(block, -1, s->scene->arena));
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!*line && !rest) break;
        double character_px = scene_text_width(s->scene, style, "0"), x = left_px;
        size_t hang = hanging_chars(line, (size_t)((right_px - left_px) / character_px));
        do {
            size_t length = fitting_bytes(s, style, line, right_px - x);
            markdown_need(s, line_px);
            scene_text(s->scene, x, s->y + BASELINE * line_px, style,
                       arena_format(s->scene->arena, "%.*s", (int)length, line));
            s->y += line_px;
            line += length;
            line += strspn(line, " ");
            x = left_px + character_px * (double)hang;
        } while (*line);
    }
    s->y += s->gap_px;
}

typedef struct Table {
    int first, end, cell_count;
    double column_px[MARKDOWN_CELLS_MAX];
} Table;

static const char *cell_text(const MarkdownSetter *s, const Markdown *markdown, int row, int cell) {
    return markdown_plain(&markdown->blocks[row], cell, s->scene->arena);
}

static TextStyle row_style(const MarkdownSetter *s, const Table *table, int row) {
    return row == table->first ? theme_text_bold(s->theme, TYPE_SMALL) : theme_text(s->theme, TYPE_SMALL);
}

static double longest_word_px(const MarkdownSetter *s, TextStyle style, const char *text) {
    double longest_px = 0;
    while (*text) {
        int length = text_word_bytes(text);
        const char *word = arena_format(s->scene->arena, "%.*s", length, text);
        longest_px = fmax(longest_px, scene_text_width(s->scene, style, word));
        text += length + (int)strspn(text + length, " \n");
    }
    return longest_px;
}

/* Where the columns' widest cells are too wide together, each column gives way as far as its longest word, in
 * proportion to what it can give; what is left is taken from all alike. */
static void fit_columns(Table *table, const double *least_px, double width_px) {
    double sum_px = 0, least_sum_px = 0;
    for (int cell = 0; cell < table->cell_count; cell++)
        sum_px += table->column_px[cell], least_sum_px += least_px[cell];
    if (sum_px <= width_px) return;
    double part = least_sum_px < width_px ? (width_px - least_sum_px) / (sum_px - least_sum_px) : 0;
    double squeeze = fmin(1, width_px / least_sum_px);
    for (int cell = 0; cell < table->cell_count; cell++)
        table->column_px[cell] = squeeze * (least_px[cell] + part * (table->column_px[cell] - least_px[cell]));
}

/* Columns as wide as their widest cell, where there is room. */
static Table measure_table(const MarkdownSetter *s, const Markdown *markdown, int first) {
    Table table = {.first = first, .end = first};
    double space_px = body_px(s), least_px[MARKDOWN_CELLS_MAX] = {0};
    for (; table.end < markdown->block_count && markdown->blocks[table.end].kind == MARKDOWN_ROW &&
           (table.end == first || markdown->blocks[table.end].level);
         table.end++)
        for (int cell = 0; cell < markdown->blocks[table.end].cell_count && cell < MARKDOWN_CELLS_MAX; cell++) {
            TextStyle style = row_style(s, &table, table.end);
            const char *text = cell_text(s, markdown, table.end, cell);
            double width_px = scene_text_width(s->scene, style, text) + 1.5 * space_px;
            table.column_px[cell] = fmax(table.column_px[cell], width_px);
            least_px[cell] = fmax(least_px[cell], longest_word_px(s, style, text) + space_px + 1);
            if (cell >= table.cell_count) table.cell_count = cell + 1;
        }
    fit_columns(&table, least_px, s->width_px);
    return table;
}

static void set_row(MarkdownSetter *s, const Markdown *markdown, const Table *table, int row) {
    int line_count = 1;
    double x = s->left_px, line_px = round(CODE_LINE * body_px(s)), space_px = body_px(s);
    TextStyle style = row_style(s, table, row);
    for (int cell = 0; cell < table->cell_count; cell++) {
        int lines =
            scene_wrap_lines(s->scene, table->column_px[cell] - space_px, style, cell_text(s, markdown, row, cell));
        if (lines > line_count) line_count = lines;
    }
    markdown_need(s, line_count * line_px);
    for (int cell = 0; cell < table->cell_count; x += table->column_px[cell++])
        scene_text_wrap(s->scene, x, s->y + BASELINE * line_px, table->column_px[cell] - space_px, line_px, style,
                        cell_text(s, markdown, row, cell));
    s->y += line_count * line_px + 3;
    scene_line(s->scene, (Point){s->left_px, s->y}, (Point){x, s->y},
               row == table->first ? s->theme->ink : s->theme->grid, s->theme->hairline_px);
    s->y += 2;
}

static int set_table(MarkdownSetter *s, const Markdown *markdown, int first) {
    Table table = measure_table(s, markdown, first);
    for (int row = first; row < table.end; row++) set_row(s, markdown, &table, row);
    s->y += s->gap_px;
    return table.end;
}

static void set_block(MarkdownSetter *s, const MarkdownBlock *block) {
    double left_px = s->left_px, indent_px = INDENT * body_px(s);
    TypeSize size = TYPE_BODY;
    if (block->kind == MARKDOWN_HEADING) {
        size = TYPE_HEADING;
        s->y += s->gap_px;
        markdown_need(s, 5 * s->line_px); /* a heading stays with what follows */
    }
    if (block->kind == MARKDOWN_ITEM) {
        left_px += indent_px * (block->level + 1);
        markdown_need(s, s->line_px);
        const char *mark = block->item_number ? arena_format(s->scene->arena, "%d.", block->item_number) : "\u2013";
        if (!block->is_continued)
            scene_text(s->scene, left_px - indent_px, baseline(s), theme_text(s->theme, TYPE_BODY), mark);
    }
    set_spans(s, block, left_px, size);
    s->y += block->kind == MARKDOWN_ITEM ? 2 : s->gap_px;
}

void markdown_set(MarkdownSetter *s, const Markdown *markdown) {
    for (int i = 0; i < markdown->block_count;) {
        const MarkdownBlock *block = &markdown->blocks[i];
        if (block->kind == MARKDOWN_ROW) {
            i = set_table(s, markdown, i);
            continue;
        }
        if (block->kind == MARKDOWN_CODE)
            set_code(s, block);
        else
            set_block(s, block);
        i++;
        bool is_list_end =
            block->kind == MARKDOWN_ITEM && (i == markdown->block_count || markdown->blocks[i].kind != MARKDOWN_ITEM);
        if (is_list_end) s->y += s->gap_px;
    }
}

void markdown_set_text(MarkdownSetter *s, const char *text) {
    Markdown markdown;
    if (markdown_read(text, &markdown, s->scene->arena, NULL)) {
        markdown_set(s, &markdown);
        return;
    }
    s->y = scene_text_wrap(s->scene, s->left_px, baseline(s), s->width_px, s->line_px, theme_text(s->theme, TYPE_BODY),
                           text) -
           BASELINE * s->line_px;
}
