/* Costs of the window on one core: scene, redraw, damage, memory; at N = 1K and 128K. Medians of 15. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "tests/window/stage.h"
#include "viz/backends/raster.h"
#include "viz/window/damage.h"

enum { TRIES = 15 };

static double cpu_ms(void) {
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return 1e3 * (double)now.tv_sec + 1e-6 * (double)now.tv_nsec;
}

static int by_value(const void *a, const void *b) {
    double left = *(const double *)a, right = *(const double *)b;
    return left < right ? -1 : left > right;
}

static double median(double *values) {
    qsort(values, TRIES, sizeof *values, by_value);
    return values[TRIES / 2];
}

static double redraw_ms(Stage *stage, RasterTarget pixels) {
    double ms[TRIES];
    for (int i = 0; i < TRIES; i++) {
        double start = cpu_ms();
        raster_draw(stage_scene(stage), &stage->fonts, RASTER_SCREEN, pixels, NULL);
        ms[i] = cpu_ms() - start;
    }
    return median(ms);
}

static double scene_ms(Stage *stage) {
    double ms[TRIES];
    for (int i = 0; i < TRIES; i++) {
        double start = cpu_ms();
        stage_draw(stage);
        ms[i] = cpu_ms() - start;
    }
    return median(ms);
}

/* One step forward: comparing the scenes and drawing what differs. */
static double damage_ms(Stage *stage, RasterTarget pixels) {
    double ms[TRIES];
    for (int i = 0; i < TRIES; i++) {
        const Scene *before = stage_scene(stage);
        stage_key(stage, KEY_RIGHT, 0);
        double start = cpu_ms();
        Damage damage = damage_between(before, stage_scene(stage));
        raster_draw_boxes(stage_scene(stage), &stage->fonts, RASTER_SCREEN, pixels, damage.boxes, damage.box_count);
        ms[i] = cpu_ms() - start;
    }
    return median(ms);
}

static void bench_size(const char *length, int width_px, int height_px, int plot) {
    char text[80];
    Stage stage;
    RasterTarget pixels;
    Err err;
    snprintf(text, sizeof text, "algorithm = standard,flash2\nbatch = 1\nseq = %s\n", length);
    stage_open(&stage, text, true);
    stage.state.plot = plot;
    stage.state.step_index = stage.world.input.race->runners[stage.state.lead].step_count / 3;
    stage_apply(&stage, (Event){.kind = EVENT_RESIZE, .width_px = width_px, .height_px = height_px});
    if (!raster_alloc(width_px, height_px, &pixels, &err)) stage_stop(err.text);
    const char *with = plot ? "_plot" : "";
    printf("bench window_scene_%s_%dx%d%s %.3f ms\n", length, width_px, height_px, with, scene_ms(&stage));
    printf("bench window_redraw_%s_%dx%d%s %.3f ms\n", length, width_px, height_px, with, redraw_ms(&stage, pixels));
    printf("bench window_damage_%s_%dx%d%s %.3f ms\n", length, width_px, height_px, with, damage_ms(&stage, pixels));
    raster_free(&pixels);
    stage_close(&stage);
}

int main(void) {
    static const char *const lengths[] = {"1K", "128K"};
    for (int i = 0; i < 2; i++) {
        bench_size(lengths[i], 1280, 800, 0);
        bench_size(lengths[i], 1280, 800, 2);
        bench_size(lengths[i], 2560, 1600, 0);
    }
    bench_size("256", 2560, 1600, 0); /* so short a run that every step moves the position on the timeline */
    return 0;
}
