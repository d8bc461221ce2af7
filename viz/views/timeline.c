/* View `timeline`: blocks on SMs over time, kernel after kernel, wave after wave.
 *
 *     standard  10.2 ms
 *     SMs | S = QK^T  |      softmax          | O = PV |
 *         | 76 waves  |  bound by DRAM        |      #_|   <- the tail: SMs without a block
 *     flash1    3.5 ms
 *         |#######|__|
 *                                                         time ->
 *
 * A kernel's width is its time, its height all block slots of the GPU; a wave is one filling of them, and
 * what the last wave leaves empty is drawn empty. Waves of one kernel are drawn equally long (cycle-light); where
 * they would be thinner than 4 pixels, the kernel is one area.
 */
#include <math.h>

#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

enum { HIT_TIMELINE = 50, WAVES_DRAWN_MAX = 100 };

static UnitText time_text(double ns) {
    UnitText out = units_time(ns);
    return ns == 0 ? (UnitText){"0"} : out;
}

typedef struct Lane {
    const ViewInput *input;
    const Theme *theme;
    Scene *scene;
    Box area; /* of the kernels */
    double px_per_ns;
    int algorithm;
} Lane;

static Paint busy_paint(const Lane *lane) {
    Color color = theme_series(lane->theme, lane->algorithm);
    return (Paint){.pattern = PATTERN_SOLID,
                   .fill = color_mix(color, lane->theme->background, lane->theme->is_dark ? 0.55 : 0.62),
                   .edge = color,
                   .edge_px = lane->theme->hairline_px};
}

static double line_px(const Lane *lane, TypeSize type) { return 1.35 * lane->theme->type_px[type]; }

static const char *bound_name(const ClockKernel *clock) {
    static const char *const names[] = {[CLOCK_BOUND_DRAM] = "DRAM",
                                        [CLOCK_BOUND_L2] = "L2",
                                        [CLOCK_BOUND_MATH] = "arithmetic",
                                        [CLOCK_BOUND_EXP] = "exponentials",
                                        [CLOCK_BOUND_LATENCY] = "latency"};
    return names[clock->bound];
}

/* Full waves as one area with a line at each wave's end, the tail as high as its blocks fill the slots. */
static void draw_waves(const Lane *lane, Box box, const Occupancy *occupancy) {
    double wave_px = box.w / (double)occupancy->wave_count;
    bool has_visible_waves = wave_px >= 4 * lane->theme->hairline_px;
    if (!has_visible_waves) {
        scene_rect(lane->scene, box, busy_paint(lane));
        return;
    }
    uint64_t full_count = occupancy->wave_count - (occupancy->tail_block_count < occupancy->slot_count ? 1 : 0);
    Paint busy = busy_paint(lane);
    scene_rect(lane->scene, (Box){box.x, box.y, wave_px * (double)full_count, box.h}, busy);
    if (full_count < occupancy->wave_count) {
        double h = box.h * (double)occupancy->tail_block_count / (double)occupancy->slot_count;
        scene_rect(lane->scene, (Box){box.x + wave_px * (double)full_count, box.y + box.h - h, wave_px, h}, busy);
        scene_rect(lane->scene, (Box){box.x + wave_px * (double)full_count, box.y, wave_px, box.h},
                   (Paint){.edge = busy.edge, .edge_px = busy.edge_px, .dash = DASH_DOTTED});
    }
    if (occupancy->wave_count > WAVES_DRAWN_MAX) return;
    for (uint64_t i = 1; i < full_count; i++) {
        double x = box.x + wave_px * (double)i;
        scene_line(lane->scene, (Point){x, box.y}, (Point){x, box.y + box.h}, busy.edge, busy.edge_px);
    }
}

enum { WORD_LINES_MAX = 6, FACT_COUNT = 3 };
typedef struct Words {
    const char *lines[WORD_LINES_MAX];
    int count, bold_count; /* the first ones are the kernel's name */
    double width_px;
    TypeSize type;
} Words;

static void add_line(const Lane *lane, Words *words, TextStyle style, const char *line) {
    words->width_px = fmax(words->width_px, scene_text_width(lane->scene, style, line));
    words->lines[words->count++] = line;
}

/* The name, broken between words: false where a word of it is too wide. */
static bool add_name(const Lane *lane, Words *words, const char *name, double room_px) {
    TextStyle style = theme_text_bold(lane->theme, words->type);
    for (; *name && words->count < WORD_LINES_MAX; words->bold_count++) {
        int length = text_fit_bytes(lane->scene->metrics, style.face, style.size_px, name, room_px);
        const char *line = arena_format(lane->scene->arena, "%.*s", length - (name[length - 1] == ' '), name);
        if ((name[length] && name[length - 1] != ' ') || scene_text_width(lane->scene, style, line) > room_px)
            return false;
        add_line(lane, words, style, line);
        name += length;
    }
    return !*name;
}

/* What fits of a kernel's name, time, waves and bound; no words without the name. */
static Words kernel_words(const Lane *lane, int kernel, const char *waves, TypeSize type, Box inside) {
    const Count *count = &lane->input->counts[lane->algorithm];
    Arena *arena = lane->scene->arena;
    TextStyle plain = theme_text(lane->theme, type);
    Words words = {.type = type};
    if (!add_name(lane, &words, view_pretty(count->kernels[kernel].name, arena), inside.w)) return (Words){0};
    const char *const facts[] = {arena_copy_text(arena, time_text(count->kernels[kernel].totals.time_ns).text), waves,
                                 arena_format(arena, "bound by %s", bound_name(&count->clocks[kernel]))};
    int most = (int)fmin(WORD_LINES_MAX, inside.h / line_px(lane, type));
    if (words.count > most) return (Words){0};
    for (int i = 0; i < FACT_COUNT && words.count < most; i++)
        if (scene_text_width(lane->scene, plain, facts[i]) <= inside.w) add_line(lane, &words, plain, facts[i]);
    return words;
}

/* The larger type where all of the words fit it; else what fits of them in the smaller one. */
static Words fitting_words(const Lane *lane, int kernel, const char *waves, Box inside) {
    Words small = kernel_words(lane, kernel, waves, TYPE_SMALL, inside);
    Words body = kernel_words(lane, kernel, waves, TYPE_BODY, inside);
    return body.count - body.bold_count == FACT_COUNT ? body : small;
}

/* In the part of the kernel's box that is at work to the full height, on ground of its own colour, so that no wave's
 * edge runs through them. Whether there was room. */
static bool draw_words(const Lane *lane, int kernel, const char *waves, Box box) {
    const Theme *theme = lane->theme;
    Box inside = box_inset(box, 0.75 * theme->unit_px);
    Words words = fitting_words(lane, kernel, waves, inside);
    if (!words.count) return false;
    double pitch_px = line_px(lane, words.type);
    Box ground = {inside.x - 2 * theme->hairline_px, inside.y, words.width_px + 4 * theme->hairline_px,
                  words.count * pitch_px};
    scene_rect(lane->scene, ground, (Paint){.pattern = PATTERN_SOLID, .fill = busy_paint(lane).fill});
    for (int i = 0; i < words.count; i++)
        scene_text(lane->scene, inside.x, inside.y + i * pitch_px + 0.9 * theme->type_px[words.type],
                   i < words.bold_count ? theme_text_bold(theme, words.type) : theme_text(theme, words.type),
                   words.lines[i]);
    return true;
}

/* The part of a kernel's box that all waves but the tail fill; where that is too narrow for words, the tail's own
 * height over its whole width. */
static Box full_part(const Lane *lane, Box box, const Occupancy *occupancy) {
    double wave_px = box.w / (double)occupancy->wave_count;
    bool has_tail = occupancy->tail_block_count < occupancy->slot_count && wave_px >= 4 * lane->theme->hairline_px;
    if (!has_tail) return box;
    if (box.w - wave_px > 12 * lane->theme->unit_px) return (Box){box.x, box.y, box.w - wave_px, box.h};
    double tail_px = box.h * (double)occupancy->tail_block_count / (double)occupancy->slot_count;
    return (Box){box.x, box.y + box.h - tail_px, box.w, tail_px};
}

/* Whether the kernel could be named in its box. */
static bool draw_kernel(const Lane *lane, int kernel, double start_ns, double time_ns) {
    const Count *count = &lane->input->counts[lane->algorithm];
    const ClockKernel *clock = &count->clocks[kernel];
    Arena *arena = lane->scene->arena;
    Box box = {lane->area.x + start_ns * lane->px_per_ns, lane->area.y, time_ns * lane->px_per_ns, lane->area.h};
    draw_waves(lane, box, &clock->occupancy);
    const char *waves = arena_format(arena, "%s wave%s", units_exact(clock->occupancy.wave_count).text,
                                     clock->occupancy.wave_count == 1 ? "" : "s");
    bool is_named = draw_words(lane, kernel, waves, full_part(lane, box, &clock->occupancy));
    const char *text = arena_format(arena, "%s: %s ns, %s blocks in %s of %s slots, bound by %s",
                                    view_pretty(count->kernels[kernel].name, arena), units_number(time_ns).text,
                                    units_exact(count->kernels[kernel].block_count).text, waves,
                                    units_exact(clock->occupancy.slot_count).text, bound_name(clock));
    scene_hit(lane->scene, box, (SceneHit){HIT_TIMELINE, {lane->algorithm, kernel, 0}, (uint64_t)time_ns, text});
    return is_named;
}

/* Returns the names of kernels that are too short to bear them. */
static const char *draw_lane(const Lane *lane) {
    const Count *count = &lane->input->counts[lane->algorithm];
    const char *unnamed = "";
    double start_ns = 0;
    for (int k = 0; k < count->kernel_count; k++) {
        double time_ns = count->kernels[k].totals.time_ns;
        if (time_ns > 0 && !draw_kernel(lane, k, start_ns, time_ns))
            unnamed = arena_format(lane->scene->arena, "%s%s%s", unnamed, *unnamed ? ", " : "",
                                   view_pretty(count->kernels[k].name, lane->scene->arena));
        start_ns += time_ns;
    }
    return unnamed;
}

static void draw_time_axis(const Theme *theme, Box area, double most_ns, Scene *scene) {
    PlotAxis axis = {.min = 0, .max = most_ns, .format = time_text};
    double ticks[PLOT_TICKS_MAX], bottom = area.y + area.h;
    int count = plot_ticks(&axis, 10, ticks);
    for (int i = 0; i < count; i++) {
        double x = area.x + area.w * ticks[i] / most_ns;
        scene_line(scene, (Point){x, area.y}, (Point){x, bottom}, theme->grid, theme->hairline_px);
        scene_text(scene, x, bottom + 2.5 * theme->unit_px, text_center(theme_text_soft(theme, TYPE_SMALL)),
                   plot_tick_text(&axis, ticks[i]).text);
    }
}

static double longest_ns(const ViewInput *input) {
    double most_ns = 0;
    for (int i = 0; i < input->count_count; i++) most_ns = fmax(most_ns, input->counts[i].totals.time_ns);
    return most_ns;
}

/* Beside an algorithm's name, in the order of time. */
static void draw_unnamed(const Theme *theme, Box box, const char *names, Scene *scene) {
    double x = box.x + 3 * theme->unit_px;
    const char *wordings[] = {arena_format(scene->arena, "too short to name, from the left: %s", names),
                              arena_format(scene->arena, "also %s", names), ""};
    TextStyle soft = theme_text_soft(theme, TYPE_SMALL);
    scene_text_first(scene, x, box.y + 3 * theme->unit_px, box.x + box.w - x, soft, wordings, 3);
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    double most_ns = longest_ns(input);
    if (most_ns <= 0) return;
    box_cut_bottom(&box, 4 * theme->unit_px);
    box_cut_right(&box, 3 * theme->unit_px);
    draw_time_axis(theme, box, most_ns, scene);
    double pitch_px = box.h / input->count_count, head_px = 4 * theme->unit_px;
    for (int i = 0; i < input->count_count; i++) {
        const Count *count = &input->counts[i];
        Box row = {box.x, box.y + i * pitch_px, box.w, pitch_px - theme->unit_px};
        Box head = box_cut_top(&row, head_px);
        TextStyle heading = theme_text_bold(theme, TYPE_HEADING);
        scene_rect(scene, (Box){head.x, head.y, head.w, head.h}, /* gridlines stop at its line */
                   (Paint){.pattern = PATTERN_SOLID, .fill = theme->background});
        double x = head.x + scene_text(scene, head.x, head.y + 3 * theme->unit_px, heading,
                                       view_title(count->algorithm, scene->arena));
        x += 1.5 * theme->unit_px;
        x += scene_text(scene, x, head.y + 3 * theme->unit_px, heading, time_text(count->totals.time_ns).text);
        row.h = fmin(row.h, 36 * theme->unit_px);
        if (!count->clocks || row.h <= 0) continue;
        const char *unnamed = draw_lane(&(Lane){input, theme, scene, row, box.w / most_ns, i});
        if (*unnamed) draw_unnamed(theme, (Box){x, head.y, head.x + head.w - x, head.h}, unnamed, scene);
    }
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const Count *slow = &input->counts[0], *fast = &input->counts[0];
    for (int i = 1; i < input->count_count; i++) {
        if (input->counts[i].totals.time_ns > slow->totals.time_ns) slow = &input->counts[i];
        if (input->counts[i].totals.time_ns < fast->totals.time_ns) fast = &input->counts[i];
    }
    const char *title =
        arena_format(arena, "%s takes %s", view_title(slow->algorithm, arena), time_text(slow->totals.time_ns).text);
    if (fast != slow && fast->totals.time_ns > 0)
        title = arena_format(arena, "%s takes %s, %s the time of %s", view_title(slow->algorithm, arena),
                             time_text(slow->totals.time_ns).text,
                             units_ratio(slow->totals.time_ns / fast->totals.time_ns).text,
                             view_name(fast->algorithm, arena));
    return (ViewHeadline){title, "Width is time, height all block slots of the GPU. What the last wave leaves empty, "
                                 "dotted, is time without work."};
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(arena, "Simulated (cycle-light clock: launch + the slowest level); %s.",
                        view_scenario_line(input->scenario, arena));
}

const View view_timeline = {
    .name = "timeline",
    .title = "Blocks on SMs over time",
    .help = "kernels over time, their waves of blocks, the tail, and what each is bound by",
    .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_DRAM,
    .least_width_units = 110,
    .least_height_units = 50,
    .headline = headline,
    .draw = draw,
    .source = source,
};
