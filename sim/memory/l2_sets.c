/* Rows for granules of sets, and for single sets: see l2_sets.h. */
#include "sim/memory/l2_sets.h"

#include <string.h>

static uint64_t granule_count(const L2 *l2) { return l2->set_count >> l2->granule_shift; }

static L2Rows rows_alloc(uint64_t row_count, Arena *arena) {
    return (L2Rows){.tags = ARENA_ARRAY(arena, uint32_t, row_count * L2_WAYS),
                    .flags = ARENA_ARRAY(arena, uint8_t, row_count * L2_WAYS)};
}

void l2_sets_init(L2 *l2, Arena *arena) {
    for (int p = 0; p < l2->config.partition_count; p++) {
        L2Partition *partition = &l2->partitions[p];
        partition->sets = rows_alloc(l2->set_count, arena);
        partition->granules = rows_alloc(granule_count(l2), arena);
        partition->is_apart = ARENA_ARRAY(arena, bool, granule_count(l2));
    }
    l2_sets_empty(l2);
}

static L2Rows row_at(L2Rows rows, uint64_t row) {
    return (L2Rows){.tags = rows.tags + row * L2_WAYS, .flags = rows.flags + row * L2_WAYS};
}

static void copy_row(L2Rows to, L2Rows from) {
    memcpy(to.tags, from.tags, L2_WAYS * sizeof *to.tags);
    memcpy(to.flags, from.flags, L2_WAYS);
}

static void set_apart(const L2 *l2, L2Partition *partition, uint64_t granule) {
    if (partition->is_apart[granule]) return;
    for (uint64_t i = 0; i < l2->granule_lines; i++)
        copy_row(row_at(partition->sets, granule * l2->granule_lines + i), row_at(partition->granules, granule));
    partition->is_apart[granule] = true;
}

static void join_if_alike(const L2 *l2, L2Partition *partition, uint64_t granule) {
    L2Rows first = row_at(partition->sets, granule * l2->granule_lines);
    for (uint64_t i = 1; i < l2->granule_lines; i++) {
        L2Rows other = row_at(first, i);
        if (memcmp(first.tags, other.tags, L2_WAYS * sizeof *first.tags) || memcmp(first.flags, other.flags, L2_WAYS))
            return;
    }
    copy_row(row_at(partition->granules, granule), first);
    partition->is_apart[granule] = false;
}

/* A row for each set. */
static void touch_sets(L2 *l2, L2Partition *partition, L2TouchKind kind, L2Reach reach, const uint8_t *want,
                       uint8_t *missing) {
    l2->touch(l2, &(L2Touch){.kind = kind,
                             .rows = row_at(partition->sets, reach.set_first),
                             .set_first = reach.set_first,
                             .row_sets = 1,
                             .tag = reach.tag,
                             .row_count = reach.line_count,
                             .want = want,
                             .missing = missing});
}

void l2_sets_touch_alike(L2 *l2, int p, L2TouchKind kind, L2Reach reach, const uint8_t *want, uint8_t *missing) {
    l2->touch(l2, &(L2Touch){.kind = kind,
                             .rows = row_at(l2->partitions[p].granules, reach.set_first >> l2->granule_shift),
                             .set_first = reach.set_first,
                             .row_sets = l2->granule_lines,
                             .tag = reach.tag,
                             .row_count = 1,
                             .want = want,
                             .missing = missing});
}

/* A part of a granule, or wanted unevenly, sets it apart; the whole of it may find it alike again. */
void l2_sets_touch(L2 *l2, int p, L2TouchKind kind, L2Reach reach, const uint8_t *want, uint8_t *missing) {
    L2Partition *partition = &l2->partitions[p];
    uint64_t granule = reach.set_first >> l2->granule_shift, lines = (uint64_t)reach.line_count;
    bool is_whole = lines == l2->granule_lines && memcmp(want, want + 1, lines - 1) == 0;
    if (is_whole && !partition->is_apart[granule]) {
        l2_sets_touch_alike(l2, p, kind, reach, want, missing);
        memset(missing, missing[0], lines);
        return;
    }
    set_apart(l2, partition, granule);
    touch_sets(l2, partition, kind, reach, want, missing);
    if (is_whole && lines > 1) join_if_alike(l2, partition, granule);
}

static void empty_rows(L2Rows rows, uint64_t row_count) {
    memset(rows.tags, 0xFF, row_count * L2_WAYS * sizeof *rows.tags); /* L2_TAG_NONE */
    memset(rows.flags, 0, row_count * L2_WAYS);
}

void l2_sets_empty(L2 *l2) {
    for (int p = 0; p < l2->config.partition_count; p++) {
        L2Partition *partition = &l2->partitions[p];
        empty_rows(partition->sets, l2->set_count);
        empty_rows(partition->granules, granule_count(l2));
        /* one set a granule: it is its own row */
        memset(partition->is_apart, l2->granule_lines == 1, granule_count(l2) * sizeof *partition->is_apart);
    }
}

static void visit_row(const L2 *l2, L2Rows row, uint64_t set, uint64_t set_count, L2LineVisit *visit, void *context) {
    for (int way = 0; way < L2_WAYS && row.tags[way] != L2_TAG_NONE; way++)
        visit(l2, set, set_count, row.tags[way], row.flags[way], context);
}

void l2_sets_visit(const L2 *l2, L2LineVisit *visit, void *context) {
    for (int p = 0; p < l2->config.partition_count; p++) {
        const L2Partition *partition = &l2->partitions[p];
        for (uint64_t granule = 0; granule < granule_count(l2); granule++) {
            uint64_t set_first = granule * l2->granule_lines;
            if (!partition->is_apart[granule])
                visit_row(l2, row_at(partition->granules, granule), set_first, l2->granule_lines, visit, context);
            for (uint64_t i = 0; i < l2->granule_lines && partition->is_apart[granule]; i++)
                visit_row(l2, row_at(partition->sets, set_first + i), set_first + i, 1, visit, context);
        }
    }
}

static bool is_row_full(L2Rows row) { return row.tags[L2_WAYS - 1] != L2_TAG_NONE; }

bool l2_sets_are_full(const L2 *l2) {
    for (int p = 0; p < l2->config.partition_count; p++) {
        const L2Partition *partition = &l2->partitions[p];
        for (uint64_t granule = 0; granule < granule_count(l2); granule++) {
            uint64_t set_first = granule * l2->granule_lines;
            if (!partition->is_apart[granule] && !is_row_full(row_at(partition->granules, granule))) return false;
            for (uint64_t i = 0; i < l2->granule_lines && partition->is_apart[granule]; i++)
                if (!is_row_full(row_at(partition->sets, set_first + i))) return false;
        }
    }
    return true;
}
