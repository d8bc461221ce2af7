/* Summed: the steps that one row of a formula sums, found in a program's tree: how many, which, where.
 *
 *     row         S = QK^T reads K: B*h*T_r*N_k*d*e
 *     its steps   every step of that kernel that moves that tensor and adds to that counter
 *
 * A row has steps only where what they add comes to its value (with that of other rows about the same tensor); else it
 * sums something else (bytes allocated, what caches let through). Counting below each node once makes rank and seek as
 * cheap as replay_seek. Pure; the tables live in the caller's arena.
 */
#ifndef VIZ_STATE_SUMMED_H
#define VIZ_STATE_SUMMED_H
#include "viz/state/race.h"

typedef struct Summed {
    const Program *program;
    const uint64_t *in_iteration; /* by node: its steps in one iteration (LEAF, VLOOP: in the whole) */
    const uint64_t *before_child; /* by child: in earlier children of the same iteration */
    uint64_t count;               /* never 0 */
} Summed;

/* row: of the runner's formula. False where it has no steps. */
bool summed_make(const Runner *runner, int row, Arena *arena, Summed *summed);
/* How many of them come before step_index (0 .. step_count). */
uint64_t summed_rank(const Summed *summed, uint64_t step_index);
/* Number `number` of them, from 0; number < count. */
uint64_t summed_seek(const Summed *summed, uint64_t number);
static inline bool summed_has(const Summed *summed, uint64_t step_index) {
    uint64_t rank = summed_rank(summed, step_index);
    return rank < summed->count && summed_seek(summed, rank) == step_index;
}
#endif
