/* HBM, the floor of a panel: tensors of one head with area as bytes, see replay.h.
 *
 * N x d tensors are strips and N x N tensors squares at one scale. What the current kernel has allocated is drawn;
 * where no N x N tensor exists its outline stands there, dashed, with the tiles that pass through SRAM.
 */
#include <math.h>

#include "sim/units.h"
#include "viz/state/zoom.h"
#include "viz/views/replay_floor.h"

static const char *size_text(const Floor *f, const Tensor *tensor) {
    return arena_format(f->r->scene->arena, "%s: %s matrices of %s × %s × %s B = %s bytes in HBM", tensor->name,
                        units_exact(tensor->slice_count).text, units_exact(tensor->rows).text,
                        units_exact(tensor->cols).text, units_exact(tensor->elem_bytes).text,
                        units_exact(tensor->size_bytes).text);
}

/* Strips. */

/* Rows of an N x d tensor, in its box. */
static Box rows_box(Box box, const Tensor *tensor, uint64_t first, uint64_t rows, double least_px) {
    double y = box.y + box.h * (double)first / (double)tensor->rows, h = box.h * (double)rows / (double)tensor->rows;
    if (h < least_px) y -= (least_px - h) / 2, h = least_px;
    return (Box){box.x, y, box.w, h};
}

/* The rows that SRAM holds a copy of, and the tile that moves now. */
static void draw_strip_tiles(const Floor *f, const Tensor *tensor, Box box) {
    const Program *program = replay_floor_program(f);
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
    scene_text_first(f->r->scene, x, box.y - 0.6 * theme->unit_px,
                     replay_floor_strip_slot_px(f, strip) - 0.3 * theme->unit_px, style,
                     (const char *[]){tensor->name, ""}, 2);
    Paint paint = theme_tile(theme, tensor->tensor_class, TILE_DONE);
    if (box.w < 4 * theme->scale) paint.fill = theme->tensor_edge[tensor->tensor_class], paint.edge = 0;
    scene_rect(f->r->scene, box, paint);
    if (!f->r->at[f->runner].is_finished) draw_strip_tiles(f, tensor, box);
    scene_hit(f->r->scene, (Box){x, f->area.y, fmax(box.w, 2 * theme->unit_px), box.h + f->label_px},
              (SceneHit){.text = size_text(f, tensor)});
}

/* Squares. */

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
    const Program *program = replay_floor_program(f);
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
    ScoreWindow w = zoom_window(state, replay_runner(f->r, f->runner), &f->r->at[f->runner]);
    return arena_format(f->r->scene->arena, "zoomed: rows %s to %s, columns %s to %s",
                        units_exact((uint64_t)w.row_first).text, units_exact((uint64_t)w.row_end - 1).text,
                        units_exact((uint64_t)w.col_first).text, units_exact((uint64_t)w.col_end - 1).text);
}

static void draw_square(const Floor *f, const Tensor *tensor, Box box, double slot_px, bool is_worked_on) {
    const Theme *theme = f->r->theme;
    const Program *program = replay_floor_program(f);
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
    const Scenario *s = &replay_floor_program(f)->scenario;
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
    for (int i = 0; i < f->square_count; i++, box.x += replay_floor_square_slot_px(f, &f->squares[i - 1])) {
        double slot_px =
            f->square_count > 1 ? replay_floor_square_slot_px(f, &f->squares[i]) : f->area.x + f->area.w - x;
        draw_square(f, f->squares[i].tensor, box, slot_px, f->squares[i].tensor == worked);
    }
}

/* Legend. */

/* What the tiles' patterns mean. */
static void draw_legend(const Floor *f) {
    const Theme *theme = f->r->theme;
    double u = theme->unit_px;
    LegendEntry entries[LEGEND_ENTRIES_MAX];
    Box room;
    int rows, count = replay_floor_legend(f, entries, &room, &rows);
    for (int i = 0; i < count && rows; i++) {
        double x = room.x + i / rows * legend_entry_units * u, y = room.y + i % rows * legend_line_units * u;
        scene_rect(f->r->scene, (Box){x, y, 1.8 * u, 1.8 * u}, theme_tile(theme, TENSOR_S, entries[i].state));
        scene_text(f->r->scene, x + 2.6 * u, y + 1.5 * u, theme_text_soft(theme, TYPE_SMALL), entries[i].text);
    }
}

/* The floor. */

static void draw_heading(const ReplayScene *r, int runner, Box box) {
    const Theme *theme = r->theme;
    const Runner *run = replay_runner(r, runner);
    Arena *arena = r->scene->arena;
    const RunnerAt *at = &r->at[runner];
    double y = box.y + 1.9 * theme->unit_px;
    double name_px = scene_text(r->scene, box.x + theme->unit_px, y, theme_text_bold(theme, TYPE_SMALL), "HBM");
    uint64_t used_bytes = run->memory_at_kernel_bytes[at->state.kernel],
             hbm_bytes = run->program->scenario.machine.hbm_bytes;
    bool fits = used_bytes <= hbm_bytes, is_narrow = box.w < 36 * theme->unit_px;
    const char *used = is_narrow && fits ? arena_copy_text(arena, units_kib(used_bytes).text)
                                         : arena_format(arena, fits ? "%s of %s allocated" : "%s do not fit %s",
                                                        units_kib(used_bytes).text, units_kib_short(hbm_bytes).text);
    TextStyle used_style = fits ? theme_text(theme, TYPE_SMALL)
                                : text_color(theme_text_bold(theme, TYPE_SMALL), theme->tensor_ink[TENSOR_S]);
    double used_px = scene_text(r->scene, box.x + box.w - theme->unit_px, y, text_right(used_style), used);
    uint64_t heads = run->program->scenario.batch_count * run->program->scenario.head_count;
    uint64_t head = at->state.index[AXIS_BATCH] * run->program->scenario.head_count + at->state.index[AXIS_HEAD];
    const char *which = arena_format(arena, "head %s of %s", units_exact(head + 1).text, units_exact(heads).text);
    bool is_alike = heads > 1 && run->maps[at->state.kernel].has_table;
    const char *wordings[] = {
        arena_format(arena, "%s%s, area is bytes", which, is_alike ? ", every head has these tiles" : ""),
        arena_format(arena, "%s, area is bytes", which), which, ""};
    scene_text_first(r->scene, box.x + name_px + 2.5 * theme->unit_px, y,
                     box.w - name_px - used_px - 5 * theme->unit_px, theme_text_soft(theme, TYPE_SMALL), wordings, 4);
}

void replay_draw_hbm(const ReplayScene *r, int runner, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    scene_rect(
        r->scene, box,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    draw_heading(r, runner, box_cut_top(&box, 2.6 * u));
    Box area = box_inset(box, u);
    area.y -= 0.6 * u, area.h += 0.6 * u;
    if (area.h < 6 * u || area.w < 12 * u) return;
    Floor f = replay_floor_make(r, runner, area);
    scene_clip_push(r->scene, box);
    double x = f.area.x;
    for (int i = 0; i < f.strip_count; i++) {
        draw_strip(&f, &f.strips[i], x);
        x += replay_floor_strip_slot_px(&f, &f.strips[i]);
    }
    Box squares = replay_floor_squares_box(&f);
    draw_squares(&f, squares.x, squares.y);
    draw_legend(&f);
    scene_clip_pop(r->scene);
}
