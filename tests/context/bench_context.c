/* Figures of the planner and of the sparse programs: time to plan, to build a tree at 128K, to run selections. */
#include <stdio.h>
#include <time.h>

#include "sim/attention/algorithm.h"
#include "sim/context/model_table.h"
#include "sim/context/plan.h"
#include "sim/context/select.h"

static double now_ms(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void bench_plan(void) {
    static Model model;
    static Plan plan;
    Machine machine;
    Arena arena = {0};
    enum { RUNS = 20 };
    double start = now_ms();
    for (int i = 0; i < RUNS; i++) {
        if (!model_find("llama-3-8b", &model, NULL) || !machine_find("h200", &machine, NULL) ||
            !plan_make(&model, &machine, (PlanOptions){.from_rows = 2048, .to_rows = 131072}, &plan, &arena, NULL))
            return;
        arena_reset(&arena);
    }
    printf("bench plan_llama_3_8b_to_128k %.3f ms\n", (now_ms() - start) / RUNS);
    arena_free(&arena);
}

static void bench_tree(const char *name) {
    Scenario s = scenario_default();
    Arena arena = {0};
    static Program program;
    s.query_rows = s.key_rows = 131072, s.is_causal = true, s.batch_count = 1;
    if (!scenario_finish(&s, NULL)) return;
    double start = now_ms();
    if (algorithm_program(algorithm_find(name), &s, &program, &arena, NULL))
        printf("bench tree_%s_128k %.3f ms\n", name, now_ms() - start);
    arena_free(&arena);
}

static void bench_select(void) {
    Arena arena = {0};
    SelectInput input = select_seeded_input(512, 128, 1, &arena);
    static SelectPoint points[128];
    double start = now_ms();
    int count = select_tradeoff(&input, true, points, 128, &arena);
    printf("bench tradeoff_512x128_point %.3f ms\n", (now_ms() - start) / count);
    arena_free(&arena);
}

int main(void) {
    bench_plan();
    bench_tree("window");
    bench_tree("longformer");
    bench_tree("moba");
    bench_tree("nsa");
    bench_select();
    return 0;
}
