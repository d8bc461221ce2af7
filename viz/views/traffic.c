/* View `traffic`: every kernel's bytes by tensor, as a staircase that ends at the algorithm's total.
 *
 *     standard  40.3 GB
 *       S = QK^T   [Q|K| S ]2.4
 *       softmax             [ S | P ]4.3
 *     flash1  4.43 GB, 9.1x less
 *       forward    [QKVO]
 *
 * A bar begins where the one above it ends, so lengths compare kernels and ends compare algorithms. Solid
 * is read into SRAM, tinted is written back. With more kernels than rows fit, an algorithm is one bar.
 */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

enum { HIT_TRAFFIC = 1 }; /* index: algorithm, kernel, tensor */

static uint64_t issued_bytes(const Totals *totals) {
    return totals->value[COUNTER_ISSUED_READ_BYTES] + totals->value[COUNTER_ISSUED_WRITE_BYTES];
}

static bool is_square(TensorClass tensor_class) {
    return tensor_class == TENSOR_S || tensor_class == TENSOR_P || tensor_class == TENSOR_GRADIENT_S ||
           tensor_class == TENSOR_MASK;
}

/* The tensor that an algorithm moves most of, as "K takes 44.3%". */
static const char *most_moved(const Count *count, Arena *arena) {
    uint64_t bytes[PROGRAM_TENSORS_MAX] = {0};
    int most = 0;
    for (int k = 0; k < count->kernel_count; k++)
        for (int t = 0; t < count->kernels[k].tensor_count; t++) {
            const CountTensor *tensor = &count->kernels[k].tensors[t];
            bytes[tensor->tensor] += issued_bytes(&tensor->totals);
            if (bytes[tensor->tensor] > bytes[most]) most = tensor->tensor;
        }
    double part = (double)bytes[most] / (double)max_u64(1, issued_bytes(&count->totals));
    return arena_format(arena, "%s takes %s", count->program->tensors[most].name, units_percent(part).text);
}

/* The part of an algorithm's bytes that N x N tensors take. */
static double square_part(const Count *count) {
    uint64_t square_bytes = 0;
    for (int k = 0; k < count->kernel_count; k++)
        for (int t = 0; t < count->kernels[k].tensor_count; t++)
            if (is_square(count->kernels[k].tensors[t].tensor_class))
                square_bytes += issued_bytes(&count->kernels[k].tensors[t].totals);
    return (double)square_bytes / (double)max_u64(1, issued_bytes(&count->totals));
}

static void extremes(const ViewInput *input, const Count **most, const Count **least) {
    *most = *least = &input->counts[0];
    for (int i = 1; i < input->count_count; i++) {
        if (issued_bytes(&input->counts[i].totals) > issued_bytes(&(*most)->totals)) *most = &input->counts[i];
        if (issued_bytes(&input->counts[i].totals) < issued_bytes(&(*least)->totals)) *least = &input->counts[i];
    }
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const Count *most, *least;
    extremes(input, &most, &least);
    const char *most_title = view_title(most->algorithm, arena), *least_title = view_name(least->algorithm, arena);
    double ratio = (double)issued_bytes(&most->totals) / (double)max_u64(1, issued_bytes(&least->totals));
    double part = square_part(most);
    ViewHeadline text = {
        arena_format(arena, "%s asks HBM for %s", most_title, units_gb(issued_bytes(&most->totals)).text),
        part > 0.005 ? arena_format(arena, "N × N matrices (S, P, their gradients, masks) are %s of what it moves.",
                                    units_percent(part).text)
                     : arena_format(arena, "No N × N matrix is written or read; of its bytes %s, the most.",
                                    most_moved(most, arena))};
    if (input->count_count > 1 && ratio >= 1.005)
        text.title =
            arena_format(arena, "%s moves %s the bytes of %s", most_title, units_ratio(ratio).text, least_title);
    if (part > 0.005 && square_part(least) == 0)
        text.notice = arena_format(arena,
                                   "%s of its bytes are N × N matrices that one kernel writes and the next reads "
                                   "again. %s keeps them in SRAM: it moves none.",
                                   units_percent(part).text, view_title(least->algorithm, arena));
    return text;
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(arena, "Issued bytes, accounting “%s”, by replay and formula%s; %s.",
                        input->scenario->accounting == ACCOUNTING_PAPER ? "paper" : "code",
                        input->program ? " (“mine”: by replay alone)" : "", view_scenario_line(input->scenario, arena));
}

/* Where rows and bars go. */
typedef struct Stairs {
    const ViewInput *input;
    const Theme *theme;
    Scene *scene;
    Box area;                 /* of the bars */
    double left, label_right; /* algorithms' names begin, kernels' names end here */
    PlotAxis axis;
    double row_px, bar_px;
    TypeSize type; /* of names and numbers: as large as the rows allow */
} Stairs;

static double x_of(const Stairs *stairs, double bytes) {
    return stairs->area.x + stairs->area.w * bytes / stairs->axis.max;
}

static bool fits_name(const Stairs *stairs, const char *name, double width_px) {
    return scene_text_width(stairs->scene, theme_text(stairs->theme, stairs->type), name) +
               4 * stairs->theme->hairline_px <=
           width_px;
}

/* One tensor's reads or writes as a piece of bar that starts at *from_bytes, which moves on. */
static void draw_piece(const Stairs *stairs, int algorithm, int kernel, int tensor, bool is_write, double y,
                       double *from_bytes) {
    const CountKernel *of_kernel = &stairs->input->counts[algorithm].kernels[kernel];
    const CountTensor *of_tensor = &of_kernel->tensors[tensor];
    uint64_t bytes = of_tensor->totals.value[is_write ? COUNTER_ISSUED_WRITE_BYTES : COUNTER_ISSUED_READ_BYTES];
    if (bytes == 0) return;
    const Theme *theme = stairs->theme;
    double left = x_of(stairs, *from_bytes), right = x_of(stairs, *from_bytes + (double)bytes);
    Box box = {left, y, right - left, stairs->bar_px};
    Paint paint = theme_area(theme, of_tensor->tensor_class);
    if (is_write) paint.fill = theme->tensor_tint[of_tensor->tensor_class];
    if (box.w < 3 * theme->hairline_px) paint.edge = 0;
    scene_rect(stairs->scene, box, paint);
    Color ink = is_write ? theme->ink : theme->on_tensor[of_tensor->tensor_class];
    if (fits_name(stairs, of_tensor->name, box.w))
        scene_text_in(stairs->scene, box, text_color(theme_text(theme, stairs->type), ink), of_tensor->name);
    const char *text = arena_format(stairs->scene->arena, "%s, %s %s: %s bytes", of_kernel->name,
                                    is_write ? "writes" : "reads", of_tensor->name, units_exact(bytes).text);
    scene_hit(stairs->scene, box, (SceneHit){HIT_TRAFFIC, {algorithm, kernel, tensor}, bytes, text});
    *from_bytes += (double)bytes;
}

static void draw_kernel_pieces(const Stairs *stairs, int algorithm, int kernel, double y, double *from_bytes) {
    int tensor_count = stairs->input->counts[algorithm].kernels[kernel].tensor_count;
    for (int is_write = 0; is_write < 2; is_write++)
        for (int t = 0; t < tensor_count; t++) draw_piece(stairs, algorithm, kernel, t, is_write, y, from_bytes);
}

/* Names of the pieces that are too thin to hold one, in their colours, from x on; returns the width. */
static double draw_thin_names(const Stairs *stairs, const CountKernel *kernel, double x, double baseline,
                              bool is_drawn) {
    double from = x, gap_px = 0.6 * stairs->theme->unit_px;
    for (int t = 0; t < kernel->tensor_count; t++) {
        const CountTensor *tensor = &kernel->tensors[t];
        const uint64_t *value = tensor->totals.value;
        double read_px = stairs->area.w * (double)value[COUNTER_ISSUED_READ_BYTES] / stairs->axis.max;
        double write_px = stairs->area.w * (double)value[COUNTER_ISSUED_WRITE_BYTES] / stairs->axis.max;
        if (fits_name(stairs, tensor->name, fmax(read_px, write_px)) || issued_bytes(&tensor->totals) == 0) continue;
        TextStyle style =
            text_color(theme_text(stairs->theme, stairs->type), stairs->theme->tensor_ink[tensor->tensor_class]);
        if (is_drawn) scene_text(stairs->scene, x, baseline, style, tensor->name);
        x += scene_text_width(stairs->scene, style, tensor->name) + gap_px;
    }
    return x - from;
}

/* The number at a bar's end, or before its start where there is no room after it; names that have no room at either
 * side are left out. */
static void draw_bar_value(const Stairs *stairs, const CountKernel *kernel, double from_bytes, double to_bytes,
                           double baseline) {
    UnitText value = units_gb(issued_bytes(&kernel->totals));
    TextStyle style = theme_text(stairs->theme, stairs->type);
    double gap_px = stairs->theme->unit_px, value_px = scene_text_width(stairs->scene, style, value.text) + gap_px;
    double all_px = value_px + draw_thin_names(stairs, kernel, 0, 0, false), after = x_of(stairs, to_bytes) + gap_px,
           before = x_of(stairs, from_bytes) - all_px;
    bool fits_after = after + all_px <= stairs->area.x + stairs->area.w + 1, fits_before = before >= stairs->area.x;
    double x = fits_after || !fits_before ? after : before;
    scene_text(stairs->scene, x, baseline, style, value.text);
    if (fits_after || fits_before) draw_thin_names(stairs, kernel, x + value_px, baseline, true);
}

static void draw_kernel_row(const Stairs *stairs, int algorithm, int kernel, double y, double *at_bytes) {
    const Theme *theme = stairs->theme;
    const CountKernel *of_kernel = &stairs->input->counts[algorithm].kernels[kernel];
    double from_bytes = *at_bytes, top = y + (stairs->row_px - stairs->bar_px) / 2, left = x_of(stairs, from_bytes);
    TextStyle style = theme_text(theme, stairs->type);
    double baseline = top + stairs->bar_px / 2 + 0.36 * style.size_px;
    scene_text(stairs->scene, stairs->label_right, baseline, text_right(style),
               view_pretty(of_kernel->name, stairs->scene->arena));
    if (kernel > 0)
        scene_line(stairs->scene, (Point){left, top - (stairs->row_px - stairs->bar_px)}, (Point){left, top},
                   theme->rule, theme->hairline_px);
    draw_kernel_pieces(stairs, algorithm, kernel, top, at_bytes);
    draw_bar_value(stairs, of_kernel, from_bytes, *at_bytes, baseline);
}

static void draw_header(const Stairs *stairs, int algorithm, double y) {
    const Theme *theme = stairs->theme;
    const Count *count = &stairs->input->counts[algorithm];
    uint64_t bytes = issued_bytes(&count->totals), first_bytes = issued_bytes(&stairs->input->counts[0].totals);
    TextStyle heading = theme_text_bold(theme, TYPE_HEADING);
    double baseline = y + 3 * theme->unit_px, x = stairs->left;
    Arena *arena = stairs->scene->arena;
    /* gridlines stop at its line */
    scene_rect(stairs->scene, (Box){x, y, stairs->area.x + stairs->area.w - x, 4 * theme->unit_px},
               (Paint){.pattern = PATTERN_SOLID, .fill = theme->background});
    x += scene_text(stairs->scene, x, baseline, heading,
                    arena_format(arena, "%s  %s", view_title(count->algorithm, arena), units_gb(bytes).text)) +
         2 * theme->unit_px;
    if (algorithm == 0 || bytes == 0 || first_bytes == 0) return;
    double ratio = (double)first_bytes / (double)bytes;
    const char *change =
        arena_format(arena, "%s %s", units_ratio(fmax(ratio, 1 / ratio)).text, ratio >= 1 ? "less" : "more");
    const char *wordings[] = {
        arena_format(arena, "%s than %s", change, view_name(stairs->input->counts[0].algorithm, arena)), change, ""};
    scene_text_first(stairs->scene, x, baseline, stairs->area.x + stairs->area.w - x, theme_text_soft(theme, TYPE_BODY),
                     wordings, 3);
}

static void draw_axis(const Stairs *stairs) {
    const Theme *theme = stairs->theme;
    double ticks[PLOT_TICKS_MAX], bottom = stairs->area.y + stairs->area.h;
    int count = plot_ticks(&stairs->axis, (int)fmax(2, fmin(10, stairs->area.w / (10 * theme->unit_px))), ticks);
    for (int i = 0; i < count; i++) {
        double x = x_of(stairs, ticks[i]);
        TextStyle style = text_center(theme_text_soft(theme, TYPE_SMALL));
        UnitText label = plot_tick_text(&stairs->axis, ticks[i]);
        if (x + scene_text_width(stairs->scene, style, label.text) / 2 > stairs->area.x + stairs->area.w) break;
        scene_line(stairs->scene, (Point){x, stairs->area.y}, (Point){x, bottom}, theme->grid, theme->hairline_px);
        scene_text(stairs->scene, x, bottom + 2.5 * theme->unit_px, style, label.text);
    }
}

/* What tinted and solid mean. */
static const char *const key_words[] = {"written back to HBM", "read into SRAM"};

static double key_px(const Theme *theme, const Scene *scene) {
    TextStyle soft = theme_text_soft(theme, TYPE_SMALL);
    return scene_text_width(scene, soft, key_words[0]) + scene_text_width(scene, soft, key_words[1]) +
           8.5 * theme->unit_px;
}

/* At the right end of the first header, or of a line of its own. */
static void draw_key(const Stairs *stairs, double y) {
    const Theme *theme = stairs->theme;
    double right = stairs->area.x + stairs->area.w, side_px = 1.75 * theme->unit_px,
           baseline = y + 2.75 * theme->unit_px;
    TextStyle soft = text_right(theme_text_soft(theme, TYPE_SMALL));
    for (int i = 0; i < 2; i++) {
        right -= scene_text(stairs->scene, right, baseline, soft, key_words[i]) + theme->unit_px;
        Paint paint = theme_area(theme, TENSOR_S);
        if (i == 0) paint.fill = theme->tensor_tint[TENSOR_S];
        scene_rect(stairs->scene, (Box){right - side_px, baseline - 0.85 * side_px, side_px, side_px}, paint);
        right -= side_px + 3 * theme->unit_px;
    }
}

static double header_px(const Theme *theme) { return 4.25 * theme->unit_px; }

/* The most of what a header says before its comparison, and of a kernel's name. */
static double widest_px(const Stairs *stairs, bool is_header) {
    const Theme *theme = stairs->theme;
    Arena *arena = stairs->scene->arena;
    TextStyle style = is_header ? theme_text_bold(theme, TYPE_HEADING) : theme_text(theme, stairs->type);
    double widest_px = 0;
    for (int i = 0; i < stairs->input->count_count; i++) {
        const Count *count = &stairs->input->counts[i];
        for (int k = 0; k < count->kernel_count; k++) {
            const char *text = is_header ? arena_format(arena, "%s  %s", view_title(count->algorithm, arena),
                                                        units_gb(issued_bytes(&count->totals)).text)
                                         : view_pretty(count->kernels[k].name, arena);
            widest_px = fmax(widest_px, scene_text_width(stairs->scene, style, text));
        }
    }
    return widest_px;
}

/* So many bytes on the whole axis that every bar has room for its number and its thin pieces' names after it; names
 * that would take more than a fifth of the axis have to look for another place. */
static double axis_bytes(Stairs *stairs, double most_bytes) {
    double max = stairs->axis.max = fmax(1, most_bytes), gap_px = stairs->theme->unit_px;
    for (int i = 0; i < stairs->input->count_count; i++) {
        const Count *count = &stairs->input->counts[i];
        double end_bytes = 0;
        for (int k = 0; k < count->kernel_count; k++) {
            UnitText value = units_gb(issued_bytes(&count->kernels[k].totals));
            double value_px =
                scene_text_width(stairs->scene, theme_text(stairs->theme, stairs->type), value.text) + 2 * gap_px;
            double names_px = draw_thin_names(stairs, &count->kernels[k], 0, 0, false);
            if (value_px + names_px > 0.2 * stairs->area.w) names_px = 0;
            end_bytes += (double)issued_bytes(&count->kernels[k].totals);
            max = fmax(max, end_bytes * stairs->area.w / fmax(1, stairs->area.w - value_px - names_px));
        }
    }
    return max;
}

static UnitText tick_text(double bytes) { return units_gb_short(bytes); }

/* Rows share the height; where they would be too low for words, an algorithm is one bar. Returns whether there are rows
 * for kernels. */
static bool lay_out_rows(Stairs *stairs, Box box) {
    const Theme *theme = stairs->theme;
    int row_count = 0, count = stairs->input->count_count;
    for (int i = 0; i < count; i++) row_count += stairs->input->counts[i].kernel_count;
    double room_px = box.h - count * header_px(theme);
    stairs->row_px = fmin(16 * theme->unit_px, room_px / (row_count > 0 ? row_count : 1));
    bool has_rows = stairs->row_px >= 1.25 * theme->type_px[TYPE_SMALL];
    if (!has_rows) stairs->row_px = fmin(4 * theme->unit_px, room_px / count);
    stairs->bar_px = fmin(0.68 * stairs->row_px, 9 * theme->unit_px);
    stairs->type = stairs->bar_px >= 3 * theme->unit_px ? TYPE_BODY : TYPE_SMALL;
    return has_rows;
}

static void draw_algorithms(const Stairs *stairs, bool has_rows) {
    double y = stairs->area.y;
    for (int i = 0; i < stairs->input->count_count; i++) {
        double at_bytes = 0;
        draw_header(stairs, i, y);
        y += header_px(stairs->theme);
        for (int k = 0; k < stairs->input->counts[i].kernel_count; k++) {
            if (has_rows)
                draw_kernel_row(stairs, i, k, y, &at_bytes);
            else
                draw_kernel_pieces(stairs, i, k, y, &at_bytes);
            if (has_rows) y += stairs->row_px;
        }
        if (!has_rows) y += stairs->row_px;
    }
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    double most_bytes = 0, top = box.y;
    for (int i = 0; i < input->count_count; i++)
        most_bytes = fmax(most_bytes, (double)issued_bytes(&input->counts[i].totals));
    Stairs stairs = {.input = input, .theme = theme, .scene = scene, .left = box.x};
    box_cut_bottom(&box, 4 * theme->unit_px);
    /* a line of its own for the key where the first total leaves it no room */
    if (box.w - widest_px(&stairs, true) < key_px(theme, scene) + 3 * theme->unit_px)
        box_cut_top(&box, 3 * theme->unit_px);
    bool has_rows = lay_out_rows(&stairs, box);
    double label_px = has_rows ? fmin(widest_px(&stairs, false), box.w * 0.45) : 0;
    stairs.label_right = box_cut_left(&box, label_px).x + label_px;
    if (has_rows) box_cut_left(&box, 1.5 * theme->unit_px);
    stairs.area = box;
    stairs.axis.max = axis_bytes(&stairs, most_bytes);
    stairs.axis.format = tick_text;
    draw_axis(&stairs);
    draw_algorithms(&stairs, has_rows);
    draw_key(&stairs, top);
}

const View view_traffic = {
    .name = "traffic",
    .title = "Issued bytes by kernel and tensor",
    .help = "bytes that each kernel asks of HBM, by tensor, algorithms side by side",
    .needs = VIEW_NEEDS_COUNTS,
    .least_width_units = 100,
    .least_height_units = 50,
    .headline = headline,
    .draw = draw,
    .source = source,
};
