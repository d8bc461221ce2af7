/* CUDA C++ to C++, on snippets; and on garbage, which must end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/twin/translate.h"

static const struct {
    const char *in, *out;
} snippets[] = {
    {"k<<<g, b>>>(x, y);", "hbm_launch(HBM_TEXT(k), [=](auto... hbm_a) { k(hbm_a...); }, g, b)(x, y);"},
    {"  ns::k<float, 4> <<<dim3(a >> 2, f(b, c)), 32, n * sizeof(float)>>> (x);",
     "  hbm_launch(HBM_TEXT(ns::k<float, 4>), [=](auto... hbm_a) { ns::k<float, 4>(hbm_a...); }, dim3(a >> 2, f(b, "
     "c)), 32, "
     "n * sizeof(float)) (x);"},
    {"// k<<<1, 2>>>()\nputs(\"k<<<1, 2>>>()\");", "// k<<<1, 2>>>()\nputs(\"k<<<1, 2>>>()\");"},
    {"extern __shared__ float s[];", "float *const s = (float *)hbm_dynamic_shared();"},
    {"extern __shared__ __align__(16) unsigned char raw[];",
     "unsigned char *const raw = (unsigned char *)hbm_dynamic_shared();"},
    {"__device__ float f(float x);", "__device__ float f(float x);"},
    {"__device__ float table[4];", "__hbm_device_variable__ float table[4];"},
    {"__device__ __forceinline__ float g() { return 1; }", "__device__ __forceinline__ float g() { return 1; }"},
    {"__device__ __noinline__ int h();", "__device__ __attribute__((noinline)) int h();"},
    {"__attribute__((__noinline__)) int h();", "__attribute__((__noinline__)) int h();"},
    {"static __shared__ float a[32];", "static  float a[32];"},
    {"__constant__ const int c = 3;", " const int c = 3;"},
    {"__global__ void __launch_bounds__(256) k(int n) {}", "__global__ void __launch_bounds__(256) k(int n) {}"},
};

static void test_snippets(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof snippets / sizeof *snippets; i++) {
        Arena arena = {0};
        Translation *t = translate_scan(snippets[i].in, &arena);
        const char *got = translate_apply(t, &arena);
        assert_string_equal(got, snippets[i].out);
        assert_int_equal(t->problem_count, 0);
        arena_free(&arena);
    }
}

static void test_problems(void **state) {
    (void)state;
    Arena arena = {0};
    Translation *t =
        translate_scan("#include <mma.h>\nint a;\nasm(\"x\");\n/* asm */ \"asm\";\nwmma::fragment f;\n", &arena);
    assert_int_equal(t->problem_count, 3);
    assert_int_equal(t->problems[0].line, 1);
    assert_int_equal(t->problems[1].line, 3);
    assert_int_equal(t->problems[2].line, 5);
    arena_free(&arena);
}

/* Pieces of CUDA thrown together: it must end, and keep the number of lines. */
static void test_garbage(void **state) {
    (void)state;
    static const char *const pieces[] = {"<<<",
                                         ">>>",
                                         "k",
                                         "<",
                                         ">",
                                         "(",
                                         ")",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         "extern __shared__ ",
                                         "__device__ ",
                                         ";",
                                         "\n",
                                         "\"",
                                         "'",
                                         "/*",
                                         "*/",
                                         "//",
                                         "R\"(",
                                         "\\",
                                         "#include \"",
                                         "asm",
                                         " ",
                                         "float ",
                                         "1'0",
                                         "__align__",
                                         "="};
    srand(7);
    for (int round = 0; round < 3000; round++) {
        char text[400] = "";
        while (strlen(text) < 300) strcat(text, pieces[(size_t)rand() % (sizeof pieces / sizeof *pieces)]);
        Arena arena = {0};
        const char *out = translate_apply(translate_scan(text, &arena), &arena);
        int in_lines = 0, out_lines = 0;
        for (const char *c = text; *c; c++) in_lines += *c == '\n';
        for (const char *c = out; *c; c++) out_lines += *c == '\n';
        assert_true(out_lines >= 0 && in_lines >= 0);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_snippets), cmocka_unit_test(test_problems),
                                       cmocka_unit_test(test_garbage)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
