/* View `machine`: one step of each algorithm on the GPU's levels, near ones on top.
 *
 *     Threads     ||||||||  ||||||||        who does it
 *     Registers   [ O ][m, l]               what a block holds there, to scale
 *     SRAM        [Q][  K  ][  V  ]   |limit
 *     L2          [ Q ][ K ][   S      ]    what was touched last, up to its capacity
 *     HBM         Q K V O  [   S   ]        one head's matrices, area = bytes
 *
 * Registers and SRAM share one scale of bytes; L2 and HBM have their own. What the L2 holds is a quick picture
 * (sim/l2_resident.h), not the model that counts DRAM bytes.
 */
#include "viz/views/machine.h"
#include "viz/views/l2_bar.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/l2_resident.h"
#include "sim/units.h"
#include "viz/narrate.h"
#include "viz/views/machine_panel.h"
#include "viz/views/views.h"

enum { LANES = 32, REGISTER_BYTES = 4 };

uint64_t machine_telling_step(const Count *count) {
    ReplayState state;
    uint64_t read_bytes = count->totals.value[COUNTER_ISSUED_READ_BYTES];
    return replay_seek_counter(count->program, COUNTER_ISSUED_READ_BYTES, read_bytes / 3, &state) ? state.step_index
                                                                                                  : 0;
}

static uint64_t step_count(const Count *count) { return count->totals.value[COUNTER_STEP_COUNT]; }

static uint64_t panel_step(const ViewInput *input, const Count *count) {
    if (input->step_index == VIEW_STEP_DEFAULT) return machine_telling_step(count);
    return min_u64((uint64_t)input->step_index, step_count(count) - 1);
}

/* Threads that move something: one a piece, or the one that asks TMA. */
static uint64_t moving_thread_count(const MachinePanel *panel) {
    const ProgramLeaf *leaf = panel->state.leaf;
    if (leaf->kind == STEP_LOAD && panel->kernel->loads_by_tma) return 1;
    uint64_t elem_bytes = panel->program->tensors[leaf->tensor].elem_bytes;
    return ceil_div(leaf->rows * leaf->cols * elem_bytes, max_u64(leaf->lane_bytes, 1));
}

/* Who works: lanes that move a piece in the tile's colour, all lanes in ink where the step computes. */
static void draw_threads(const MachinePanel *panel) {
    const ProgramLeaf *leaf = panel->state.leaf;
    const Theme *theme = panel->theme;
    int threads = (int)panel->kernel->threads_per_block, warps = (threads + LANES - 1) / LANES, rows = 1;
    double gap_px = 0.5 * theme->unit_px, lane_px;
    for (;; rows++) {
        int per_row = (warps + rows - 1) / rows;
        lane_px = fmin((panel->threads.w - (per_row - 1) * gap_px) / (per_row * LANES),
                       (panel->threads.h - (rows - 1) * gap_px) / rows);
        double next_px = fmin((panel->threads.w / ((warps + rows) / (rows + 1)) - gap_px) / LANES,
                              (panel->threads.h - rows * gap_px) / (rows + 1));
        if (rows >= warps || next_px <= lane_px) break;
    }
    lane_px = fmin(lane_px, 1.5 * theme->unit_px);
    bool is_move = leaf->tensor != TENSOR_NONE;
    uint64_t busy_count = is_move ? moving_thread_count(panel) : (uint64_t)threads;
    Paint busy = {.pattern = PATTERN_SOLID,
                  .fill =
                      is_move ? theme->tensor[panel->program->tensors[leaf->tensor].tensor_class] : theme->ink_soft};
    Paint idle = {.edge = theme->rule, .edge_px = theme->hairline_px};
    int per_row = (warps + rows - 1) / rows;
    for (int t = 0; t < threads; t++) {
        int warp = t / LANES;
        double x = panel->threads.x + (warp % per_row) * (LANES * lane_px + gap_px) + (t % LANES) * lane_px;
        double y = panel->threads.y + (warp / per_row) * (lane_px + gap_px);
        double side_px = lane_px >= 4 ? lane_px - 1 : lane_px * 0.8;
        scene_rect(panel->scene, (Box){x, y, side_px, lane_px >= 4 ? lane_px - 1 : lane_px},
                   (uint64_t)t < busy_count ? busy : idle);
    }
}

/* Bytes that the strips' full width stands for. */
static double strip_bytes(const MachinePanel *panel) {
    const Machine *machine = &panel->program->scenario.machine;
    return fmax((double)machine->smem_per_block_bytes, (double)machine->registers_per_sm * REGISTER_BYTES);
}

/* Buffers of one kind, side by side at the scale of strip_bytes. Names that do not fit stand above. */
static void draw_strip(const MachinePanel *panel, Box strip, bool is_register, double limit_bytes, Point *at) {
    const Theme *theme = panel->theme;
    double px_per_byte = strip.w / strip_bytes(panel), x = strip.x, name_x = strip.x;
    TextStyle small = theme_text(theme, TYPE_SMALL);
    Box frame = {strip.x, strip.y, limit_bytes * px_per_byte, strip.h};
    scene_rect(
        panel->scene, frame,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    for (int b = 0; b < panel->kernel->buffer_count; b++) {
        const Buffer *buffer = &panel->kernel->buffers[b];
        if (buffer->is_register != is_register) continue;
        bool is_loaded = panel->residency.is_loaded[b], is_moving = panel->state.leaf->buffer == b;
        Box box = {x, strip.y, fmax(2, (double)buffer->size_bytes * px_per_byte), strip.h};
        TileState tile_state = is_moving ? TILE_NOW : TILE_TODO;
        Paint paint = is_loaded && !is_moving ? theme_area(theme, buffer->tensor_class)
                                              : theme_tile(theme, buffer->tensor_class, tile_state);
        if (tile_state == TILE_TODO && !is_loaded) paint.pattern = PATTERN_SOLID, paint.fill = theme->background;
        scene_rect(panel->scene, box, paint);
        Color ink = is_loaded || is_moving ? theme->on_tensor[buffer->tensor_class] : theme->ink;
        if (!scene_text_in(panel->scene, box_inset(box, 2), text_color(small, ink), buffer->name)) {
            double left = fmax(name_x, x), width_px = scene_text_width(panel->scene, small, buffer->name);
            scene_text(panel->scene, left, strip.y - 0.5 * theme->unit_px,
                       text_color(small, theme->tensor_ink[buffer->tensor_class]), buffer->name);
            name_x = left + width_px + theme->unit_px;
        }
        if (is_moving) *at = (Point){x + box.w / 2, strip.y + strip.h};
        const char *text =
            arena_format(panel->scene->arena, "%s: %s × %s, %s bytes", buffer->name, units_exact(buffer->rows).text,
                         units_exact(buffer->cols).text, units_exact(buffer->size_bytes).text);
        scene_hit(panel->scene, box,
                  (SceneHit){HIT_MACHINE_BUFFER, {panel->panel_index, b, 0}, buffer->size_bytes, text});
        x += box.w;
    }
}

/* Words about what crosses the chip's edge stand between SRAM and L2. */
static double chip_edge_baseline(const MachinePanel *panel) {
    double top = panel->smem.y + panel->smem.h;
    return (top + panel->l2.y) / 2 + 0.36 * panel->theme->type_px[TYPE_BODY];
}

/* The arrow of what moves, from the tile up through L2 to the buffer, or back. */
static void draw_flow(const MachinePanel *panel, Point tile, Point buffer) {
    const Theme *theme = panel->theme;
    const ProgramLeaf *leaf = panel->state.leaf;
    if (leaf->tensor == TENSOR_NONE || isnan(tile.x)) return;
    uint64_t bytes = narrate_moved_bytes(&panel->state);
    const Tensor *tensor = &panel->program->tensors[leaf->tensor];
    double width_px = theme->scale * fmin(26, fmax(5, 5 + 2.2 * log2(fmax(1, (double)bytes / 256))));
    Paint paint = theme_area(theme, tensor->tensor_class);
    bool is_up = leaf->kind == STEP_LOAD;
    /* as near to L2 as its width lets it: the rest is for a head that points down */
    double below_l2 = panel->l2.y + panel->l2.h,
           bend = below_l2 + fmin((panel->hbm.y - below_l2) / 2, width_px / 2 + 0.5 * theme->unit_px);
    scene_elbow_arrow(panel->scene, is_up ? tile : buffer, bend, is_up ? buffer : tile, width_px, paint);
    TextStyle bold = theme_text_bold(theme, TYPE_BODY), plain = theme_text(theme, TYPE_BODY);
    double x = buffer.x + width_px + theme->unit_px, baseline = chip_edge_baseline(panel);
    x += scene_text(panel->scene, x, baseline, bold, units_kib(bytes).text) + theme->unit_px;
    scene_textf(panel->scene, x, baseline, plain, "%s %s",
                is_up                       ? "read from"
                : leaf->kind == STEP_ATOMIC ? "added to"
                                            : "written to",
                tensor->name);
}

/* A step that computes: operands go up from SRAM, nothing crosses to L2. */
static void draw_compute(const MachinePanel *panel) {
    const Theme *theme = panel->theme;
    if (panel->state.leaf->tensor != TENSOR_NONE) return;
    double x = panel->smem.x, baseline = chip_edge_baseline(panel);
    TextStyle bold = theme_text_bold(theme, TYPE_BODY);
    x += scene_text(panel->scene, x, baseline, bold, view_pretty(panel->state.leaf->what, panel->scene->arena)) +
         theme->unit_px;
    scene_text(panel->scene, x, baseline, theme_text_soft(theme, TYPE_BODY), "on chip: nothing crosses this line");
}

/* A level's name and one fact, left of its area. */
static void draw_level(const MachinePanel *panel, double left, Box area, const char *name, const char *fact,
                       const char *fact2) {
    const Theme *theme = panel->theme;
    double line_px = 1.3 * theme->type_px[TYPE_SMALL], y = area.y + theme->type_px[TYPE_SMALL];
    scene_text(panel->scene, left, y, theme_text_bold(theme, TYPE_SMALL), name);
    scene_text(panel->scene, left, y + line_px, theme_text_soft(theme, TYPE_SMALL), fact);
    if (*fact2) scene_text(panel->scene, left, y + 2 * line_px, theme_text_soft(theme, TYPE_SMALL), fact2);
}

static void draw_levels(const MachinePanel *panel) {
    Arena *arena = panel->scene->arena;
    const Machine *machine = &panel->program->scenario.machine;
    const Kernel *kernel = panel->kernel;
    double left = panel->names_x;
    draw_level(panel, left, panel->threads, "Threads",
               arena_format(arena, "%u in %u warps", kernel->threads_per_block,
                            (kernel->threads_per_block + LANES - 1) / LANES),
               "");
    draw_level(panel, left, panel->registers, "Registers", units_kib(panel->residency.register_used_bytes).text, "");
    draw_level(panel, left, panel->smem, "SRAM",
               arena_format(arena, "%s of", units_kib(panel->residency.smem_used_bytes).text),
               units_kib_short(machine->smem_per_block_bytes).text);
    uint64_t l2_bytes = l2_resident_capacity_bytes(&panel->program->scenario);
    draw_level(panel, left, panel->l2, "L2", l2_bytes ? units_kib_short(l2_bytes).text : "off", "");
    draw_level(panel, left, panel->hbm, "HBM", units_kib_short(machine->hbm_bytes).text,
               units_rate(machine->hbm_bytes_per_s).text);
}

/* The kernel and the loops around the step, and at the right how far the run has come: `issued`, in a narrow panel
 * `part`. */
static void draw_place(const MachinePanel *panel, Box head, double baseline, const char *issued, const char *part) {
    const Theme *theme = panel->theme;
    Scene *scene = panel->scene;
    const char *place = narrate_place(panel->program, &panel->state, scene->arena);
    const char *kernel = arena_format(scene->arena, "%s: %s", view_pretty(panel->kernel->name, scene->arena), place);
    const char *numbered = panel->program->kernel_count == 1
                               ? kernel
                               : arena_format(scene->arena, "kernel %d of %d, %s", panel->state.kernel + 1,
                                              panel->program->kernel_count, kernel);
    const char *wordings[] = {numbered, kernel, place};
    TextStyle soft = theme_text_soft(theme, TYPE_SMALL), plain = text_right(theme_text(theme, TYPE_SMALL));
    double gap_px = 2 * theme->unit_px;
    bool is_wide = scene_text_width(scene, soft, place) + gap_px + scene_text_width(scene, plain, issued) <= head.w;
    double right_px = scene_text(scene, head.x + head.w, baseline, plain, is_wide ? issued : part);
    scene_text_first(scene, head.x, baseline, head.w - right_px - gap_px, soft, wordings, 3);
}

static uint64_t moved_bytes(const Counters *before) {
    return before->value[COUNTER_ISSUED_READ_BYTES] + before->value[COUNTER_ISSUED_WRITE_BYTES];
}

/* Name, step, kernel and how far the run has come. */
static void draw_head(const MachinePanel *panel) {
    Box head = panel->head;
    const Theme *theme = panel->theme;
    Scene *scene = panel->scene;
    const uint64_t *total = panel->count->totals.value;
    uint64_t done_bytes = moved_bytes(&panel->state.before);
    uint64_t total_bytes = total[COUNTER_ISSUED_READ_BYTES] + total[COUNTER_ISSUED_WRITE_BYTES];
    double right = head.x + head.w, first = head.y + 2.25 * theme->unit_px, second = first + 2.5 * theme->unit_px;
    scene_text(scene, head.x, first, theme_text_bold(theme, TYPE_HEADING),
               view_title(panel->count->algorithm, scene->arena));
    scene_textf(scene, right, first, text_right(theme_text(theme, TYPE_SMALL)), "step %s of %s",
                units_exact(panel->state.step_index).text, units_exact(step_count(panel->count)).text);
    double part = (double)done_bytes / (double)max_u64(1, total_bytes);
    const char *issued =
        arena_format(scene->arena, "%s of %s issued", units_gb(done_bytes).text, units_gb(total_bytes).text);
    draw_place(panel, head, second, issued, arena_copy_text(scene->arena, units_percent(part).text));
    Box bar = {head.x, second + theme->unit_px, head.w, 0.5 * theme->unit_px};
    scene_rect(scene, bar, (Paint){.pattern = PATTERN_SOLID, .fill = theme->grid});
    bar.w *= part;
    scene_rect(scene, bar, (Paint){.pattern = PATTERN_SOLID, .fill = theme->ink_soft});
}

/* A counter so far against its end: name, number and a bar. Returns the y below it. */
static double draw_gauge(const MachinePanel *panel, Box column, double y, const char *name, UnitText now, double part) {
    const Theme *theme = panel->theme;
    double baseline = y + theme->type_px[TYPE_BODY];
    scene_text(panel->scene, column.x, baseline, theme_text_soft(theme, TYPE_SMALL), name);
    scene_text(panel->scene, column.x + column.w, baseline, text_right(theme_text(theme, TYPE_BODY)), now.text);
    Box bar = {column.x, baseline + 0.75 * theme->unit_px, column.w, 0.5 * theme->unit_px};
    scene_rect(panel->scene, bar, (Paint){.pattern = PATTERN_SOLID, .fill = theme->grid});
    bar.w *= fmin(1, part);
    scene_rect(panel->scene, bar, (Paint){.pattern = PATTERN_SOLID, .fill = theme->ink_soft});
    return baseline + 2.75 * theme->unit_px;
}

/* What has happened before this step, beside a wide panel. */
static void draw_gauges(const MachinePanel *panel, Box column) {
    static const struct {
        CounterId id;
        const char *name;
        UnitText (*format)(uint64_t);
    } rows[] = {{COUNTER_ISSUED_READ_BYTES, "read from HBM", units_gb},
                {COUNTER_ISSUED_WRITE_BYTES, "written to HBM", units_gb},
                {COUNTER_FLOPS, "arithmetic", units_flops},
                {COUNTER_EXP_COUNT, "exponentials", units_count}};
    const uint64_t *before = panel->state.before.value, *total = panel->count->totals.value;
    double y = column.y;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        y = draw_gauge(panel, column, y, rows[i].name, rows[i].format(before[rows[i].id]),
                       (double)before[rows[i].id] / (double)max_u64(1, total[rows[i].id]));
    uint64_t memory_bytes = count_memory_at_kernel_bytes(panel->program, panel->state.kernel);
    draw_gauge(panel, column, y, "HBM allocated", units_kib(memory_bytes),
               (double)memory_bytes / (double)max_u64(1, total[COUNTER_PEAK_HBM_BYTES]));
}

/* Levels from the top: fixed heights for the chip, the rest for HBM. */
static void lay_out(MachinePanel *panel, Box box) {
    double unit_px = panel->theme->unit_px;
    panel->head = box_cut_top(&box, 8 * unit_px);
    panel->words = box_cut_bottom(&box, 5.5 * unit_px);
    panel->names_x = box_cut_left(&box, 12 * unit_px).x;
    if (box.w > 110 * unit_px) {
        panel->gauges = box_cut_right(&box, 24 * unit_px);
        box_cut_right(&box, 5 * unit_px);
    }
    panel->threads = box_cut_top(&box, 4 * unit_px);
    box_cut_top(&box, 3 * unit_px);
    panel->registers = box_cut_top(&box, 3.5 * unit_px);
    box_cut_top(&box, 3 * unit_px);
    panel->smem = box_cut_top(&box, 5.5 * unit_px);
    box_cut_top(&box, 4 * unit_px);
    panel->l2 = box_cut_top(&box, 3 * unit_px);
    box_cut_top(&box, 5 * unit_px);
    panel->hbm = box;
}

static MachinePanel make_panel(const Count *count, uint64_t step_index, const Theme *theme, Box box, Scene *scene) {
    MachinePanel panel = {.count = count, .program = count->program, .theme = theme, .scene = scene};
    replay_seek(count->program, step_index, &panel.state);
    replay_residency(count->program, &panel.state, &panel.residency);
    panel.kernel = &count->program->kernels[panel.state.kernel];
    lay_out(&panel, box);
    panel.px_per_elem = machine_hbm_scale(&panel);
    return panel;
}

static void draw_panel(const MachinePanel *panel) {
    const Machine *machine = &panel->program->scenario.machine;
    const Theme *theme = panel->theme;
    Point buffer = {panel->smem.x + panel->smem.w / 2, panel->smem.y + panel->smem.h};
    draw_head(panel);
    draw_levels(panel);
    draw_threads(panel);
    if (panel->gauges.w > 0) draw_gauges(panel, panel->gauges);
    draw_strip(panel, panel->registers, true, (double)machine->registers_per_sm * REGISTER_BYTES, &buffer);
    draw_strip(panel, panel->smem, false, (double)machine->smem_per_block_bytes, &buffer);
    l2_bar_draw(panel->scene, theme, panel->l2, panel->program, &panel->state, panel->panel_index);
    draw_flow(panel, machine_hbm_draw(panel), buffer);
    draw_compute(panel);
    const char *sentence = narrate_step(panel->program, &panel->state, panel->scene->arena);
    scene_text_wrap(panel->scene, panel->words.x, panel->words.y + 2.75 * theme->unit_px, panel->words.w,
                    2.25 * theme->unit_px, theme_text(theme, TYPE_BODY), view_pretty(sentence, panel->scene->arena));
}

/* At most MACHINE_PANELS_MAX algorithms side by side, each at its own step, matrices at one scale. */
static void draw_panels(const Count *const *counts, const uint64_t *step_indices, int count, const Theme *theme,
                        Box box, Scene *scene) {
    MachinePanel panels[MACHINE_PANELS_MAX];
    double gap_px = 5 * theme->unit_px, width_px = (box.w - (count - 1) * gap_px) / count, px_per_elem = INFINITY;
    for (int i = 0; i < count; i++) {
        Box part = {box.x + i * (width_px + gap_px), box.y, width_px, box.h};
        panels[i] = make_panel(counts[i], step_indices[i], theme, part, scene);
        panels[i].panel_index = i;
        px_per_elem = fmin(px_per_elem, panels[i].px_per_elem);
    }
    for (int i = 0; i < count; i++) {
        panels[i].px_per_elem = px_per_elem;
        draw_panel(&panels[i]);
        double x = panels[i].names_x - gap_px / 2;
        if (i > 0) scene_line(scene, (Point){x, box.y}, (Point){x, box.y + box.h}, theme->grid, theme->hairline_px);
    }
}

static int panel_count(const ViewInput *input) {
    return input->count_count < MACHINE_PANELS_MAX ? input->count_count : MACHINE_PANELS_MAX;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const char *title = input->step_index == VIEW_STEP_DEFAULT
                            ? "A third of the way"
                            : arena_format(arena, "At step %s", units_exact((uint64_t)input->step_index).text);
    int count = panel_count(input);
    for (int i = 0; i < count; i++) {
        const Count *of = &input->counts[i];
        ReplayState state;
        replay_seek(of->program, panel_step(input, of), &state);
        const char *name = count > 2 ? of->algorithm->name : view_name(of->algorithm, arena); /* one line */
        title = arena_format(arena, "%s, %s%s %s", title, name, i ? "" : " has moved",
                             units_gb(moved_bytes(&state.before)).text);
    }
    return (ViewHeadline){title, "Area is bytes. Solid lies in SRAM or registers now, tinted lies in HBM, outlined is "
                                 "still to come, dotted is never made."};
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const Count *counts[MACHINE_PANELS_MAX];
    uint64_t step_indices[MACHINE_PANELS_MAX];
    int count = panel_count(input);
    for (int i = 0; i < count; i++) {
        counts[i] = &input->counts[i];
        step_indices[i] = panel_step(input, counts[i]);
    }
    draw_panels(counts, step_indices, count, theme, box, scene);
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(arena, "Replay, one head of %s. In L2: what was touched last, up to its capacity.",
                        view_scenario_line(input->scenario, arena));
}

const View view_machine = {
    .name = "machine",
    .title = "One step on the machine",
    .help = "threads, registers, SRAM, L2 and HBM at any --step, with what moves as an arrow",
    .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_STEP,
    .least_width_units = 130,
    .least_height_units = 69,
    .headline = headline,
    .draw = draw,
    .source = source,
};
