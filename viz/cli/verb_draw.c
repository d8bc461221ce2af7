/* hbmscope draw VIEW: any view as PNG, SVG, PDF or text, without a display.
 *
 * A PNG or SVG keeps its recipe, lines of `key = value`: first the drawing options, then after "[scenario]"
 * the scenario as a scenario file. --from reads a PNG's recipe; options on the command line win over it.
 */
#include <stdlib.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/base/key_file.h"
#include "sim/base/parse.h"
#include "viz/backends/picture.h"
#include "viz/backends/png_file.h"
#include "viz/backends/raster.h"
#include "viz/cli/args.h"
#include "viz/cli/comparison.h"
#include "viz/cli/learn.h"
#include "viz/cli/model_args.h"
#include "viz/cli/verbs.h"
#include "viz/state/look.h"
#include "viz/views/replay.h"

enum { SIDE_MIN_PX = 320, WIDTH_DEFAULT_PX = 1280, HEIGHT_DEFAULT_PX = 720 };

/* Options that a recipe keeps too: how it looks, and what it is drawn from, each with what a view that takes it needs.
 */
#define DRAW_LOOK_LIST(X) X(theme) X(scale) X(width) X(height)
#define DRAW_INPUT_LIST(X)                                                                                             \
    X(step, VIEW_NEEDS_STEP)                                                                                           \
    X(clock, VIEW_NEEDS_RACE)                                                                                          \
    X(model, VIEW_NEEDS_MODEL)                                                                                         \
    X(config, VIEW_NEEDS_MODEL)                                                                                        \
    X(q, VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF)                                                                      \
    X(k, VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF)                                                                      \
    X(v, VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF)                                                                      \
    X(head, VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF)                                                                   \
    X(capture, VIEW_NEEDS_COMPARE)                                                                                     \
    X(ncu, VIEW_NEEDS_COMPARE)                                                                                         \
    X(kernel, VIEW_NEEDS_COMPARE)                                                                                      \
    X(program, VIEW_NEEDS_COUNTS | VIEW_NEEDS_RACE)

/* As given on the command line or in a recipe; NULL where not. */
typedef struct DrawTexts {
    const char *view, *output, *from;
#define X(name, ...) const char *name;
    DRAW_LOOK_LIST(X)
    DRAW_INPUT_LIST(X)
#undef X
    LookTexts look;
} DrawTexts;

typedef struct DrawOptions {
    const View *view;
    int64_t step_index;
    bool is_dark;
    double scale;
    uint64_t width_px, height_px;
} DrawOptions;

static bool find_view(const char *name, const View **view, Err *err) {
    char known[300] = "";
    Nearest nearest = {.word = name ? name : ""};
    for (int i = 0; i < view_table_count; i++) {
        nearest_try(&nearest, view_table[i]->name);
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", view_table[i]->name);
    }
    if (!name) return err_set(err, ERR_USAGE, "draw needs a view as its first word: %s", known);
    *view = view_find(name);
    return *view || err_set(err, ERR_USAGE, "'%s' is no view; there are %s%s", parse_quote(name).text, known,
                            nearest_hint(&nearest).text);
}

/* One side given: the other follows at 16 : 9. */
static bool read_sides(const DrawTexts *texts, DrawOptions *options, Err *err) {
    options->width_px = WIDTH_DEFAULT_PX;
    options->height_px = HEIGHT_DEFAULT_PX;
    if (texts->width && !parse_size(texts->width, "--width", SIDE_MIN_PX, RASTER_SIDE_MAX_PX, &options->width_px, err))
        return false;
    if (texts->height &&
        !parse_size(texts->height, "--height", SIDE_MIN_PX, RASTER_SIDE_MAX_PX, &options->height_px, err))
        return false;
    if (texts->width && !texts->height) options->height_px = max_u64(SIDE_MIN_PX, options->width_px * 9 / 16);
    if (texts->height && !texts->width) options->width_px = min_u64(RASTER_SIDE_MAX_PX, options->height_px * 16 / 9);
    return true;
}

static bool read_options(const DrawTexts *texts, DrawOptions *options, Err *err) {
    uint64_t step = 0;
    *options = (DrawOptions){.step_index = VIEW_STEP_DEFAULT, .scale = 1};
    if (!find_view(texts->view, &options->view, err) || !read_sides(texts, options, err)) return false;
    if (!arg_read_theme(texts->theme, &options->is_dark, err)) return false;
    if (texts->scale && !parse_real(texts->scale, "--scale", 0.25, 8, &options->scale, err)) return false;
    if (texts->step && !parse_size(texts->step, "--step", 0, CHECKED_MAX, &step, err)) return false;
    if (texts->step) options->step_index = (int64_t)step;
    return true;
}

/* --program, --model, --config and --q --k --v, for the views that take them. */
static bool read_given(const DrawTexts *texts, ViewGiven *given, Arena *arena, Err *err) {
    Model *model = ARENA_NEW(arena, Model);
    SelectInput *heads = ARENA_NEW(arena, SelectInput);
    uint64_t head = 0;
    *given = (ViewGiven){0};
    if (texts->program && !learn_read_program(texts->program, &given->program, arena, err)) return false;
    if (texts->model || texts->config) {
        if (!model_from_args(texts->model, texts->config, NULL, model, err)) return false;
        given->model = model;
    }
    if (!texts->q && !texts->k && !texts->v) return true;
    if (texts->head && !parse_size(texts->head, "--head", 0, 1 << 20, &head, err)) return false;
    given->heads = heads;
    return select_read_input(texts->q, texts->k, texts->v, head, heads, arena, err);
}

/* An option of other views than this one: refused where typed, left out where a recipe for another view had it. */
static bool keep_if_taken(const View *view, unsigned needs, const char *name, const char *typed, const char **text,
                          Err *err) {
    if (view->needs & needs) return true;
    *text = NULL;
    if (!typed) return true;
    char takers[200] = "";
    int taker_count = 0;
    for (int i = 0; i < view_table_count; i++) {
        if (!(view_table[i]->needs & needs)) continue;
        size_t used = strlen(takers);
        snprintf(takers + used, sizeof takers - used, "%s%s", taker_count++ ? ", " : "", view_table[i]->name);
    }
    return err_set(err, ERR_USAGE, "--%s is for the view%s %s; %s has none", name, taker_count > 1 ? "s" : "", takers,
                   view->name);
}

static bool keep_what_is_taken(const View *view, const DrawTexts *typed, DrawTexts *texts, Err *err) {
#define X(key, needs)                                                                                                  \
    if (!keep_if_taken(view, needs, #key, typed->key, &texts->key, err)) return false;
    DRAW_INPUT_LIST(X)
#undef X
#define X(key)                                                                                                         \
    if (!keep_if_taken(view, VIEW_NEEDS_RACE, #key, typed->look.key, &texts->look.key, err)) return false;
    LOOK_LIST(X)
#undef X
    return true;
}

static const char section[] = "[scenario]\n";

/* The recipe of a picture, in the arena; NULL where memory is short. */
static const char *write_recipe(const DrawTexts *texts, const DrawOptions *options, const Scenario *scenario,
                                Arena *arena) {
    char *text = NULL;
    size_t size_bytes = 0;
    FILE *out = open_memstream(&text, &size_bytes);
    if (!out) return NULL;
    fprintf(out, "# draws this picture again: hbmscope draw --from FILE.png\nview = %s\n", options->view->name);
#define X(name, ...)                                                                                                   \
    if (texts->name) fprintf(out, "%s = %s\n", #name, texts->name);
    DRAW_INPUT_LIST(X)
#undef X
#define X(name)                                                                                                        \
    if (texts->look.name) fprintf(out, "%s = %s\n", #name, texts->look.name);
    LOOK_LIST(X)
#undef X
    fprintf(out, "theme = %s\nscale = %s\nwidth = %llu\nheight = %llu\n%s", options->is_dark ? "dark" : "light",
            parse_real_text(options->scale).text, (unsigned long long)options->width_px,
            (unsigned long long)options->height_px, section);
    scenario_write(scenario, out);
    bool is_written = fclose(out) == 0;
    const char *recipe = is_written ? arena_copy_text(arena, text) : NULL;
    free(text);
    return recipe;
}

/* A recipe's own options into those texts that are still NULL. */
static bool read_recipe_options(const char *path, const char *text, DrawTexts *texts, Arena *arena, Err *err) {
    const struct {
        const char *key, **text;
    } keys[] = {{"view", &texts->view},
#define X(name, ...) {#name, &texts->name},
                DRAW_LOOK_LIST(X) DRAW_INPUT_LIST(X)
#undef X
#define X(name) {#name, &texts->look.name},
                    LOOK_LIST(X)
#undef X
    };
    KeyFile file = {.name = path, .at = text};
    bool is_end = false;
    while (key_file_next(&file, &is_end, err)) {
        size_t i = 0;
        while (i < sizeof keys / sizeof keys[0] && strcmp(keys[i].key, file.key) != 0) i++;
        if (i == sizeof keys / sizeof keys[0]) {
            err_set(err, ERR_OTHER, "'%s' is no drawing option", parse_quote(file.key).text);
            return key_file_fail(&file, err);
        }
        if (!*keys[i].text) *keys[i].text = arena_copy_text(arena, file.value);
    }
    return is_end;
}

/* --from: the picture's options and scenario, under what the command line says. */
static bool read_recipe(DrawTexts *texts, Scenario *scenario, Arena *arena, Err *err) {
    const char *recipe = NULL;
    if (!png_read_recipe(texts->from, arena, &recipe, err)) return false;
    const char *split = strstr(recipe, section);
    if (!split) return err_set(err, ERR_OTHER, "the hbmscope chunk of %s has no %.10s line", texts->from, section);
    const char *head = arena_format(arena, "%.*s", (int)(split - recipe), recipe);
    return read_recipe_options(texts->from, head, texts, arena, err) &&
           scenario_read_text(scenario, texts->from, split + strlen(section), err);
}

/* The view `compare`: counts, the kernel on the CPU and the hardware's file. */
static bool prepare_compare(const DrawTexts *texts, Comparison *comparison, ViewInput *input, Arena *arena, Err *err) {
    ComparisonOptions options = {.capture_path = texts->capture, .ncu_path = texts->ncu};
    bool has_kernel = true;
    if (texts->kernel && !parse_on_off(texts->kernel, "--kernel", &has_kernel, err)) return false;
    options.is_kernel_skipped = !has_kernel;
    if (!comparison_fill(input->scenario, options, comparison, arena, err)) return false;
    comparison_show(comparison, options, input, arena);
    return true;
}

/* How the replay is looked at. With --lead, --step counts that algorithm's steps. */
static bool read_look(const DrawTexts *texts, const DrawOptions *options, ViewInput *input, Arena *arena, Err *err) {
    if (!input->race) return true;
    ViewState *state = ARENA_NEW(arena, ViewState);
    *state = replay_state(input);
    if (!look_read(&texts->look, input->race, state, err)) return false;
    uint64_t end = input->race->runners[state->lead].step_count;
    if (texts->step) state->step_index = min_u64((uint64_t)options->step_index, end);
    input->state = state;
    return true;
}

static bool draw(const DrawTexts *texts, const Scenario *scenario, Arena *arena, Err *err) {
    DrawOptions options;
    ViewInput input;
    PictureFormat format;
    Fonts fonts;
    if (!read_options(texts, &options, err) || !picture_format(texts->output, &format, err)) return false;
    ViewGiven given;
    if (!read_given(texts, &given, arena, err)) return false;
    if (!view_prepare_given(options.view, scenario, options.step_index, given, arena, &input, err)) return false;
    if (texts->clock && !race_clock_parse(texts->clock, &input.clock, err)) return false;
    if (!read_look(texts, &options, &input, arena, err)) return false;
    Comparison *comparison = ARENA_NEW(arena, Comparison);
    if (options.view->needs & VIEW_NEEDS_COMPARE && !prepare_compare(texts, comparison, &input, arena, err))
        return false;
    const char *recipe = write_recipe(texts, &options, scenario, arena);
    if (!recipe) return err_no_memory(err, "the picture's recipe");
    if (!fonts_open(&fonts, err)) return false;
    double width_px = (double)options.width_px, height_px = (double)options.height_px;
    Theme theme = theme_make(options.is_dark, theme_scale_for(width_px, height_px, options.scale));
    Scene scene = scene_make(arena, &fonts.metrics, width_px, height_px, theme.background);
    view_picture(options.view, &input, &theme, &scene);
    bool is_written = picture_write(texts->output, &scene, &fonts, options.view->title, recipe, err);
    fonts_close(&fonts);
    return is_written;
}

/* argv without the view's name, so that the word left is the scenario file. */
static bool parse(int argc, char **argv, DrawTexts *texts, Scenario *scenario, Arena *arena, Err *err) {
    const VerbOption own[] = {{"o", &texts->output, NULL},
                              {"from", &texts->from, NULL},
#define X(name, ...) {#name, &texts->name, NULL},
                              DRAW_LOOK_LIST(X) DRAW_INPUT_LIST(X)
#undef X
#define X(name) {#name, &texts->look.name, NULL},
                                  LOOK_LIST(X)
#undef X
    };
    enum { OWN_COUNT = sizeof own / sizeof own[0] };
    OutputFormat format;
    if (argc > 1 && argv[1][0] != '-') {
        texts->view = argv[1];
        argv++, argc--;
    }
    if (!verb_parse_unfinished(argc, argv, own, OWN_COUNT, scenario, &format, err)) return false;
    if (format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "draw writes pictures; it has no --json or --csv (see count)");
    const DrawTexts typed = *texts;
    if (texts->from) {
        *scenario = scenario_default();
        if (!read_recipe(texts, scenario, arena, err)) return false;
        if (!verb_parse_upon(argc, argv, own, OWN_COUNT, scenario, &format, err)) return false;
    }
    const View *view;
    if (!find_view(texts->view, &view, err) || !keep_what_is_taken(view, &typed, texts, err)) return false;
    if (!texts->output) return err_set(err, ERR_USAGE, "draw needs -o FILE.png, .svg, .pdf or .txt");
    return scenario_finish(scenario, err);
}

bool verb_draw(int argc, char **argv, Err *err) {
    DrawTexts texts = {0};
    Scenario scenario;
    Arena arena = {0};
    bool is_done = parse(argc, argv, &texts, &scenario, &arena, err) && draw(&texts, &scenario, &arena, err);
    arena_free(&arena);
    return is_done;
}
