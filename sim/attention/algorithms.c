/* The table of algorithms, in the order of `hbmscope algorithms`. */
#include <string.h>

#include "sim/attention/algorithm.h"

extern const Algorithm algorithm_standard, algorithm_flash1, algorithm_flash2, algorithm_flash3, algorithm_window,
    algorithm_masked, algorithm_longformer, algorithm_decode, algorithm_paged, algorithm_moba, algorithm_quest,
    algorithm_dsa, algorithm_nsa;

const Algorithm *const algorithm_table[] = {
    &algorithm_standard, &algorithm_flash1,     &algorithm_flash2, &algorithm_flash3, &algorithm_window,
    &algorithm_masked,   &algorithm_longformer, &algorithm_moba,   &algorithm_nsa,    &algorithm_quest,
    &algorithm_dsa,      &algorithm_decode,     &algorithm_paged,
};
const int algorithm_table_count = sizeof algorithm_table / sizeof algorithm_table[0];

const Algorithm *algorithm_find(const char *name) {
    for (int i = 0; i < algorithm_table_count; i++)
        if (strcmp(algorithm_table[i]->name, name) == 0) return algorithm_table[i];
    return NULL;
}

bool algorithm_program(const Algorithm *algorithm, const Scenario *scenario, Program *program, Arena *arena, Err *err) {
    Scenario resolved = *scenario;
    char note[sizeof program->note] = "";
    if (!algorithm->resolve(&resolved, note, sizeof note, err)) return false;
    if (!algorithm->build(&resolved, program, arena, err)) return false;
    memcpy(program->note, note, sizeof note);
    return true;
}

bool algorithm_formula(const Algorithm *algorithm, const Scenario *scenario, Formula *formula, Arena *arena, Err *err) {
    Scenario resolved = *scenario;
    *formula = (Formula){0};
    return algorithm->resolve(&resolved, NULL, 0, err) && algorithm->formula(&resolved, formula, arena, err);
}
