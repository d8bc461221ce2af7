/* Waves of blocks in lock step: see dram_walk.h.
 *
 * Neighbouring blocks of a wave that are at the same step of the same tree, for the same head, form a gang: they share
 * one cursor and differ only in their grid indices. A tile that depends on no grid index is the same for the whole
 * gang. Blocks of unequal length, such as those of a causal mask, begin as one gang and part where their trees do:
 *
 *     round      0    1    2    3    4
 *     block 0    Q    K0   O
 *     block 1    Q    K0   K1   O            one gang up to round 1; from round 2 on block 0 is another, from 3 on 1
 *     block 2    Q    K0   K1   K2   O
 */
#include "sim/memory/dram_walk.h"

#include <assert.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/memory/dram_cursor.h"

enum { SIDES_MAX = 2 };

typedef struct Block {
    uint32_t node;
    uint64_t index[AXIS_COUNT]; /* of the loops around the block */
    uint64_t part_round;        /* from this round on it is in another gang than the block before */
} Block;

typedef struct Gang {
    uint64_t first, count; /* in Wave.blocks */
    uint64_t part_round;   /* the first of its blocks', but for the first block's */
    Cursor cursor;
} Gang;

typedef struct Wave {
    const Program *program;
    WalkConfig config;
    Block *blocks;
    uint64_t block_count;
    Gang *gangs, *parted; /* parted: where the next round's gangs are put together */
    uint64_t gang_count;
    const uint64_t *steps;      /* memory steps by node */
    TileAccess last[SIDES_MAX]; /* of this round; leaf NULL where none */
    bool is_stopped;            /* visit said so */
    WalkVisit *visit;
    void *context;
} Wave;

/* A wave's blocks. */

/* Block number `block` of the whole program. */
static Block find_block(const Program *program, uint64_t block) {
    ReplayState state;
    bool is_found = replay_seek_counter(program, COUNTER_BLOCK_COUNT, block, &state);
    assert(is_found);
    (void)is_found;
    Block found = {0};
    for (int level = 0; level < state.depth; level++) {
        const ProgramNode *node = &program->nodes[state.path[level].node];
        found.node = state.path[level].node;
        if (node->is_block) break;
        if (node->axis != AXIS_NONE) found.index[node->axis] = program_index(node, state.path[level].iteration);
    }
    return found;
}

static uint64_t part_round(const Wave *wave, const Block *a, const Block *b) {
    if (a->index[AXIS_BATCH] != b->index[AXIS_BATCH] || a->index[AXIS_HEAD] != b->index[AXIS_HEAD]) return 0;
    return a->node == b->node ? UINT64_MAX : cursor_shared_steps(wave->program, wave->steps, a->node, b->node);
}

static void gather_wave(Wave *wave, uint64_t block_first, uint64_t block_count) {
    wave->block_count = block_count;
    for (uint64_t i = 0; i < block_count; i++) {
        Block *block = &wave->blocks[i];
        *block = find_block(wave->program, block_first + i);
        block->part_round = i ? part_round(wave, block - 1, block) : 0;
    }
}

/* A gang of the blocks from `first` on that are together at this round. */
static Gang gang_at(const Wave *wave, uint64_t first, uint64_t end, uint64_t round) {
    const Block *blocks = wave->blocks;
    Gang gang = {.first = first, .count = 1, .part_round = UINT64_MAX};
    for (; first + gang.count < end && blocks[first + gang.count].part_round > round; gang.count++)
        gang.part_round = min_u64(gang.part_round, blocks[first + gang.count].part_round);
    cursor_seek(wave->program, wave->steps, &gang.cursor, blocks[first].node, round);
    return gang;
}

/* Makes the gangs of a round out of those of the round before; from which round on they will not do. */
static uint64_t part_gangs(Wave *wave, uint64_t round) {
    uint64_t count = 0, next_round = UINT64_MAX;
    for (uint64_t g = 0; g < wave->gang_count; g++) {
        const Gang *old = &wave->gangs[g];
        for (uint64_t first = old->first, end = first + old->count; first < end;) {
            Gang gang = old->part_round > round ? *old : gang_at(wave, first, end, round);
            first += gang.count;
            if (gang.cursor.is_done) continue;
            wave->parted[count++] = gang;
            next_round = min_u64(next_round, gang.part_round);
        }
    }
    Gang *gangs = wave->parted;
    wave->parted = wave->gangs;
    wave->gangs = gangs;
    wave->gang_count = count;
    return next_round;
}

/* Rounds. */

static int block_side(const Wave *wave, uint64_t block) {
    return (int)(block % wave->config.sm_count % (uint64_t)wave->config.partition_count);
}

static bool is_same_access(const TileAccess *a, const TileAccess *b) {
    return a->leaf && a->leaf->tensor == b->leaf->tensor && a->leaf->kind == b->leaf->kind &&
           a->leaf->rows == b->leaf->rows && a->leaf->cols == b->leaf->cols &&
           memcmp(&a->place, &b->place, sizeof a->place) == 0;
}

static void emit(Wave *wave, const Gang *gang, uint64_t block, int side) {
    const uint64_t *outer = wave->blocks[block].index;
    uint64_t index[AXIS_COUNT];
    for (int axis = 0; axis < AXIS_COUNT; axis++)
        index[axis] = gang->cursor.inner_axes >> axis & 1 ? gang->cursor.index[axis] : outer[axis];
    TileAccess access = {
        .leaf = gang->cursor.leaf, .place = replay_place(wave->program, gang->cursor.leaf, index), .side = side};
    if (is_same_access(&wave->last[side], &access)) return;
    wave->last[side] = access;
    wave->is_stopped = wave->is_stopped || !wave->visit(wave->context, &access);
}

static bool is_inner_or_none(const Cursor *cursor, Axis axis) {
    return axis == AXIS_NONE || cursor->inner_axes >> axis & 1;
}

static void gang_emit(Wave *wave, const Gang *gang) {
    const ProgramLeaf *leaf = gang->cursor.leaf;
    bool is_shared = is_inner_or_none(&gang->cursor, leaf->row_axis) &&
                     is_inner_or_none(&gang->cursor, leaf->col_axis) &&
                     is_inner_or_none(&gang->cursor, leaf->slice_axis);
    if (!is_shared) {
        for (uint64_t i = 0; i < gang->count; i++) emit(wave, gang, gang->first + i, block_side(wave, gang->first + i));
    } else {
        bool is_told[SIDES_MAX] = {false};
        for (uint64_t i = 0; i < gang->count && !(is_told[0] && is_told[wave->config.partition_count - 1]); i++) {
            int side = block_side(wave, gang->first + i);
            if (!is_told[side]) emit(wave, gang, gang->first + i, side);
            is_told[side] = true;
        }
    }
}

/* Until all blocks are done, or to round_end. */
static void run_wave(Wave *wave, uint64_t round_first, uint64_t round_end) {
    uint64_t part_round = round_first;
    wave->gangs[0] = (Gang){.count = wave->block_count};
    wave->gang_count = 1;
    bool is_running = true;
    for (uint64_t round = round_first; is_running && !wave->is_stopped && round < round_end; round++) {
        if (round == part_round) part_round = part_gangs(wave, round);
        is_running = false;
        memset(wave->last, 0, sizeof wave->last);
        for (uint64_t g = 0; g < wave->gang_count; g++) {
            if (wave->gangs[g].cursor.is_done) continue;
            is_running = true;
            gang_emit(wave, &wave->gangs[g]);
            cursor_advance(wave->program, &wave->gangs[g].cursor);
        }
    }
}

bool dram_walk_blocks(const Program *program, int kernel, WalkConfig config, WalkPart part, WalkVisit *visit,
                      void *context, Arena *arena) {
    uint64_t before = 0, capacity = min_u64(config.slot_count, part.block_end - part.block_first);
    for (int k = 0; k < kernel; k++) before += program->kernels[k].block_count;
    Wave wave = {.program = program,
                 .config = config,
                 .blocks = ARENA_ARRAY(arena, Block, capacity),
                 .gangs = ARENA_ARRAY(arena, Gang, capacity),
                 .parted = ARENA_ARRAY(arena, Gang, capacity),
                 .steps = cursor_memory_steps(program, arena),
                 .visit = visit,
                 .context = context};
    for (uint64_t first = part.block_first; first < part.block_end && !wave.is_stopped; first += config.slot_count) {
        gather_wave(&wave, before + first, min_u64(config.slot_count, part.block_end - first));
        run_wave(&wave, first == part.block_first ? part.round_first : 0, part.round_end ? part.round_end : UINT64_MAX);
    }
    return !wave.is_stopped;
}
