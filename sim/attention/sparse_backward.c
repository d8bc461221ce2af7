/* The backward pass of fixed patterns: the forward kernel's visits turned round, so that each key tile knows which
 * query tiles visit it. The kernels themselves are flash_backward.h's, with the forward pass's tile sizes. */
#include "sim/attention/flash_backward.h"
#include "sim/attention/sparse.h"
#include "sim/base/checked.h"

/* visitors of key tile j: query_tiles[first[j]] .. query_tiles[first[j + 1] - 1], ascending. */
typedef struct Turned {
    uint64_t *first;
    uint32_t *query_tiles;
} Turned;

/* Calls for each (query tile, key tile) of the kernel, query tiles ascending. */
static void each_visit(const SparseKernel *k, void (*call)(Turned *, uint32_t query_tile, uint64_t key_tile),
                       Turned *turned) {
    for (uint64_t i = 0; i * k->tile_query_rows < k->query_rows; i++) {
        Visits visits = k->rule(k->data, i);
        for (int l = 0; l < VISIT_LISTS_MAX; l++)
            for (uint64_t n = 0; n < visits.lists[l].count; n++)
                call(turned, (uint32_t)i, visits.lists[l].table ? visits.lists[l].table[n] : visits.lists[l].first + n);
    }
}

static void count_visit(Turned *turned, uint32_t query_tile, uint64_t key_tile) {
    (void)query_tile;
    turned->first[key_tile + 2]++;
}
static void place_visit(Turned *turned, uint32_t query_tile, uint64_t key_tile) {
    turned->query_tiles[turned->first[key_tile + 1]++] = query_tile;
}

/* Counting sort: first[j + 1] runs from the start of j's visitors to their end while they are placed. */
static Turned *turn(const SparseKernel *k, Arena *arena) {
    uint64_t key_tile_count = ceil_div(k->key_rows, k->tile_key_rows);
    Turned *turned = ARENA_NEW(arena, Turned);
    turned->first = ARENA_ARRAY(arena, uint64_t, key_tile_count + 2);
    each_visit(k, count_visit, turned);
    for (uint64_t j = 2; j < key_tile_count + 2; j++) turned->first[j] += turned->first[j - 1];
    turned->query_tiles = ARENA_ARRAY(arena, uint32_t, turned->first[key_tile_count + 1] + 1);
    each_visit(k, place_visit, turned);
    return turned;
}

static TileList visitors(const void *data, uint64_t key_tile) {
    const Turned *turned = data;
    uint64_t first = turned->first[key_tile];
    return (TileList){.table = turned->query_tiles + first, .count = turned->first[key_tile + 1] - first};
}

static FlashBackward backward_of(const char *name, const Turned *turned) {
    return (FlashBackward){
        .name = name, .chip = &flash_backward_flash2, .visitors = visitors, .data = turned, .is_masking = true};
}

void sparse_backward_build(ProgramBuilder *b, const char *name, const SparseKernel *kernel,
                           const AttentionTensors *tensors, uint8_t lse) {
    FlashBackward backward = backward_of(name, turn(kernel, b->arena));
    flash_backward_build(b, &backward, tensors, lse);
}

/* The same tiles as the forward pass, counted by query block: a sum does not mind which side it runs along. */
bool sparse_backward_formula(Formula *f, const Scenario *s, const char *name, const SparseKernel *kernel, Err *err) {
    SparseSums forward = sparse_sums(kernel);
    FlashBackward backward = backward_of(name, NULL);
    FlashBackwardSums sums = {.sums = {.visit_count = forward.visit_count,
                                       .query_rows = forward.query_rows,
                                       .key_rows = forward.key_rows,
                                       .elem_count = forward.elem_count},
                              .visits_is = "sum over query blocks of the tiles they visit",
                              .rows_is = "sum over visited tiles of their query rows",
                              .cols_is = "sum over visited tiles of their key rows",
                              .elems_is = "sum over visited tiles of rows x columns"};
    return flash_backward_formula(f, s, &backward, sums, err);
}
