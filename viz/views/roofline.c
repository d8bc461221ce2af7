/* View `roofline`: each kernel's arithmetic per byte against the rate it reaches, under the machine's roofs.
 *
 * Bytes are those that reach HBM where the model counts them, else those between SMs and L2; rates are the
 * clock's (cycle-light). Hollow marks: simulated. Kernels without matrix products (softmax, masks) have no
 * place on these axes and are named below them.
 * Source of the diagram: Williams, Waterman, Patterson, "Roofline", CACM 52(4), 2009.
 */
#include <math.h>
#include <stdio.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

enum { HIT_ROOFLINE = 40, MARKS_MAX = 64 };

typedef struct Mark {
    const char *name;
    int algorithm, kernel; /* kernel -1: the whole algorithm */
    double flops_per_byte, flops_per_s;
} Mark;

/* Ticks are round: no decimals. */
static UnitText rate_text(double flops_per_s) {
    UnitText out;
    snprintf(out.text, sizeof out.text, "%g TFLOP/s", flops_per_s / 1e12);
    return out;
}
static UnitText intensity_text(double value) {
    return value >= 1 ? units_exact((uint64_t)llround(value)) : units_number(value);
}

static uint64_t far_bytes(const Count *count, const Totals *totals) {
    const uint64_t *value = totals->value;
    if (count->dram_engine[0]) return value[COUNTER_DRAM_READ_BYTES] + value[COUNTER_DRAM_WRITE_BYTES];
    return value[COUNTER_L2_READ_BYTES] + value[COUNTER_L2_WRITE_BYTES];
}

static bool fill_mark(const Count *count, const Totals *totals, Mark *mark) {
    uint64_t bytes = far_bytes(count, totals), flops = totals->value[COUNTER_FLOPS];
    if (bytes == 0 || flops == 0 || totals->time_ns <= 0) return false;
    mark->flops_per_byte = (double)flops / (double)bytes;
    mark->flops_per_s = (double)flops / (totals->time_ns * 1e-9);
    return true;
}

/* A mark that lies on an earlier one of the same algorithm is told by that one's name. */
static bool is_merged(Mark *marks, int count, Arena *arena) {
    for (int i = 0; i < count; i++) {
        const Mark *more = &marks[count];
        if (marks[i].algorithm != more->algorithm || marks[i].kernel < 0 || more->kernel < 0) continue;
        if (fabs(log(marks[i].flops_per_byte / more->flops_per_byte)) > 0.03 ||
            fabs(log(marks[i].flops_per_s / more->flops_per_s)) > 0.03)
            continue;
        marks[i].name = arena_format(arena, "%s; %s", marks[i].name, more->name);
        return true;
    }
    return false;
}

/* Kernels of every algorithm; an algorithm of several kernels also as a whole. */
static int list_marks(const ViewInput *input, Mark *marks, Arena *arena) {
    int count = 0;
    for (int i = 0; i < input->count_count; i++) {
        const Count *of = &input->counts[i];
        for (int k = 0; k < of->kernel_count && count < MARKS_MAX; k++) {
            marks[count] = (Mark){view_pretty(of->kernels[k].name, arena), i, k, 0, 0};
            if (fill_mark(of, &of->kernels[k].totals, &marks[count])) count += !is_merged(marks, count, arena);
        }
        if (of->kernel_count < 2 || count == MARKS_MAX) continue;
        marks[count] = (Mark){of->algorithm->name, i, -1, 0, 0};
        count += fill_mark(of, &of->totals, &marks[count]);
    }
    return count;
}

static bool has_products_by(const ViewInput *input, ProductUnit unit) {
    for (int i = 0; i < input->count_count; i++)
        for (int k = 0; k < input->counts[i].program->kernel_count; k++)
            if (input->counts[i].program->kernels[k].product_unit == unit) return true;
    return false;
}

static bool uses_tensor_cores(const ViewInput *input) {
    return has_products_by(input, PRODUCT_MMA_SYNC) || has_products_by(input, PRODUCT_NATIVE);
}

static double peak_flops_per_s(const ViewInput *input) {
    return clock_peak_flops_per_s(&input->scenario->machine, uses_tensor_cores(input) ? PRODUCT_NATIVE : PRODUCT_FP32,
                                  input->scenario->dtype);
}

/* min(peak, intensity x bandwidth), a bend of three points. */
static void draw_roof(Plot *plot, double peak, double bytes_per_s, Color color, double width_px, Dash dash) {
    double ridge = peak / bytes_per_s, x[3] = {plot->x.min, ridge, plot->x.max},
           y[3] = {plot->x.min * bytes_per_s, peak, peak};
    plot_curve(plot, x, y, 3, color, width_px, dash);
}

static Plot make_plot(const ViewInput *input, const Theme *theme, Box box, Scene *scene, const Mark *marks, int count) {
    const Machine *machine = &input->scenario->machine;
    double peak = peak_flops_per_s(input), ridge = peak / machine->hbm_bytes_per_s;
    double left = ridge / 30, right = ridge * 10, low = INFINITY;
    for (int i = 0; i < count; i++) {
        left = fmin(left, marks[i].flops_per_byte / 2);
        right = fmax(right, marks[i].flops_per_byte * 2);
        low = fmin(low, marks[i].flops_per_s / 4);
    }
    low = fmin(low, peak / 20);
    PlotAxis x = {.min = pow(10, floor(log10(left) * 2) / 2),
                  .max = right,
                  .is_log = true,
                  .format = intensity_text,
                  .title = "arithmetic per byte, FLOP/B"};
    PlotAxis y = {.min = pow(10, floor(log10(low) * 2) / 2),
                  .max = peak * 2,
                  .is_log = true,
                  .format = rate_text,
                  .title = "rate of arithmetic"};
    return plot_make(scene, theme, box, x, y, 3 * theme->unit_px);
}

static void draw_marks(Plot *plot, const ViewInput *input, const Mark *marks, int count) {
    const Theme *theme = plot->theme;
    for (int i = 0; i < count; i++)
        plot_mark(plot, marks[i].flops_per_byte, marks[i].flops_per_s, theme_series(theme, marks[i].algorithm), false);
    for (int pass = 0; pass < 2; pass++) {
        for (int i = 0; i < count; i++) {
            bool is_whole = marks[i].kernel < 0 || input->counts[marks[i].algorithm].kernel_count == 1;
            if (is_whole != (pass == 0)) continue;
            TextStyle style = text_color(is_whole ? theme_text_bold(theme, TYPE_BODY) : theme_text(theme, TYPE_SMALL),
                                         theme_series(theme, marks[i].algorithm));
            const char *words = marks[i].name;
            if (is_whole)
                words = arena_format(plot->scene->arena, "%s\n%s", words, units_flops_rate(marks[i].flops_per_s).text);
            plot_note(plot, marks[i].flops_per_byte, marks[i].flops_per_s, 1, 1, style, words);
            Point at = plot_point(plot, marks[i].flops_per_byte, marks[i].flops_per_s);
            double half_px = theme->unit_px;
            scene_hit(plot->scene, (Box){at.x - half_px, at.y - half_px, 2 * half_px, 2 * half_px},
                      (SceneHit){HIT_ROOFLINE,
                                 {marks[i].algorithm, marks[i].kernel, 0},
                                 (uint64_t)marks[i].flops_per_s,
                                 arena_format(plot->scene->arena, "%s: %s at %s FLOP/B", marks[i].name,
                                              units_flops_rate(marks[i].flops_per_s).text,
                                              units_number(marks[i].flops_per_byte).text)});
        }
    }
}

/* A lower roof over kernels whose instruction cannot reach the chip's peak. */
static void draw_lower_roof(Plot *plot, const ViewInput *input, double peak) {
    const Theme *theme = plot->theme;
    const Machine *machine = &input->scenario->machine;
    double lower = clock_peak_flops_per_s(machine, PRODUCT_MMA_SYNC, input->scenario->dtype);
    if (!has_products_by(input, PRODUCT_MMA_SYNC) || lower >= peak) return;
    double x[2] = {lower / machine->hbm_bytes_per_s, plot->x.max}, y[2] = {lower, lower};
    plot_curve(plot, x, y, 2, theme->ink, 1.5 * theme->scale, DASH_SOLID);
    plot_note(plot, plot->x.max, lower, -1, 1, theme_text(theme, TYPE_SMALL),
              arena_format(plot->scene->arena, "%s: %s", clock_product_name(machine, PRODUCT_MMA_SYNC),
                           units_flops_rate(lower).text));
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const Machine *machine = &input->scenario->machine;
    Mark marks[MARKS_MAX];
    int count = list_marks(input, marks, scene->arena);
    double peak = peak_flops_per_s(input), bandwidth = machine->hbm_bytes_per_s, ridge = peak / bandwidth;
    double sustained = clock_constants[CLOCK_HBM_PART].value;
    Plot plot = make_plot(input, theme, box, scene, marks, count);
    plot_frame(&plot);
    draw_roof(&plot, peak, bandwidth, theme->ink, 2.5 * theme->scale, DASH_SOLID);
    draw_roof(&plot, peak, sustained * bandwidth, theme->rule, 1.5 * theme->scale, DASH_DASHED);
    if (uses_tensor_cores(input)) draw_lower_roof(&plot, input, peak);
    draw_marks(&plot, input, marks, count);
    TextStyle small = theme_text(theme, TYPE_SMALL);
    plot_note(&plot, plot.x.max, peak, -1, -1, small,
              arena_format(scene->arena, "%s: %s", uses_tensor_cores(input) ? "tensor cores" : "fp32",
                           units_flops_rate(peak).text));
    double along = plot.x.min * 2;
    plot_note(&plot, along, along * bandwidth, -1, -1, small,
              arena_format(scene->arena, "HBM: %s", units_rate(bandwidth).text));
    plot_note(&plot, along, along * bandwidth * sustained, 1, 1, text_color(small, theme->ink_soft),
              arena_format(scene->arena, "%s of it sustained", units_percent(sustained).text));
    plot_callout(&plot, ridge, peak, 26 * theme->unit_px,
                 arena_format(scene->arena, "%s FLOP/B: with less, HBM sets the pace; with more, arithmetic",
                              units_number(ridge).text));
}

/* "FlashAttention does 107 FLOP with each byte, standard attention 30.1", most first. */
static const char *intensity_title(const ViewInput *input, Arena *arena) {
    enum { NAMED_MAX = 3 };
    Mark marks[SCENARIO_ALGORITHMS_MAX];
    int count = 0;
    for (int i = 0; i < input->count_count; i++) {
        Mark mark = {.algorithm = i};
        if (!fill_mark(&input->counts[i], &input->counts[i].totals, &mark)) continue;
        int at = count++;
        for (; at > 0 && marks[at - 1].flops_per_byte < mark.flops_per_byte; at--) marks[at] = marks[at - 1];
        marks[at] = mark;
    }
    const char *title = "";
    for (int i = 0; i < count && i < NAMED_MAX; i++)
        title = arena_format(arena, i ? "%s, %s %s" : "%s%s does %s FLOP with each byte", title,
                             (i ? view_name : view_title)(input->counts[marks[i].algorithm].algorithm, arena),
                             units_number(marks[i].flops_per_byte).text);
    return count ? title : "Arithmetic per byte";
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    double ridge = peak_flops_per_s(input) / input->scenario->machine.hbm_bytes_per_s;
    const char *unplaced = "";
    for (int i = 0; i < input->count_count && !*unplaced; i++)
        for (int k = 0; k < input->counts[i].kernel_count && !*unplaced; k++)
            if (input->counts[i].kernels[k].totals.value[COUNTER_FLOPS] == 0)
                unplaced =
                    arena_format(arena, " Kernels without matrix products, such as %s, have no place on these axes.",
                                 input->counts[i].kernels[k].name);
    return (ViewHeadline){intensity_title(input, arena),
                          arena_format(arena, "%s needs %s FLOP/B before arithmetic, not HBM, sets the pace.%s",
                                       input->scenario->machine.title, units_number(ridge).text, unplaced)};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const char *bytes = input->counts[0].dram_engine[0] ? "HBM" : "L2";
    return arena_format(arena, "Simulated (cycle-light clock, bytes that reach %s); %s.", bytes,
                        view_scenario_line(input->scenario, arena));
}

const View view_roofline = {
    .name = "roofline",
    .title = "Roofline",
    .help = "arithmetic per byte and the rate each kernel reaches, under the roofs of HBM and arithmetic",
    .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_DRAM,
    .least_width_units = 110,
    .least_height_units = 50,
    .headline = headline,
    .draw = draw,
    .source = source,
};
