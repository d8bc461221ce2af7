/* Layout of the floor of HBM: see replay_floor.h. */
#include "viz/views/replay_floor.h"

#include <math.h>

static const double legend_gap_units = 1.5;

static void collect(Floor *f) {
    const Program *program = replay_floor_program(f);
    int kernel = f->r->at[f->runner].state.kernel;
    for (int t = 0; t < program->tensor_count; t++) {
        const Tensor *tensor = &program->tensors[t];
        if (!tensor->is_accessed || tensor->alloc_kernel > kernel || tensor->free_kernel < kernel) continue;
        FloorTensor part = {tensor,
                            scene_text_width(f->r->scene, theme_text_bold(f->r->theme, TYPE_SMALL), tensor->name)};
        if (replay_is_score_shaped(program, tensor))
            f->squares[f->square_count++] = part;
        else
            f->strips[f->strip_count++] = part;
    }
}

/* A strip's name needs room even where the strip itself is a hair. */
double replay_floor_strip_slot_px(const Floor *f, const FloorTensor *strip) {
    double u = f->r->theme->unit_px, strip_px = fmax((double)strip->tensor->cols * f->elem_px, 2) + 0.8 * u;
    double name_px = strip->name_px + u;
    bool is_named = f->naming == FLOOR_NAMES_ALL || (f->naming == FLOOR_NAMES_SHORT && name_px <= 3.6 * u);
    return is_named ? fmax(strip_px, name_px) : strip_px;
}

static double gap_px(const Floor *f) { return 1.5 * f->r->theme->unit_px; }
static double square_px(const Floor *f) { return (double)replay_floor_program(f)->scenario.key_rows * f->elem_px; }
/* Beside each other, squares are as wide as their names. */
double replay_floor_square_slot_px(const Floor *f, const FloorTensor *square) {
    return fmax(square_px(f), f->square_count > 1 ? square->name_px : 0) + gap_px(f);
}
static double squares_px(const Floor *f) {
    double sum_px = f->square_count ? 0 : square_px(f) + gap_px(f);
    for (int i = 0; i < f->square_count; i++) sum_px += replay_floor_square_slot_px(f, &f->squares[i]);
    return sum_px;
}
static double tall_elems(const Floor *f) {
    const Scenario *s = &replay_floor_program(f)->scenario;
    return (double)(s->query_rows > s->key_rows ? s->query_rows : s->key_rows);
}

static double width_px(const Floor *f) {
    double strips_px = 0;
    for (int i = 0; i < f->strip_count; i++) strips_px += replay_floor_strip_slot_px(f, &f->strips[i]);
    return f->is_stacked ? fmax(strips_px, squares_px(f)) : strips_px + squares_px(f);
}

/* The largest scale at which everything fits; false where names are too wide at any scale. */
static bool fit(Floor *f) {
    double height_px = f->area.h - f->foot_px, room_px = f->is_stacked ? (height_px - gap_px(f)) / 2 : height_px;
    f->elem_px = (room_px - f->label_px) / tall_elems(f);
    for (int tries = 0; tries < 48 && width_px(f) > f->area.w; tries++) f->elem_px *= 0.93;
    return width_px(f) <= f->area.w;
}

Box replay_floor_squares_box(const Floor *f) {
    double strips_px = 0, tall_px = tall_elems(f) * f->elem_px, top = f->area.y + f->label_px;
    for (int i = 0; i < f->strip_count; i++) strips_px += replay_floor_strip_slot_px(f, &f->strips[i]);
    if (f->is_stacked) return (Box){f->area.x, top + tall_px + gap_px(f) + f->label_px, squares_px(f), tall_px};
    return (Box){f->area.x + strips_px + 0.5 * f->r->theme->unit_px, top, squares_px(f), tall_px};
}

static bool has_skipped_tiles(const ScoreMap *map) {
    double visited = 0;
    for (int i = 0; i < map->run_count; i++)
        visited += (double)(map->runs[i].line_end - map->runs[i].line_first) *
                   (double)(map->runs[i].tile_count * map->runs[i].tile_elems);
    return visited < 0.999 * (double)map->rows * (double)map->cols;
}

static int legend_entries(const Floor *f, LegendEntry entries[LEGEND_ENTRIES_MAX]) {
    const ScoreMap *map = &replay_runner(f->r, f->runner)->maps[f->r->at[f->runner].state.kernel];
    bool is_never = f->square_count == 0;
    int count = 0;
    if (!map->run_count) return 0;
    entries[count++] = (LegendEntry){is_never ? TILE_NEVER : TILE_TODO, is_never ? "never in HBM" : "to do"};
    entries[count++] = (LegendEntry){TILE_NOW, "on chip now"};
    entries[count++] = (LegendEntry){TILE_DONE, is_never ? "done, not kept" : "done"};
    if (has_skipped_tiles(map)) entries[count++] = (LegendEntry){TILE_SKIPPED, "skipped"};
    return count;
}

/* Rows of as few columns as the room's height asks for; 0 where they are wider than it. */
static int legend_rows(const Floor *f, Box room, int count) {
    double u = f->r->theme->unit_px;
    int rows = (int)floor((room.h + 0.6 * u) / (legend_line_units * u));
    return rows >= 1 && ((count + rows - 1) / rows) * legend_entry_units * u <= room.w ? rows : 0;
}

/* Beside the squares or under them; returns the rows it has there, 0 where there is room at neither place. */
static int legend_place(const Floor *f, int count, Box *room) {
    double u = f->r->theme->unit_px, end_x = f->area.x + f->area.w, end_y = f->area.y + f->area.h;
    Box squares = replay_floor_squares_box(f);
    double right = squares.x + squares.w + u, bottom = squares.y + squares.h + legend_gap_units * u;
    *room = (Box){right, squares.y, end_x - right, end_y - squares.y};
    int rows = legend_rows(f, *room, count);
    if (rows) return rows;
    *room = (Box){f->area.x, bottom, f->area.w, end_y - bottom};
    return legend_rows(f, *room, count);
}

/* The same floor under another panel. */
static Floor floor_of(const Floor *floor, int runner) {
    Floor other = *floor;
    other.runner = runner;
    other.strip_count = other.square_count = 0;
    collect(&other);
    return other;
}

/* The scale at which all panels' tensors fit in one arrangement; 0 where they do not. */
static double scale_of_all(const Floor *floor, bool is_stacked, FloorNaming naming) {
    double scale_px = INFINITY;
    for (int i = 0; i < floor->r->race->runner_count; i++) {
        Floor other = floor_of(floor, i);
        other.is_stacked = is_stacked, other.naming = naming;
        if (!fit(&other)) return 0;
        scale_px = fmin(scale_px, other.elem_px);
    }
    return scale_px;
}

/* One arrangement and one scale for all panels, whose floors are of one size: an area means the same everywhere. Names
 * may cost half the scale. */
static void fit_names(Floor *floor) {
    double best_px = 0;
    floor->elem_px = 0;
    for (FloorNaming naming = FLOOR_NAMES_NONE; naming <= FLOOR_NAMES_ALL; naming++) {
        double beside_px = scale_of_all(floor, false, naming), under_px = scale_of_all(floor, true, naming);
        double scale_px = fmax(beside_px, under_px);
        best_px = fmax(best_px, scale_px);
        if (scale_px <= 0 || 2 * scale_px < best_px) continue;
        floor->naming = naming, floor->is_stacked = under_px > beside_px, floor->elem_px = scale_px;
    }
}

static bool has_all_legends(const Floor *floor) {
    for (int i = 0; i < floor->r->race->runner_count; i++) {
        Floor other = floor_of(floor, i);
        LegendEntry entries[LEGEND_ENTRIES_MAX];
        Box room;
        int count = legend_entries(&other, entries);
        if (count && !legend_place(&other, count, &room)) return false;
    }
    return true;
}

/* Where a panel has no room for its legend, all tensors give way to two rows of it, if the floor is high enough. */
static void fit_all(Floor *floor) {
    enum { HIGH_ENOUGH_UNITS = 18 };
    double u = floor->r->theme->unit_px;
    fit_names(floor);
    if (floor->area.h < HIGH_ENOUGH_UNITS * u || has_all_legends(floor)) return;
    floor->foot_px = (2 * legend_line_units + legend_gap_units) * u;
    fit_names(floor);
}

int replay_floor_legend(const Floor *f, LegendEntry entries[LEGEND_ENTRIES_MAX], Box *room, int *row_count) {
    int count = legend_entries(f, entries);
    *row_count = legend_place(f, count, room);
    return count;
}

Floor replay_floor_make(const ReplayScene *r, int runner, Box area) {
    Floor f = {.r = r, .runner = runner, .area = area, .label_px = 2.2 * r->theme->unit_px};
    collect(&f);
    fit_all(&f);
    return f;
}
