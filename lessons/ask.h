/* Ask: numbers in texts are not typed but asked of the tool, and expanded when shown.
 *
 *     {{standard.issued_bytes as GB}}                  18.8 GB
 *     {{standard.S.size_bytes[seq=8K] / standard.S.size_bytes as x}}       64.0x
 *     {{flash2."flash forward".K.issued_read_bytes as bytes}}              exact, grouped
 *     {{2 * L * h_k * d * e as KiB}}
 *     {{N as length}}  {{dtype}}  {{gpu}}                128K  fp16  A100 SXM 40 GB HBM2
 *     {{cite 41.7 ms | FlashAttention, Fig. 2}}        a published figure, printed with its source
 *
 * Grammar:  expr := term (+|- term)*   term := factor (*|/ factor)*   factor := power (^ power)?
 *           power := number[K|M|G|T] | name[settings] | (expr)[settings] | function(expr, ...)
 *           settings := key=value, ...   scenario options for that name alone
 *           functions: ceil floor min max sqrt exp log2 log10
 *
 * Names:    N N_k d B h h_k e L w            of the scenario
 *           gpu.FIELD                        of its machine: l2_bytes hbm_bytes hbm_bytes_per_s sm_count ...
 *           ALGORITHM[."kernel"][.TENSOR].COUNTER   any counter of sim/counters.h, and issued_bytes l2_bytes
 *                                            dram_bytes l1_sectors, time (seconds), block_count, threads_per_block
 *           ALGORITHM.TENSOR.size_bytes      all of it in one layer
 *           ALGORITHM.symbol.NAME            a symbol of its formula: B_r, T_c, ...
 *           mine.COUNTER                     a program of the student's, where there is one
 * Pure but for the memory of what was counted before (AskMemory), which is in its arena.
 */
#ifndef LESSONS_ASK_H
#define LESSONS_ASK_H
#include "lessons/guess.h"
#include "sim/count.h"

enum { ASK_TEXT_BYTES = 800, ASK_COUNTS_MAX = 512, ASK_DEPTH_MAX = 24 };

/* Counts are made once per algorithm and scenario text. */
typedef struct AskCounted {
    const char *key;
    const Count *count;
} AskCounted;
typedef struct AskMemory {
    Arena arena;
    AskCounted counted[ASK_COUNTS_MAX];
    int counted_count;
} AskMemory;

typedef struct Ask {
    const Scenario *scenario; /* as set, before scenario_finish: defaults follow each name's own settings */
    AskMemory *memory;
    const Totals *mine; /* NULL: no program of the student's here */
} Ask;

void ask_memory_free(AskMemory *memory);

/* One expression. Fails, as all below, where a name is unknown or a case cannot be counted. */
bool ask_number(const Ask *ask, const char *expression, double *value, Err *err);
/* "A < B", also <= > >= = (to a millionth). */
bool ask_claim(const Ask *ask, const char *text, bool *is_true, Err *err);
/* Value and unit: "EXPR as UNIT"; without a unit, a count. */
bool ask_quantity(const Ask *ask, const char *text, double *value, const GuessUnit **unit, Err *err);
/* All {{...}} of a text replaced. */
bool ask_expand(const Ask *ask, const char *text, const char **expanded, Arena *arena, Err *err);
/* A value in base units as people read it in `unit`: three digits, or exact and grouped in plain bytes and counts. */
const char *ask_format(double value, const GuessUnit *unit, Arena *arena);

/* The count that names with these settings refer to; needs_dram: with the models of L2 and time. NULL on failure. */
const Count *ask_count(const Ask *ask, const char *algorithm, const char *settings, bool needs_dram, Err *err);
/* Whether an expression asks for DRAM or time, which the tree alone does not give. */
bool ask_needs_dram(const char *expression);

/* Settings onto a scenario, not finished. */
bool ask_settings(Scenario *scenario, const char *settings, Err *err);
/* The scenario with settings ("seq=8K, pass=both") on top, finished. */
bool ask_scenario(const Scenario *base, const char *settings, Scenario *out, Err *err);
#endif
