/* Axes and labels: round ticks, labels that do not cover each other; colours that can be read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>

#include "tests/viz/plain_metrics.h"
#include "viz/plot.h"

static FontMetrics metrics;
static Arena arena;

static int make_metrics(void **state) {
    (void)state;
    metrics = plain_metrics();
    return 0;
}
static int free_arena(void **state) {
    (void)state;
    arena_free(&arena);
    return 0;
}

static UnitText number_text(double value) { return units_number(value); }

static void check_ticks(PlotAxis axis, int most, int want_count, double want_first, double want_last) {
    double ticks[PLOT_TICKS_MAX];
    int count = plot_ticks(&axis, most, ticks);
    assert_int_equal(count, want_count);
    assert_true(fabs(ticks[0] - want_first) < 1e-9 * fmax(1, want_first));
    assert_true(fabs(ticks[count - 1] - want_last) < 1e-9 * fmax(1, want_last));
}

static void ticks_are_round(void **state) {
    (void)state;
    check_ticks((PlotAxis){.min = 0, .max = 42}, 10, 9, 0, 40);
    check_ticks((PlotAxis){.min = 0, .max = 1}, 6, 6, 0, 1);
    check_ticks((PlotAxis){.min = 3, .max = 97}, 5, 4, 20, 80);
    check_ticks((PlotAxis){.min = 0.001, .max = 1000, .is_log = true}, 10, 7, 0.001, 1000);
    check_ticks((PlotAxis){.min = 2048, .max = 131072, .is_log = true, .log_factor = 2, .log_base = 1024}, 24, 7, 2048,
                131072);
    check_ticks((PlotAxis){.min = 1, .max = 1e12, .is_log = true}, 7, 7, 1, 1e12);
    check_ticks((PlotAxis){.min = 3, .max = 400, .is_log = true}, 8, 6, 5, 200); /* 5 10 20 50 100 200 */
    check_ticks((PlotAxis){.min = 3, .max = 400, .is_log = true}, 5, 2, 10, 100);
    PlotAxis from_zero = plot_axis_from_zero(40.3e9, number_text, "");
    assert_true(from_zero.min == 0 && from_zero.max == 50e9);
}

static UnitText time_text(double ns) { return units_time(ns); }
static UnitText ratio_text(double value) { return units_ratio(value); }

static void tick_labels_have_no_idle_zeros(void **state) {
    (void)state;
    PlotAxis time = {.format = time_text}, ratio = {.format = ratio_text}, number = {.format = number_text};
    assert_string_equal(plot_tick_text(&time, 1e6).text, "1 ms");
    assert_string_equal(plot_tick_text(&time, 20e6).text, "20 ms");
    assert_string_equal(plot_tick_text(&time, 2.5e6).text, "2.5 ms");
    assert_string_equal(plot_tick_text(&ratio, 0.5).text, "0.5x");
    assert_string_equal(plot_tick_text(&ratio, 12.5).text, "12.5x");
    assert_string_equal(plot_tick_text(&number, 100).text, "100");
}

static Plot small_plot(Scene *scene, const Theme *theme) {
    PlotAxis x = {.min = 0, .max = 10, .format = number_text, .title = "x"};
    PlotAxis y = {.min = 0, .max = 10, .format = number_text, .title = "y"};
    return plot_make(scene, theme, (Box){0, 0, 600, 400}, x, y, 100);
}

static void end_labels_never_cover_each_other(void **state) {
    (void)state;
    Theme theme = theme_make(false, 1);
    for (int same = 0; same < 3; same++) {
        Scene scene = scene_make(&arena, &metrics, 600, 400, theme.background);
        Plot plot = small_plot(&scene, &theme);
        PlotLabel labels[6];
        for (int i = 0; i < 6; i++)
            labels[i] = (PlotLabel){.x = 10,
                                    .y = same == 0   ? 5
                                         : same == 1 ? 9.9 + 0.01 * i
                                                     : 0.1 * i,
                                    .name = "name",
                                    .value = "1.00 GB"};
        plot_end_labels(&plot, labels, 6);
        double last_y = -INFINITY;
        for (int pass = 0; pass < 12; pass++) {
            double next_y = INFINITY;
            for (int i = 0; i < scene.command_count; i++)
                if (scene.commands[i].kind == SCENE_TEXT && scene.commands[i].box.y > last_y + 1e-6)
                    next_y = fmin(next_y, scene.commands[i].box.y);
            assert_true(next_y - last_y >= 13); /* a line of 13-pixel type */
            last_y = next_y;
        }
        assert_true(last_y < 400);
    }
}

static void callouts_keep_off_curves_and_each_other(void **state) {
    (void)state;
    Theme theme = theme_make(false, 1);
    Scene scene = scene_make(&arena, &metrics, 600, 400, theme.background);
    Plot plot = small_plot(&scene, &theme);
    const double x[] = {0, 5, 10}, y[] = {0, 5, 10};
    plot_curve(&plot, x, y, 3, 0xFF, 2, DASH_SOLID);
    int curve_count = plot.taken_count;
    for (int i = 1; i < 5; i++) plot_callout(&plot, 2.0 * i, 2.0 * i, 120, "a sentence of some length");
    for (int i = curve_count; i < plot.taken_count; i++) {
        Box box = plot.taken[i];
        assert_true(box.x >= plot.area.x && box.x + box.w <= plot.area.x + plot.area.w);
        assert_true(box.y >= plot.area.y && box.y + box.h <= plot.area.y + plot.area.h);
        for (int j = 0; j < i; j++) assert_false(box_overlaps(box, plot.taken[j]));
    }
}

static void every_colour_can_be_read(void **state) {
    (void)state;
    for (int is_dark = 0; is_dark < 2; is_dark++) {
        Theme theme = theme_make(is_dark, 1);
        assert_true(color_contrast(theme.ink, theme.background) > 7);
        assert_true(color_contrast(theme.ink_soft, theme.background) >= 4.5);
        for (int i = 0; i < TENSOR_CLASS_COUNT; i++) {
            assert_true(color_contrast(theme.tensor_edge[i], theme.background) >= 3);
            assert_true(color_contrast(theme.tensor_ink[i], theme.background) >= 4.5);
            assert_true(color_contrast(theme.tensor_ink[i], theme.panel) >= 4.5);
            assert_true(color_contrast(theme.tensor_ink[i], theme.grid) >= 4.5);
            assert_true(color_contrast(theme.on_tensor[i], theme.tensor[i]) >= 4.5);
            assert_true(color_contrast(theme.ink, theme.tensor_tint[i]) >= 4.5);
        }
        for (int i = 0; i < 6; i++) assert_true(color_contrast(theme_series(&theme, i), theme.background) >= 4.5);
    }
    assert_true(fabs(color_contrast(0xFF, 0xFFFFFFFF) - 21) < 1e-9);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round),
        cmocka_unit_test(tick_labels_have_no_idle_zeros),
        cmocka_unit_test(end_labels_never_cover_each_other),
        cmocka_unit_test(callouts_keep_off_curves_and_each_other),
        cmocka_unit_test(every_colour_can_be_read),
    };
    return cmocka_run_group_tests(tests, make_metrics, free_arena);
}
