/* Where a panel's tensors lie on the floor of HBM: strips and squares at one scale for all panels, as large as their
 * names and the legend let them. Layout only; replay_hbm.c draws it. Pure.
 *
 *     Q  K  V  O      S            P              beside each other, or the squares under the strips where a panel
 *     |  |  |  |   [      ]     [      ]          is narrower than high; the legend beside or under the squares
 *     |  |  |  |   [      ]     [      ]
 */
#ifndef VIZ_VIEWS_REPLAY_FLOOR_H
#define VIZ_VIEWS_REPLAY_FLOOR_H
#include "viz/views/replay.h"

/* A tensor and its name's width, which the search for a scale asks for over and over. */
typedef struct FloorTensor {
    const Tensor *tensor;
    double name_px;
} FloorTensor;

/* Which names stand over the strips; the others are left to the pointer. */
typedef enum FloorNaming { FLOOR_NAMES_NONE, FLOOR_NAMES_SHORT, FLOOR_NAMES_ALL } FloorNaming;

typedef struct Floor {
    const ReplayScene *r;
    int runner;
    Box area;
    bool is_stacked; /* squares under the strips, in panels that are narrower than high */
    FloorNaming naming;
    double elem_px;  /* pixels an element, both ways */
    double label_px; /* height kept above a tensor for its name */
    double foot_px;  /* and under all of them for the legend */
    FloorTensor strips[PROGRAM_TENSORS_MAX], squares[PROGRAM_TENSORS_MAX];
    int strip_count, square_count;
} Floor;

static inline const Program *replay_floor_program(const Floor *floor) {
    return replay_runner(floor->r, floor->runner)->program;
}
/* A runner's floor in area: what its kernel has allocated, at the scale of all panels, whose floors are of one size. */
Floor replay_floor_make(const ReplayScene *r, int runner, Box area);
/* A strip's or a square's share of the width, its name and the gap behind it included. */
double replay_floor_strip_slot_px(const Floor *floor, const FloorTensor *strip);
double replay_floor_square_slot_px(const Floor *floor, const FloorTensor *square);
/* Where all squares stand. */
Box replay_floor_squares_box(const Floor *floor);

/* What the tiles' patterns mean. */
typedef struct LegendEntry {
    TileState state;
    const char *text;
} LegendEntry;
enum { LEGEND_ENTRIES_MAX = 4 };
static const double legend_entry_units = 14.5, legend_line_units = 2.4;
/* The legend's entries, and its place beside the squares or under them; *row_count is 0 where it has room at neither.
 * Returns how many entries. */
int replay_floor_legend(const Floor *floor, LegendEntry entries[LEGEND_ENTRIES_MAX], Box *room, int *row_count);
#endif
