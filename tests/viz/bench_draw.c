/* Building scenes, drawing and compressing them: medians of CPU time, `bench NAME VALUE UNIT`. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "viz/backends/png_file.h"
#include "viz/views/views.h"

enum { ROUND_COUNT = 15 };

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}
static int by_value(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

typedef struct Times {
    double build_ms[ROUND_COUNT], export_ms[ROUND_COUNT], screen_ms[ROUND_COUNT], png_ms[ROUND_COUNT];
} Times;

static void print_median(const char *what, const char *name, double *values) {
    qsort(values, ROUND_COUNT, sizeof *values, by_value);
    printf("bench %s_%s %.3f ms\n", what, name, values[ROUND_COUNT / 2]);
}

static void measure_round(const View *view, const ViewInput *input, const Fonts *fonts, RasterTarget target,
                          Times *times, int round) {
    Arena frame = {0};
    Theme theme = theme_make(false, theme_scale_for(target.width_px, target.height_px, 1));
    double start_ms = now_ms();
    Scene scene = scene_make(&frame, &fonts->metrics, target.width_px, target.height_px, theme.background);
    view_picture(view, input, &theme, &scene);
    times->build_ms[round] = now_ms() - start_ms;
    start_ms = now_ms();
    raster_draw(&scene, fonts, RASTER_EXPORT, target, NULL);
    times->export_ms[round] = now_ms() - start_ms;
    start_ms = now_ms();
    raster_draw(&scene, fonts, RASTER_SCREEN, target, NULL);
    times->screen_ms[round] = now_ms() - start_ms;
    start_ms = now_ms();
    Err err;
    if (!png_write("/tmp/hbmscope-bench.png", target, "", &err)) fprintf(stderr, "%s\n", err.text);
    times->png_ms[round] = now_ms() - start_ms;
    arena_free(&frame);
}

int main(void) {
    Fonts fonts;
    Err err;
    RasterTarget target;
    double start_ms = now_ms();
    if (!fonts_open(&fonts, &err)) return fprintf(stderr, "%s\n", err.text), 1;
    printf("bench fonts_open %.3f ms\n", now_ms() - start_ms);
    if (!raster_alloc(2560, 1440, &target, &err)) return 1;
    Scenario scenario = scenario_default();
    if (!scenario_finish(&scenario, &err)) return 1;
    for (int i = 0; i < view_table_count; i++) {
        Arena arena = {0};
        ViewInput input;
        Times times;
        if (!view_prepare(view_table[i], &scenario, VIEW_STEP_DEFAULT, &arena, &input, &err)) return 1;
        Compare compare = {0};
        for (int a = 0; a < input.count_count; a++)
            compare_add(&compare, &(CompareInput){.count = &input.counts[a]}, &arena);
        input.compare = &compare;
        for (int round = 0; round < ROUND_COUNT; round++)
            measure_round(view_table[i], &input, &fonts, target, &times, round);
        print_median("scene", view_table[i]->name, times.build_ms);
        print_median("raster_export_2560x1440", view_table[i]->name, times.export_ms);
        print_median("raster_screen_2560x1440", view_table[i]->name, times.screen_ms);
        print_median("png_2560x1440", view_table[i]->name, times.png_ms);
        arena_free(&arena);
    }
    unlink("/tmp/hbmscope-bench.png");
    raster_free(&target);
    fonts_close(&fonts);
    return 0;
}
