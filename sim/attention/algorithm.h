/* An algorithm: builds a program tree and states its formula, two roads to the same numbers.
 *
 * One file an algorithm; the table (algorithms.c) lists them. Neither build nor formula calls the other.
 */
#ifndef SIM_ATTENTION_ALGORITHM_H
#define SIM_ATTENTION_ALGORITHM_H
#include "sim/formula.h"
#include "sim/program.h"

typedef struct Algorithm {
    const char *name; /* as --algorithm takes it */
    const char *title;
    const char *source;       /* paper or code that it follows */
    const char *not_modelled; /* its simplifications, one sentence */
    /* Fills block sizes that are 0; fails where a tile does not fit a block's shared memory. note: see Program. */
    bool (*resolve)(Scenario *scenario, char *note, int note_bytes, Err *err);
    bool (*build)(const Scenario *scenario, Program *program, Arena *arena, Err *err);
    bool (*formula)(const Scenario *scenario, Formula *formula, Arena *arena, Err *err);
} Algorithm;

extern const Algorithm *const algorithm_table[];
extern const int algorithm_table_count;
const Algorithm *algorithm_find(const char *name); /* NULL where there is none */

/* resolve + build: a program for one algorithm of the scenario. */
bool algorithm_program(const Algorithm *algorithm, const Scenario *scenario, Program *program, Arena *arena, Err *err);
/* resolve + formula. */
bool algorithm_formula(const Algorithm *algorithm, const Scenario *scenario, Formula *formula, Arena *arena, Err *err);
#endif
