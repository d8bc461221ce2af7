/* hbmscope plan: a model from one context length to a longer one, as a page of text, JSON (hbmscope.plan/1), CSV, or
 * with -o as a picture of one page (the view `plan`). */
#include "sim/base/parse.h"
#include "viz/backends/picture.h"
#include "viz/cli/model_args.h"
#include "viz/cli/plan_output.h"
#include "viz/cli/verbs.h"
#include "viz/views/views.h"

enum { FROM_DEFAULT_ROWS = 2 << 10, TO_DEFAULT_ROWS = 128 << 10, LENGTH_MAX_ROWS = 1 << 24, BATCH_MAX = 4096 };
static const char default_gpu[] = "h200";

typedef struct PlanTexts {
    const char *model, *config, *cache, *from, *to, *gpu, *batch, *first_token, *output;
} PlanTexts;

static bool read_options(const PlanTexts *texts, PlanOptions *options, Machine *machine, Err *err) {
    *options = (PlanOptions){
        .from_rows = FROM_DEFAULT_ROWS, .to_rows = TO_DEFAULT_ROWS, .batch_count = 1, .first_token_s = 10};
    return (!texts->from || parse_size(texts->from, "--from", 1, LENGTH_MAX_ROWS, &options->from_rows, err)) &&
           (!texts->to || parse_size(texts->to, "--to", 1, LENGTH_MAX_ROWS, &options->to_rows, err)) &&
           (!texts->batch || parse_size(texts->batch, "--batch", 1, BATCH_MAX, &options->batch_count, err)) &&
           (!texts->first_token ||
            parse_real(texts->first_token, "--first-token", 0.001, 1e6, &options->first_token_s, err)) &&
           verb_find_gpu(texts->gpu ? texts->gpu : default_gpu, machine, err);
}

/* The view `plan` on a page of 16 : 9. */
static bool draw(const char *path, const Model *model, const Machine *machine, PlanOptions options, Arena *arena,
                 Err *err) {
    const double width_px = 1600, height_px = 900;
    const View *view = view_find("plan");
    Scenario scenario = scenario_default();
    ModelData *data = ARENA_NEW(arena, ModelData);
    PictureFormat format;
    Fonts fonts;
    scenario.machine = *machine;
    if (!picture_format(path, &format, err) || !model_data_make(model, machine, options, 0, data, arena, err) ||
        !fonts_open(&fonts, err))
        return false;
    ViewInput input = {.scenario = &scenario, .model = data};
    Theme theme = theme_make(false, theme_scale_for(width_px, height_px, 1));
    Scene scene = scene_make(arena, &fonts.metrics, width_px, height_px, theme.background);
    view_picture(view, &input, &theme, &scene);
    bool is_written = picture_write(path, &scene, &fonts, view->title, "", err);
    fonts_close(&fonts);
    return is_written;
}

static bool print(const PlanTexts *texts, OutputFormat format, Arena *arena, Err *err) {
    PlanOptions options;
    Machine machine;
    Output output = {0};
    Model *model = ARENA_NEW(arena, Model);
    Plan *plan = ARENA_NEW(arena, Plan);
    if (!model_from_args(texts->model, texts->config, NULL, model, err) ||
        !model_cache_from_arg(texts->cache, model, err) || !read_options(texts, &options, &machine, err) ||
        !plan_make(model, &machine, options, plan, arena, err))
        return false;
    if (texts->output && format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "-o draws a picture; it cannot go with --json or --csv");
    if (texts->output) return draw(texts->output, model, &machine, options, arena, err);
    if (format == OUTPUT_JSON)
        plan_print_json(plan, &output);
    else if (format == OUTPUT_CSV)
        plan_print_csv(plan, &output);
    else
        plan_print_text(plan, arena, &output);
    return output_flush(&output, err);
}

bool verb_plan(int argc, char **argv, Err *err) {
    PlanTexts texts = {0};
    const VerbOption own[] = {{"model", &texts.model, NULL}, {"config", &texts.config, NULL},
                              {"cache", &texts.cache, NULL}, {"from", &texts.from, NULL},
                              {"to", &texts.to, NULL},       {"gpu", &texts.gpu, NULL},
                              {"batch", &texts.batch, NULL}, {"first-token", &texts.first_token, NULL},
                              {"o", &texts.output, NULL}};
    OutputFormat format = OUTPUT_TEXT;
    Arena arena = {0};
    bool is_done = verb_parse_list(argc, argv, own, sizeof own / sizeof own[0], &format, err) &&
                   print(&texts, format, &arena, err);
    arena_free(&arena);
    return is_done;
}
