/* Aligned columns: see table.h. */
#include "viz/cli/table.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void table_begin(Table *table, Arena *arena, const char *alignment) {
    *table = (Table){.arena = arena, .column_count = (int)strlen(alignment)};
    assert(table->column_count > 0 && table->column_count <= TABLE_COLUMNS_MAX);
    memcpy(table->alignment, alignment, (size_t)table->column_count);
}

static void add_cell(Table *table, const char *text) {
    if (table->cell_count == table->cell_capacity) {
        int capacity = table->cell_capacity ? 2 * table->cell_capacity : 256;
        const char **cells = ARENA_ARRAY(table->arena, const char *, capacity);
        if (table->cell_count) memcpy(cells, table->cells, sizeof *cells * (size_t)table->cell_count);
        table->cells = cells;
        table->cell_capacity = capacity;
    }
    table->cells[table->cell_count++] = text;
}

void table_cell(Table *table, const char *format, ...) {
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    add_cell(table, arena_copy_text(table->arena, text));
}

void table_end_row(Table *table) {
    while (table->cell_count % table->column_count != 0) add_cell(table, "");
}

static int text_columns(const char *text) {
    int columns = 0;
    for (; *text; text++) columns += ((unsigned char)*text & 0xC0) != 0x80;
    return columns;
}

static void print_row(const Table *table, const char *const *row, const int *widths, int indent, Output *output) {
    int pending = indent; /* blanks not yet written, so that a line ends with its last letter */
    for (int c = 0; c < table->column_count; c++) {
        int padding = widths[c] - text_columns(row[c]);
        bool is_right = table->alignment[c] == 'r';
        if (row[c][0]) output_format(output, "%*s%s", pending + (is_right ? padding : 0), "", row[c]);
        pending = row[c][0] ? (is_right ? 2 : padding + 2) : pending + widths[c] + 2;
    }
    output_format(output, "\n");
}

void table_print(const Table *table, int indent, Output *output) {
    assert(table->cell_count % table->column_count == 0);
    int widths[TABLE_COLUMNS_MAX] = {0};
    for (int i = 0; i < table->cell_count; i++) {
        int columns = text_columns(table->cells[i]), c = i % table->column_count;
        if (columns > widths[c]) widths[c] = columns;
    }
    for (int i = 0; i < table->cell_count; i += table->column_count)
        print_row(table, table->cells + i, widths, indent, output);
}
