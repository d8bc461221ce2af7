/* The window in every state that changes its layout, at every size: nothing that a reader cannot read. See
 * scene_lint.h.
 */
#include "tests/viz/lint_report.h"
#include "tests/window/stage.h"
#include "viz/views/tutor_panel.h"

static void lint_window(const Stage *stage, const char *keys, const char *scenario_text) {
    const ViewState *state = &stage->state;
    bool has_card =
        state->is_help_open || state->is_shelf_open || state->formula_counter >= 0; /* for who stands at the desk */
    double scale = theme_scale_for(state->width_px, state->height_px, 1) * (state->is_lecture && !has_card ? 1.5 : 1);
    char picture[60], where[160];
    snprintf(picture, sizeof picture, "window '%s'", keys);
    snprintf(where, sizeof where, "%d x %d, %.80s", state->width_px, state->height_px, scenario_text);
    lint_picture(stage_scene(stage), lint_small_px * scale, false, picture, where);
}

/* Only the last one is drawn, and what changes the scenario. */
static void press(Stage *stage, const char *keys) {
    for (; *keys; keys++) {
        Event event = {.kind = EVENT_KEY, .key = *keys == '>' ? (uint32_t)KEY_PAGE_DOWN : (uint32_t)*keys};
        if (*keys == 'u' || !keys[1])
            stage_apply(stage, event);
        else
            view_state_apply(&stage->state, stage->world.input.race, stage_scene(stage), &event);
    }
}

static const char *const worlds[] = {"algorithm = flash2\nseq = 128K\nbatch = 1\n",
                                     "",
                                     "algorithm = standard,flash1,flash2\ncausal = on\n",
                                     "algorithm = standard,flash2\npass = both\nheads = 16\nkv-heads = 2\n",
                                     "algorithm = standard,flash1,flash2\npass = both\n",
                                     "algorithm = flash2,flash3\ngpu = h100\nhead-dim = 96\nseq = 1000\n",
                                     "seq = 32\n",
                                     "causal = on\nseq = 4K\nalgorithm = flash2,moba,nsa\n"};
enum { WORLDS = sizeof worlds / sizeof worlds[0] };

/* As the window has it: every header has its button. */
static const Shelf shelf = {.lesson_count = 14,
                            .open_index = 2,
                            .lessons = {{"Threads, blocks, SRAM and HBM", 14, "done"},
                                        {"FlashAttention 1 against 2: who loops outside?", 13, "11 of 12"},
                                        {"Why 8x the tokens is 64x the memory", 12, ""},
                                        {"ModernBERT: which layers must see everything?", 11, "3 of 9"},
                                        {"a", 1, ""},
                                        {"b", 1, ""},
                                        {"c", 1, ""},
                                        {"d", 1, ""},
                                        {"e", 1, ""},
                                        {"f", 1, ""},
                                        {"g", 1, ""},
                                        {"h", 1, ""},
                                        {"i", 1, ""},
                                        {"From 2K to 128K: the whole answer", 15, ""}}};

static void resize(Stage *stage, LintSize size) {
    stage_apply(stage, (Event){.kind = EVENT_RESIZE, .width_px = size.width_px, .height_px = size.height_px});
}

static void windows_are_readable(void **unused) {
    (void)unused;
    static const char *const states[] = {"",
                                         ">",
                                         "x",
                                         "x>",
                                         "?",
                                         "i",
                                         "u>",
                                         "l>",
                                         "l?",
                                         "li",
                                         "t",
                                         "lt",
                                         "l",
                                         "v",
                                         "v>",
                                         "vv",
                                         "vvv",
                                         "vvvv",
                                         "vvvvv",
                                         "vx>",
                                         "vvx",
                                         "vvvx",
                                         "vvvvx",
                                         "vvvvvx",
                                         "++++++",
                                         "++++++++++++++++++++++",
                                         "+++++++++++++++++++++++>",
                                         "d>"};
    for (int n = 0; n < WORLDS; n++) {
        Stage stage;
        stage_open(&stage, worlds[n], false);
        stage.state.shelf = &shelf;
        ViewState fresh = stage.state;
        for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
            for (int s = 0; s < LINT_SIZES; s++) {
                if (strchr(states[k], 'u') && n != 1) continue; /* values are of a small world, the same for all */
                stage.state = fresh;
                resize(&stage, lint_sizes[s]);
                press(&stage, states[k]);
                lint_window(&stage, states[k], worlds[n]);
                if (s == 0) { /* colours do not depend on the size */
                    press(&stage, "d");
                    lint_window(&stage, arena_format(&stage.arenas[stage.at], "%sd", states[k]), worlds[n]);
                }
                if (stage.state.is_small) stage_key(&stage, 'u', 0); /* back to the world as it was */
            }
        stage_close(&stage);
    }
    lint_end();
}

/* Sentences, arrows and tiles differ from step to step. */
static void every_moment_is_readable(void **unused) {
    (void)unused;
    enum { MOMENTS = 24 };
    for (int n = 0; n < WORLDS; n++) {
        Stage stage;
        stage_open(&stage, worlds[n], false);
        resize(&stage, lint_sizes[0]);
        const Runner *lead = &stage.world.input.race->runners[stage.state.lead];
        for (int i = 0; i < 2 * MOMENTS; i++) {
            stage.state.is_lecture = i & 1;
            stage.state.step_index = (lead->step_count - 1) / MOMENTS * (uint64_t)(i / 2) + (uint64_t)(i % 7);
            stage_draw(&stage);
            lint_window(&stage, i & 1 ? "lecture" : "moment", worlds[n]);
        }
        stage_close(&stage);
    }
    lint_end();
}

/* As window.c does it: the lesson's column takes its part, one algorithm is beside it. */
static void beside_a_lesson_it_is_readable(void **unused) {
    (void)unused;
    static const char *const lessons[] = {"algorithm = standard\n",
                                          "algorithm = standard,flash2\nbatch = 1\nheads = 32\nhead-dim = 128\n",
                                          "algorithm = flash2\ncausal = on\nlayers = 24\n",
                                          "algorithm = standard\npass = both\nmask = additive\ndropout = 0.1\n",
                                          "algorithm = nsa\ncausal = on\nseq = 4K\n"};
    static const char *const states[] = {"", ">", ">>", "x", "i", "t", "v", "vv", "vvv", "++++++++++++++++++++++"};
    for (size_t n = 0; n < sizeof lessons / sizeof lessons[0]; n++) {
        Stage stage;
        stage_open(&stage, lessons[n], false);
        stage.state.shelf = &shelf;
        ViewState fresh = stage.state;
        for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
            for (int s = 0; s < LINT_SIZES; s++) {
                stage.state = fresh;
                resize(&stage, lint_sizes[s]);
                Theme theme = frame_theme(&stage.state);
                stage.state.left_px = tutor_panel_px(&theme, stage.state.width_px);
                stage_draw(&stage);
                press(&stage, states[k]);
                char keys[60];
                snprintf(keys, sizeof keys, "lesson %s", states[k]);
                lint_window(&stage, keys, lessons[n]);
            }
        stage_close(&stage);
    }
    lint_end();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_readable),
        cmocka_unit_test(every_moment_is_readable),
        cmocka_unit_test(beside_a_lesson_it_is_readable),
    };
    return cmocka_run_group_tests(tests, lint_open_fonts, lint_close_fonts);
}
