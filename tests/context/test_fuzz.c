/* Parsers of untrusted files under seeded mutation: they read it, or refuse it with a sentence; they never crash, and
 * a refusal leaves the output as it was. Runs with the sanitizers in MODE=asan. HBMSCOPE_MUTATIONS sets how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/context/hf_config.h"
#include "sim/context/model_table.h"
#include "sim/context/npy.h"
#include "sim/context/plan.h"

static long mutation_count(void) {
    const char *asked = getenv("HBMSCOPE_MUTATIONS");
    return asked ? atol(asked) : 20000;
}

/* A few bytes changed, doubled or taken out; digits are likelier to become other numbers. */
static size_t mutate(uint8_t *bytes, size_t size, size_t capacity, uint64_t *state) {
    static const char *const pieces[] = {"0", "-1", "999999999999",     "1e308", "null", "true", "\"", "{", "[", "]",
                                         "}", ",",  "sliding_attention"};
    for (uint64_t edits = 1 + random_u64(state) % 4; edits > 0; edits--) {
        size_t at = size ? random_u64(state) % size : 0;
        const char *piece = pieces[random_u64(state) % (sizeof pieces / sizeof pieces[0])];
        size_t length = strlen(piece);
        switch (random_u64(state) % 4) {
        case 0: bytes[at] = (uint8_t)random_u64(state); break;
        case 1: size = at; break; /* cut off */
        case 2:
            if (at + 1 < size) memmove(bytes + at, bytes + at + 1, size - at - 1), size--;
            break;
        default:
            if (size + length > capacity) break;
            memmove(bytes + at + length, bytes + at, size - at);
            memcpy(bytes + at, piece, length);
            size += length;
        }
    }
    return size;
}

static void test_configs(void **unused) {
    (void)unused;
    uint64_t state = 4;
    long read_count = 0;
    static Model model;
    static Plan plan;
    Machine machine;
    Arena arena = {0};
    assert_true(machine_find("h100", &machine, NULL));
    for (long i = 0; i < mutation_count(); i++) {
        const char *config = model_table[random_u64(&state) % (uint64_t)model_table_count].config;
        uint8_t bytes[2048];
        size_t size = strlen(config);
        memcpy(bytes, config, size);
        size = mutate(bytes, size, sizeof bytes, &state);
        Err err = {0};
        model.layer_count = 12345;
        if (!hf_config_read_text("f.json", (const char *)bytes, size, &model, &err)) {
            assert_memory_equal(err.text, "f.json:", 7);
            assert_null(strchr(err.text, '\n'));
            assert_int_equal(model.layer_count, 12345);
            continue;
        }
        /* What was read can be planned, or is refused with a sentence. */
        read_count++;
        if (!plan_make(&model, &machine, (PlanOptions){.from_rows = 2048, .to_rows = 8192}, &plan, &arena, &err))
            assert_true(err.text[0] != 0);
        arena_reset(&arena);
    }
    arena_free(&arena);
    printf("# %ld of %ld mutated configs were still readable\n", read_count, mutation_count());
    assert_true(read_count > 0 && read_count < mutation_count());
}

static void test_npy_files(void **unused) {
    (void)unused;
    static const char head[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    uint64_t state = 5;
    for (long i = 0; i < mutation_count(); i++) {
        Arena arena = {0};
        uint8_t bytes[256] = "\x93NUMPY\x01";
        size_t size = 10 + sizeof head - 1 + 24;
        bytes[8] = sizeof head - 1;
        memcpy(bytes + 10, head, sizeof head - 1);
        size = mutate(bytes, size, sizeof bytes, &state);
        NpyArray array = {.dim_count = 77};
        Err err = {0};
        if (!npy_read_bytes("f.npy", bytes, size, &array, &arena, &err)) {
            assert_memory_equal(err.text, "f.npy:", 6);
            assert_int_equal(array.dim_count, 77);
        } else
            assert_true(array.elem_count > 0 && array.elem_count <= 64);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_configs), cmocka_unit_test(test_npy_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
