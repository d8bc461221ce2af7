/* What a warp-wide request costs, on cases worked by hand; and how lanes' logs become requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "gpu/twin/merge.h"
#include "gpu/twin/request.h"

typedef struct Case {
    const char *what;
    uint64_t first, stride, second_half; /* address of lane i: first + i stride, lanes 16.. moved by second_half */
    int lane_count;
    uint32_t lane_bytes, sectors, wavefronts;
} Case;

static const Case cases[] = {
    {"32 floats in a row", 0, 4, 0, 32, 4, 4, 1},
    {"the same, one float off", 4, 4, 0, 32, 4, 5, 1},
    {"one float for all", 64, 0, 0, 32, 4, 1, 1},
    {"every second float: two in each bank", 0, 8, 0, 32, 4, 8, 2},
    {"a column of a 32-wide tile: one bank", 0, 128, 0, 32, 4, 32, 32},
    {"a column of a 33-wide tile", 0, 132, 0, 32, 4, 32, 1},
    {"two rows of 16, far apart", 0, 4, 4032 - 64, 32, 4, 4, 1},
    {"two rows of 16 in the same banks", 0, 4, 4032, 32, 4, 4, 2},
    {"float4 in a row: four groups", 0, 16, 0, 32, 16, 16, 4},
    {"float2 in a row: two groups", 0, 8, 0, 32, 8, 8, 2},
    {"one float4 for all", 0, 0, 0, 32, 16, 1, 1},
    {"float4, a stride of 256 bytes: 8 lanes meet in four banks", 0, 256, 0, 32, 16, 32, 32},
    {"bytes in a row", 0, 1, 0, 32, 1, 1, 1},
    {"one lane", 12, 0, 0, 1, 4, 1, 1},
};

static void test_cases(void **state) {
    (void)state;
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        const Case *k = &cases[c];
        uint64_t addresses[32], backwards[32];
        for (int i = 0; i < k->lane_count; i++)
            addresses[i] = k->first + (uint64_t)i * k->stride + (i >= 16 ? k->second_half : 0);
        for (int i = 0; i < k->lane_count; i++) backwards[i] = addresses[k->lane_count - 1 - i];
        RequestShape shape = request_shape(addresses, k->lane_count),
                     shape_back = request_shape(backwards, k->lane_count);
        uint32_t got[] = {request_sectors(addresses, k->lane_count, k->lane_bytes, &shape),
                          request_wavefronts(addresses, k->lane_count, k->lane_bytes),
                          request_sectors(backwards, k->lane_count, k->lane_bytes, &shape_back)};
        if (got[0] != k->sectors || got[1] != k->wavefronts || got[2] != k->sectors)
            fail_msg("%s: want %u sectors, %u wavefronts, got %u (backwards %u), %u", k->what, k->sectors,
                     k->wavefronts, got[0], got[2], got[1]);
    }
}

/* Random addresses: sectors as a set, counted the slow way. */
static void test_random_sectors(void **state) {
    (void)state;
    uint64_t seed = 1;
    for (int round = 0; round < 20000; round++) {
        uint64_t addresses[32], span = 1ull << (round % 14 + 2);
        for (int i = 0; i < 32; i++) {
            seed = seed * 6364136223846793005ull + 1442695040888963407ull;
            addresses[i] = (seed >> 33) % span * 4;
        }
        uint32_t want = 0;
        for (int i = 0; i < 32; i++) {
            int is_new = 1;
            for (int j = 0; j < i; j++) is_new &= addresses[j] / 32 != addresses[i] / 32;
            want += (uint32_t)is_new;
        }
        RequestShape shape = request_shape(addresses, 32);
        assert_int_equal(request_sectors(addresses, 32, 4, &shape), want);
    }
}

typedef struct Seen {
    int request_count, lane_counts[64];
    uint64_t codes[64];
} Seen;

static bool see(void *context, const uint64_t *words, const uint8_t *lanes, int lane_count) {
    (void)lanes;
    Seen *seen = context;
    seen->codes[seen->request_count] = access_site_code(access_site(words[0]));
    seen->lane_counts[seen->request_count++] = lane_count;
    return true;
}

static void push(WarpLog *log, int lane, uint64_t code) {
    log->words[lane][log->word_count[lane]++] = access_pack(code, ACCESS_LOAD, 2, (uint64_t)lane * 4);
}

static void test_merge_divergent(void **state) {
    (void)state;
    static WarpLog log;
    memset(log.word_count, 0, sizeof log.word_count);
    for (int lane = 0; lane < 4; lane++) {
        push(&log, lane, 10);
        if (lane % 2) push(&log, lane, 20);                   /* a branch that two lanes take */
        for (int i = 0; i <= lane; i++) push(&log, lane, 30); /* a loop, longer for higher lanes */
        push(&log, lane, 40);
    }
    Seen seen = {0};
    assert_true(merge_warp(&log, 0, see, &seen));
    static const uint64_t codes[] = {10, 20, 30, 30, 30, 30, 40};
    static const int lanes[] = {4, 2, 4, 3, 2, 1, 4};
    assert_int_equal(seen.request_count, 7);
    for (int i = 0; i < 7; i++) {
        assert_int_equal(seen.codes[i], codes[i]);
        assert_int_equal(seen.lane_counts[i], lanes[i]);
    }
}

/* A lane whose log was full has more to come: what lies behind its end waits. */
static void test_merge_paused(void **state) {
    (void)state;
    static WarpLog log;
    memset(log.word_count, 0, sizeof log.word_count);
    push(&log, 0, 10);
    push(&log, 1, 10);
    push(&log, 1, 20);
    Seen seen = {0};
    assert_true(merge_warp(&log, 1u << 0, see, &seen));
    assert_int_equal(seen.request_count, 1);
    assert_int_equal(log.word_count[0], 0);
    assert_int_equal(log.word_count[1], 1);
    push(&log, 0, 20);
    assert_true(merge_warp(&log, 0, see, &seen));
    assert_int_equal(seen.request_count, 2);
    assert_int_equal(seen.lane_counts[1], 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_cases), cmocka_unit_test(test_random_sectors),
                                       cmocka_unit_test(test_merge_divergent), cmocka_unit_test(test_merge_paused)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
