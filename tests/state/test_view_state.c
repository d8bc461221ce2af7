/* Events without a display: keys, pointer, playing, Tab, sliders, and thousands of random events. */
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <string.h>

#include "sim/base/random.h"
#include "sim/units.h"
#include "tests/window/stage.h"
#include "viz/state/summed.h"
#include "viz/state/zoom.h"

static const char small[] = "algorithm = standard,flash1,flash2\nbatch = 2\nheads = 2\nseq = 96\nhead-dim = 16\n"
                            "block-q = 16\nblock-k = 32\n";

static Stage stage;
static int open_small(void **unused) {
    (void)unused;
    stage_open(&stage, small, true);
    return 0;
}
static int close_small(void **unused) {
    (void)unused;
    stage_close(&stage);
    return 0;
}
static const Runner *lead(void) { return &stage.world.input.race->runners[stage.state.lead]; }

static void every_command_has_its_own_key(void **unused) {
    (void)unused;
    for (int i = 0; i < COMMAND_COUNT; i++)
        assert_int_equal(command_find(command_info[i].key, command_info[i].modifiers), i);
    assert_int_equal(command_find('=', 0), COMMAND_ZOOM_IN); /* + without Shift */
    assert_int_equal(command_find('?', MODIFIER_SHIFT), COMMAND_HELP);
    assert_int_equal(command_find('y', 0), COMMAND_NONE);
}

static void keys_move_the_position(void **unused) {
    (void)unused;
    for (int i = 0; i < 3; i++) stage_key(&stage, KEY_RIGHT, 0);
    assert_int_equal(stage.state.step_index, 3);
    stage_key(&stage, KEY_LEFT, 0);
    assert_int_equal(stage.state.step_index, 2);
    stage_key(&stage, KEY_END, 0);
    assert_int_equal(stage.state.step_index, lead()->step_count);
    stage_key(&stage, KEY_RIGHT, 0);
    assert_int_equal(stage.state.step_index, lead()->step_count);
    stage_key(&stage, KEY_HOME, 0);
    stage_key(&stage, KEY_LEFT, 0);
    assert_int_equal(stage.state.step_index, 0);
    stage_key(&stage, KEY_PAGE_DOWN, 0); /* standard leads: its second kernel */
    assert_int_equal(runner_at(lead(), stage.state.step_index).state.kernel, 1);
    assert_int_equal(runner_at(lead(), stage.state.step_index - 1).state.kernel, 0);
    stage_key(&stage, 'm', MODIFIER_SHIFT);
    stage_key(&stage, 'm', 0);
    assert_non_null(runner_mark_at(lead(), stage.state.step_index));
    assert_int_equal(runner_mark_at(lead(), stage.state.step_index)->step_index, stage.state.step_index);
}

static void play_for(uint64_t ms, uint64_t tick_ms) {
    for (uint64_t t = 0; t < ms; t += tick_ms)
        stage_apply(&stage, (Event){.kind = EVENT_TICK, .elapsed_ns = tick_ms * 1000000});
}

static void playing_keeps_the_speed_asked_for(void **unused) {
    (void)unused;
    stage_key(&stage, KEY_RIGHT, 0);
    stage_key(&stage, KEY_SPACE, 0);
    assert_true(view_state_is_running(&stage.state));
    play_for(2990, 10); /* one step a second */
    assert_int_equal(stage.state.step_index, 3);
    play_for(20, 10);
    assert_int_equal(stage.state.step_index, 4);
    stage_apply(&stage, (Event){.kind = EVENT_TICK, .elapsed_ns = 60ull * 1000000000}); /* the host slept a minute */
    assert_int_equal(stage.state.step_index, 4);
    stage_key(&stage, KEY_SPACE, 0);
    play_for(5000, 50);
    assert_int_equal(stage.state.step_index, 4);
}

static void playing_waits_at_a_bookmark(void **unused) {
    (void)unused;
    const RaceMark *mark = runner_mark_next(lead(), 0, 1);
    for (int i = 0; i < 3; i++) stage_key(&stage, KEY_UP, 0); /* eight steps a second */
    stage_key(&stage, KEY_SPACE, 0);
    play_for(60000, 100);
    assert_int_equal(stage.state.step_index, mark->step_index);
    assert_false(view_state_is_running(&stage.state));
}

static void the_fastest_speed_takes_a_second_a_kernel(void **unused) {
    (void)unused;
    for (int i = 0; i < 40; i++) stage_key(&stage, KEY_UP, 0);
    stage_key(&stage, KEY_SPACE, 0);
    play_for(900, 10);
    assert_int_equal(runner_at(lead(), stage.state.step_index).state.kernel, 0);
    play_for(200, 10);
    assert_int_equal(runner_at(lead(), stage.state.step_index).state.kernel, 1);
    play_for(20000, 100);
    assert_int_equal(stage.state.step_index, lead()->step_count);
    assert_false(view_state_is_running(&stage.state));
}

/* Lessons: T opens the list, arrows choose, Enter begins one; the last row closes the one that is open. */
static void a_lesson_is_chosen_from_the_list(void **unused) {
    (void)unused;
    Shelf shelf = {.lesson_count = 3, .open_index = -1, .lessons = {{"a", 1, ""}, {"b", 1, ""}, {"c", 1, ""}}};
    stage_key(&stage, 't', 0);
    assert_false(stage.state.is_shelf_open);
    assert_non_null(strstr(stage.state.message, "hbmscope learn"));
    stage.state.shelf = &shelf;
    stage_key(&stage, 't', 0);
    assert_true(stage.state.is_shelf_open);
    stage_key(&stage, KEY_DOWN, 0);
    Effects effects = stage_key(&stage, KEY_ENTER, 0);
    assert_true(effects.is_lesson_chosen && effects.lesson_index == 1);
    assert_false(stage.state.is_shelf_open);
    stage_key(&stage, 't', 0);
    stage_key(&stage, KEY_UP, 0); /* around the end, which has no row to close a lesson */
    effects = stage_key(&stage, KEY_ENTER, 0);
    assert_int_equal(effects.lesson_index, 2);
    shelf.open_index = 2;
    stage_key(&stage, 't', 0);
    assert_int_equal(stage.state.focus.index, 2);
    stage_key(&stage, KEY_DOWN, 0);
    effects = stage_key(&stage, KEY_SPACE, 0);
    assert_true(effects.is_lesson_chosen && effects.lesson_index == shelf.lesson_count);
    stage_key(&stage, 't', 0);
    assert_false(stage_key(&stage, KEY_ESCAPE, 0).is_lesson_chosen);
    assert_false(stage.state.is_shelf_open);
}

/* Pointer. */

static Box box_of(int kind, int index) {
    const Scene *scene = stage_scene(&stage);
    for (int i = scene->command_count; i-- > 0;)
        if (scene->commands[i].kind == SCENE_HIT && scene->commands[i].hit.kind == kind &&
            scene->commands[i].hit.index[0] == index)
            return scene->commands[i].box;
    fail_msg("no control of kind %d, index %d", kind, index);
    return (Box){0};
}

static void point(EventKind kind, double x, double y) {
    stage_apply(&stage, (Event){.kind = kind, .x_px = x, .y_px = y});
}
static void click(int kind, int index) {
    Box box = box_of(kind, index);
    point(EVENT_POINTER_DOWN, box.x + box.w / 2, box.y + box.h / 2);
    point(EVENT_POINTER_UP, box.x + box.w / 2, box.y + box.h / 2);
}

static void the_timeline_is_dragged(void **unused) {
    (void)unused;
    Box box = box_of(CONTROL_TIMELINE, 0);
    point(EVENT_POINTER_DOWN, box.x + box.w / 2, box.y + box.h / 2);
    assert_true(llabs((long long)stage.state.step_index - (long long)lead()->step_count / 2) <= 1);
    point(EVENT_POINTER_MOVE, box.x + 2 * box.w, 0); /* outside: held at the end */
    assert_int_equal(stage.state.step_index, lead()->step_count);
    point(EVENT_POINTER_UP, box.x, 0);
    point(EVENT_POINTER_MOVE, box.x + 5, box.y + 5);
    assert_int_equal(stage.state.step_index, lead()->step_count);
}

static void a_button_acts_when_let_go_over_it(void **unused) {
    (void)unused;
    click(CONTROL_COMMAND, COMMAND_STEP_NEXT);
    assert_int_equal(stage.state.step_index, 1);
    Box box = box_of(CONTROL_COMMAND, COMMAND_STEP_NEXT);
    point(EVENT_POINTER_DOWN, box.x + 2, box.y + 2);
    point(EVENT_POINTER_UP, 3, 3);
    assert_int_equal(stage.state.step_index, 1);
    click(CONTROL_CLOCK, RACE_STEPS);
    assert_int_equal(stage.state.clock, RACE_STEPS);
    click(CONTROL_COUNTER, COUNTER_ISSUED_READ_BYTES);
    assert_int_equal(stage.state.formula_counter, COUNTER_ISSUED_READ_BYTES);
    stage_key(&stage, KEY_ESCAPE, 0);
    assert_int_equal(stage.state.formula_counter, -1);
}

static bool scene_says(const char *part) {
    const Scene *scene = stage_scene(&stage);
    for (int i = 0; i < scene->command_count; i++)
        if (scene->commands[i].kind == SCENE_TEXT && strstr(scene->commands[i].text, part)) return true;
    return false;
}

/* A number, its formula, the steps behind one of its rows: all marked, gone through both ways, told as k of n. */
static void a_formula_shows_all_the_steps_it_sums(void **unused) {
    (void)unused;
    int row = -1;
    const Formula *formula = lead()->count->formula;
    for (int i = 0; i < formula->row_count && row < 0; i++)
        if (formula->rows[i].counter == COUNTER_ISSUED_READ_BYTES && strcmp(formula->rows[i].tensor, "K") == 0) row = i;
    Arena arena = {0};
    Summed summed;
    assert_true(summed_make(lead(), row, &arena, &summed));
    stage.state.formula_runner = stage.state.lead;
    stage_key(&stage, 'i', 0);
    click(CONTROL_FORMULA_ROW, row);
    assert_int_equal(stage.state.formula_counter, -1);
    for (uint64_t k = 0; k < 5; k++) {
        char place[60];
        snprintf(place, sizeof place, "step %d of %s", (int)k + 1, units_exact(summed.count).text);
        assert_int_equal(stage.state.step_index, summed_seek(&summed, k));
        assert_true(scene_says(place));
        stage_key(&stage, 'n', 0);
    }
    stage_key(&stage, 'n', MODIFIER_SHIFT);
    assert_int_equal(stage.state.step_index, summed_seek(&summed, 4));
    stage_key(&stage, KEY_RIGHT, 0);
    assert_true(scene_says("5 of ") && scene_says(" steps past"));
    stage_key(&stage, 'l', 0); /* lecture mode says it in the notes */
    assert_true(scene_says("5 of ") && scene_says(" steps past"));
    stage_key(&stage, 'l', 0);
    stage_key(&stage, KEY_END, 0);
    stage_key(&stage, 'n', 0);
    assert_int_equal(stage.state.step_index, lead()->step_count);
    stage_key(&stage, KEY_ESCAPE, 0);
    assert_int_equal(stage.state.summed_row, -1);
    assert_false(scene_says(" steps past"));
    arena_free(&arena);
}

static void a_slider_changes_the_scenario(void **unused) {
    (void)unused;
    stage_key(&stage, 'x', 0);
    Box box = box_of(CONTROL_SLIDER, SLIDER_SEQ);
    uint64_t steps = lead()->step_count;
    point(EVENT_POINTER_DOWN, box.x + 1, box.y + box.h / 2);
    assert_int_equal(stage.state.scenario.query_rows, 128);
    point(EVENT_POINTER_MOVE, box.x + box.w, box.y);
    assert_int_equal(stage.state.scenario.query_rows, 1 << 20);
    assert_int_equal(stage.state.scenario.key_rows, 1 << 20);
    point(EVENT_POINTER_UP, box.x + box.w, box.y);
    assert_true(lead()->step_count > steps);
    point(EVENT_POINTER_DOWN, box.x + 1, box.y + box.h / 2);
    point(EVENT_POINTER_UP, box.x + 1, box.y + box.h / 2);
    assert_int_equal(stage.world.scenario.query_rows, 128);
}

/* Dims of 256 in tiles of 256 do not fit an SM: the old scenario stays, and the reason is said. */
static void focus_slider(SliderId id) {
    for (int tab = 0; tab < 200 && !(stage.state.focus.kind == CONTROL_SLIDER && stage.state.focus.index == (int)id);
         tab++)
        stage_key(&stage, KEY_TAB, 0);
    assert_int_equal(stage.state.focus.index, id);
}

static void a_scenario_that_does_not_fit_is_taken_back(void **unused) {
    (void)unused;
    static const SliderId sliders[] = {SLIDER_BLOCK_Q, SLIDER_BLOCK_K, SLIDER_HEAD_DIM};
    stage_key(&stage, 'x', 0);
    for (int s = 0; s < 3; s++) {
        focus_slider(sliders[s]);
        for (int i = 0; i < 8 && !stage.state.message[0]; i++) stage_key(&stage, KEY_RIGHT, 0);
    }
    assert_non_null(strstr(stage.state.message, "shared"));
    assert_int_equal(stage.state.scenario.head_dim_elems, stage.world.scenario.head_dim_elems);
    assert_int_equal(stage.state.scenario.block_key_rows, stage.world.scenario.block_key_rows);
}

static void the_wheel_zooms_into_the_matrix(void **unused) {
    (void)unused;
    Box box = box_of(CONTROL_MATRIX, 2);
    stage_apply(&stage, (Event){.kind = EVENT_WHEEL, .wheel_steps = 1, .x_px = box.x + 1, .y_px = box.y + 1});
    assert_int_equal(stage.state.zoom, 1);
    RunnerAt at = runner_at(&stage.world.input.race->runners[2], 0);
    ScoreWindow window = zoom_window(&stage.state, &stage.world.input.race->runners[2], &at);
    assert_float_equal(window.row_first, 0, 1); /* the corner under the pointer stays */
    assert_float_equal(window.row_end, 48, 1);
    while (stage.state.zoom < ZOOM_LANE) stage_key(&stage, '+', 0);
    stage_key(&stage, '.', 0);
    assert_int_equal(stage.state.lens_lane, 1);
    stage_key(&stage, '0', 0);
    assert_int_equal(stage.state.zoom, 0);
}

/* Values on a small scenario. */

static void values_of_a_large_scenario_use_a_small_one(void **unused) {
    (void)unused;
    stage_key(&stage, 'u', 0);
    assert_int_equal(stage.world.scenario.query_rows, 8);
    stage_key(&stage, KEY_ESCAPE, 0);
    assert_int_equal(stage.world.scenario.query_rows, 96);
    assert_false(stage.state.has_values);
}

/* Tab. */

enum { CONTROLS_MAX = 400 };

static int collect_controls(Control *controls) {
    const Scene *scene = stage_scene(&stage);
    int count = 0;
    for (int i = 0; i < scene->command_count; i++) {
        const SceneHit *hit = &scene->commands[i].hit;
        if (scene->commands[i].kind != SCENE_HIT || hit->kind < CONTROL_COMMAND || hit->kind >= CONTROL_END) continue;
        Control control = {hit->kind, hit->index[0], hit->index[1], hit->value};
        bool is_known = false;
        for (int k = 0; k < count; k++) is_known |= control_equal(controls[k], control);
        assert_true(count < CONTROLS_MAX);
        if (!is_known) controls[count++] = control;
    }
    return count;
}

static void check_tab_reaches_all(unsigned modifiers) {
    Control controls[CONTROLS_MAX];
    bool is_reached[CONTROLS_MAX] = {false};
    int count = collect_controls(controls);
    for (int i = 0; i < 2 * count + 2; i++) {
        stage_key(&stage, KEY_TAB, modifiers);
        for (int k = 0; k < count; k++) is_reached[k] |= control_equal(controls[k], stage.state.focus);
    }
    for (int k = 0; k < count; k++)
        if (!is_reached[k]) fail_msg("Tab does not reach kind %d, index %d", controls[k].kind, controls[k].index);
}

static void tab_reaches_every_control_in_every_state(void **unused) {
    (void)unused;
    static const uint32_t keys[] = {0, 'x', 'v', 'v', 'i', KEY_ESCAPE, '?', KEY_ESCAPE, '+', 'u', KEY_ESCAPE, 'l'};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        if (keys[i]) stage_key(&stage, keys[i], 0);
        check_tab_reaches_all(0);
        check_tab_reaches_all(MODIFIER_SHIFT);
    }
}

static void enter_presses_the_focused_button(void **unused) {
    (void)unused;
    for (int i = 0; i < 200 && !(stage.state.focus.kind == CONTROL_COMMAND && stage.state.focus.index == COMMAND_DARK);
         i++)
        stage_key(&stage, KEY_TAB, 0);
    stage_key(&stage, KEY_ENTER, 0);
    assert_true(stage.state.is_dark);
}

/* Random events. */

static uint64_t random_state = 1;

static Event random_event(void) {
    static const uint32_t special[] = {KEY_TAB,  KEY_ENTER, KEY_ESCAPE, KEY_LEFT,    KEY_RIGHT,    KEY_UP,
                                       KEY_DOWN, KEY_HOME,  KEY_END,    KEY_PAGE_UP, KEY_PAGE_DOWN};
    Event event = {.kind = (EventKind)random_below(&random_state, EVENT_QUIT),
                   .x_px = (double)random_below(&random_state, 1400),
                   .y_px = (double)random_below(&random_state, 900)};
    event.modifiers = (unsigned)random_below(&random_state, 4);
    event.key = random_below(&random_state, 2) ? special[random_below(&random_state, 11)]
                                               : (uint32_t)(32 + random_below(&random_state, 95));
    event.wheel_steps = (int)random_below(&random_state, 3) - 1;
    event.width_px = 480 + (int)random_below(&random_state, 1400),
    event.height_px = 240 + (int)random_below(&random_state, 1000);
    event.elapsed_ns = random_below(&random_state, 200) * 1000000;
    return event;
}

/* 100,000 by hand: HBMSCOPE_RANDOM_EVENTS=100000 build/obj-asan-gcc/tests/window/test_view_state */
static void random_events_break_nothing(void **unused) {
    (void)unused;
    const char *text = getenv("HBMSCOPE_RANDOM_EVENTS");
    long count = text ? strtol(text, NULL, 10) : 3000;
    size_t settled_bytes = 0;
    for (long i = 0; i < count; i++) {
        stage_apply(&stage, random_event());
        assert_true(stage.state.step_index <= lead()->step_count);
        assert_true(stage.state.lead < stage.world.input.race->runner_count);
        if (i == count / 2) settled_bytes = mallinfo2().uordblks;
    }
    size_t end_bytes = mallinfo2().uordblks;
    if (end_bytes > settled_bytes + (16u << 20))
        fail_msg("memory grew from %zu to %zu bytes", settled_bytes, end_bytes);
}

int main(void) {
#define WITH_STAGE(test) cmocka_unit_test_setup_teardown(test, open_small, close_small)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_command_has_its_own_key),
        WITH_STAGE(keys_move_the_position),
        WITH_STAGE(a_lesson_is_chosen_from_the_list),
        WITH_STAGE(playing_keeps_the_speed_asked_for),
        WITH_STAGE(playing_waits_at_a_bookmark),
        WITH_STAGE(the_fastest_speed_takes_a_second_a_kernel),
        WITH_STAGE(the_timeline_is_dragged),
        WITH_STAGE(a_formula_shows_all_the_steps_it_sums),
        WITH_STAGE(a_button_acts_when_let_go_over_it),
        WITH_STAGE(a_slider_changes_the_scenario),
        WITH_STAGE(a_scenario_that_does_not_fit_is_taken_back),
        WITH_STAGE(the_wheel_zooms_into_the_matrix),
        WITH_STAGE(values_of_a_large_scenario_use_a_small_one),
        WITH_STAGE(tab_reaches_every_control_in_every_state),
        WITH_STAGE(enter_presses_the_focused_button),
        WITH_STAGE(random_events_break_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
