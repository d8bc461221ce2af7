/* A table of text with aligned columns: cells are added row by row, widths come from the longest cell.
 *
 * Cells live in the caller's arena. Widths count characters, not bytes (UTF-8).
 */
#ifndef VIZ_CLI_TABLE_H
#define VIZ_CLI_TABLE_H
#include "sim/base/arena.h"
#include "viz/cli/output.h"

enum { TABLE_COLUMNS_MAX = 64 };

typedef struct Table {
    Arena *arena;
    int column_count;
    char alignment[TABLE_COLUMNS_MAX + 1]; /* 'l' or 'r' a column */
    const char **cells;
    int cell_count, cell_capacity;
} Table;

/* alignment: one letter a column, "lrr". */
void table_begin(Table *table, Arena *arena, const char *alignment);
void table_cell(Table *table, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Fills the row's remaining cells with nothing. */
void table_end_row(Table *table);
/* Columns two blanks apart, no blanks at line ends, each line behind `indent` blanks. */
void table_print(const Table *table, int indent, Output *output);
#endif
