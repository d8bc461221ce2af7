/* Every view at every size a lecturer has, light and dark: nothing that a reader cannot read. See scene_lint.h. */
#include "tests/viz/lint_report.h"
#include "viz/cli/comparison.h"
#include "viz/views/views.h"

/* The lint itself. */

static const char *first_offence(void (*fill)(Scene *scene, const Theme *theme)) {
    static LintList list;
    Arena arena = {0};
    Theme theme = theme_make(false, 1);
    Scene scene = scene_make(&arena, &lint_fonts.metrics, 400, 200, theme.background);
    list.count = 0, list.lines[0][0] = 0;
    fill(&scene, &theme);
    scene_lint(&scene, &lint_fonts, (LintRules){.least_px = lint_small_px}, &list);
    arena_free(&arena);
    return list.lines[0];
}

static void say(Scene *scene, const Theme *theme, double x, double y, Color color) {
    scene_text(scene, x, y, text_color(theme_text(theme, TYPE_SMALL), color), "speed");
}
static void fill_well(Scene *scene, const Theme *theme) {
    scene_line(scene, (Point){0, 95}, (Point){400, 95}, theme->grid, 1); /* a gridline may pass */
    say(scene, theme, 20, 100, theme->ink);
    say(scene, theme, 20, 117, theme->ink);
}
static void fill_overlap(Scene *scene, const Theme *theme) {
    say(scene, theme, 20, 100, theme->ink);
    say(scene, theme, 20, 110, theme->ink); /* a letter's tail in the next line's d */
}
static void fill_cut(Scene *scene, const Theme *theme) {
    scene_clip_push(scene, (Box){0, 0, 400, 101});
    say(scene, theme, 20, 100, theme->ink);
    scene_clip_pop(scene);
}
static void fill_out(Scene *scene, const Theme *theme) { say(scene, theme, 380, 100, theme->ink); }
static void fill_small(Scene *scene, const Theme *theme) {
    TextStyle style = theme_text(theme, TYPE_SMALL);
    style.size_px = 12;
    scene_text(scene, 20, 100, style, "speed");
}
static void fill_faint(Scene *scene, const Theme *theme) {
    scene_rect(scene, (Box){0, 80, 200, 40}, theme_area(theme, TENSOR_V));
    say(scene, theme, 20, 100, 0xFFFFFFFF);
}
static void fill_crossed(Scene *scene, const Theme *theme) {
    scene_line(scene, (Point){30, 0}, (Point){30, 200}, theme->tensor[TENSOR_K], 1);
    say(scene, theme, 20, 100, theme->ink);
}
static void fill_short(Scene *scene, const Theme *theme) {
    scene_text_cut(scene, 20, 100, 30, theme_text(theme, TYPE_SMALL), "speed");
}
/* Half under a card: it is meant to be in front. */
static void fill_card(Scene *scene, const Theme *theme) {
    say(scene, theme, 20, 100, theme->ink);
    scene_rect(scene, (Box){30, 80, 200, 40}, (Paint){.pattern = PATTERN_SOLID, .fill = theme->background});
    scene_hit(scene, (Box){30, 80, 200, 40}, (SceneHit){0});
}

static void the_lint_sees(void **unused) {
    (void)unused;
    static const struct {
        void (*fill)(Scene *scene, const Theme *theme);
        const char *rule;
    } rows[] = {{fill_well, ""},           {fill_card, ""},           {fill_overlap, "overlap"},
                {fill_cut, "is cut"},      {fill_out, "runs out"},    {fill_small, "too small"},
                {fill_faint, "too faint"}, {fill_crossed, "crossed"}, {fill_short, "shortened"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *got = first_offence(rows[i].fill);
        if (strncmp(got, rows[i].rule, strlen(rows[i].rule)) != 0 || (!*rows[i].rule && *got))
            fail_msg("want '%s', got '%s'", rows[i].rule, got);
    }
}

/* Views. */

static const char *const scenarios[] = {
    "",
    "seq = 128K\nbatch = 1\n",
    "seq = 32\n",
    "heads = 32\nkv-heads = 4\nseq = 8K\nhead-dim = 128\ngpu = rtx4090\nalgorithm = flash2,standard,flash1\n",
    "pass = both\nmask = additive\ndropout = 0.1\n",
    "causal = on\nalgorithm = standard,flash1,flash2\nlayers = 24\n",
    "causal = on\nseq = 4K\nalgorithm = flash2,moba,nsa\n",
    "gpu = h100\nhead-dim = 128\nseq = 4K\nbatch = 4\nalgorithm = standard,flash2,flash3\n",
    "gpu = h200\nhead-dim = 256\ndtype = fp8\ncausal = on\nalgorithm = flash3\n",
    "gpu = h100\nhead-dim = 128\npass = both\nseq = 2K\nbatch = 2\nalgorithm = flash2,flash3\n",
    "causal = on\nseq = 8K\nalgorithm = window,masked,longformer\naccounting = paper\n",
};
enum { SCENARIOS = sizeof scenarios / sizeof scenarios[0] };

static void read_scenario(Scenario *scenario, const char *text) {
    Err err = {0};
    *scenario = scenario_default();
    if (!scenario_read_text(scenario, "test", text, &err) || !scenario_finish(scenario, &err))
        fail_msg("%s: %s", text, err.text);
}

static void lint_view(const View *view, const ViewInput *input, const char *scenario_text) {
    Arena arena = {0};
    for (int s = 0; s < LINT_SIZES; s++)
        for (int is_dark = 0; is_dark <= (s == 0); is_dark++) { /* colours do not depend on the size */
            double scale = theme_scale_for(lint_sizes[s].width_px, lint_sizes[s].height_px, 1);
            Theme theme = theme_make(is_dark, scale);
            Scene scene = scene_make(&arena, &lint_fonts.metrics, lint_sizes[s].width_px, lint_sizes[s].height_px,
                                     theme.background);
            view_picture(view, input, &theme, &scene);
            char where[160];
            snprintf(where, sizeof where, "%d x %d%s, %.80s", lint_sizes[s].width_px, lint_sizes[s].height_px,
                     is_dark ? " dark" : "", scenario_text);
            lint_picture(&scene, lint_small_px * scale, false, view->name, where);
            arena_reset(&arena);
        }
    arena_free(&arena);
}

enum {
    shared_needs =
        VIEW_NEEDS_COUNTS | VIEW_NEEDS_SWEEP | VIEW_NEEDS_DRAM | VIEW_NEEDS_STEP | VIEW_NEEDS_RACE | VIEW_NEEDS_COMPARE,
    slow_needs = VIEW_NEEDS_L2 | VIEW_NEEDS_CHOICE | VIEW_NEEDS_TRADEOFF
};

static void prepare(const View *view, const Scenario *scenario, Arena *arena, ViewInput *input) {
    Err err = {0};
    if (!view_prepare(view, scenario, VIEW_STEP_DEFAULT, arena, input, &err)) fail_msg("%s: %s", view->name, err.text);
}

static bool is_asked(const View *view) {
    const char *only = getenv("LINT_VIEW");
    return !only || strcmp(only, view->name) == 0;
}

/* Counted once for all views that draw from counts. */
static void lint_shared(const Scenario *scenario, const char *text) {
    static const View shared = {.name = "shared", .needs = shared_needs};
    Arena arena = {0};
    ViewInput input;
    Comparison comparison = {0};
    prepare(&shared, scenario, &arena, &input);
    ComparisonOptions options = {.is_kernel_skipped = true, .counts = input.counts};
    assert_true(comparison_fill(scenario, options, &comparison, &arena, NULL));
    for (int i = 0; i < comparison.compare.row_count; i++) { /* as if measured, 3 % above */
        CompareRow *row = &comparison.compare.rows[i];
        row->has[COMPARE_HARDWARE] = row->has_error = true;
        row->hardware = 1.03 * (double)row->exact[COMPARE_REPLAY], row->error = -0.03;
        row->hardware_min = 0.99 * row->hardware, row->hardware_max = 1.4 * row->hardware;
    }
    input.compare = &comparison.compare;
    input.compare_engine = comparison.engine;
    for (int v = 0; v < view_table_count; v++)
        if (!(view_table[v]->needs & ~(unsigned)shared_needs) && is_asked(view_table[v]))
            lint_view(view_table[v], &input, text);
    for (int i = 0; i < comparison.compare.row_count; i++) comparison.compare.rows[i].has[COMPARE_HARDWARE] = false;
    input.compare_unrun = comparison.unrun;
    if (is_asked(view_find("compare"))) lint_view(view_find("compare"), &input, text); /* its other face */
    arena_free(&arena);
}

static void views_are_readable(void **unused) {
    (void)unused;
    for (int n = 0; n < SCENARIOS; n++) {
        Scenario scenario;
        read_scenario(&scenario, scenarios[n]);
        lint_shared(&scenario, scenarios[n]);
        for (int v = 0; v < view_table_count; v++) {
            const View *view = view_table[v];
            if (!(view->needs & ~(unsigned)shared_needs) || !is_asked(view)) continue;
            if (view->needs & slow_needs && n > 0) continue; /* they take seconds, and little of a scenario */
            Arena arena = {0};
            ViewInput input;
            prepare(view, &scenario, &arena, &input);
            lint_view(view, &input, scenarios[n]);
            arena_free(&arena);
        }
    }
    lint_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_lint_sees),
        cmocka_unit_test(views_are_readable),
    };
    return cmocka_run_group_tests(tests, lint_open_fonts, lint_close_fonts);
}
