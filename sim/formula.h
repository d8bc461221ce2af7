/* Formulas: the second road to every number, as text that is shown and evaluated.
 *
 * A formula is rows of (kernel, tensor, counter, expression). The expression is the very text that
 * --explain prints, with named symbols ("B*h*T_r*N_k*d*e"); it is evaluated by a small parser with
 * checked 64-bit integers, so the text and the number cannot drift apart. Symbols have a meaning and a
 * value, and where a value is itself derived, the text of its definition.
 * Operators: + - * / (rounds down) parentheses; functions: ceil(a, b) = a/b rounded up, min(a, b), max(a, b).
 */
#ifndef SIM_FORMULA_H
#define SIM_FORMULA_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"
#include "sim/counters.h"

enum { FORMULA_SYMBOLS_MAX = 64, FORMULA_ROWS_MAX = 160 };

typedef struct FormulaSymbol {
    const char *name; /* "T_r" */
    uint64_t value;
    const char *meaning;    /* "query blocks" */
    const char *definition; /* "ceil(N_q, B_r)", or "" where it is an input */
} FormulaSymbol;

typedef struct FormulaRow {
    CounterId counter;
    const char *kernel;     /* a kernel's name, "" where the row is about the whole run */
    const char *tensor;     /* a tensor's name, "" where none */
    const char *expression; /* in symbols */
    const char *why;        /* "each query block reads all of K" */
    uint64_t value;         /* all layers */
} FormulaRow;

typedef struct Formula {
    FormulaSymbol symbols[FORMULA_SYMBOLS_MAX];
    int symbol_count;
    FormulaRow rows[FORMULA_ROWS_MAX];
    int row_count;
    bool has_counter[COUNTER_COUNT]; /* a closed form exists */
    uint64_t total[COUNTER_COUNT];   /* sum of rows (GAUGE: the largest) where has_counter */
} Formula;

/* Adds a symbol with a value, or one defined by an expression over earlier symbols. */
bool formula_symbol(Formula *formula, const char *name, uint64_t value, const char *meaning, Err *err);
bool formula_define(Formula *formula, const char *name, const char *definition, const char *meaning, Err *err);
/* A symbol whose value a closed form in C gave (sums over causal rows); definition says it in words or signs. */
bool formula_given(Formula *formula, const char *name, uint64_t value, const char *definition, const char *meaning,
                   Err *err);
/* Adds a row and its value to the total. */
bool formula_row(Formula *formula, CounterId counter, const char *kernel, const char *tensor, const char *expression,
                 const char *why, Err *err);
/* Evaluates an expression over the formula's symbols. */
bool formula_evaluate(const Formula *formula, const char *expression, uint64_t *out, Err *err);
/* The expression with every symbol replaced by its value, "64*16*8*1024". */
const char *formula_substitute(const Formula *formula, const char *expression, Arena *arena);
#endif
