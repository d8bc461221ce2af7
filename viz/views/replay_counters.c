/* Counters that race: one column a level, a bar an algorithm, filled as far as the clock has come: see replay.h. */
#include <math.h>

#include "sim/units.h"
#include "viz/views/replay.h"
#include "viz/views/views.h"

typedef enum ColumnKind { COLUMN_ISSUED, COLUMN_L2, COLUMN_DRAM, COLUMN_MEMORY, COLUMN_KIND_COUNT } ColumnKind;

typedef struct Reading {
    uint64_t now, end;
    bool has_now; /* DRAM is counted for whole kernels: within one, its share of the kernel's L2 bytes is shown */
} Reading;

static uint64_t sum(const uint64_t *value, CounterId read, CounterId write) { return value[read] + value[write]; }

/* DRAM bytes of finished kernels, and of the current one by its progress. */
static uint64_t dram_now(const Runner *run, const RunnerAt *at) {
    const Count *count = run->count;
    uint64_t layers = run->program->scenario.layer_count, bytes = 0;
    for (int k = 0; k < at->state.kernel; k++)
        bytes += sum(count->kernels[k].totals.value, COUNTER_DRAM_READ_BYTES, COUNTER_DRAM_WRITE_BYTES) / layers;
    StepSpan span = navigate_kernel_span(run->program, &at->state);
    double part = span.count ? (double)(at->state.step_index - span.first) / (double)span.count : 0;
    uint64_t kernel =
        sum(count->kernels[at->state.kernel].totals.value, COUNTER_DRAM_READ_BYTES, COUNTER_DRAM_WRITE_BYTES) / layers;
    uint64_t layer = sum(count->totals.value, COUNTER_DRAM_READ_BYTES, COUNTER_DRAM_WRITE_BYTES) / layers;
    return at->state.index[AXIS_LAYER] * layer + bytes + (uint64_t)(part * (double)kernel);
}

static Reading read_column(const Runner *run, const RunnerAt *at, ColumnKind kind) {
    const uint64_t *now = at->done.value, *end = run->count->totals.value;
    switch (kind) {
    case COLUMN_ISSUED:
        return (Reading){sum(now, COUNTER_ISSUED_READ_BYTES, COUNTER_ISSUED_WRITE_BYTES),
                         sum(end, COUNTER_ISSUED_READ_BYTES, COUNTER_ISSUED_WRITE_BYTES), true};
    case COLUMN_L2:
        return (Reading){sum(now, COUNTER_L2_READ_BYTES, COUNTER_L2_WRITE_BYTES),
                         sum(end, COUNTER_L2_READ_BYTES, COUNTER_L2_WRITE_BYTES), true};
    case COLUMN_DRAM: {
        uint64_t all = sum(end, COUNTER_DRAM_READ_BYTES, COUNTER_DRAM_WRITE_BYTES);
        bool is_counted = run->count->dram_engine[0];
        return (Reading){at->is_finished ? all : is_counted ? dram_now(run, at) : 0, all, is_counted};
    }
    default: return (Reading){run->memory_at_kernel_bytes[at->state.kernel], end[COUNTER_PEAK_HBM_BYTES], true};
    }
}

static const char *const titles[COLUMN_KIND_COUNT] = {"issued", "SM to L2", "L2 to HBM", "HBM allocated"};
static const CounterId formula_of[COLUMN_KIND_COUNT] = {COUNTER_ISSUED_READ_BYTES, COUNTER_L2_READ_BYTES,
                                                        COUNTER_DRAM_READ_BYTES, COUNTER_PEAK_HBM_BYTES};

static void draw_bar(const ReplayScene *r, int runner, ColumnKind kind, Reading reading, uint64_t most, Box box) {
    const Theme *theme = r->theme;
    double number_px = 8 * theme->unit_px, full_px = box.w - number_px;
    Color color = theme_series(theme, runner);
    Box all = {box.x, box.y, fmax(1, full_px * (double)reading.end / (double)most), box.h};
    scene_rect(r->scene, all, (Paint){.edge = color, .edge_px = theme->hairline_px});
    all.w = round(full_px * (double)reading.now / (double)most);
    if (reading.now) scene_rect(r->scene, all, (Paint){.pattern = PATTERN_SOLID, .fill = color});
    UnitText number = kind == COLUMN_MEMORY ? units_kib(reading.now) : units_gb(reading.now);
    scene_text(r->scene, box.x + box.w, box.y + box.h - 0.35 * theme->unit_px,
               text_right(theme_text(theme, TYPE_SMALL)), reading.has_now ? number.text : "not counted");
    const char *text = arena_format(r->scene->arena, "%s: %s bytes of %s", titles[kind], units_exact(reading.now).text,
                                    units_exact(reading.end).text);
    replay_control(r, box, (Control){CONTROL_COUNTER, (int)formula_of[kind], runner, 0}, text);
}

static void draw_column(const ReplayScene *r, ColumnKind kind, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    Box head = box_cut_top(&box, 2.2 * u);
    scene_text(r->scene, head.x, head.y + 1.6 * u, theme_text_bold(theme, TYPE_SMALL), titles[kind]);
    uint64_t most = 1;
    for (int i = 0; i < r->race->runner_count; i++) {
        uint64_t end = read_column(replay_runner(r, i), &r->at[i], kind).end;
        if (end > most) most = end;
    }
    double row_px = fmin(2.6 * u, box.h / r->race->runner_count);
    for (int i = 0; i < r->race->runner_count; i++)
        draw_bar(r, i, kind, read_column(replay_runner(r, i), &r->at[i], kind), most,
                 (Box){box.x, box.y + i * row_px, box.w, row_px - 0.6 * u});
}

/* Names of the algorithms at the left, in the bars' colours. */
static void draw_names(const ReplayScene *r, Box box) {
    const Theme *theme = r->theme;
    double u = theme->unit_px;
    box_cut_top(&box, 2.2 * u);
    double row_px = fmin(2.6 * u, box.h / r->race->runner_count);
    for (int i = 0; i < r->race->runner_count; i++) {
        TextStyle style = text_color(theme_text_bold(theme, TYPE_SMALL), theme_series(theme, i));
        scene_text_cut(r->scene, box.x, box.y + i * row_px + row_px - 0.95 * u, box.w, style,
                       r->race->runners[i].count->algorithm->name);
    }
}

/* As many columns as have room for a bar beside their number, the most telling ones. */
void replay_draw_counters(const ReplayScene *r, Box box) {
    static const ColumnKind by_worth[] = {COLUMN_ISSUED, COLUMN_MEMORY, COLUMN_DRAM, COLUMN_L2};
    double u = r->theme->unit_px, gap_px = 3 * u;
    draw_names(r, box_cut_left(&box, 9 * u));
    int count = (int)fmin(COLUMN_KIND_COUNT, fmax(1, floor((box.w + gap_px) / (17 * u))));
    double column_px = (box.w - (count - 1) * gap_px) / count;
    int column = 0;
    for (int kind = 0; kind < COLUMN_KIND_COUNT; kind++) {
        bool is_shown = false;
        for (int i = 0; i < count; i++) is_shown |= by_worth[i] == (ColumnKind)kind;
        if (!is_shown) continue;
        draw_column(r, (ColumnKind)kind, (Box){box.x + column++ * (column_px + gap_px), box.y, column_px, box.h});
    }
}

void replay_draw_race_bar(const ReplayScene *r, int runner, Box box) {
    uint64_t most = 1;
    for (int i = 0; i < r->race->runner_count; i++) {
        uint64_t end = read_column(replay_runner(r, i), &r->at[i], COLUMN_ISSUED).end;
        if (end > most) most = end;
    }
    Reading reading = read_column(replay_runner(r, runner), &r->at[runner], COLUMN_ISSUED);
    draw_bar(r, runner, COLUMN_ISSUED, reading, most, (Box){box.x, box.y, box.w, box.h - 0.8 * r->theme->unit_px});
}
