/* The table of views, what they need counted, and the frame around every picture: see views.h. */
#include "viz/views/views.h"

#include <math.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/context/model_table.h"
#include "sim/units.h"

extern const View view_traffic, view_memory, view_machine, view_levels, view_roofline, view_timeline, view_lens,
    view_l2, view_compare, view_replay, view_context, view_layers, view_plan, view_decode, view_sparsity, view_tradeoff;

const View *const view_table[] = {&view_traffic,  &view_memory,   &view_machine,  &view_levels,
                                  &view_roofline, &view_timeline, &view_lens,     &view_l2,
                                  &view_compare,  &view_replay,   &view_context,  &view_layers,
                                  &view_plan,     &view_decode,   &view_sparsity, &view_tradeoff};
const int view_table_count = sizeof view_table / sizeof view_table[0];

const View *view_find(const char *name) {
    for (int i = 0; i < view_table_count; i++)
        if (strcmp(view_table[i]->name, name) == 0) return view_table[i];
    return NULL;
}

const char *view_scenario_line(const Scenario *scenario, Arena *arena) {
    bool is_cross = scenario->key_rows != scenario->query_rows;
    const char *keys = is_cross ? arena_format(arena, " (keys %s)", units_exact(scenario->key_rows).text) : "";
    return view_scenario_line_over(scenario, arena_format(arena, "%s%s", units_exact(scenario->query_rows).text, keys),
                                   arena);
}

const char *view_scenario_line_over(const Scenario *scenario, const char *lengths, Arena *arena) {
    const char *layers =
        scenario->layer_count > 1 ? arena_format(arena, "%s layers, ", units_exact(scenario->layer_count).text) : "";
    return arena_format(
        arena, "%sbatch %s, %s head%s, N = %s, d = %s, %s%s, %s, %s", layers, units_exact(scenario->batch_count).text,
        units_exact(scenario->head_count).text, scenario->head_count == 1 ? "" : "s", lengths,
        units_exact(scenario->head_dim_elems).text, dtype_name(scenario->dtype), scenario->is_causal ? ", causal" : "",
        scenario->pass == PASS_BOTH ? "forward + backward" : pass_name(scenario->pass), scenario->machine.title);
}

const char *view_name(const Algorithm *algorithm, Arena *arena) {
    size_t length = strcspn(algorithm->title, ",(:");
    while (length > 0 && algorithm->title[length - 1] == ' ') length--;
    return arena_format(arena, "%.*s", (int)length, algorithm->title);
}

const char *view_name_of(const char *algorithm, Arena *arena) {
    const Algorithm *known = algorithm_find(algorithm);
    return known ? view_name(known, arena) : algorithm;
}

const char *view_title(const Algorithm *algorithm, Arena *arena) {
    char *title = arena_copy_text(arena, view_name(algorithm, arena));
    if (title[0] >= 'a' && title[0] <= 'z') title[0] = (char)(title[0] - 'a' + 'A');
    return title;
}

const char *view_pretty(const char *name, Arena *arena) {
    const char *transposed = strstr(name, "^T"), *arrow = strstr(name, "->");
    const char *mark = !transposed || (arrow && arrow < transposed) ? arrow : transposed;
    if (!mark) return name;
    return arena_format(arena, "%.*s%s%s", (int)(mark - name), name, mark == arrow ? "→" : "ᵀ",
                        view_pretty(mark + 2, arena));
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

/* A step past one algorithm's end shows its last; past all of them it is a slip. has_end: the place after the last step
 * can be shown too. */
static bool check_step(const ViewInput *input, bool has_end, Err *err) {
    uint64_t most = 0;
    for (int i = 0; i < input->count_count; i++) {
        uint64_t step_count = input->counts[i].totals.value[COUNTER_STEP_COUNT];
        if (step_count > most) most = step_count;
    }
    if (input->step_index < 0 || (uint64_t)input->step_index < most + has_end) return true;
    return err_set(err, ERR_USAGE, "--step is %lld; the longest run has %llu steps, so it must be %s that",
                   (long long)input->step_index, (unsigned long long)most, has_end ? "at most" : "below");
}

/* --seq, where it was given: a model's views then end at that length; else 128K, and the model's own for layers. */
static uint64_t asked_rows(const Scenario *scenario) {
    bool is_asked = scenario->has_given_rows || scenario->query_rows != scenario_default().query_rows;
    return is_asked ? scenario->query_rows : 0;
}

static PlanOptions plan_range(uint64_t asked) {
    uint64_t from_rows = 2 << 10, to_rows = asked ? max_u64(asked, 2) : 128 << 10;
    return (PlanOptions){.from_rows = to_rows > from_rows ? from_rows : max_u64(1, to_rows / 16), .to_rows = to_rows};
}

static bool prepare_model(const View *view, const Scenario *scenario, const Model *given, Arena *arena,
                          ViewInput *input, Err *err) {
    Model *model = ARENA_NEW(arena, Model);
    ModelData *data = ARENA_NEW(arena, ModelData);
    if (given)
        *model = *given;
    else if (!model_find(view->model_default, model, err))
        return false;
    input->model = data;
    uint64_t asked = asked_rows(scenario);
    return model_data_make(model, &scenario->machine, plan_range(asked), asked, data, arena, err);
}

enum { PANEL_ROWS = 1024, TRADEOFF_ROWS = 512, MADE_DIM_ELEMS = 128 };

static bool prepare_choice(const View *view, const Scenario *scenario, const SelectInput *given, Arena *arena,
                           ViewInput *input, Err *err) {
    ChoiceData *data = ARENA_NEW(arena, ChoiceData);
    bool is_panels = view->needs & VIEW_NEEDS_CHOICE;
    uint64_t rows_max = is_panels ? 2 * PANEL_ROWS : 4 * TRADEOFF_ROWS; /* a second of work */
    if (given && (given->n_rows > rows_max || (is_panels && given->n_rows % CHOICE_GRID)))
        return err_set(err, ERR_USAGE, "--q has %llu rows; the view %s takes at most %llu%s",
                       (unsigned long long)given->n_rows, view->name, (unsigned long long)rows_max,
                       is_panels ? ", a multiple of 64" : "");
    SelectInput heads =
        given ? *given
              : select_seeded_input(is_panels ? PANEL_ROWS : TRADEOFF_ROWS, MADE_DIM_ELEMS, scenario->seed, arena);
    (is_panels ? choice_data_panels : choice_data_tradeoff)(&heads, data, arena);
    input->choice = data;
    return true;
}

/* The scenario's algorithms, then the student's own program. */
static bool prepare_counts(const Scenario *scenario, const StudentText *program, CountOptions options, Arena *arena,
                           ViewInput *input, Err *err) {
    int count = scenario->algorithm_count;
    if (program && count >= RACE_RUNNERS_MAX)
        return err_set(err, ERR_USAGE, "%d algorithms and a program of your own; at most %d stand beside it", count,
                       RACE_RUNNERS_MAX - 1);
    Count *counts = ARENA_ARRAY(arena, Count, count + 1);
    if (!count_scenario(scenario, options, counts, arena, err)) return false;
    if (program && !student_count(program->name, program->text, scenario, options, &counts[count++], arena, err))
        return false;
    input->counts = counts;
    input->count_count = count;
    input->program = program;
    return true;
}

bool view_prepare(const View *view, const Scenario *scenario, int64_t step_index, Arena *arena, ViewInput *input,
                  Err *err) {
    return view_prepare_given(view, scenario, step_index, (ViewGiven){0}, arena, input, err);
}

bool view_prepare_given(const View *view, const Scenario *scenario, int64_t step_index, ViewGiven given, Arena *arena,
                        ViewInput *input, Err *err) {
    *input = (ViewInput){.scenario = scenario, .step_index = step_index};
    CountOptions options = {.is_dram_skipped = !(view->needs & VIEW_NEEDS_DRAM)};
    if (view->needs & VIEW_NEEDS_COUNTS && !prepare_counts(scenario, given.program, options, arena, input, err))
        return false;
    if (view->needs & VIEW_NEEDS_MODEL && !prepare_model(view, scenario, given.model, arena, input, err)) return false;
    bool needs_choice = view->needs & (VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF);
    if (needs_choice && !prepare_choice(view, scenario, given.heads, arena, input, err)) return false;
    if (view->needs & VIEW_NEEDS_STEP && !check_step(input, view->needs & VIEW_NEEDS_RACE, err)) return false;
    if (view->needs & VIEW_NEEDS_RACE) {
        Race *race = ARENA_NEW(arena, Race);
        race_make(scenario, input->counts, input->count_count, arena, race);
        input->race = race;
    }
    if (view->needs & VIEW_NEEDS_L2) {
        ViewL2 *l2 = ARENA_NEW(arena, ViewL2);
        if (!view_l2_fill(scenario, l2, err)) return false;
        input->l2 = l2;
    }
    if (view->needs & VIEW_NEEDS_SWEEP) {
        ViewSweep *sweep = ARENA_NEW(arena, ViewSweep);
        sweep_fill(scenario, sweep);
        input->sweep = sweep;
    }
    return true;
}

static const double SCALE_LEAST = 0.1; /* of type that a picture without room gets */

/* The theme in which a view fits its box: smaller where a --scale or a small picture leaves too little room. */
static Theme fitting_theme(const View *view, const Theme *theme, Box box) {
    double scale = theme->scale;
    if (view->least_width_units > 0)
        scale = fmin(scale, theme->scale * box.w / (view->least_width_units * theme->unit_px));
    if (view->least_height_units > 0)
        scale = fmin(scale, theme->scale * box.h / (view->least_height_units * theme->unit_px));
    return scale < theme->scale ? theme_make(theme->is_dark, fmax(scale, SCALE_LEAST)) : *theme;
}

/* The words around a view: above it the headline, below it the source. */
typedef struct Words {
    ViewHeadline headline;
    const char *source;
} Words;

enum { MARGIN_UNITS = 4, TITLE_UNITS = 4, NOTICE_UNITS = 3, SPACE_UNITS = 2 };
static const double SOURCE_UNITS = 2.1;

/* The height that words and margins take. */
static double words_px(Scene *scene, const Theme *theme, const Words *words) {
    double width_px = scene->width_px - 2 * MARGIN_UNITS * theme->unit_px;
    int title = scene_wrap_lines(scene, width_px, theme_text_bold(theme, TYPE_TITLE), words->headline.title),
        notice = scene_wrap_lines(scene, width_px, theme_text(theme, TYPE_BODY), words->headline.notice),
        source = scene_wrap_lines(scene, width_px, theme_text_soft(theme, TYPE_SMALL), words->source);
    return (title * TITLE_UNITS + notice * NOTICE_UNITS + SPACE_UNITS + source * SOURCE_UNITS + 1 + 2 * MARGIN_UNITS) *
           theme->unit_px;
}

/* A --scale that would leave the view less than half of the picture is taken back. */
static Theme theme_for_words(Scene *scene, const Theme *theme, const Words *words) {
    Theme smaller = *theme;
    while (words_px(scene, &smaller, words) > scene->height_px / 2 && smaller.scale > SCALE_LEAST)
        smaller = theme_make(theme->is_dark, 0.9 * smaller.scale);
    return smaller;
}

/* Text from the top of *box, which it shortens, with space_px under it. */
static void cut_text(Scene *scene, Box *box, TextStyle style, double line_px, double space_px, const char *text) {
    double height_px = scene_wrap_lines(scene, box->w, style, text) * line_px + space_px;
    Box strip = box_cut_top(box, height_px);
    scene_text_wrap(scene, strip.x, strip.y + 0.75 * line_px, strip.w, line_px, style, text);
}

void view_picture(const View *view, const ViewInput *input, const Theme *asked, Scene *scene) {
    Words words = {view->headline(input, scene->arena), view->source(input, scene->arena)};
    Theme theme = theme_for_words(scene, asked, &words);
    double unit_px = theme.unit_px;
    Box box = box_inset((Box){0, 0, scene->width_px, scene->height_px}, MARGIN_UNITS * unit_px);
    cut_text(scene, &box, theme_text_bold(&theme, TYPE_TITLE), TITLE_UNITS * unit_px, 0, words.headline.title);
    cut_text(scene, &box, theme_text(&theme, TYPE_BODY), NOTICE_UNITS * unit_px, SPACE_UNITS * unit_px,
             words.headline.notice);
    TextStyle soft = theme_text_soft(&theme, TYPE_SMALL);
    double line_px = SOURCE_UNITS * unit_px;
    int lines = scene_wrap_lines(scene, box.w, soft, words.source);
    Box foot = box_cut_bottom(&box, lines * line_px + unit_px);
    scene_text_wrap(scene, foot.x, foot.y + foot.h - (lines - 1) * line_px, foot.w, line_px, soft, words.source);
    Theme fitting = fitting_theme(view, &theme, box);
    view->draw(input, &fitting, box, scene);
}
