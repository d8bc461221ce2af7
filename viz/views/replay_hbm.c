/* HBM, the floor of a panel: tensors of one head with area as bytes, see replay.h.
 *
 * N x d tensors are strips and N x N tensors squares at one scale. What the current kernel has allocated is drawn;
 * where no N x N tensor exists its outline stands there, dashed, with the tiles that pass through SRAM.
 */
#include <math.h>

#include "sim/units.h"
#include "viz/views/replay.h"

enum { STRIPS_MAX = PROGRAM_TENSORS_MAX };

/* A tensor and its name's width, which the search for a scale asks for over and over. */
typedef struct FloorTensor {
    const Tensor *tensor;
    double name_px;
} FloorTensor;

/* Which names stand over the strips; the others are left to the pointer. */
typedef enum Naming { NAMING_NONE, NAMING_SHORT, NAMING_ALL } Naming;

typedef struct Floor {
    const ReplayScene *r;
    int runner;
    Box area;
    bool is_stacked; /* squares under the strips, in panels that are narrower than high */
    Naming naming;
    double elem_px;  /* pixels an element, both ways */
    double label_px; /* height kept above a tensor for its name */
    double foot_px;  /* and under all of them for the legend */
    FloorTensor strips[STRIPS_MAX], squares[STRIPS_MAX];
    int strip_count, square_count;
} Floor;

static const Program *program_of(const Floor *f) { return replay_runner(f->r, f->runner)->program; }

static void collect(Floor *f) {
    const Program *program = program_of(f);
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
static double strip_slot_px(const Floor *f, const FloorTensor *strip) {
    double u = f->r->theme->unit_px, strip_px = fmax((double)strip->tensor->cols * f->elem_px, 2) + 0.8 * u;
    double name_px = strip->name_px + u;
    bool is_named = f->naming == NAMING_ALL || (f->naming == NAMING_SHORT && name_px <= 3.6 * u);
    return is_named ? fmax(strip_px, name_px) : strip_px;
}

static double gap_px(const Floor *f) { return 1.5 * f->r->theme->unit_px; }
static double square_px(const Floor *f) { return (double)program_of(f)->scenario.key_rows * f->elem_px; }
/* Beside each other, squares are as wide as their names. */
static double square_slot_px(const Floor *f, const FloorTensor *square) {
    return fmax(square_px(f), f->square_count > 1 ? square->name_px : 0) + gap_px(f);
}
static double squares_px(const Floor *f) {
    double sum_px = f->square_count ? 0 : square_px(f) + gap_px(f);
    for (int i = 0; i < f->square_count; i++) sum_px += square_slot_px(f, &f->squares[i]);
    return sum_px;
}
static double tall_elems(const Floor *f) {
    const Scenario *s = &program_of(f)->scenario;
    return (double)(s->query_rows > s->key_rows ? s->query_rows : s->key_rows);
}

static double width_px(const Floor *f) {
    double strips_px = 0;
    for (int i = 0; i < f->strip_count; i++) strips_px += strip_slot_px(f, &f->strips[i]);
    return f->is_stacked ? fmax(strips_px, squares_px(f)) : strips_px + squares_px(f);
}

/* The largest scale at which everything fits; false where names are too wide at any scale. */
static bool fit(Floor *f) {
    double height_px = f->area.h - f->foot_px, room_px = f->is_stacked ? (height_px - gap_px(f)) / 2 : height_px;
    f->elem_px = (room_px - f->label_px) / tall_elems(f);
    for (int tries = 0; tries < 48 && width_px(f) > f->area.w; tries++) f->elem_px *= 0.93;
    return width_px(f) <= f->area.w;
}

static const char *size_text(const Floor *f, const Tensor *tensor) {
    return arena_format(f->r->scene->arena, "%s: %s matrices of %s × %s × %s B = %s bytes in HBM", tensor->name,
                        units_exact(tensor->slice_count).text, units_exact(tensor->rows).text,
                        units_exact(tensor->cols).text, units_exact(tensor->elem_bytes).text,
                        units_exact(tensor->size_bytes).text);
}

/* ---- strips ---- */

/* Rows of an N x d tensor, in its box. */
static Box rows_box(Box box, const Tensor *tensor, uint64_t first, uint64_t rows, double least_px) {
    double y = box.y + box.h * (double)first / (double)tensor->rows, h = box.h * (double)rows / (double)tensor->rows;
    if (h < least_px) y -= (least_px - h) / 2, h = least_px;
    return (Box){box.x, y, box.w, h};
}

/* The rows that SRAM holds a copy of, and the tile that moves now. */
static void draw_strip_tiles(const Floor *f, const Tensor *tensor, Box box) {
    const Program *program = program_of(f);
    const RunnerAt *at = &f->r->at[f->runner];
    const Theme *theme = f->r->theme;
    int number = (int)(tensor - program->tensors);
    const Kernel *kernel = &program->kernels[at->state.kernel];
    Residency residency;
    replay_residency(program, &at->state, &residency);
    for (int b = 0; b < kernel->buffer_count; b++)
        if (residency.is_loaded[b] && kernel->buffers[b].tensor == number)
            scene_rect(f->r->scene, rows_box(box, tensor, residency.row_first[b], residency.rows[b], 2 * theme->scale),
                       theme_area(theme, tensor->tensor_class));
    if (at->state.leaf->tensor != number) return;
    TilePlace tile = replay_tile(program, &at->state);
    Box now = rows_box(box, tensor, tile.row_first, at->state.leaf->rows, 4 * theme->scale);
    scene_rect(f->r->scene, box_inset(now, -theme->hairline_px), theme_tile(theme, tensor->tensor_class, TILE_NOW));
}

static void draw_strip(const Floor *f, const FloorTensor *strip, double x) {
    const Tensor *tensor = strip->tensor;
    const Theme *theme = f->r->theme;
    Box box = {x, f->area.y + f->label_px, fmax((double)tensor->cols * f->elem_px, 2 * theme->scale),
               fmax((double)tensor->rows * f->elem_px, 2 * theme->scale)};
    TextStyle style = text_color(theme_text_bold(theme, TYPE_SMALL), theme->tensor_ink[tensor->tensor_class]);
    scene_text_first(f->r->scene, x, box.y - 0.6 * theme->unit_px, strip_slot_px(f, strip) - 0.3 * theme->unit_px,
                     style, (const char *[]){tensor->name, ""}, 2);
    Paint paint = theme_tile(theme, tensor->tensor_class, TILE_DONE);
    if (box.w < 4 * theme->scale) paint.fill = theme->tensor_edge[tensor->tensor_class], paint.edge = 0;
    scene_rect(f->r->scene, box, paint);
    if (!f->r->at[f->runner].is_finished) draw_strip_tiles(f, tensor, box);
    scene_hit(f->r->scene, (Box){x, f->area.y, fmax(box.w, 2 * theme->unit_px), box.h + f->label_px},
              (SceneHit){.text = size_text(f, tensor)});
}

/* ---- squares ---- */

/* A square's name in right_px of room, and after it the first of two wordings that fits. */
static void draw_name(const Floor *f, Box box, double right_px, TensorClass tensor_class, const char *name,
                      const char *more, const char *shorter) {
    const Theme *theme = f->r->theme;
    TextStyle bold = text_color(theme_text_bold(theme, TYPE_SMALL), theme->tensor_ink[tensor_class]);
    double y = box.y - 0.6 * theme->unit_px;
    double name_px = scene_text(f->r->scene, box.x, y, bold, name) + theme->unit_px;
    scene_text_first(f->r->scene, box.x + name_px, y, right_px - name_px, theme_text_soft(theme, TYPE_SMALL),
                     (const char *[]){more, shorter, ""}, 3);
}

/* The square whose tiles the current kernel makes: what it writes, else what it reads. */
static const Tensor *worked_on(const Floor *f) {
    const Program *program = program_of(f);
    const RunnerAt *at = &f->r->at[f->runner];
    const Tensor *found = NULL;
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel != at->state.kernel) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->tensor == TENSOR_NONE || !replay_is_score_shaped(program, &program->tensors[leaf->tensor])) continue;
        if (leaf->kind != STEP_LOAD) return &program->tensors[leaf->tensor];
        if (!found || program->tensors[leaf->tensor].tensor_class != TENSOR_MASK)
            found = &program->tensors[leaf->tensor];
    }
    return found;
}

/* Where the shown part lies in the matrix; NULL where all of it is shown. */
static const char *zoom_text(const Floor *f) {
    const ViewState *state = f->r->state;
    if (state->zoom == 0 || state->zoom > state->zoom_tile_max) return NULL;
    ScoreWindow w = view_state_window(state, replay_runner(f->r, f->runner), &f->r->at[f->runner]);
    return arena_format(f->r->scene->arena, "zoomed: rows %s to %s, columns %s to %s",
                        units_exact((uint64_t)w.row_first).text, units_exact((uint64_t)w.row_end - 1).text,
                        units_exact((uint64_t)w.col_first).text, units_exact((uint64_t)w.col_end - 1).text);
}

static void draw_square(const Floor *f, const Tensor *tensor, Box box, double slot_px, bool is_worked_on) {
    const Theme *theme = f->r->theme;
    const Program *program = program_of(f);
    const RunnerAt *at = &f->r->at[f->runner];
    const char *zoomed = is_worked_on ? zoom_text(f) : NULL;
    const char *size = arena_copy_text(f->r->scene->arena, units_kib(tensor->size_bytes).text);
    draw_name(f, box, slot_px, tensor->tensor_class, tensor->name, zoomed ? zoomed : size, zoomed ? "zoomed" : "");
    if (is_worked_on) {
        replay_draw_matrix(f->r, f->runner, box, tensor->tensor_class, true);
    } else {
        scene_rect(f->r->scene, box, theme_tile(theme, tensor->tensor_class, TILE_DONE));
        scene_hit(f->r->scene, box, (SceneHit){.text = size_text(f, tensor)});
    }
    if (at->is_finished || at->state.leaf->tensor != (int)(tensor - program->tensors)) return;
    if (is_worked_on && f->r->state->zoom > 0) return;
    TilePlace tile = replay_tile(program, &at->state);
    Box now = {box.x + (double)tile.col_first * f->elem_px, box.y + (double)tile.row_first * f->elem_px,
               fmax((double)at->state.leaf->cols * f->elem_px, 3 * theme->scale),
               fmax((double)at->state.leaf->rows * f->elem_px, 3 * theme->scale)};
    scene_rect(f->r->scene, now, theme_tile(theme, tensor->tensor_class, TILE_NOW));
}

static void draw_squares(const Floor *f, double x, double y) {
    const Scenario *s = &program_of(f)->scenario;
    const Theme *theme = f->r->theme;
    const ScoreMap *map = &replay_runner(f->r, f->runner)->maps[f->r->at[f->runner].state.kernel];
    Box box = {x, y, fmax((double)s->key_rows * f->elem_px, 4), fmax((double)s->query_rows * f->elem_px, 4)};
    if (!f->square_count) {
        const char *zoomed = zoom_text(f);
        bool is_compressed = map->cols < s->key_rows;
        Arena *arena = f->r->scene->arena;
        const char *size =
            s->query_rows != s->key_rows && !is_compressed
                ? arena_format(arena, "%s × %s, never in HBM", units_exact(s->query_rows).text,
                               units_exact(s->key_rows).text)
            : !is_compressed ? "N × N, never in HBM"
                             : arena_format(arena, "N × %s compressed keys, never in HBM", units_exact(map->cols).text);
        box.w = fmax((double)map->cols * f->elem_px, 4);
        draw_name(f, box, f->area.x + f->area.w - x, TENSOR_S, "S, P", zoomed ? zoomed : size,
                  zoomed ? "zoomed" : "never in HBM");
        if (map->run_count)
            replay_draw_matrix(f->r, f->runner, box, TENSOR_S, false);
        else
            scene_rect(f->r->scene, box, theme_tile(theme, TENSOR_S, TILE_NEVER));
        return;
    }
    const Tensor *worked = worked_on(f);
    for (int i = 0; i < f->square_count; i++, box.x += square_slot_px(f, &f->squares[i - 1])) {
        double slot_px = f->square_count > 1 ? square_slot_px(f, &f->squares[i]) : f->area.x + f->area.w - x;
        draw_square(f, f->squares[i].tensor, box, slot_px, f->squares[i].tensor == worked);
    }
}

/* ---- legend ---- */

typedef struct LegendEntry {
    TileState state;
    const char *text;
} LegendEntry;

static bool has_skipped_tiles(const ScoreMap *map) {
    double visited = 0;
    for (int i = 0; i < map->run_count; i++)
        visited += (double)(map->runs[i].line_end - map->runs[i].line_first) *
                   (double)(map->runs[i].tile_count * map->runs[i].tile_elems);
    return visited < 0.999 * (double)map->rows * (double)map->cols;
}

enum { LEGEND_ENTRIES_MAX = 4 };

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

static const double entry_units = 14.5, entry_line_units = 2.4, legend_gap_units = 1.5;

/* Rows of as few columns as the room's height asks for; 0 where they are wider than it. */
static int legend_rows(const Floor *f, Box room, int count) {
    double u = f->r->theme->unit_px;
    int rows = (int)floor((room.h + 0.6 * u) / (entry_line_units * u));
    return rows >= 1 && ((count + rows - 1) / rows) * entry_units * u <= room.w ? rows : 0;
}

/* Where all squares stand. */
static Box squares_box(const Floor *f) {
    double strips_px = 0, tall_px = tall_elems(f) * f->elem_px, top = f->area.y + f->label_px;
    for (int i = 0; i < f->strip_count; i++) strips_px += strip_slot_px(f, &f->strips[i]);
    if (f->is_stacked) return (Box){f->area.x, top + tall_px + gap_px(f) + f->label_px, squares_px(f), tall_px};
    return (Box){f->area.x + strips_px + 0.5 * f->r->theme->unit_px, top, squares_px(f), tall_px};
}

/* Beside the squares or under them; returns the rows it has there, 0 where there is room at neither place. */
static int legend_place(const Floor *f, int count, Box *room) {
    double u = f->r->theme->unit_px, end_x = f->area.x + f->area.w, end_y = f->area.y + f->area.h;
    Box squares = squares_box(f);
    double right = squares.x + squares.w + u, bottom = squares.y + squares.h + legend_gap_units * u;
    *room = (Box){right, squares.y, end_x - right, end_y - squares.y};
    int rows = legend_rows(f, *room, count);
    if (rows) return rows;
    *room = (Box){f->area.x, bottom, f->area.w, end_y - bottom};
    return legend_rows(f, *room, count);
}

/* What the tiles' patterns mean. */
static void draw_legend(const Floor *f) {
    const Theme *theme = f->r->theme;
    double u = theme->unit_px;
    LegendEntry entries[LEGEND_ENTRIES_MAX];
    Box room;
    int count = legend_entries(f, entries), rows = legend_place(f, count, &room);
    for (int i = 0; i < count && rows; i++) {
        double x = room.x + i / rows * entry_units * u, y = room.y + i % rows * entry_line_units * u;
        scene_rect(f->r->scene, (Box){x, y, 1.8 * u, 1.8 * u}, theme_tile(theme, TENSOR_S, entries[i].state));
        scene_text(f->r->scene, x + 2.6 * u, y + 1.5 * u, theme_text_soft(theme, TYPE_SMALL), entries[i].text);
    }
}

/* ---- the floor ---- */

static void draw_heading(const Floor *f, Box box) {
    const Theme *theme = f->r->theme;
    const Runner *run = replay_runner(f->r, f->runner);
    Arena *arena = f->r->scene->arena;
    const RunnerAt *at = &f->r->at[f->runner];
    double y = box.y + 1.9 * theme->unit_px;
    double name_px = scene_text(f->r->scene, box.x + theme->unit_px, y, theme_text_bold(theme, TYPE_SMALL), "HBM");
    uint64_t used_bytes = run->memory_at_kernel_bytes[at->state.kernel],
             hbm_bytes = run->program->scenario.machine.hbm_bytes;
    bool fits = used_bytes <= hbm_bytes, is_narrow = box.w < 36 * theme->unit_px;
    const char *used = is_narrow && fits ? arena_copy_text(arena, units_kib(used_bytes).text)
                                         : arena_format(arena, fits ? "%s of %s allocated" : "%s do not fit %s",
                                                        units_kib(used_bytes).text, units_kib_short(hbm_bytes).text);
    TextStyle used_style = fits ? theme_text(theme, TYPE_SMALL)
                                : text_color(theme_text_bold(theme, TYPE_SMALL), theme->tensor_ink[TENSOR_S]);
    double used_px = scene_text(f->r->scene, box.x + box.w - theme->unit_px, y, text_right(used_style), used);
    uint64_t heads = run->program->scenario.batch_count * run->program->scenario.head_count;
    uint64_t head = at->state.index[AXIS_BATCH] * run->program->scenario.head_count + at->state.index[AXIS_HEAD];
    const char *which = arena_format(arena, "head %s of %s", units_exact(head + 1).text, units_exact(heads).text);
    bool is_alike = heads > 1 && run->maps[at->state.kernel].has_table;
    const char *wordings[] = {
        arena_format(arena, "%s%s, area is bytes", which, is_alike ? ", every head has these tiles" : ""),
        arena_format(arena, "%s, area is bytes", which), which, ""};
    scene_text_first(f->r->scene, box.x + name_px + 2.5 * theme->unit_px, y,
                     box.w - name_px - used_px - 5 * theme->unit_px, theme_text_soft(theme, TYPE_SMALL), wordings, 4);
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
static double scale_of_all(const Floor *floor, bool is_stacked, Naming naming) {
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
    for (Naming naming = NAMING_NONE; naming <= NAMING_ALL; naming++) {
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
    floor->foot_px = (2 * entry_line_units + legend_gap_units) * u;
    fit_names(floor);
}

void replay_draw_hbm(const ReplayScene *r, int runner, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    scene_rect(
        r->scene, box,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    Floor f = {.r = r, .runner = runner, .label_px = 2.2 * u};
    draw_heading(&f, box_cut_top(&box, 2.6 * u));
    f.area = box_inset(box, u);
    f.area.y -= 0.6 * u, f.area.h += 0.6 * u;
    if (f.area.h < 6 * u || f.area.w < 12 * u) return;
    collect(&f);
    fit_all(&f);
    scene_clip_push(r->scene, box);
    double x = f.area.x;
    for (int i = 0; i < f.strip_count; i++) {
        draw_strip(&f, &f.strips[i], x);
        x += strip_slot_px(&f, &f.strips[i]);
    }
    Box squares = squares_box(&f);
    draw_squares(&f, squares.x, squares.y);
    draw_legend(&f);
    scene_clip_pop(r->scene);
}
