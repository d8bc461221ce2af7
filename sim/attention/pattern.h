/* Fixed patterns: which keys a query sees through a window, and which tiles that touches.
 *
 * A window of w keys beside the query itself: causal, all w lie before it; else ceil(w/2) before, floor(w/2)
 * after. Query r stands at key r + N_k - N_q, as FlashAttention aligns its windows. Pure functions.
 */
#ifndef SIM_ATTENTION_PATTERN_H
#define SIM_ATTENTION_PATTERN_H
#include "sim/attention/sparse.h"

enum { PATTERN_WINDOW_DEFAULT_KEYS = 128 /* ModernBERT */, PATTERN_LONGFORMER_DEFAULT_KEYS = 512 /* Longformer */ };

/* Rows [first, end) of K or Q; end <= first: none. */
typedef struct RowRange {
    uint64_t first, end;
} RowRange;
/* The key tiles that a query block's window touches. */
TileList pattern_window_tiles(const Scenario *scenario, uint64_t query_block);

/* Query rows [first, end) that stand beside one of the first global_token_count keys: the global tokens as queries. */
RowRange pattern_global_rows(const Scenario *scenario, uint64_t global_token_count);

/* Pairs (query, key) with a score in one head; the first global_token_count tokens see all and are seen by all. */
uint64_t pattern_pair_count(const Scenario *scenario, uint64_t global_token_count);
/* "mask 1.6% of the pairs, tiles 4.6% of the scores": how much more whole tiles cost. For Program.note; counts rows
 * one by one, so nothing is said past a million of them. */
void pattern_note(const Scenario *scenario, uint64_t global_token_count, const SparseKernel *kernel, char *note,
                  int note_bytes);

/* An algorithm whose pattern is fixed: names, its default window, and the rule of its tiles, whose data is the
 * scenario. */
typedef struct Pattern {
    const char *name, *forward, *backward; /* of the algorithm and of its two main kernels */
    uint64_t window_default_keys;
    bool has_global_tokens;
    VisitRule visits;
} Pattern;
/* Algorithm.resolve, .build and .formula of a pattern. */
bool pattern_resolve(const Pattern *pattern, Scenario *scenario, char *note, int note_bytes, Err *err);
bool pattern_build(const Pattern *pattern, const Scenario *scenario, Program *program, Arena *arena, Err *err);
bool pattern_formula(const Pattern *pattern, const Scenario *scenario, Formula *formula, Arena *arena, Err *err);

/* resolve, build and formula of the algorithm whose Pattern is the file's `pattern`. */
#define PATTERN_FUNCTIONS(pattern)                                                                                     \
    static bool resolve(Scenario *s, char *note, int note_bytes, Err *err) {                                           \
        return pattern_resolve(&pattern, s, note, note_bytes, err);                                                    \
    }                                                                                                                  \
    static bool build(const Scenario *s, Program *program, Arena *arena, Err *err) {                                   \
        return pattern_build(&pattern, s, program, arena, err);                                                        \
    }                                                                                                                  \
    static bool formula(const Scenario *s, Formula *f, Arena *arena, Err *err) {                                       \
        return pattern_formula(&pattern, s, f, arena, err);                                                            \
    }
#endif
