/* What the two faces of the view `compare` share: its panels, and how a row is named and measured. Pure. */
#ifndef VIZ_VIEWS_COMPARE_PARTS_H
#define VIZ_VIEWS_COMPARE_PARTS_H
#include "sim/compare.h"
#include "sim/units.h"
#include "viz/theme.h"
#include "viz/views/views.h"

enum { COMPARE_ROWS_MAX = 24, HIT_COMPARE = 70 };

/* An algorithm's rows: of its only kernel, or of all its kernels together. */
typedef struct ComparePanel {
    const char *algorithm;
    const CompareRow *rows[COMPARE_ROWS_MAX];
    int row_count;
} ComparePanel;

/* A road's value / the replay's - 1; infinite where the replay has 0 and the road has not. */
double compare_deviation(const CompareRow *row, CompareRoad road);
/* "L1 read sectors", "time". */
const char *compare_row_name(const CompareRow *row, Arena *arena);
UnitText compare_value_text(const CompareRow *row, uint64_t value);
/* Whether any of the panels' rows has the road. */
bool compare_has_road(const ComparePanel *panels, int count, CompareRoad road);
/* The row's exact numbers for the pointer. */
void compare_hit(const CompareRow *row, Box box, Scene *scene);

/* Without hardware (compare_table.c): what is simulated as hollow bars and numbers, beside it whether closed form and
 * CUDA kernel say the same, and an empty column for what a GPU would count. */
void compare_draw_table(const ComparePanel *panel, const ComparePanel *panels, int count, const Theme *theme, Box box,
                        Scene *scene);
#endif
