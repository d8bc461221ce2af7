/* The window in every state that changes its layout, at every size: nothing that a reader cannot read. See
 * scene_lint.h.
 */
#include "tests/viz/lint_report.h"
#include "tests/window/stage.h"

static void lint_window(const Stage *stage, const char *keys, const char *scenario_text) {
    const ViewState *state = &stage->state;
    bool has_card = state->is_help_open || state->formula_counter >= 0; /* for who stands at the desk */
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

static void windows_are_readable(void **unused) {
    (void)unused;
    static const char *const worlds[] = {"algorithm = flash2\nseq = 128K\nbatch = 1\n",
                                         "",
                                         "algorithm = standard,flash1,flash2\ncausal = on\n",
                                         "algorithm = standard,flash2\npass = both\nheads = 16\nkv-heads = 2\n",
                                         "seq = 32\n",
                                         "causal = on\nseq = 4K\nalgorithm = flash2,moba,nsa\n"};
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
    for (size_t n = 0; n < sizeof worlds / sizeof worlds[0]; n++) {
        Stage stage;
        stage_open(&stage, worlds[n], false);
        ViewState fresh = stage.state;
        for (size_t k = 0; k < sizeof states / sizeof states[0]; k++)
            for (int s = 0; s < LINT_SIZES; s++) {
                if (strchr(states[k], 'u') && n != 1) continue; /* values are of a small world, the same for all */
                stage.state = fresh;
                stage_apply(&stage, (Event){.kind = EVENT_RESIZE,
                                            .width_px = lint_sizes[s].width_px,
                                            .height_px = lint_sizes[s].height_px});
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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(windows_are_readable),
    };
    return cmocka_run_group_tests(tests, lint_open_fonts, lint_close_fonts);
}
