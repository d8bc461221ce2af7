/* A student's program: right ones count what a closed form says, wrong ones are told where and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "lessons/student.h"
#include "sim/count.h"
#include "sim/replay.h"
#include "tests/lessons/damage.h"

static const char flash2_text[] = "keep O m l in registers\n"
                                  "grid q by 128\n"
                                  "  load Q[q]\n"
                                  "  zero O m l\n"
                                  "  for k by 64:            # a comment\n"
                                  "    load K[k]\n"
                                  "    load V[k]\n"
                                  "    S = Q K^T\n"
                                  "    P = online softmax S\n"
                                  "    O += P V\n"
                                  "  O /= l\n"
                                  "  store O[q]\n";
static const char standard_text[] = "kernel scores\n"
                                    "grid q by 128, k by 128\n"
                                    "  load Q[q]\n"
                                    "  load K[k]\n"
                                    "  S = Q K^T\n"
                                    "  store S[q,k]\n"
                                    "kernel softmax\n"
                                    "grid q by 4\n"
                                    "  load S[q,all]\n"
                                    "  P = softmax S\n"
                                    "  store P[q,all]\n"
                                    "kernel output\n"
                                    "grid q by 128\n"
                                    "  zero O\n"
                                    "  for k by 64\n"
                                    "    load P[q,k]\n"
                                    "    load V[k]\n"
                                    "    O += P V\n"
                                    "  store O[q]\n";
static const char flash1_text[] = "for k by 256\n"
                                  "  load K[k]\n"
                                  "  load V[k]\n"
                                  "  for q by 16\n"
                                  "    load Q[q]\n"
                                  "    zero O m l when first k\n"
                                  "    load O[q] when not first k\n"
                                  "    load m[q] when not first k\n"
                                  "    load l[q] when not first k\n"
                                  "    S = Q * K^T\n"
                                  "    P = online softmax S\n"
                                  "    O += P V\n"
                                  "    O /= l when last k\n"
                                  "    store O[q]\n"
                                  "    store m[q]\n"
                                  "    store l[q]\n";

/* Keys after the tile's last query are never loaded; a mask lies in HBM beside it. */
static const char causal_text[] = "keep O m l in registers\n"
                                  "grid q by 128\n"
                                  "  load Q[q]\n"
                                  "  zero O m l\n"
                                  "  for k by 64 up to q\n"
                                  "    load K[k]\n"
                                  "    load V[k]\n"
                                  "    load mask[q,k]\n"
                                  "    S=QK^T\n"
                                  "    mask S\n"
                                  "    P = online softmax S\n"
                                  "    drop P\n"
                                  "    O += PV\n"
                                  "  O /= l\n"
                                  "  store O[q]\n";
static const char causal_flash1_text[] = "for k by 256\n"
                                         "  load K[k]\n"
                                         "  load V[k]\n"
                                         "  for q by 16 from k\n"
                                         "    load Q[q]\n"
                                         "    zero O m l when first k\n"
                                         "    load O[q] when not first k\n"
                                         "    load m[q] when not first k\n"
                                         "    load l[q] when not first k\n"
                                         "    S = Q K^T\n"
                                         "    mask S\n"
                                         "    P = online softmax S\n"
                                         "    O += P V\n"
                                         "    O /= l when last k\n"
                                         "    store O[q]\n"
                                         "    store m[q] when not last k\n"
                                         "    store l[q] when not last k\n";

/* The text without the lines that begin with these words. */
static const char *without(const char *text, const char *words, char out[2000]) {
    size_t used = 0;
    for (const char *line = text, *end; *line; line = end + 1) {
        end = strchr(line, '\n');
        const char *first = line + strspn(line, " ");
        if (strncmp(first, words, strlen(words)) == 0) continue;
        memcpy(out + used, line, (size_t)(end + 1 - line));
        used += (size_t)(end + 1 - line);
    }
    out[used] = '\0';
    return out;
}

static Scenario scenario_of(const char *settings) {
    Scenario s = scenario_default();
    Err err;
    if (!scenario_read_text(&s, "test", settings, &err) || !scenario_finish(&s, &err)) fail_msg("%s", err.text);
    return s;
}

static void counts(const char *text, const Scenario *s, Totals *totals, Program *program, Arena *arena) {
    Err err;
    Count count;
    if (!student_count("mine", text, s, (CountOptions){true}, &count, arena, &err))
        fail_msg("%s\nin\n%s", err.text, text);
    *totals = count.totals;
    *program = *count.program;
}

static void a_dozen_lines_of_flash_count_as_the_papers_form(void **state) {
    (void)state;
    static const uint64_t lengths[] = {64, 100, 128, 129, 1000, 1024, 4096};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        Arena arena = {0};
        char settings[200];
        uint64_t n = lengths[i], d = 64, e = 2, slices = 6, q_blocks = (n + 127) / 128;
        snprintf(settings, sizeof settings, "batch = 2\nheads = 3\nseq = %llu\nhead-dim = 64\ndtype = fp16\n",
                 (unsigned long long)n);
        Scenario s = scenario_of(settings);
        Totals t;
        Program p;
        counts(flash2_text, &s, &t, &p, &arena);
        assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], slices * n * d * e * (1 + 2 * q_blocks));
        assert_int_equal(t.value[COUNTER_ISSUED_WRITE_BYTES], slices * n * d * e);
        assert_int_equal(t.value[COUNTER_FLOPS], slices * 4 * n * n * d);
        assert_int_equal(t.value[COUNTER_BLOCK_COUNT], slices * q_blocks);
        assert_int_equal(t.value[COUNTER_PEAK_HBM_BYTES], 4 * slices * n * d * e);
        uint64_t rows = n < 128 ? n : 128, keys = n < 64 ? n : 64;
        assert_int_equal(t.value[COUNTER_SMEM_PER_BLOCK_BYTES], rows * d * e + 2 * keys * d * e + rows * keys * 4);
        arena_free(&arena);
    }
}

static void the_page_of_help_is_a_right_program(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndtype = fp16\n");
    Totals t;
    Program p;
    counts(student_example, &s, &t, &p, &arena);
    assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], 1024 * 128 * (1 + 2 * 8));
    arena_free(&arena);
}

/* The tool's own standard and flash2, tile for tile, but for flash2's stored log-sum-exp. */
static void they_equal_the_tools_own_programs(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s =
        scenario_of("batch = 1\nheads = 2\nseq = 1024\nhead-dim = 64\ndtype = fp16\nblock-q = 128\nblock-k = 128\n");
    Totals t;
    Program p;
    Count count;
    Err err;
    char text[1000];
    snprintf(text, sizeof text, "%.*s128%s", (int)(strstr(flash2_text, "64:") - flash2_text), flash2_text,
             strstr(flash2_text, "64:") + 2);
    counts(text, &s, &t, &p, &arena);
    if (!count_algorithm(algorithm_find("flash2"), &s, (CountOptions){true}, &count, &arena, &err))
        fail_msg("%s", err.text);
    assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], count.totals.value[COUNTER_ISSUED_READ_BYTES]);
    assert_int_equal(t.value[COUNTER_ISSUED_WRITE_BYTES] + 2 * 1024 * 4,
                     count.totals.value[COUNTER_ISSUED_WRITE_BYTES]);
    assert_int_equal(t.value[COUNTER_L1_READ_SECTORS], count.totals.value[COUNTER_L1_READ_SECTORS]);
    counts(standard_text, &s, &t, &p, &arena);
    if (!count_algorithm(algorithm_find("standard"), &s, (CountOptions){true}, &count, &arena, &err))
        fail_msg("%s", err.text);
    assert_int_equal(t.value[COUNTER_ISSUED_WRITE_BYTES], count.totals.value[COUNTER_ISSUED_WRITE_BYTES]);
    assert_int_equal(t.value[COUNTER_PEAK_HBM_BYTES], 2 * (2 * 1024 * 1024 + 4 * 64 * 1024) * 2);
    arena_free(&arena);
}

static void flash1_with_first_and_last_visits(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = scenario_of("batch = 1\nheads = 1\nseq = 1000\nhead-dim = 64\ndtype = fp16\n");
    Totals t;
    Program p;
    counts(flash1_text, &s, &t, &p, &arena);
    uint64_t strip = 1000 * 64 * 2, visits = 4;
    assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], strip * (2 + visits + visits - 1) + 2 * 4000 * (visits - 1));
    assert_int_equal(t.value[COUNTER_ISSUED_WRITE_BYTES], strip * visits + 2 * 4000 * visits);
    assert_int_equal(t.value[COUNTER_BLOCK_COUNT], 1);
    /* lengths that tiles divide: the last visit is a full tile, and it alone divides */
    s = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndtype = fp16\n");
    counts(flash1_text, &s, &t, &p, &arena);
    assert_int_equal(t.value[COUNTER_STEP_COUNT], 4 * 2 + 4 * 64 * 10 + 64);
    arena_free(&arena);
}

/* Every step's delta, found by position, sums to the totals. */
static void walks_to_its_totals(const Program *program) {
    uint64_t sums[COUNTER_TREE_COUNT] = {0};
    for (uint64_t step = 0; step < program_total(program)->value[COUNTER_STEP_COUNT]; step++) {
        ReplayState at;
        replay_seek(program, step, &at);
        for (int i = 0; i < COUNTER_TREE_COUNT; i++) {
            if (i != COUNTER_BLOCK_COUNT) assert_int_equal(at.before.value[i], sums[i]);
            sums[i] += at.delta.value[i];
        }
    }
    for (int i = 0; i < COUNTER_TREE_COUNT; i++)
        if (i != COUNTER_BLOCK_COUNT) assert_int_equal(sums[i], program_total(program)->value[i]);
}

/* The tool's own causal flash2, which skips the same tiles, over lengths that tiles divide and that they do not. */
static void causal_skips_what_the_tools_own_program_skips(void **state) {
    (void)state;
    static const uint64_t shapes[][2] = {{1024, 1024}, {1000, 1000}, {129, 129}, {200, 1000}, {64, 64}, {1, 500}};
    for (size_t i = 0; i < sizeof shapes / sizeof shapes[0]; i++) {
        Arena arena = {0};
        char settings[200], text[2000], plain[2000];
        snprintf(settings, sizeof settings,
                 "batch = 1\nheads = 2\nseq = %llu\nkv-seq = %llu\nhead-dim = 64\ndtype = fp16\nblock-q = "
                 "128\nblock-k = 64\ncausal = on\n",
                 (unsigned long long)shapes[i][0], (unsigned long long)shapes[i][1]);
        Scenario s = scenario_of(settings);
        Totals t;
        Program p;
        Count count;
        Err err;
        counts(without(without(causal_text, "load mask", plain), "drop", text), &s, &t, &p, &arena);
        if (!count_algorithm(algorithm_find("flash2"), &s, (CountOptions){true}, &count, &arena, &err))
            fail_msg("%s", err.text);
        assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], count.totals.value[COUNTER_ISSUED_READ_BYTES]);
        assert_int_equal(t.value[COUNTER_FLOPS], count.totals.value[COUNTER_FLOPS]);
        assert_int_equal(t.value[COUNTER_BLOCK_COUNT], count.totals.value[COUNTER_BLOCK_COUNT]);
        walks_to_its_totals(&p);
        arena_free(&arena);
    }
}

/* 256 keys a tile, 16 queries: tile j is met by queries from 256 j on. */
static void causal_with_keys_outside(void **state) {
    (void)state;
    Arena arena = {0};
    Scenario s = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndtype = fp16\ncausal = on\n");
    Totals t;
    Program p;
    counts(causal_flash1_text, &s, &t, &p, &arena);
    uint64_t strip = 1024 * 64 * 2, met_rows = 1024 + 768 + 512 + 256, returning_rows = 768 + 512 + 256;
    assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], 2 * strip + met_rows * 128 + returning_rows * (128 + 2 * 4));
    assert_int_equal(t.value[COUNTER_ISSUED_WRITE_BYTES], met_rows * 128 + returning_rows * 2 * 4);
    walks_to_its_totals(&p);
    s = scenario_of("batch = 1\nheads = 1\nseq = 1000\nkv-seq = 1111\nhead-dim = 64\ndtype = fp16\ncausal = on\n");
    counts(causal_flash1_text, &s, &t, &p, &arena);
    walks_to_its_totals(&p);
    arena_free(&arena);
}

static void masks_and_dropout_count_as_the_tools_own(void **state) {
    (void)state;
    static const char *const cases[][3] = {
        {"mask = additive\ncausal = on\ndropout = 0.1\n", "nothing", NULL},
        {"mask = additive\ncausal = on\n", "drop", NULL},
        {"mask = padding\ncausal = on\n", "drop", "padding"},
    };
    for (int i = 0; i < 3; i++) {
        Arena arena = {0};
        char settings[300], plain[2000], text[2000];
        snprintf(settings, sizeof settings,
                 "batch = 2\nheads = 3\nseq = 1024\nhead-dim = 64\ndtype = fp16\nblock-q = 128\nblock-k = 64\n%s",
                 cases[i][0]);
        Scenario s = scenario_of(settings);
        Totals t;
        Program p;
        Count count;
        Err err;
        strcpy(text, without(causal_text, cases[i][1], plain));
        char *mask = strstr(text, "mask[q,k]");
        if (cases[i][2]) memmove(mask + 5, mask + 7, strlen(mask + 7) + 1); /* mask[k] */
        counts(text, &s, &t, &p, &arena);
        if (!count_algorithm(algorithm_find("flash2"), &s, (CountOptions){true}, &count, &arena, &err))
            fail_msg("%s", err.text);
        assert_int_equal(t.value[COUNTER_ISSUED_READ_BYTES], count.totals.value[COUNTER_ISSUED_READ_BYTES]);
        arena_free(&arena);
    }
}

typedef struct Mistake {
    const char *text;
    const char *words;
} Mistake;

static void is_told(const Mistake *mistakes, int count, const Scenario *s) {
    for (int i = 0; i < count; i++) {
        Arena arena = {0};
        Count counted = {.kernel_count = -7};
        Err err = {0};
        if (student_count("mine", mistakes[i].text, s, (CountOptions){true}, &counted, &arena, &err))
            fail_msg("counted: %s", mistakes[i].text);
        if (!strstr(err.text, mistakes[i].words))
            fail_msg("want '%s', got '%s'\nin\n%s", mistakes[i].words, err.text, mistakes[i].text);
        assert_true(counted.kernel_count == -7);
        arena_free(&arena);
    }
}

static void grammar_errors_teach(void **state) {
    (void)state;
    Scenario s = scenario_of("batch = 1\nheads = 1\nseq = 256\nhead-dim = 64\n");
    const Mistake mistakes[] = {
        {"", "empty"},
        {"# nothing\n\n", "empty"},
        {"load Q\n", "mine:1: Q is written Q[q]"},
        {"load Q[k]\n", "Q is written Q[q]"},
        {"load X[q]\n", "none of Q K V"},
        {"load Q[q]\n", "[q] needs a loop over q"},
        {"grid q by 64\n", "nothing inside"},
        {"grid q by 0\n  load Q[q]\n", "rows of a tile"},
        {"grid q 64\n  load Q[q]\n", "for k by 64"},
        {"grid q by 64\n  load Q[q]\n    load K[all]\n", "indented differently"},
        {"for q by 64\n  grid k by 64\n    load K[k]\n", "grid must be outermost"},
        {"for q by 64\n  for q by 16\n    load Q[q]\n", "q is already a loop"},
        {"grid q by 64\n  load Q[q] when first k\n", "loop that is not around"},
        {"grid q by 64\n  load Q[q] when maybe\n", "after 'when'"},
        {"grid q by 64\n  load Q[q]\nload K[all]\n", "nothing beside it"},
        {"grid q by 64\n  O = P V\n", "O is a sum"},
        {"grid q by 64\n\tload Q[q]\n", "tab"},
        {"grid q by 64\n  frobnicate\n", "known lines"},
        {"keep O\ngrid q by 64\n  load Q[q]\n", "keep O m l in registers"},
        {"kernel\ngrid q by 64\n  load Q[q]\n", "kernel NAME"},
        {"when first k\n", "needs something before"},
        {"zero\n", "names no value"},
    };
    is_told(mistakes, (int)(sizeof mistakes / sizeof mistakes[0]), &s);
}

static void wrong_programs_are_told_where_and_why(void **state) {
    (void)state;
    Scenario s = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndtype = fp16\n");
    const Mistake mistakes[] = {
        {"grid q by 64\n  load Q[q]\n  S = Q K^T\n", "mine:3: K is used before it was loaded: put 'load K[k]' above"},
        {"grid q by 64\n  load Q[q]\n  load K[all]\n  S = Q K^T\n  P = softmax S\n  load V[all]\n  zero O\n  O += P "
         "V\n",
         "the result is never written"},
        {"grid q by 64\n  load Q[q]\n  for k by 64\n    load K[k]\n    S = Q K^T\n    P = softmax S\n",
         "mine:6: softmax needs whole rows, but the tile of S has"},
        {"grid q by 64\n  load Q[q]\n  for k by 64\n    load K[k]\n    S = Q K^T\n    P = online softmax S\n",
         "put 'zero m' before the loop"},
        {"grid q by 64\n  load Q[q]\n  zero O m l\n  for k by 64\n    load K[k]\n    load V[k]\n    S = Q K^T\n    P = "
         "online softmax S\n    O += P V\n  store O[q]\n",
         "'O /= l' is missing"},
        {"grid q by 64\n  load Q[q]\n  for k by 64\n    zero O m l\n    load K[k]\n    load V[k]\n    S = Q K^T\n    P "
         "= online softmax S\n    O += P V\n  O /= l\n  store O[q]\n",
         "mine:4: zeroes O, which forgets what has been added up for rows 0..63"},
        {"grid q by 64\n  load Q[q]\n  zero O m l\n  for k by 64\n    load K[k]\n    load V[k]\n    S = Q K^T\n    O "
         "+= P V\n",
         "there is S but no P"},
        {"grid q by 64, k by 64\n  load Q[q]\n  load K[k]\n  load V[k]\n  zero O m l\n  S = Q K^T\n  P = online "
         "softmax S\n  O += P V\n  store O[q]\n",
         "two thread blocks store the same rows of O"},
        {"grid q by 64\n  load S[q,all]\n", "nothing has been stored there yet"},
        {"kernel a\ngrid q by 64\n  load Q[q]\nkernel b\ngrid q by 64\n  load K[all]\n  S = Q K^T\n",
         "Q is used, but it was loaded by another thread block or kernel"},
        {"grid q by 64\n  load Q[q]\n  store Q[q]\n", "an input"},
        {"grid q by 64\n  zero S\n", "only O, m and l"},
        {"for q by 64\n  load Q[q]\n  zero O m l\n  for k by 64\n    load K[k]\n    load V[all]\n    S = Q K^T\n    P "
         "= online softmax S\n    O += P V\n",
         "P's columns are keys"},
        {"for k by 64\n  load K[k]\n  load V[k]\n  for q by 16\n    load Q[q]\n    load O[q]\n",
         "guard the first visit"},
        {"grid q by 64\n  load Q[q]\n  load K[all]\n  S = Q K^T\n  store S[all,all]\n", "stores a tile of S"},
        {"for q by 512\n  load Q[q]\n  load K[all]\n  load V[all]\n  zero O\n  S = Q K^T\n  P = softmax S\n  O += P "
         "V\n  store O[q]\n",
         "mine:6: the tiles do not fit: a block needs"},
        {"keep S in registers\ngrid q by 64\n  load Q[q]\n  load K[all]\n  load V[all]\n  zero O\n  S = Q K^T\n  P = "
         "softmax S\n  O += P V\n  store O[q]\n",
         "the tiles do not fit"},
        {"keep S in registers\ngrid q by 512\n  load Q[q]\n  load K[all]\n  S = Q K^T\n  P = softmax S\n  zero O\n  "
         "load V[all]\n  O += P V\n  store O[q]\n",
         "the tiles do not fit"},
        {"grid q by 64\n  load Q[q]\n  zero O m l\n  for k by 64\n    load K[k]\n    load V[k]\n    S = QK^T\n"
         "    P = online softmax(S)\n    O += PV\n    O /= l\n  store O[q]\n",
         "mine:8: O has been divided by l already"},
        {"grid q by 64\n  load Q[q]\n  zero O m l\n  for k by 64\n    load K[k]\n    load V[k]\n    S = QK^T\n"
         "    P = online softmax(S)\n    O += PV\n  O /= l\n  O /= l\n  store O[q]\n",
         "mine:11: divides O by l a second time"},
        {"grid q by 64\n  load Q[q]\n  for k by 64\n    zero O m l\n    load K[k]\n    load V[k]\n    S = QK^T\n"
         "    P = online softmax(S)\n    O += PV\n    O /= l\n    store O[q]\n",
         "mine:11: stores O over rows that this block has stored before"},
        {"grid q by 64\n  load q[q]\n", "'q' is none of Q K V S P O m l mask; Q is meant?"},
    };
    is_told(mistakes, (int)(sizeof mistakes / sizeof mistakes[0]), &s);
}

static void wrong_causal_programs_are_told_why(void **state) {
    (void)state;
    Scenario plain = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndtype = fp16\n");
    Scenario causal = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndtype = fp16\ncausal = on\n");
    Scenario padded = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\nmask = padding\n");
    Scenario dropped = scenario_of("batch = 1\nheads = 1\nseq = 1024\nhead-dim = 64\ndropout = 0.1\n");
    char a[2000], b[2000], c[2000], d[2000], late[2000], half[2000];
    const char *bare = without(without(causal_text, "load mask", a), "drop", b);
    /* only the last tile of k masked: B_c is half of B_r, so that two tiles cross the diagonal */
    snprintf(half, sizeof half, "%.*smask S when last k%s", (int)(strstr(bare, "mask S") - bare), bare,
             strstr(bare, "mask S") + 6);
    snprintf(late, sizeof late, "%.*sP = online softmax S\n    mask S%s", (int)(strstr(bare, "mask S") - bare), bare,
             strstr(bare, "softmax S") + 9);
    const Mistake unasked[] = {{bare, "'up to q' skips keys that this scenario's queries see"},
                               {"grid q by 64\n  load Q[q]\n  load K[all]\n  S = Q K^T\n  mask S\n",
                                "mine:5: masks S, but in this scenario every query sees every key"},
                               {"grid q by 64\n  load mask[q,all]\n", "no mask to load"}};
    const Mistake missing[] = {{flash2_text, "the scenario is causal, but no line hides"},
                               {without(bare, "mask", c), "the scenario is causal, but no line hides"},
                               {late, "masks S after the softmax"},
                               {half, "every tile masked in which some query must not see some key"},
                               {causal_text, "no mask to load"},
                               {"grid q by 64 up to k\n  load Q[q]\n", "may go on 'from k'"},
                               {"grid q by 64 from k\n  load Q[q]\n", "'from k' needs a loop over k"},
                               {"for k by 64 up to q\n  load K[k]\n", "'up to q' needs a loop over q"}};
    const Mistake of_keys[] = {{"grid q by 64\n  for k by 64\n    load mask[q,k]\n    mask S\n",
                                "mine:3: this scenario's mask is for padding, a byte for each key: 'load mask[k]'"},
                               {flash2_text, "has a mask, but no line applies it"},
                               {"grid q by 64\n  load Q[q]\n  load K[all]\n  S = Q K^T\n  mask S\n",
                                "mask is used before it was loaded: put 'load mask[k]' above"}};
    const Mistake undropped[] = {{flash2_text, "no line drops"}};
    const Mistake unwanted[] = {{without(causal_text, "load mask", d), "this scenario has no dropout"}};
    is_told(unasked, 3, &plain);
    is_told(missing, 8, &causal);
    is_told(of_keys, 3, &padded);
    is_told(undropped, 1, &dropped);
    is_told(unwanted, 1, &causal);
}

static void mutated_programs_do_no_harm(void **state) {
    (void)state;
    Scenario s = scenario_of("batch = 1\nheads = 1\nseq = 100\nhead-dim = 16\n");
    Scenario causal = scenario_of("batch = 1\nheads = 1\nseq = 100\nhead-dim = 16\ncausal = on\n");
    Scenario masked =
        scenario_of("batch = 1\nheads = 1\nseq = 100\nhead-dim = 16\ncausal = on\nmask = additive\ndropout = 0.1\n");
    const Scenario *const scenarios[] = {&s, &s, &s, &masked, &causal};
    const char *const texts[] = {flash2_text, standard_text, flash1_text, causal_text, causal_flash1_text};
    uint64_t seed = 5;
    int good_count = 0;
    for (int i = 0; i < 6000; i++) {
        char text[2000];
        strcpy(text, texts[i % 5]);
        for (int change = 0; change <= i % 3; change++) damage_text(&seed, text, " \nqkQKVSPOml0125[]=+/,");
        Arena arena = {0};
        Count counted;
        Err err = {0};
        bool is_good = student_count("mine", text, scenarios[i % 5], (CountOptions){true}, &counted, &arena, &err);
        if (!is_good && strlen(err.text) < 10) fail_msg("refused without a sentence: %s", text);
        good_count += is_good;
        arena_free(&arena);
    }
    assert_true(good_count > 100 && good_count < 5000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_dozen_lines_of_flash_count_as_the_papers_form),
        cmocka_unit_test(the_page_of_help_is_a_right_program),
        cmocka_unit_test(they_equal_the_tools_own_programs),
        cmocka_unit_test(flash1_with_first_and_last_visits),
        cmocka_unit_test(grammar_errors_teach),
        cmocka_unit_test(wrong_programs_are_told_where_and_why),
        cmocka_unit_test(causal_skips_what_the_tools_own_program_skips),
        cmocka_unit_test(causal_with_keys_outside),
        cmocka_unit_test(masks_and_dropout_count_as_the_tools_own),
        cmocka_unit_test(wrong_causal_programs_are_told_why),
        cmocka_unit_test(mutated_programs_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
