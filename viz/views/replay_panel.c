/* One algorithm's panel, from its threads down to HBM: see replay.h. */
#include <math.h>

#include "sim/units.h"
#include "viz/narrate.h"
#include "viz/views/lens.h"
#include "viz/views/replay.h"
#include "viz/views/views.h"

enum { SENTENCE_LINES_MAX = 5 };

ReplayScene replay_scene(const Race *race, const ViewState *state, const Theme *theme, Scene *scene) {
    ReplayScene r = {.race = race, .state = state, .theme = theme, .scene = scene};
    for (int i = 0; i < race->runner_count; i++)
        r.at[i] = runner_at(&race->runners[i], race_step(race, state->clock, state->lead, state->step_index, i));
    return r;
}

void replay_control(const ReplayScene *r, Box box, Control control, const char *text) {
    const Theme *theme = r->theme;
    if (r->state->is_focus_visible && control_equal(r->state->focus, control))
        scene_rect(r->scene, box_inset(box, -2 * theme->hairline_px),
                   (Paint){.edge = theme->accent, .edge_px = 2 * theme->hairline_px});
    scene_hit(r->scene, box, control_hit(control, text));
}

/* Width of an arrow for so many bytes: 3 px for a sector, more with each doubling, 26 px at most; at scale 1. */
static double arrow_px(const Theme *theme, uint64_t bytes) {
    double doublings = bytes > 32 ? log2((double)bytes / 32) : 0; /* from one sector */
    return theme->scale * fmin(3 + 1.25 * doublings, 26);
}

bool replay_is_score_shaped(const Program *program, const Tensor *tensor) {
    return tensor->rows == program->scenario.query_rows && tensor->cols == program->scenario.key_rows;
}

/* Title, warps. */

/* A warp is a small bar: filled while the block computes, open while it waits for memory. */
static void draw_warps(const ReplayScene *r, int runner, Box box) {
    const Theme *theme = r->theme;
    const RunnerAt *at = &r->at[runner];
    const Kernel *kernel = &replay_runner(r, runner)->program->kernels[at->state.kernel];
    int warp_count = (int)((kernel->threads_per_block + 31) / 32);
    TextStyle style = text_right(theme_text_soft(theme, TYPE_SMALL));
    const char *text = arena_format(r->scene->arena, "%u threads = %d warps", kernel->threads_per_block, warp_count);
    double width_px = scene_text(r->scene, box.x + box.w, box.y + box.h - 0.8 * theme->unit_px, style, text);
    double bar_px = fmax(2, 0.6 * theme->unit_px), pitch_px = bar_px + fmax(1, 0.3 * theme->unit_px);
    double x = box.x + box.w - width_px - theme->unit_px - pitch_px * warp_count;
    bool is_computing = !at->is_finished && at->state.leaf->tensor == TENSOR_NONE;
    for (int i = 0; i < warp_count; i++, x += pitch_px)
        scene_rect(r->scene, (Box){x, box.y + 0.6 * theme->unit_px, bar_px, box.h - 1.2 * theme->unit_px},
                   (Paint){.pattern = is_computing ? PATTERN_SOLID : PATTERN_NONE,
                           .fill = theme->ink_soft,
                           .edge = theme->ink_soft,
                           .edge_px = theme->hairline_px});
}

enum { KERNEL_WORDINGS = 3, TITLE_WORDINGS = 2 };

/* "kernel 2 of 3: softmax", and shorter. */
static void kernel_texts(const Program *program, const RunnerAt *at, Arena *arena, const char *texts[KERNEL_WORDINGS]) {
    const char *name = view_pretty(program->kernels[at->state.kernel].name, arena);
    texts[0] = texts[1] = at->is_finished ? "finished" : name;
    texts[2] = "";
    if (at->is_finished || program->kernel_count == 1) return;
    texts[0] = arena_format(arena, "kernel %d of %d: %s", at->state.kernel + 1, program->kernel_count, name);
    texts[1] = arena_format(arena, "kernel %d of %d", at->state.kernel + 1, program->kernel_count);
}

/* "Sliding window", "window". */
static void title_texts(const Algorithm *algorithm, Arena *arena, const char *texts[TITLE_WORDINGS]) {
    texts[0] = view_title(algorithm, arena);
    texts[1] = algorithm->name;
}

/* A heading that leaves room for the shorter words about the kernel, if it can. Returns its width. */
static double draw_heading(const ReplayScene *r, int runner, Box box, double baseline, const char *kernel) {
    TextStyle style = theme_text_bold(r->theme, TYPE_HEADING);
    const char *titles[TITLE_WORDINGS];
    double kernel_px = scene_text_width(r->scene, theme_text_soft(r->theme, TYPE_BODY), kernel);
    title_texts(replay_runner(r, runner)->count->algorithm, r->scene->arena, titles);
    double room_px = box.w - kernel_px - 2 * r->theme->unit_px;
    if (scene_text_width(r->scene, style, titles[TITLE_WORDINGS - 1]) > room_px) room_px = box.w;
    return scene_text_first(r->scene, box.x, baseline, room_px, style, titles, TITLE_WORDINGS);
}

static void draw_title(const ReplayScene *r, int runner, Box box) {
    const Theme *theme = r->theme;
    const Runner *run = replay_runner(r, runner);
    Arena *arena = r->scene->arena;
    bool is_lead = r->race->runner_count > 1 && runner == r->state->lead;
    double baseline = box.y + 2.4 * theme->unit_px;
    const char *places[KERNEL_WORDINGS];
    kernel_texts(run->program, &r->at[runner], arena, places);
    double title_px = draw_heading(r, runner, box, baseline, places[1]);
    scene_text_first(r->scene, box.x + box.w, baseline, box.w - title_px - 2 * theme->unit_px,
                     text_right(theme_text_soft(theme, TYPE_BODY)), places, KERNEL_WORDINGS);
    const char *hint = arena_format(arena, "%s%s; click to let it lead the clock",
                                    view_title(run->count->algorithm, arena), is_lead ? " leads the clock" : "");
    if (r->race->runner_count > 1)
        replay_control(r, (Box){box.x, box.y, title_px, 3.2 * theme->unit_px}, (Control){CONTROL_RUNNER, runner, 0, 0},
                       hint);
    if (is_lead)
        scene_rect(r->scene, (Box){box.x, box.y + 3 * theme->unit_px, title_px, 0.3 * theme->unit_px},
                   (Paint){.pattern = PATTERN_SOLID, .fill = theme->accent});
}

/* Arrows. */

/* "read K, 16.0 KiB" */
static const char *arrow_text(const Program *program, const RunnerAt *at, Arena *arena) {
    const ProgramLeaf *leaf = at->state.leaf;
    if (at->is_finished) return "";
    if (leaf->tensor == TENSOR_NONE) return "on chip: nothing moves";
    const Tensor *tensor = &program->tensors[leaf->tensor];
    const char *verb = leaf->kind == STEP_LOAD ? "read" : leaf->kind == STEP_STORE ? "write" : "add into";
    return arena_format(arena, "%s %s, %s", verb, tensor->name,
                        units_kib(leaf->rows * leaf->cols * tensor->elem_bytes).text);
}

static bool is_upward(const ProgramLeaf *leaf) { return leaf->kind == STEP_LOAD; }

static void draw_arrow(const ReplayScene *r, const ProgramLeaf *leaf, double x, double top, double bottom,
                       double width_px, TensorClass color) {
    const Theme *theme = r->theme;
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = theme->tensor[color],
                   .edge = theme->tensor_edge[color],
                   .edge_px = theme->hairline_px};
    if (leaf->is_uncounted) paint.pattern = PATTERN_NONE;
    Point up = {x, top}, down = {x, bottom};
    scene_arrow(r->scene, is_upward(leaf) ? down : up, is_upward(leaf) ? up : down, width_px, paint);
}

/* The share of this kernel's L2 traffic (reads for a load) that goes on to HBM; below 0 where it is not known. */
static double dram_share(const Count *count, const RunnerAt *at) {
    const uint64_t *value = count->kernels[at->state.kernel].totals.value;
    bool is_load = is_upward(at->state.leaf);
    uint64_t dram = value[is_load ? COUNTER_DRAM_READ_BYTES : COUNTER_DRAM_WRITE_BYTES];
    uint64_t l2 = value[is_load ? COUNTER_L2_READ_BYTES : COUNTER_L2_WRITE_BYTES];
    return count->dram_engine[0] && l2 ? (double)dram / (double)l2 : -1;
}

/* The first wording that has room right of the arrow or left of it. */
static void draw_beside(const ReplayScene *r, Box box, double x, double width_px, double baseline, TextStyle style,
                        const char *const *wordings, int count) {
    double gap_px = width_px + r->theme->unit_px, right_px = box.x + box.w - x - gap_px, left_px = x - gap_px - box.x;
    for (int i = 0; i < count; i++) {
        double text_px = scene_text_width(r->scene, style, wordings[i]);
        if (text_px > fmax(right_px, left_px)) continue;
        scene_text(r->scene, text_px <= right_px ? x + gap_px : x - gap_px - text_px, baseline, style, wordings[i]);
        return;
    }
}

/* Between SRAM and L2: the step's own bytes. */
static void draw_near_arrow(const ReplayScene *r, int runner, Box box, double x) {
    const Theme *theme = r->theme;
    const RunnerAt *at = &r->at[runner];
    const Program *program = replay_runner(r, runner)->program;
    const char *text = arrow_text(program, at, r->scene->arena);
    double baseline = box.y + box.h / 2 + 0.6 * theme->unit_px;
    const ProgramLeaf *leaf = at->state.leaf;
    if (at->is_finished || leaf->tensor == TENSOR_NONE) {
        scene_text(r->scene, box.x, baseline, theme_text_soft(theme, TYPE_BODY), text);
        return;
    }
    const Tensor *tensor = &program->tensors[leaf->tensor];
    uint64_t bytes = leaf->rows * leaf->cols * tensor->elem_bytes;
    double width_px = arrow_px(theme, bytes);
    x = fmin(fmax(x, box.x + width_px), box.x + box.w - width_px);
    draw_arrow(r, leaf, x, box.y, box.y + box.h, width_px, tensor->tensor_class);
    TextStyle style = text_color(theme_text_bold(theme, TYPE_BODY), theme->tensor_ink[tensor->tensor_class]);
    const char *wordings[] = {text, arena_copy_text(r->scene->arena, units_kib(bytes).text)};
    draw_beside(r, box, x, width_px, baseline, style, wordings, 2);
}

/* Between L2 and HBM: what the kernel's average lets through. */
static void draw_far_arrow(const ReplayScene *r, int runner, Box box, double x) {
    const Theme *theme = r->theme;
    const RunnerAt *at = &r->at[runner];
    const Runner *run = replay_runner(r, runner);
    const ProgramLeaf *leaf = at->state.leaf;
    if (at->is_finished || leaf->tensor == TENSOR_NONE) return;
    double share = dram_share(run->count, at);
    const Tensor *tensor = &run->program->tensors[leaf->tensor];
    uint64_t bytes = leaf->rows * leaf->cols * tensor->elem_bytes;
    double width_px = share < 0 ? theme->scale * 2 : arrow_px(theme, (uint64_t)(share * (double)bytes));
    x = fmin(fmax(x, box.x + width_px), box.x + box.w - width_px);
    draw_arrow(r, leaf, x, box.y, box.y + box.h, width_px, tensor->tensor_class);
    if (share < 0) return;
    /* more than all: what kernels before have written leaves the L2 too */
    bool is_more = share > 1.005;
    const char *part = is_more ? arena_format(r->scene->arena, "%.3gx", share)
                               : arena_copy_text(r->scene->arena, units_percent(share).text);
    const char *what = is_upward(leaf) ? "reads" : "writes";
    const char *wordings[] = {
        is_more
            ? arena_format(r->scene->arena, "%s this kernel’s %s reach HBM, with those of kernels before", part, what)
            : arena_format(r->scene->arena, "%s of this kernel’s %s reach HBM", part, what),
        arena_format(r->scene->arena, "%s reach HBM", part), part};
    TextStyle style = theme_text_soft(theme, TYPE_SMALL);
    draw_beside(r, box, x, width_px, box.y + box.h / 2 + 0.5 * theme->unit_px, style, wordings, 3);
}

/* The whole panel. */

static const char *sentence(const ReplayScene *r, int runner) {
    const Runner *run = replay_runner(r, runner);
    const Counters *total = program_total(run->program);
    Arena *arena = r->scene->arena;
    if (r->at[runner].is_finished)
        return arena_format(arena, "Done after %s steps: %s read and %s written.", units_exact(run->step_count).text,
                            units_gb(total->value[COUNTER_ISSUED_READ_BYTES]).text,
                            units_gb(total->value[COUNTER_ISSUED_WRITE_BYTES]).text);
    return view_pretty(narrate_step(run->program, &r->at[runner].state, arena), arena);
}

static double line_px(const ReplayScene *r) { return 2.6 * r->theme->unit_px; }

/* Height that the sentences need, by the panel's width alone: the same for all, so that panels align, and at every
 * step. */
static double sentence_px(const ReplayScene *r, double width_px) {
    double u = r->theme->unit_px;
    int lines = width_px > 64 * u ? 2 : width_px > 42 * u ? 3 : SENTENCE_LINES_MAX;
    return lines * line_px(r) + 0.8 * u;
}

static void draw_sentence(const ReplayScene *r, int runner, Box box) {
    scene_clip_push(r->scene, box);
    scene_text_wrap(r->scene, box.x, box.y + 2.2 * r->theme->unit_px, box.w, line_px(r),
                    theme_text(r->theme, TYPE_BODY), sentence(r, runner));
    scene_clip_pop(r->scene);
}

/* A warp's request of the step, or of the nearest one that moves bytes. */
static void draw_lens(const ReplayScene *r, int runner, Box box) {
    const Runner *run = replay_runner(r, runner);
    ReplayState moving;
    lens_moving_step(run->program, r->at[runner].state.step_index, &moving);
    int lane = r->state->zoom == ZOOM_LANE ? r->state->lens_lane : LENS_NO_LANE;
    box_cut_top(&box, r->theme->unit_px);
    lens_draw(run->program, &moving, r->state->lens_index, lane, r->theme, box, r->scene);
    replay_control(r, box, (Control){CONTROL_MATRIX, runner, 0, 0},
                   "one warp's request: . and , go through them, + to one lane, - back to the tile");
}

void replay_draw_panel(const ReplayScene *r, int runner, Box box, bool is_compact) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    draw_title(r, runner, box_cut_top(&box, 3.6 * u));
    if (is_compact) replay_draw_race_bar(r, runner, box_cut_top(&box, 2.6 * u));
    if (r->state->zoom >= ZOOM_WARP) {
        draw_lens(r, runner, box); /* it says the step itself */
        return;
    }
    draw_sentence(r, runner, box_cut_bottom(&box, sentence_px(r, box.w)));
    if (r->state->has_values) {
        replay_draw_values(r, runner, box);
        return;
    }
    Box registers = box_cut_top(&box, is_compact ? 0 : 5 * u);
    if (!is_compact) draw_warps(r, runner, box_cut_top(&registers, 2 * u));
    box_cut_top(&box, 0.6 * u);
    Box smem = box_cut_top(&box, 3 * u);
    double x = replay_draw_chip(r, runner, registers, smem);
    draw_near_arrow(r, runner, box_inset(box_cut_top(&box, 4 * u), 0.3 * u), x);
    replay_draw_l2(r, runner, box_cut_top(&box, 3 * u));
    draw_far_arrow(r, runner, box_inset(box_cut_top(&box, 2.6 * u), 0.3 * u), x);
    replay_draw_hbm(r, runner, box);
}
