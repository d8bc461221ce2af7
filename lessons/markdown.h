/* Markdown as flat lists of lines to set: what the terminal, the window and the handout all draw from.
 *
 * Pure; read with md4c; everything is allocated in arena. Known: headings, paragraphs, bullet and numbered lists
 * (nested), block quotes, fenced code, tables, emphasis, strong, code spans. Links keep their text. HTML is plain text.
 */
#ifndef LESSONS_MARKDOWN_H
#define LESSONS_MARKDOWN_H
#include <stdbool.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

typedef enum MarkdownKind {
    MARKDOWN_HEADING,
    MARKDOWN_PARAGRAPH,
    MARKDOWN_ITEM,
    MARKDOWN_QUOTE,
    MARKDOWN_CODE,
    MARKDOWN_ROW
} MarkdownKind;
typedef enum MarkdownStyle {
    MARKDOWN_STYLE_PLAIN,
    MARKDOWN_STYLE_EMPHASIS,
    MARKDOWN_STYLE_STRONG,
    MARKDOWN_STYLE_CODE
} MarkdownStyle;

enum { MARKDOWN_CELLS_MAX = 12, MARKDOWN_MAX_BYTES = 1 << 18 };

typedef struct MarkdownSpan {
    MarkdownStyle style;
    const char *text; /* no newlines, but in MARKDOWN_CODE */
    int cell_index;   /* MARKDOWN_ROW: the cell it belongs to */
} MarkdownSpan;

typedef struct MarkdownBlock {
    MarkdownKind kind;
    int level;         /* HEADING: 1..6; ITEM: nesting depth, 0 first; ROW: 0 for the head row, 1 else */
    int item_number;   /* ITEM: its number, 0 for a bullet */
    bool is_continued; /* a further paragraph of the same list item */
    int cell_count;    /* ROW */
    MarkdownSpan *spans;
    int span_count;
    const char *info; /* CODE: the fence's info string, "" where none */
} MarkdownBlock;

typedef struct Markdown {
    MarkdownBlock *blocks;
    int block_count;
} Markdown;

/* Fails only where text is longer than MARKDOWN_MAX_BYTES or not UTF-8. */
bool markdown_read(const char *text, Markdown *markdown, Arena *arena, Err *err);
/* All spans of a block (of one cell of a row; -1: all) as one plain string. */
const char *markdown_plain(const MarkdownBlock *block, int cell_index, Arena *arena);
#endif
