/* View `decode`: one more token against a long KV cache.
 *
 *     left    the cache of each way of keeping it, as bars, with the weights and the GPU's memory for scale
 *     right   the keys of one layer, split over blocks of threads and reduced; how much of the GPU that fills
 */
#include <math.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/units.h"
#include "viz/plot.h"
#include "viz/views/views.h"

enum { BARS_MAX = 6 };

typedef struct CacheBar {
    const char *name;
    uint64_t size_bytes;
    bool is_model; /* the model as it is */
} CacheBar;

static uint64_t cache_bytes(const Model *m, KvSharing sharing, uint64_t elem_bytes, uint64_t n) {
    return model_kv_bytes(m, sharing, elem_bytes, 1, n);
}

static int cache_bars(const Plan *plan, CacheBar *bars, Arena *arena) {
    const Model *m = plan->model;
    uint64_t e = dtype_elem_bytes(m->cache_dtype), n = plan->options.to_rows;
    int count = 0;
    if (model_is_mla(m)) {
        Model expanded = *m;
        expanded.latent_elems = expanded.latent_rope_elems = 0;
        bars[count++] = (CacheBar){"a K and V a head", cache_bytes(&expanded, KV_MHA, e, n), false};
        bars[count++] = (CacheBar){"MLA, as it is", cache_bytes(m, KV_AS_MODEL, e, n), true};
    } else {
        bars[count++] = (CacheBar){arena_format(arena, "MHA, %llu KV heads", (unsigned long long)m->head_count),
                                   cache_bytes(m, KV_MHA, e, n), m->kv_head_count == m->head_count};
        if (m->kv_head_count < m->head_count)
            bars[count++] = (CacheBar){arena_format(arena, "GQA, %llu KV heads", (unsigned long long)m->kv_head_count),
                                       cache_bytes(m, KV_AS_MODEL, e, n), true};
        bars[count++] = (CacheBar){"MQA, 1 KV head", cache_bytes(m, KV_MQA, e, n), false};
    }
    if (e > 1) bars[count++] = (CacheBar){"as it is, in fp8", cache_bytes(m, KV_AS_MODEL, 1, n), false};
    bars[count++] = (CacheBar){"weights", plan->weight_bytes, false};
    return count;
}

static uint64_t block_count(const Scenario *s) { return s->batch_count * s->kv_head_count; }

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const ModelData *d = input->model;
    const PlanPoint *last = &d->plan.points[d->plan.point_count - 1];
    if (!d->model.is_causal)
        return (ViewHeadline){arena_format(arena, "%s is an encoder: it decodes nothing", d->model.name),
                              "There is no KV cache and no next token; see the view layers."};
    const Scenario *s = &d->step;
    const char *cache = arena_copy_text(arena, units_kib(last->kv_bytes).text);
    return (ViewHeadline){arena_format(arena, "Each new token of %s reads %s of cache at %s", d->model.name, cache,
                                       units_tokens(last->tokens_rows).text),
                          arena_format(arena,
                                       "At least %s a token. Of a layer's work one sequence gives %llu block%s of "
                                       "threads to %u SMs; split over the keys %llu ways it gives %llu.",
                                       units_time(last->decode_ns).text, (unsigned long long)block_count(s),
                                       block_count(s) == 1 ? "" : "s", s->machine.sm_count,
                                       (unsigned long long)s->split_count,
                                       (unsigned long long)(block_count(s) * s->split_count))};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const ModelData *d = input->model;
    return arena_format(arena,
                        "Model: %s; batch 1, %s, on %s. Cache: 2 x layers x KV heads x head dim x bytes a token (local "
                        "layers: their window). "
                        "Splits: flash-attention's rule.",
                        d->model.source, dtype_name(d->model.dtype), input->scenario->machine.title);
}

static void draw_caches(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const Plan *plan = &input->model->plan;
    CacheBar bars[BARS_MAX];
    int count = cache_bars(plan, bars, scene->arena);
    double unit = theme->unit_px, most = 0, name_px = 19 * unit, value_px = 11 * unit;
    Box head = box_cut_top(&box, 4 * unit);
    scene_textf(scene, head.x, head.y + 2 * unit, theme_text_bold(theme, TYPE_BODY), "memory at %s tokens",
                units_tokens(plan->options.to_rows).text);
    for (int i = 0; i < count; i++) most = fmax(most, (double)bars[i].size_bytes);
    most = fmax(most, (double)plan->usable_bytes);
    Box foot = box_cut_bottom(&box, 3 * unit);
    double row_px = fmin(14 * unit, box.h / count), bar_px = 0.6 * row_px, full_px = box.w - name_px - value_px,
           usable_x = box.x + name_px + full_px * (double)plan->usable_bytes / most;
    foot.y = fmin(foot.y, box.y + count * row_px);
    for (int i = 0; i < count; i++) {
        double y = box.y + i * row_px, baseline = y + bar_px / 2 + 0.6 * unit;
        bool is_weights = i == count - 1;
        Box bar = {box.x + name_px, y, fmax(theme->hairline_px, full_px * (double)bars[i].size_bytes / most), bar_px};
        scene_rect(scene, bar,
                   theme_tile(theme, is_weights ? TENSOR_OTHER : TENSOR_K,
                              bars[i].is_model || is_weights ? TILE_NOW : TILE_DONE));
        scene_text(scene, bar.x - unit, baseline,
                   text_right(bars[i].is_model ? theme_text_bold(theme, TYPE_BODY) : theme_text(theme, TYPE_BODY)),
                   bars[i].name);
        scene_text(scene, bar.x + bar.w + unit, baseline, theme_text(theme, TYPE_BODY),
                   units_kib(bars[i].size_bytes).text);
        double gap_px = row_px - bar_px; /* the line of what the GPU has passes between the bars, not through numbers */
        scene_dash_line(scene, (Point){usable_x, y + bar_px}, (Point){usable_x, y + bar_px + gap_px}, theme->ink,
                        1.5 * theme->scale, DASH_DOTTED);
    }
    scene_textf(scene, usable_x, foot.y + 2 * unit, text_center(theme_text(theme, TYPE_SMALL)), "the GPU has %s usable",
                units_kib(plan->usable_bytes).text);
}

/* Small squares, one an SM; `filled` of them at work. Returns the height. */
static double draw_sms(const Theme *theme, double x, double y, double width_px, Scene *scene, uint64_t sm_count,
                       uint64_t filled) {
    double pitch = fmax(6, floor(width_px / 34)), side = pitch - 2;
    uint64_t per_row = (uint64_t)(width_px / pitch);
    for (uint64_t i = 0; i < sm_count; i++) {
        Box box = {floor(x) + pitch * (double)(i % per_row), floor(y) + pitch * (double)(i / per_row), side, side};
        Paint at_work = {.pattern = PATTERN_SOLID, .fill = theme->tensor[TENSOR_O]},
              idle = {.edge = theme->rule, .edge_px = theme->hairline_px};
        scene_rect(scene, box, i < filled ? at_work : idle);
    }
    return pitch * (double)ceil_div(sm_count, per_row);
}

/* The keys as a band cut into splits, a line from each to its part, and the parts to O. Returns the height. */
static double draw_band(const Theme *theme, Box box, Scene *scene, const Scenario *s) {
    double unit = theme->unit_px, row_px = 2 * unit, part_px = 2 * unit, y = box.y + 3 * unit;
    uint64_t tiles = ceil_div(s->key_rows, s->block_key_rows), per = ceil_div(tiles, s->split_count),
             shown = min_u64(s->split_count, 24);
    double step = box.w / (double)shown, parts_y = y + 2 * row_px + 1.6 * unit, out_y = parts_y + part_px + 3 * unit;
    Box out = {box.x + box.w / 2 - 6 * unit, out_y, 12 * unit, 2.6 * unit};
    scene_textf(scene, box.x, box.y + 1.6 * unit, theme_text_bold(theme, TYPE_BODY),
                "one KV head of one layer: %s rows of K and V in %llu splits of %llu tiles",
                units_exact(s->key_rows).text, (unsigned long long)s->split_count, (unsigned long long)per);
    for (uint64_t i = 0; i < shown; i++) {
        Box keys = {box.x + step * (double)i, y, step - 3, row_px}, values = {keys.x, y + row_px, keys.w, row_px};
        Box part = {keys.x + 0.15 * keys.w, parts_y, 0.7 * keys.w, part_px};
        scene_rect(scene, keys, theme_tile(theme, TENSOR_K, TILE_DONE));
        scene_rect(scene, values, theme_tile(theme, TENSOR_V, TILE_DONE));
        scene_rect(scene, part, theme_tile(theme, TENSOR_O, TILE_DONE));
        double middle = part.x + part.w / 2;
        scene_line(scene, (Point){middle, values.y + row_px}, (Point){middle, parts_y}, theme->rule,
                   theme->hairline_px);
        scene_line(scene, (Point){middle, parts_y + part_px},
                   (Point){out.x + out.w * ((double)i + 0.5) / (double)shown, out_y}, theme->rule, theme->hairline_px);
    }
    scene_rect(scene, out, theme_tile(theme, TENSOR_O, TILE_NOW));
    scene_text_in(scene, out, text_color(theme_text_bold(theme, TYPE_BODY), theme->on_tensor[TENSOR_O]), "O");
    TextStyle note = theme_text_soft(theme, TYPE_SMALL);
    double side_px = out.x - box.x - unit, baseline = out_y + 1.6 * unit; /* under the lines */
    const char *parts =
        shown < s->split_count
            ? arena_format(scene->arena, "a block of threads a split (%llu of %llu drawn): its own O and log-sum-exp",
                           (unsigned long long)shown, (unsigned long long)s->split_count)
            : "a block of threads a split: its own O and log-sum-exp";
    scene_text_wrap(scene, box.x, baseline, side_px, 2 * unit, note, parts);
    scene_text_wrap(scene, out.x + out.w + unit, baseline, side_px, 2 * unit, note,
                    "a second kernel weighs the parts by exp(lse−max) and adds them");
    return out_y + 4.6 * unit - box.y;
}

/* Both ways of giving blocks to SMs. Returns the height. */
static double draw_fill(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const Scenario *s = &input->model->step;
    double unit = theme->unit_px, half = (box.w - 4 * unit) / 2, height = 0;
    const uint64_t filled[2] = {block_count(s), block_count(s) * s->split_count};
    const char *names[2] = {"without a split", "split"};
    for (int i = 0; i < 2; i++) {
        double x = box.x + i * (half + 4 * unit);
        uint64_t sms = s->machine.sm_count;
        scene_textf(scene, x, box.y + 1.6 * unit, theme_text_bold(theme, TYPE_BODY), "%s: %llu block%s on %llu SMs",
                    names[i], (unsigned long long)filled[i], filled[i] == 1 ? "" : "s", (unsigned long long)sms);
        double sms_px = draw_sms(theme, x, box.y + 2.8 * unit, half, scene, sms, min_u64(filled[i], sms));
        scene_textf(scene, x, box.y + sms_px + 4.8 * unit, theme_text_soft(theme, TYPE_SMALL),
                    "%s of the SMs have work", units_percent((double)min_u64(filled[i], sms) / (double)sms).text);
        height = fmax(height, sms_px + 5.5 * unit);
    }
    return height;
}

static UnitText time_text(double time_ns) { return time_ns == 0 ? (UnitText){"0"} : units_time(time_ns); }
static UnitText tokens_text(double tokens) { return units_tokens((uint64_t)llround(tokens)); }

/* Time of one more token against the length of the cache, for those that read less of it. */
static void draw_times(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    static const char *const keys[] = {"flash", "fp8-cache", "quest", "window"};
    static const char *const names[] = {"as it is", "fp8 cache", "Quest", "local layers"};
    const Plan *plan = &input->model->plan;
    double x[PLAN_POINTS_MAX], most = 0;
    PlotLabel labels[4];
    const PlanRemedy *shown[4];
    int count = 0;
    for (int i = 0; i < plan->point_count; i++) x[i] = (double)plan->points[i].tokens_rows;
    for (int k = 0; k < 4; k++)
        for (int r = 0; r < plan->remedy_count; r++) {
            if (strcmp(plan->remedies[r].key, keys[k]) != 0 || (k > 0 && plan->remedies[r].is_in_model)) continue;
            double last = plan->remedies[r].point_decode_ns[plan->point_count - 1];
            labels[count] = (PlotLabel){.x = x[plan->point_count - 1],
                                        .y = last,
                                        .color = theme_series(theme, k),
                                        .name = names[k],
                                        .value = arena_copy_text(scene->arena, time_text(last).text)};
            shown[count++] = &plan->remedies[r];
            most = fmax(most, last);
        }
    PlotAxis tokens = {.min = x[0],
                       .max = x[plan->point_count - 1],
                       .is_log = true,
                       .log_factor = 2,
                       .log_base = 1024,
                       .format = tokens_text,
                       .title = "N, tokens in the cache"};
    Plot plot =
        plot_make(scene, theme, box, tokens,
                  plot_axis_from_zero(1.05 * most, time_text, "time of one more token, at least"), 12 * theme->unit_px);
    plot_frame(&plot);
    for (int c = 0; c < count; c++) {
        plot_curve(&plot, x, shown[c]->point_decode_ns, plan->point_count, labels[c].color, 2.5 * theme->scale,
                   c > 2 ? DASH_DASHED : DASH_SOLID);
        for (int i = 0; i < plan->point_count; i++)
            plot_mark(&plot, x[i], shown[c]->point_decode_ns[i], labels[c].color, false);
    }
    plot_end_labels(&plot, labels, count);
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    if (!input->model->model.is_causal) return;
    double unit = theme->unit_px;
    Box left = box_cut_left(&box, (box.w - 6 * unit) * 0.42);
    box_cut_left(&box, 6 * unit);
    draw_caches(input, theme, left, scene);
    box_cut_top(&box, draw_band(theme, box, scene, &input->model->step) + 1.5 * unit);
    box_cut_top(&box, draw_fill(input, theme, box, scene) + 1.5 * unit);
    draw_times(input, theme, box, scene);
}

const View view_decode = {
    .name = "decode",
    .title = "Decoding with a long cache",
    .help = "the KV cache of MHA, GQA, MQA and fp8, and keys split over blocks that fill the GPU (--model, --config)",
    .needs = VIEW_NEEDS_MODEL,
    .model_default = "llama-3-8b",
    .least_width_units = 130,
    .least_height_units = 60,
    .headline = headline,
    .draw = draw,
    .source = source,
};
