/* View `levels`: the same bytes at four levels, near ones on top, tensor by tensor.
 *
 *     issued  [ Q  |  K  |     S     |     P     ]  11.9 GB   what the algorithm asks for
 *              \    \     \           \
 *     L1      [ Q  |  K  |     S     |     P     ]  11.9 GB   why it is as much
 *     L2      [ ...                              ]
 *     DRAM    [Q|K|     S    ]                      4.5 GB    what L2 absorbed
 *
 * Lengths are bytes at one scale for all panels; a ribbon joins a tensor's bytes from level to level.
 */
#include <math.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/units.h"
#include "viz/views/panels.h"
#include "viz/views/views.h"

typedef enum Level { LEVEL_ISSUED, LEVEL_L1, LEVEL_L2, LEVEL_DRAM, LEVEL_COUNT } Level;
enum { SECTOR_BYTES = 32, HIT_LEVEL = 30 };

static const char *const level_names[LEVEL_COUNT] = {"issued", "L1", "L2", "DRAM"};

/* Reads and writes of a level, in bytes. */
static uint64_t level_bytes(const Totals *totals, Level level) {
    const uint64_t *value = totals->value;
    switch (level) {
    case LEVEL_ISSUED: return value[COUNTER_ISSUED_READ_BYTES] + value[COUNTER_ISSUED_WRITE_BYTES];
    case LEVEL_L1: return SECTOR_BYTES * (value[COUNTER_L1_READ_SECTORS] + value[COUNTER_L1_WRITE_SECTORS]);
    case LEVEL_L2: return value[COUNTER_L2_READ_BYTES] + value[COUNTER_L2_WRITE_BYTES];
    default: return value[COUNTER_DRAM_READ_BYTES] + value[COUNTER_DRAM_WRITE_BYTES];
    }
}

static bool has_dram(const Count *count) { return count->dram_engine[0] != 0; }

/* One tensor's bytes over all kernels. */
static uint64_t tensor_bytes(const Count *count, int tensor, Level level) {
    uint64_t sum_bytes = 0;
    for (int k = 0; k < count->kernel_count; k++)
        for (int t = 0; t < count->kernels[k].tensor_count; t++)
            if (count->kernels[k].tensors[t].tensor == tensor)
                sum_bytes += level_bytes(&count->kernels[k].tensors[t].totals, level);
    return sum_bytes;
}

/* What the last kernel leaves dirty of a tensor: it has not reached HBM, but L2 has not saved it either. */
static uint64_t tensor_dirty_bytes(const Count *count, int tensor) {
    const CountKernel *last = &count->kernels[count->kernel_count - 1];
    for (int t = 0; t < last->tensor_count; t++)
        if (last->tensors[t].tensor == tensor) return last->tensors[t].totals.value[COUNTER_DRAM_DIRTY_BYTES];
    return 0;
}

/* Bytes that L2 answers or absorbs for good; negative where copies are evicted and fetched again. */
static int64_t served_bytes(const Count *count, int tensor) {
    return (int64_t)tensor_bytes(count, tensor, LEVEL_L2) - (int64_t)tensor_bytes(count, tensor, LEVEL_DRAM) -
           (int64_t)tensor_dirty_bytes(count, tensor);
}

/* The tensor that L2 saves most of. */
static int most_served_tensor(const Count *count) {
    int best = 0;
    for (int t = 1; t < count->program->tensor_count; t++)
        if (served_bytes(count, t) > served_bytes(count, best)) best = t;
    return best;
}

static bool is_moved_by_tma(const Count *count) {
    for (int k = 0; k < count->kernel_count; k++)
        if (!count->program->kernels[k].loads_by_tma) return false;
    return true;
}

static const char *drop_to_l1(const Count *count, Arena *arena) {
    double ratio =
        (double)level_bytes(&count->totals, LEVEL_L1) / (double)max_u64(1, level_bytes(&count->totals, LEVEL_ISSUED));
    if (is_moved_by_tma(count)) return "32-byte sectors that TMA loads: LSU counters do not see them";
    if (ratio > 0.995 && ratio < 1.005) return "32-byte sectors that warps touch: coalesced, every byte is used";
    if (ratio < 0.995) return "fewer: an atomic add is one request, though it reads and writes";
    return arena_format(arena, "%s the bytes asked for: warps touch sectors that they use in part",
                        units_ratio(ratio).text);
}

static const char *drop_to_l2(const Count *count, Arena *arena) {
    uint64_t l1_bytes = level_bytes(&count->totals, LEVEL_L1), l2_bytes = level_bytes(&count->totals, LEVEL_L2);
    if (l2_bytes >= l1_bytes) return "loads bypass L1 and stores write through: nothing is saved here";
    return arena_format(arena, "hits in L1 save %s", units_gb(l1_bytes - l2_bytes).text);
}

static const char *drop_to_dram(const Count *count, Arena *arena) {
    if (!has_dram(count)) return "not counted: the L2 model is off";
    if (!strcmp(count->dram_engine, "l2 off")) return "all of it, as without an L2: its model is off";
    uint64_t dirty_bytes = count->totals.value[COUNTER_DRAM_DIRTY_BYTES],
             l2_bytes = level_bytes(&count->totals, LEVEL_L2);
    double served = (double)l2_bytes - (double)level_bytes(&count->totals, LEVEL_DRAM) - (double)dirty_bytes;
    const char *dirty =
        dirty_bytes ? arena_format(arena, "; %s are still dirty in L2", units_gb(dirty_bytes).text) : "";
    if (served < 0.0005 * (double)l2_bytes)
        return arena_format(arena, "nothing comes back in time to be found in L2%s", dirty);
    int tensor = most_served_tensor(count);
    const char *part = arena_copy_text(arena, units_percent(served / (double)l2_bytes).text);
    return arena_format(arena, "L2 serves %s, above all %s: %s%s", part, count->program->tensors[tensor].name,
                        units_gb((uint64_t)served_bytes(count, tensor)).text, dirty);
}

static const char *level_sentence(const Count *count, Level level, Arena *arena) {
    switch (level) {
    case LEVEL_ISSUED: return "what the algorithm asks of memory, tile by tile: the papers’ count";
    case LEVEL_L1: return drop_to_l1(count, arena);
    case LEVEL_L2: return drop_to_l2(count, arena);
    default: return drop_to_dram(count, arena);
    }
}

typedef struct LevelPanel {
    const Count *count;
    int panel_index;
    const Theme *theme;
    Scene *scene;
    Box bars; /* of all levels */
    double words_x, words_px, words_bottom;
    double px_per_byte, bar_px, pitch_px;
    TypeSize words_type;
} LevelPanel;

static double level_y(const LevelPanel *panel, int level) { return panel->bars.y + level * panel->pitch_px; }

/* A tensor's bytes at one level and at the next, joined. */
static void draw_ribbon(const LevelPanel *panel, TensorClass tensor_class, Box above, Box below) {
    if (above.w < 0.25 && below.w < 0.25) return;
    double top = above.y + above.h, bottom = below.y;
    Point corners[] = {{above.x, top}, {above.x + above.w, top}, {below.x + below.w, bottom}, {below.x, bottom}};
    scene_polygon(panel->scene, corners, 4,
                  (Paint){.pattern = PATTERN_SOLID, .fill = panel->theme->tensor_tint[tensor_class]});
}

static void draw_piece(const LevelPanel *panel, const Tensor *tensor, int tensor_index, Level level, Box box,
                       uint64_t bytes) {
    const Theme *theme = panel->theme;
    if (bytes == 0) return;
    Paint paint = theme_area(theme, tensor->tensor_class);
    if (box.w < 3 * theme->hairline_px) paint.edge = 0;
    scene_rect(panel->scene, box, paint);
    scene_text_in(panel->scene, box_inset(box, 2 * theme->hairline_px),
                  text_color(theme_text(theme, TYPE_SMALL), theme->on_tensor[tensor->tensor_class]), tensor->name);
    const char *text = arena_format(panel->scene->arena, "%s at %s: %s bytes", tensor->name, level_names[level],
                                    units_exact(bytes).text);
    scene_hit(panel->scene, box, (SceneHit){HIT_LEVEL, {panel->panel_index, tensor_index, (int)level}, bytes, text});
}

/* Beside the top bar, where there is room: the tensors whose pieces are too thin to bear their names. Returns where
 * they end. */
static double draw_thin_names(const LevelPanel *panel) {
    const Theme *theme = panel->theme;
    double x = panel->bars.x + (double)level_bytes(&panel->count->totals, LEVEL_ISSUED) * panel->px_per_byte +
               theme->unit_px,
           end = x - theme->unit_px;
    double baseline = panel->bars.y + panel->bar_px / 2 + 0.36 * theme->type_px[TYPE_SMALL];
    for (int t = 0; t < panel->count->program->tensor_count; t++) {
        const Tensor *tensor = &panel->count->program->tensors[t];
        double bytes = (double)tensor_bytes(panel->count, t, LEVEL_ISSUED);
        TextStyle style = text_color(theme_text(theme, TYPE_SMALL), theme->tensor_ink[tensor->tensor_class]);
        double name_px = scene_text_width(panel->scene, style, tensor->name);
        if (bytes == 0 || name_px + 4 * theme->hairline_px <= bytes * panel->px_per_byte) continue;
        if (x + name_px > panel->bars.x + panel->bars.w) return end;
        scene_text(panel->scene, x, baseline, style, tensor->name);
        end = x + name_px;
        x = end + 0.75 * theme->unit_px;
    }
    return end;
}

static void draw_tensors(const LevelPanel *panel) {
    double x[LEVEL_COUNT];
    int levels = has_dram(panel->count) ? LEVEL_COUNT : LEVEL_DRAM;
    for (int level = 0; level < LEVEL_COUNT; level++) x[level] = panel->bars.x;
    for (int t = 0; t < panel->count->program->tensor_count; t++) {
        const Tensor *tensor = &panel->count->program->tensors[t];
        Box boxes[LEVEL_COUNT];
        uint64_t bytes[LEVEL_COUNT];
        for (int level = 0; level < levels; level++) {
            bytes[level] = tensor_bytes(panel->count, t, (Level)level);
            boxes[level] =
                (Box){x[level], level_y(panel, level), (double)bytes[level] * panel->px_per_byte, panel->bar_px};
            x[level] += boxes[level].w;
            if (level > 0) draw_ribbon(panel, tensor->tensor_class, boxes[level - 1], boxes[level]);
        }
        for (int level = 0; level < levels; level++)
            draw_piece(panel, tensor, t, (Level)level, boxes[level], bytes[level]);
    }
}

/* The sentence under a baseline and above `end`, in smaller type where it needs that, left out where it has no room. */
static void draw_reason(const LevelPanel *panel, const char *sentence, double baseline, double end) {
    for (int type = panel->words_type; type <= TYPE_SMALL; type++) {
        TextStyle soft = theme_text_soft(panel->theme, (TypeSize)type);
        double line_px = 1.3 * soft.size_px, first = baseline + 1.5 * soft.size_px;
        int lines = scene_wrap_lines(panel->scene, panel->words_px, soft, sentence);
        if (first + (lines - 1) * line_px >= end) continue;
        scene_text_wrap(panel->scene, panel->words_x, first, panel->words_px, line_px, soft, sentence);
        return;
    }
}

/* Name and number beside a bar, and under them the reason in words where the pitch has room for it. */
static void draw_level_words(const LevelPanel *panel, Level level) {
    const Theme *theme = panel->theme;
    Scene *scene = panel->scene;
    bool is_low = panel->pitch_px < 3.5 * theme->unit_px, is_counted = level != LEVEL_DRAM || has_dram(panel->count);
    TextStyle big = theme_text_bold(theme, is_low ? TYPE_SMALL : TYPE_HEADING),
              name = theme_text_bold(theme, is_low ? TYPE_SMALL : TYPE_BODY);
    double baseline =
               level_y(panel, level) + fmax(0.8 * big.size_px, is_low ? panel->bar_px / 2 + 0.36 * big.size_px : 0),
           x = panel->words_x;
    if (is_counted)
        x += scene_text(scene, x, baseline, big, units_gb(level_bytes(&panel->count->totals, level)).text) +
             theme->unit_px;
    scene_text(scene, x, baseline, name, level_names[level]);
    double end = level == LEVEL_DRAM ? panel->words_bottom : level_y(panel, level) + panel->pitch_px;
    draw_reason(panel, level_sentence(panel->count, level, scene->arena), baseline, end - 0.3 * theme->unit_px);
}

/* The words of all levels stand under each other, near the longest bar; names_end is where those of the top one end. */
static void draw_words_beside(LevelPanel *panel, double names_end) {
    double right = panel->words_x + panel->words_px, bars_end = names_end;
    for (int level = 0; level < LEVEL_COUNT; level++)
        bars_end = fmax(bars_end,
                        panel->bars.x + (double)level_bytes(&panel->count->totals, (Level)level) * panel->px_per_byte);
    panel->words_x = fmin(panel->words_x, bars_end + 2.5 * panel->theme->unit_px);
    panel->words_px = fmin(right - panel->words_x, 40 * panel->theme->unit_px);
    for (int level = 0; level < LEVEL_COUNT; level++) draw_level_words(panel, (Level)level);
}

static int panel_count(const ViewInput *input) {
    return input->count_count < PANELS_MAX ? input->count_count : PANELS_MAX;
}

static void draw_panel(const ViewInput *input, int index, bool is_stacked, const Theme *theme, Box box,
                       double most_bytes, Scene *scene) {
    LevelPanel panel = {.count = &input->counts[index], .panel_index = index, .theme = theme, .scene = scene};
    Box head = box_cut_top(&box, (is_stacked ? 3.5 : 5) * theme->unit_px);
    scene_text(scene, head.x, head.y + 2.5 * theme->unit_px, theme_text_bold(theme, TYPE_HEADING),
               view_title(panel.count->algorithm, scene->arena));
    panel.words_px = is_stacked ? fmin(32 * theme->unit_px, 0.5 * box.w) : fmin(26 * theme->unit_px, 0.42 * box.w);
    panel.words_x = box_cut_right(&box, panel.words_px).x;
    box_cut_right(&box, 2 * theme->unit_px);
    panel.bars = box;
    panel.words_bottom = box.y + box.h;
    double last_px = fmin(13 * theme->unit_px, box.h / LEVEL_COUNT); /* the lowest bar and its words */
    panel.pitch_px = (box.h - last_px) / (LEVEL_COUNT - 1);
    panel.bar_px = fmin(8 * theme->unit_px, fmin(last_px, 0.45 * panel.pitch_px));
    panel.words_type = panel.pitch_px > 14 * theme->unit_px ? TYPE_BODY : TYPE_SMALL;
    panel.px_per_byte = box.w / most_bytes;
    draw_tensors(&panel);
    draw_words_beside(&panel, draw_thin_names(&panel));
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    int count = panel_count(input);
    double most_bytes = 1;
    for (int i = 0; i < count; i++)
        for (int level = 0; level < LEVEL_COUNT; level++)
            most_bytes = fmax(most_bytes, (double)level_bytes(&input->counts[i].totals, (Level)level));
    Panels panels = panels_cut(box, count, 40, theme, scene);
    for (int i = 0; i < count; i++) draw_panel(input, i, panels.is_stacked, theme, panels.parts[i], most_bytes, scene);
}

/* "Of standard's 11.9 GB, 9.12 GB reach HBM", for as many algorithms as a line holds. */
static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const char *title = "";
    for (int i = 0; i < input->count_count && i < 2; i++) {
        const Count *count = &input->counts[i];
        Level lowest = has_dram(count) ? LEVEL_DRAM : LEVEL_L2;
        const char *issued = arena_copy_text(arena, units_gb(level_bytes(&count->totals, LEVEL_ISSUED)).text);
        const char *reach = i ? "" : lowest == LEVEL_DRAM ? " reach HBM" : " reach L2";
        title = arena_format(arena, "%s%s %s’s %s, %s%s", title, i ? "; of" : "Of", view_name(count->algorithm, arena),
                             issued, units_gb(level_bytes(&count->totals, lowest)).text, reach);
    }
    return (ViewHeadline){title, "Papers count the top bar, a profiler’s DRAM counter shows the lowest one: what lies "
                                 "between is what the levels absorb."};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const char *engine = input->counts[0].dram_engine;
    return arena_format(arena, "Simulated%s%s%s; %s.", *engine ? ", DRAM by the engine “" : "", engine,
                        *engine ? "”" : "", view_scenario_line(input->scenario, arena));
}

const View view_levels = {
    .name = "levels",
    .title = "Bytes level by level",
    .help = "issued, L1, L2 and DRAM bytes by tensor, and why each level is smaller than the one above",
    .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_DRAM,
    .least_width_units = 130,
    .least_height_units = 64,
    .headline = headline,
    .draw = draw,
    .source = source,
};
