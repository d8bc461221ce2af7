/* The table of views, what they need counted, and the frame around every picture: see views.h. */
#include "viz/views/views.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/units.h"

extern const View view_traffic, view_memory;

const View *const view_table[] = {&view_traffic, &view_memory};
const int view_table_count = sizeof view_table / sizeof view_table[0];

const View *view_find(const char *name) {
    for (int i = 0; i < view_table_count; i++)
        if (strcmp(view_table[i]->name, name) == 0) return view_table[i];
    return NULL;
}

void view_scenario_line(const Scenario *scenario, char *text, int text_bytes) {
    int used = snprintf(text, (size_t)text_bytes, "batch %s, %s heads, N = %s", units_exact(scenario->batch_count).text,
                        units_exact(scenario->head_count).text, units_exact(scenario->query_rows).text);
    if (scenario->key_rows != scenario->query_rows && used < text_bytes)
        used += snprintf(text + used, (size_t)(text_bytes - used), " (keys %s)", units_exact(scenario->key_rows).text);
    if (used >= text_bytes) return;
    snprintf(text + used, (size_t)(text_bytes - used), ", d = %s%s, %s%s, %s, %s",
             units_exact(scenario->head_dim_elems).text, scenario->layer_count > 1 ? ", all layers" : "",
             dtype_name(scenario->dtype), scenario->is_causal ? ", causal" : "",
             scenario->pass == PASS_BOTH ? "forward + backward" : pass_name(scenario->pass), scenario->machine.title);
}

/* One length of the sweep. A point that cannot be counted (overflow, a tile too large) is left out of the picture. */
static void sweep_point(const Scenario *scenario, ViewSweep *sweep, int point) {
    for (int i = 0; i < scenario->algorithm_count; i++) {
        Arena arena = {0};
        Count count = {0};
        const Algorithm *algorithm = algorithm_find(scenario->algorithms[i]);
        if (algorithm &&
            count_algorithm(algorithm, scenario, (CountOptions){.is_dram_skipped = true}, &count, &arena, NULL)) {
            const uint64_t *value = count.totals.value;
            sweep->has_point[i][point] = true;
            sweep->peak_hbm_bytes[i][point] = value[COUNTER_PEAK_HBM_BYTES];
            sweep->issued_bytes[i][point] = value[COUNTER_ISSUED_READ_BYTES] + value[COUNTER_ISSUED_WRITE_BYTES];
        }
        arena_free(&arena);
    }
}

/* 2K to 128K tokens, each length twice the last. */
static void sweep_fill(const Scenario *scenario, ViewSweep *sweep) {
    for (uint64_t tokens = 2048; tokens <= 128 * 1024; tokens *= 2) {
        Scenario longer = *scenario;
        longer.query_rows = longer.key_rows = tokens;
        sweep->tokens[sweep->point_count] = tokens;
        sweep_point(&longer, sweep, sweep->point_count++);
    }
}

bool view_prepare(const View *view, const Scenario *scenario, int64_t step_index, Arena *arena, ViewInput *input,
                  Err *err) {
    *input = (ViewInput){.scenario = scenario, .step_index = step_index};
    CountOptions options = {.is_dram_skipped = !(view->needs & VIEW_NEEDS_DRAM)};
    if (view->needs & VIEW_NEEDS_COUNTS) {
        Count *counts = ARENA_ARRAY(arena, Count, scenario->algorithm_count);
        if (!count_scenario(scenario, options, counts, arena, err)) return false;
        input->counts = counts;
        input->count_count = scenario->algorithm_count;
    }
    if (view->needs & VIEW_NEEDS_SWEEP) {
        ViewSweep *sweep = ARENA_NEW(arena, ViewSweep);
        sweep_fill(scenario, sweep);
        input->sweep = sweep;
    }
    return true;
}

void view_picture(const View *view, const ViewInput *input, const Theme *theme, Scene *scene) {
    char title[VIEW_TEXT_BYTES], notice[VIEW_TEXT_BYTES], source[VIEW_TEXT_BYTES];
    view->headline(input, title, notice, VIEW_TEXT_BYTES);
    view->source(input, source, VIEW_TEXT_BYTES);
    double unit_px = theme->unit_px;
    Box box = box_inset((Box){0, 0, scene->width_px, scene->height_px}, 4 * unit_px);
    TextStyle title_style = theme_text_bold(theme, TYPE_TITLE), notice_style = theme_text(theme, TYPE_BODY);
    Box head = box_cut_top(&box, 4 * unit_px);
    scene_text_cut(scene, head.x, head.y + 3 * unit_px, head.w, title_style, title);
    int lines = scene_wrap_lines(scene, box.w, notice_style, notice);
    Box under = box_cut_top(&box, lines * 3 * unit_px + 2 * unit_px);
    scene_text_wrap(scene, under.x, under.y + 2 * unit_px, under.w, 3 * unit_px, notice_style, notice);
    Box foot = box_cut_bottom(&box, 3 * unit_px);
    scene_text_cut(scene, foot.x, foot.y + foot.h, foot.w, theme_text_soft(theme, TYPE_SMALL), source);
    view->draw(input, theme, box, scene);
}
