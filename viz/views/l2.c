/* View `l2`: when re-reads stop being free.
 *
 * Left: a buffer that all SMs read over and over; the part of its reads that reaches HBM, model against
 * measurement where there is one. Right: one head's attention; the bytes that reach HBM, in units of |S|, as S
 * outgrows the L2. Below: what the L2 holds at one step. Whether a store leaves a copy in the near partition is not
 * known, so both answers are drawn.
 */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/l2_bar.h"
#include "viz/views/views.h"

typedef struct Measured {
    uint64_t buffer_kib;
    double dram_fraction;
} Measured;

/* DRAM and L2 byte counters of an A100 of 40 MB (gpu-benches, gpu-l2-cache). */
static const Measured a100_measured[] = {{20224, .0002}, {22016, .046}, {24064, .090}, {26368, .135},
                                         {28928, .227},  {31744, .411}, {34816, .648}, {38144, .796},
                                         {41728, .900},  {45824, .952}, {50176, .975}, {55040, .994}};

static const double mib_bytes = 1048576;

static UnitText size_text(double size_bytes) {
    return units_kib_short((uint64_t)llround(size_bytes / mib_bytes) << 20);
}

/* Ticks are round: no decimals that say nothing. */
static UnitText short_text(double value, const char *unit) {
    UnitText out;
    snprintf(out.text, sizeof out.text, "%.3g%s", value, unit);
    return out;
}
static UnitText mib_text(double mib) { return short_text(mib, " MiB"); }
static UnitText percent_text(double part) { return short_text(100 * part, "%"); }
static UnitText multiple_text(double value) { return short_text(value, ""); }
static UnitText ratio_text(double ratio) {
    return ratio < 1 ? (UnitText){.text = {'1', '/', (char)('0' + (int)llround(1 / ratio)), 0}}
                     : units_exact((uint64_t)llround(ratio));
}

static void draw_sweep(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const ViewL2 *l2 = input->l2;
    const Machine *machine = &input->scenario->machine;
    bool has_measured = strcmp(machine->name, "a100-40") == 0;
    double x[VIEW_SWEEP_MAX], l2_mib = (double)machine->l2_bytes / mib_bytes;
    for (int i = 0; i < l2->buffer_count; i++) x[i] = (double)l2->buffer_bytes[i] / mib_bytes;
    PlotAxis x_axis = {.min = 0,
                       .max = x[l2->buffer_count - 1] * 1.02,
                       .format = mib_text,
                       .title = "buffer that all SMs read over and over"};
    PlotAxis y_axis = {.min = 0, .max = 1.05, .format = percent_text, .title = "part of the reads that reaches HBM"};
    Plot plot = plot_make(scene, theme, box, x_axis, y_axis, 2 * theme->unit_px);
    plot_frame(&plot);
    for (int i = 0; i < 2; i++) {
        double at = i ? l2_mib : l2_mib / 2;
        if (i == 0 && l2_partition_count(machine) < 2) continue;
        Point foot = plot_point(&plot, at, 0), top = plot_point(&plot, at, 1.05);
        scene_dash_line(scene, foot, top, theme->ink, 1.5 * theme->scale, DASH_DOTTED);
        plot_take(&plot, (Box){top.x - 2, top.y, 4, foot.y - top.y});
    }
    Color color = theme_series(theme, 1);
    plot_curve(&plot, x, l2->dram_fraction, l2->buffer_count, color, 2.5 * theme->scale, DASH_SOLID);
    for (int i = 0; i < l2->buffer_count; i++) plot_mark(&plot, x[i], l2->dram_fraction[i], color, false);
    int measured_count = has_measured ? (int)(sizeof a100_measured / sizeof a100_measured[0]) : 0;
    for (int i = 0; i < measured_count; i++)
        plot_mark(&plot, (double)a100_measured[i].buffer_kib / 1024, a100_measured[i].dram_fraction, color, true);
    TextStyle small = theme_text(theme, TYPE_SMALL), bold = text_color(theme_text_bold(theme, TYPE_SMALL), color);
    plot_note(&plot, l2_mib, 0.04, 1, -1, small, arena_format(scene->arena, "L2: %s", mib_text(l2_mib).text));
    if (l2_partition_count(machine) > 1)
        plot_note(&plot, l2_mib / 2, 0.6, -1, 0, small, "half of it: from here on\ncopies on both sides\ndo not fit");
    int middle = l2->buffer_count / 2;
    plot_note(&plot, x[middle], l2->dram_fraction[middle], -1, -1, bold,
              has_measured ? "hollow: simulated\nfilled: measured" : "simulated");
}

/* All of the algorithm's HBM bytes in units of |S|, at the lengths that could be counted. */
static int fill_lengths(const ViewL2 *l2, int policy, int algorithm, double l2_bytes, double *x, double *y) {
    int count = 0;
    for (int i = 0; i < l2->length_count; i++) {
        if (!l2->has_point[algorithm][i]) continue;
        x[count] = (double)l2->score_bytes[i] / l2_bytes;
        y[count++] = (double)l2->dram_bytes[policy][algorithm][i] / (double)l2->score_bytes[i];
    }
    return count;
}

static void draw_lengths(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const ViewL2 *l2 = input->l2;
    double l2_bytes = (double)input->scenario->machine.l2_bytes, most = 1, x[VIEW_SWEEP_MAX], y[VIEW_SWEEP_MAX];
    for (int policy = 0; policy < 2; policy++)
        for (int i = 0; i < input->scenario->algorithm_count; i++)
            for (int p = 0, count = fill_lengths(l2, policy, i, l2_bytes, x, y); p < count; p++)
                most = fmax(most, y[p]);
    PlotAxis x_axis = {.min = 0.22,
                       .max = 4.4,
                       .is_log = true,
                       .log_factor = 2,
                       .format = ratio_text,
                       .title = "|S| of one head / L2 size"};
    PlotAxis y_axis = {
        .min = 0, .max = ceil(most * 1.05), .format = multiple_text, .title = "bytes that reach HBM, in units of |S|"};
    Plot plot = plot_make(scene, theme, box, x_axis, y_axis, 11 * theme->unit_px);
    plot_frame(&plot);
    PlotLabel labels[SCENARIO_ALGORITHMS_MAX];
    int label_count = 0;
    for (int i = 0; i < input->scenario->algorithm_count; i++) {
        Color color = theme_series(theme, i);
        int count = fill_lengths(l2, 1, i, l2_bytes, x, y);
        if (count < 2) continue;
        plot_curve(&plot, x, y, count, color, 1.5 * theme->scale, DASH_DASHED);
        count = fill_lengths(l2, 0, i, l2_bytes, x, y);
        plot_curve(&plot, x, y, count, color, 2.5 * theme->scale, DASH_SOLID);
        for (int p = 0; p < count; p++) plot_mark(&plot, x[p], y[p], color, false);
        labels[label_count++] =
            (PlotLabel){.x = x[count - 1],
                        .y = y[count - 1],
                        .color = color,
                        .name = input->scenario->algorithms[i],
                        .value = arena_format(scene->arena, "%s |S|", units_number(y[count - 1]).text)};
    }
    if (label_count == 0) {
        scene_text_in(scene, plot.area, theme_text_soft(theme, TYPE_BODY), "not counted: the L2 model is off");
        return;
    }
    plot_end_labels(&plot, labels, label_count);
    plot_note(&plot, 0.35, most * 0.8, 0, 0, theme_text_soft(theme, TYPE_SMALL),
              "solid: a store stays at home\ndashed: it leaves a near copy");
}

/* What the L2 holds at a step. */

static uint64_t held_step(const ViewInput *input, const Program *program) {
    uint64_t step_count = program_total(program)->value[COUNTER_STEP_COUNT];
    if (input->step_index < 0) return step_count / 2;
    return (uint64_t)input->step_index < step_count ? (uint64_t)input->step_index : step_count - 1;
}

/* One bar as long as the L2 an algorithm, tensors in their colours. */
static void draw_held(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    double label_px = 28 * theme->unit_px, row_px = box.h / input->count_count;
    for (int i = 0; i < input->count_count; i++) {
        const Program *program = input->counts[i].program;
        Box row = {box.x, box.y + i * row_px, box.w, row_px - theme->unit_px};
        Box label = box_cut_left(&row, label_px);
        uint64_t step = held_step(input, program);
        scene_text_cut(scene, label.x, label.y + label.h / 2 + 0.36 * theme->type_px[TYPE_SMALL], label.w,
                       theme_text(theme, TYPE_SMALL),
                       arena_format(scene->arena, "L2 at step %s of %s", units_exact(step).text, program->algorithm));
        ReplayState state;
        replay_seek(program, step, &state);
        l2_bar_draw(scene, theme, row, program, &state, i);
    }
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    double gap_px = 5 * theme->unit_px, held_px = (1 + 4 * input->count_count) * theme->unit_px;
    draw_held(input, theme, (Box){box.x, box.y + box.h - held_px + theme->unit_px, box.w, held_px - theme->unit_px},
              scene);
    box.h -= held_px;
    Box left = box_cut_left(&box, (box.w - gap_px) / 2);
    box_cut_left(&box, gap_px);
    draw_sweep(input, theme, left, scene);
    draw_lengths(input, theme, box, scene);
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const Machine *machine = &input->scenario->machine;
    const char *size = arena_copy_text(arena, size_text((double)machine->l2_bytes).text);
    bool is_split = l2_partition_count(machine) > 1;
    const char *scores =
        "Scores that fit well inside stay there; those that do not are written to HBM and read back, S and then P.";
    const char *title = arena_format(
        arena, is_split ? "An L2 of %s begins to miss at half of it" : "An L2 of %s holds what fits", size);
    if (!is_split) return (ViewHeadline){title, scores};
    return (ViewHeadline){
        title, arena_format(arena, "Each half of the chip keeps copies of what it reads from the other. %s", scores)};
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(
        arena,
        "Simulated; measured points: gpu-benches, gpu-l2-cache (A100 40 GB). Right: one head, forward, d = %s, %s, %s.",
        units_exact(input->scenario->head_dim_elems).text, dtype_name(input->scenario->dtype),
        input->scenario->machine.title);
}

const View view_l2 = {
    .name = "l2",
    .title = "When the L2 stops helping",
    .help = "which part of re-reads reaches HBM as a buffer, or S, outgrows the L2; what it holds at --step (takes "
            "seconds)",
    .needs = VIEW_NEEDS_L2 | VIEW_NEEDS_COUNTS | VIEW_NEEDS_STEP,
    .least_width_units = 130,
    .least_height_units = 66,
    .headline = headline,
    .draw = draw,
    .source = source,
};
