/* Formulas as text, evaluated by a recursive descent over + - * / ( ) ceil min max: see formula.h. */
#include "sim/formula.h"

#include <ctype.h>
#include <string.h>

#include "sim/base/checked.h"

typedef struct Parser {
    const Formula *formula;
    const char *at;
    bool has_overflow;
    Err *err;
    bool has_failed;
} Parser;

static uint64_t fail(Parser *p, const char *why) {
    if (!p->has_failed) err_set(p->err, ERR_OTHER, "formula: %s at '%s'", why, p->at);
    p->has_failed = true;
    return 0;
}

static bool accept(Parser *p, char c) {
    while (*p->at == ' ') p->at++;
    if (*p->at != c) return false;
    p->at++;
    return true;
}

static uint64_t sum(Parser *p);

static size_t word_length(const char *at) {
    size_t length = 0;
    while (isalnum((unsigned char)at[length]) || at[length] == '_') length++;
    return length;
}

static const FormulaSymbol *find_symbol(const Formula *formula, const char *name, size_t length) {
    for (int i = 0; i < formula->symbol_count; i++)
        if (strlen(formula->symbols[i].name) == length && memcmp(formula->symbols[i].name, name, length) == 0)
            return &formula->symbols[i];
    return NULL;
}

static uint64_t number(Parser *p) {
    uint64_t value = 0;
    while (isdigit((unsigned char)*p->at))
        value = checked_add(&p->has_overflow, checked_mul(&p->has_overflow, value, 10), (uint64_t)(*p->at++ - '0'));
    return value;
}

/* The rest of a call after its "(": two arguments and a ")". */
static uint64_t call(Parser *p, const char *name, size_t length) {
    uint64_t a = sum(p);
    if (!accept(p, ',')) return fail(p, "missing ,");
    uint64_t b = sum(p);
    if (!accept(p, ')')) return fail(p, "missing )");
    if (length == 3 && memcmp(name, "min", 3) == 0) return min_u64(a, b);
    if (length == 3 && memcmp(name, "max", 3) == 0) return max_u64(a, b);
    if (length != 4 || memcmp(name, "ceil", 4) != 0) return fail(p, "unknown function before");
    return b ? ceil_div(a, b) : fail(p, "division by zero");
}

static uint64_t factor(Parser *p) {
    if (accept(p, '(')) {
        uint64_t value = sum(p);
        return accept(p, ')') ? value : fail(p, "missing )");
    }
    if (isdigit((unsigned char)*p->at)) return number(p);
    size_t length = word_length(p->at);
    const char *word = p->at;
    if (!length) return fail(p, "expected a number or a symbol");
    p->at += length;
    if (*p->at == '(') {
        p->at++;
        return call(p, word, length);
    }
    const FormulaSymbol *symbol = find_symbol(p->formula, word, length);
    p->at = symbol ? p->at : word;
    return symbol ? symbol->value : fail(p, "unknown symbol");
}

static uint64_t product(Parser *p) {
    uint64_t value = factor(p);
    for (;;) {
        if (accept(p, '*')) {
            value = checked_mul(&p->has_overflow, value, factor(p));
        } else if (accept(p, '/')) {
            uint64_t below = factor(p);
            value = below ? value / below : fail(p, "division by zero");
        } else
            return value;
    }
}

static uint64_t sum(Parser *p) {
    uint64_t value = product(p);
    for (;;) {
        if (accept(p, '+')) {
            value = checked_add(&p->has_overflow, value, product(p));
        } else if (accept(p, '-')) {
            uint64_t less = product(p);
            value = less <= value ? value - less : fail(p, "a difference below zero");
        } else
            return value;
    }
}

bool formula_evaluate(const Formula *formula, const char *expression, uint64_t *out, Err *err) {
    Parser p = {.formula = formula, .at = expression, .err = err};
    uint64_t value = sum(&p);
    accept(&p, ' ');
    if (!p.has_failed && *p.at) fail(&p, "unexpected text");
    if (p.has_failed) return err_prefix(err, "'%s': ", expression);
    if (p.has_overflow)
        return err_set(err, ERR_USAGE, "%s does not fit 63 bits for this scenario; make a size smaller", expression);
    *out = value;
    return true;
}

static bool add_symbol(Formula *formula, FormulaSymbol symbol, Err *err) {
    if (formula->symbol_count == FORMULA_SYMBOLS_MAX) return err_set(err, ERR_OTHER, "formula: too many symbols");
    formula->symbols[formula->symbol_count++] = symbol;
    return true;
}

bool formula_symbol(Formula *formula, const char *name, uint64_t value, const char *meaning, Err *err) {
    return add_symbol(formula, (FormulaSymbol){name, value, meaning, ""}, err);
}

bool formula_define(Formula *formula, const char *name, const char *definition, const char *meaning, Err *err) {
    uint64_t value;
    return formula_evaluate(formula, definition, &value, err) &&
           add_symbol(formula, (FormulaSymbol){name, value, meaning, definition}, err);
}

bool formula_given(Formula *formula, const char *name, uint64_t value, const char *definition, const char *meaning,
                   Err *err) {
    return add_symbol(formula, (FormulaSymbol){name, value, meaning, definition}, err);
}

bool formula_row(Formula *formula, CounterId counter, const char *kernel, const char *tensor, const char *expression,
                 const char *why, Err *err) {
    uint64_t value;
    if (!formula_evaluate(formula, expression, &value, err)) return false;
    if (formula->row_count == FORMULA_ROWS_MAX) return err_set(err, ERR_OTHER, "formula: too many rows");
    formula->rows[formula->row_count++] = (FormulaRow){counter, kernel, tensor, expression, why, value};
    formula->has_counter[counter] = true;
    uint64_t *total = &formula->total[counter];
    bool has_overflow = false;
    *total = counter_info[counter].counter_class == COUNTER_CLASS_GAUGE ? max_u64(*total, value)
                                                                        : checked_add(&has_overflow, *total, value);
    if (has_overflow)
        return err_set(err, ERR_USAGE, "%s does not fit 63 bits; make a size smaller", counter_info[counter].key);
    return true;
}

const char *formula_substitute(const Formula *formula, const char *expression, Arena *arena) {
    const char *text = "";
    for (const char *at = expression; *at;) {
        size_t length = word_length(at);
        const FormulaSymbol *symbol = length ? find_symbol(formula, at, length) : NULL;
        if (symbol)
            text = arena_format(arena, "%s%llu", text, (unsigned long long)symbol->value);
        else
            text = arena_format(arena, "%s%.*s", text, (int)(length ? length : 1), at);
        at += length ? length : 1;
    }
    return text;
}
