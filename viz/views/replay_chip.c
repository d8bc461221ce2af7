/* Registers and SRAM of one thread block, and what L2 holds, as bars to scale: see replay.h. */
#include <math.h>

#include "sim/units.h"
#include "viz/views/l2_bar.h"
#include "viz/views/replay.h"

/* A level's bar: its name at the left, used and capacity at the right, tiles between. */
typedef struct Level {
    Box bar;
    double bytes_px; /* pixels a byte */
} Level;

static double name_px(const ReplayScene *r) { return 8.2 * r->theme->unit_px; }
/* A narrow panel shows what is used and leaves the capacity to the bar. */
static bool is_narrow(const ReplayScene *r, Box box) { return box.w < 44 * r->theme->unit_px; }
static double number_px(const ReplayScene *r, Box box) { return (is_narrow(r, box) ? 9.5 : 15) * r->theme->unit_px; }

/* capacity: the bar's whole length; scale_bytes: what the widest bar of the panel stands for. */
static Level draw_level(const ReplayScene *r, Box box, const char *name, const char *number, uint64_t capacity_bytes,
                        uint64_t scale_bytes) {
    const Theme *theme = r->theme;
    double baseline = box.y + box.h / 2 + 0.6 * theme->unit_px;
    scene_text(r->scene, box.x, baseline, theme_text_bold(theme, TYPE_SMALL), name);
    scene_text(r->scene, box.x + box.w, baseline, text_right(theme_text(theme, TYPE_SMALL)), number);
    Box bar = {box.x + name_px(r), box.y, box.w - name_px(r) - number_px(r, box), box.h};
    Level level = {bar, bar.w / (double)scale_bytes};
    level.bar.w = fmin(bar.w, (double)capacity_bytes * level.bytes_px);
    scene_rect(
        r->scene, level.bar,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    return level;
}

static const char *used_of(const ReplayScene *r, Box box, uint64_t used_bytes, uint64_t capacity_bytes) {
    if (is_narrow(r, box)) return arena_copy_text(r->scene->arena, units_kib(used_bytes).text);
    return arena_format(r->scene->arena, "%s of %s", units_kib(used_bytes).text, units_kib_short(capacity_bytes).text);
}

/* Buffers. */

static TileState buffer_state(const RunnerAt *at, const Residency *residency, int buffer) {
    if (!at->is_finished && at->state.leaf->buffer == buffer) return TILE_NOW;
    return residency->is_loaded[buffer] && !at->is_finished ? TILE_DONE : TILE_TODO;
}

static void draw_buffer(const ReplayScene *r, int runner, const Residency *residency, int buffer, Box box) {
    const Theme *theme = r->theme;
    const RunnerAt *at = &r->at[runner];
    const Buffer *tile = &replay_runner(r, runner)->program->kernels[at->state.kernel].buffers[buffer];
    TileState state = buffer_state(at, residency, buffer);
    Paint paint = theme_tile(theme, tile->tensor_class, state);
    if (state == TILE_DONE) paint = theme_area(theme, tile->tensor_class); /* it is here: solid */
    scene_rect(r->scene, box, paint);
    Color ink = state == TILE_TODO ? theme->tensor_ink[tile->tensor_class] : theme->on_tensor[tile->tensor_class];
    scene_text_in(r->scene, box_inset(box, paint.edge_px + 1), text_color(theme_text_bold(theme, TYPE_SMALL), ink),
                  tile->name);
    const char *held =
        residency->is_loaded[buffer]
            ? arena_format(r->scene->arena, "holds rows %s to %s", units_exact(residency->row_first[buffer]).text,
                           units_exact(residency->row_first[buffer] + residency->rows[buffer] - 1).text)
            : "empty";
    scene_hit(r->scene, box,
              (SceneHit){.text = arena_format(r->scene->arena, "%s: %s × %s, %s bytes in %s, %s", tile->name,
                                              units_exact(tile->rows).text, units_exact(tile->cols).text,
                                              units_exact(tile->size_bytes).text,
                                              tile->is_register ? "registers" : "SRAM", held)});
}

/* Buffers keep their places while a kernel runs, so that the eye finds them again. */
static double draw_buffers(const ReplayScene *r, int runner, const Residency *residency, Level level,
                           bool is_register) {
    const RunnerAt *at = &r->at[runner];
    const Kernel *kernel = &replay_runner(r, runner)->program->kernels[at->state.kernel];
    double x = level.bar.x, middle = -1;
    for (int i = 0; i < kernel->buffer_count; i++) {
        if (kernel->buffers[i].is_register != is_register) continue;
        double right = fmin(x + fmax((double)kernel->buffers[i].size_bytes * level.bytes_px, 3 * r->theme->scale),
                            level.bar.x + level.bar.w);
        draw_buffer(r, runner, residency, i, (Box){x, level.bar.y, right - x, level.bar.h});
        if (at->state.leaf->buffer == i) middle = (x + right) / 2;
        x = right;
    }
    return middle;
}

double replay_draw_chip(const ReplayScene *r, int runner, Box registers, Box smem) {
    const Program *program = replay_runner(r, runner)->program;
    const RunnerAt *at = &r->at[runner];
    const Machine *machine = &program->scenario.machine;
    Residency residency;
    replay_residency(program, &at->state, &residency);
    if (at->is_finished) residency = (Residency){0};
    uint64_t register_bytes = (uint64_t)machine->registers_per_sm * 4, scale_bytes = register_bytes;
    if (machine->smem_per_block_bytes > scale_bytes) scale_bytes = machine->smem_per_block_bytes;
    Level sram = draw_level(r, smem, "SRAM", used_of(r, smem, residency.smem_used_bytes, machine->smem_per_block_bytes),
                            machine->smem_per_block_bytes, scale_bytes);
    double register_x = -1, smem_x = draw_buffers(r, runner, &residency, sram, false);
    if (registers.h > 0) {
        Level near =
            draw_level(r, registers, "registers", used_of(r, registers, residency.register_used_bytes, register_bytes),
                       register_bytes, scale_bytes);
        register_x = draw_buffers(r, runner, &residency, near, true);
    }
    return smem_x >= 0 ? smem_x : register_x >= 0 ? register_x : sram.bar.x + sram.bar.w / 2;
}

/* L2. */

void replay_draw_l2(const ReplayScene *r, int runner, Box box) {
    const Program *program = replay_runner(r, runner)->program;
    const RunnerAt *at = &r->at[runner];
    uint64_t capacity_bytes = l2_resident_capacity_bytes(&program->scenario);
    if (capacity_bytes == 0) {
        draw_level(r, box, "L2", "off", 1, 1);
        return;
    }
    L2Resident held;
    l2_resident(program, &at->state, &held);
    Level level =
        draw_level(r, box, "L2", used_of(r, box, held.total_bytes, capacity_bytes), capacity_bytes, capacity_bytes);
    l2_bar_parts(r->scene, r->theme, level.bar, program, &held, (SceneHit){0});
}
