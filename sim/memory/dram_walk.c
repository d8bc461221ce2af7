/* Waves of blocks in lock step: see dram_walk.h.
 *
 * Blocks of a wave that run the same part of the tree for the same head form a gang: they share one cursor and differ
 * only in their grid indices. A tile that depends on no grid index is the same for the whole gang.
 */
#include "sim/memory/dram_walk.h"

#include <assert.h>
#include <string.h>

#include "sim/base/checked.h"

enum { CURSOR_DEPTH_MAX = 12, SIDES_MAX = 2 };

/* A place inside a block's tree, always at a memory leaf until is_done. */
typedef struct Cursor {
    struct {
        uint32_t node, child;
        uint64_t iteration;
    } levels[CURSOR_DEPTH_MAX];
    int depth;
    bool is_done;
    const ProgramLeaf *leaf;
    uint64_t index[AXIS_COUNT];
    unsigned inner_axes; /* bit by Axis: set by a loop inside the block */
} Cursor;

typedef struct Block {
    uint32_t node;
    uint64_t index[AXIS_COUNT]; /* of the loops around the block */
} Block;

typedef struct Gang {
    uint64_t first, count; /* in Wave.blocks */
    Cursor cursor;
} Gang;

typedef struct Wave {
    const Program *program;
    WalkConfig config;
    Block *blocks;
    uint64_t block_count;
    Gang *gangs;
    uint64_t gang_count;
    TileAccess last[SIDES_MAX]; /* of this round; leaf NULL where none */
    WalkVisit *visit;
    void *context;
} Wave;

/* ---- one block's memory steps ---- */

static bool has_memory(const ProgramNode *node) {
    return node->total.value[COUNTER_L1_READ_REQUESTS] + node->total.value[COUNTER_L1_WRITE_REQUESTS] != 0;
}

/* The first child with memory steps from `child` on; child_count where there is none. */
static uint32_t next_child(const Program *program, const ProgramNode *node, uint32_t child) {
    while (child < node->child_count && !has_memory(&program->nodes[program->children[node->child_first + child].node]))
        child++;
    return child;
}

static void set_axis(Cursor *cursor, const ProgramNode *node, uint64_t iteration) {
    if (node->axis == AXIS_NONE) return;
    cursor->index[node->axis] = program_index(node, iteration);
    cursor->inner_axes |= 1u << node->axis;
}

/* From `number` down to its first memory leaf. */
static void cursor_descend(const Program *program, Cursor *cursor, uint32_t number) {
    for (;;) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LEAF) {
            cursor->leaf = &program->leaves[node->leaf];
            return;
        }
        uint32_t child = next_child(program, node, 0);
        uint64_t iteration = node->kind == NODE_VLOOP ? child : 0;
        assert(child < node->child_count && cursor->depth < CURSOR_DEPTH_MAX);
        cursor->levels[cursor->depth].node = number;
        cursor->levels[cursor->depth].child = child;
        cursor->levels[cursor->depth++].iteration = iteration;
        set_axis(cursor, node, iteration);
        number = program->children[node->child_first + child].node;
    }
}

static void cursor_advance(const Program *program, Cursor *cursor) {
    while (cursor->depth > 0) {
        int top = cursor->depth - 1;
        const ProgramNode *node = &program->nodes[cursor->levels[top].node];
        uint32_t child = next_child(program, node, cursor->levels[top].child + 1);
        if (child == node->child_count && node->kind == NODE_LOOP &&
            cursor->levels[top].iteration + 1 < node->trip_count) {
            cursor->levels[top].iteration++;
            child = next_child(program, node, 0);
        }
        if (child < node->child_count) {
            cursor->levels[top].child = child;
            if (node->kind == NODE_VLOOP) cursor->levels[top].iteration = child;
            set_axis(cursor, node, cursor->levels[top].iteration);
            cursor_descend(program, cursor, program->children[node->child_first + child].node);
            return;
        }
        if (node->axis != AXIS_NONE) cursor->inner_axes &= ~(1u << node->axis);
        cursor->depth--;
    }
    cursor->is_done = true;
}

/* Memory steps of one run of each node: children stand before their parents. */
static uint64_t *memory_steps(const Program *program, Arena *arena) {
    uint64_t *steps = ARENA_ARRAY(arena, uint64_t, program->node_count);
    for (uint32_t n = 0; n < program->node_count; n++) {
        const ProgramNode *node = &program->nodes[n];
        if (node->kind == NODE_LEAF) steps[n] = has_memory(node);
        for (uint32_t c = 0; c < node->child_count; c++)
            steps[n] += steps[program->children[node->child_first + c].node];
        if (node->kind == NODE_LOOP) steps[n] *= node->trip_count;
    }
    return steps;
}

/* To memory step `step` of node `number`, without walking the steps before it. */
static void cursor_seek(const Program *program, const uint64_t *steps, Cursor *cursor, uint32_t number, uint64_t step) {
    *cursor = (Cursor){.is_done = step >= steps[number]};
    while (!cursor->is_done) {
        const ProgramNode *node = &program->nodes[number];
        if (node->kind == NODE_LEAF) {
            cursor->leaf = &program->leaves[node->leaf];
            return;
        }
        uint64_t trip_steps = node->kind == NODE_LOOP ? steps[number] / node->trip_count : steps[number];
        uint64_t iteration = step / trip_steps;
        uint32_t child = 0, child_node;
        for (step %= trip_steps;; step -= steps[child_node], child++) {
            child_node = program->children[node->child_first + child].node;
            if (step < steps[child_node]) break;
        }
        if (node->kind == NODE_VLOOP) iteration = child;
        assert(cursor->depth < CURSOR_DEPTH_MAX);
        cursor->levels[cursor->depth].node = number;
        cursor->levels[cursor->depth].child = child;
        cursor->levels[cursor->depth++].iteration = iteration;
        set_axis(cursor, node, iteration);
        number = child_node;
    }
}

/* ---- a wave's blocks ---- */

/* Block number `block` of the whole program. False where its tree moves nothing. */
static bool find_block(const Program *program, uint64_t block, Block *out) {
    ReplayState state;
    bool is_found = replay_seek_counter(program, COUNTER_BLOCK_COUNT, block, &state);
    assert(is_found);
    (void)is_found;
    *out = (Block){0};
    for (int level = 0; level < state.depth; level++) {
        const ProgramNode *node = &program->nodes[state.path[level].node];
        out->node = state.path[level].node;
        if (node->is_block) break;
        if (node->axis != AXIS_NONE) out->index[node->axis] = program_index(node, state.path[level].iteration);
    }
    return has_memory(&program->nodes[out->node]);
}

static bool is_same_gang(const Block *a, const Block *b) {
    return a->node == b->node && a->index[AXIS_BATCH] == b->index[AXIS_BATCH] &&
           a->index[AXIS_HEAD] == b->index[AXIS_HEAD];
}

static void gather_wave(Wave *wave, uint64_t block_first, uint64_t block_count) {
    wave->block_count = block_count;
    wave->gang_count = 0;
    for (uint64_t i = 0; i < block_count; i++) {
        Block *block = &wave->blocks[i];
        bool moves_data = find_block(wave->program, block_first + i, block);
        if (i > 0 && is_same_gang(block, block - 1)) {
            wave->gangs[wave->gang_count - 1].count++;
            continue;
        }
        Gang *gang = &wave->gangs[wave->gang_count++];
        *gang = (Gang){.first = i, .count = 1, .cursor = {.is_done = !moves_data}};
        if (moves_data) cursor_descend(wave->program, &gang->cursor, block->node);
    }
}

/* ---- rounds ---- */

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
    wave->visit(wave->context, &access);
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

static void seek_round(Wave *wave, uint64_t round, Arena *arena) {
    const uint64_t *steps = memory_steps(wave->program, arena);
    for (uint64_t g = 0; g < wave->gang_count; g++) {
        Gang *gang = &wave->gangs[g];
        cursor_seek(wave->program, steps, &gang->cursor, wave->blocks[gang->first].node, round);
    }
}

static void run_wave(Wave *wave) {
    bool is_running = true;
    while (is_running) {
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

void dram_walk_blocks(const Program *program, int kernel, WalkConfig config, WalkPart part, WalkVisit *visit,
                      void *context, Arena *arena) {
    uint64_t before = 0, capacity = min_u64(config.slot_count, part.block_end - part.block_first);
    for (int k = 0; k < kernel; k++) before += program->kernels[k].block_count;
    Wave wave = {.program = program,
                 .config = config,
                 .blocks = ARENA_ARRAY(arena, Block, capacity),
                 .gangs = ARENA_ARRAY(arena, Gang, capacity),
                 .visit = visit,
                 .context = context};
    for (uint64_t first = part.block_first; first < part.block_end; first += config.slot_count) {
        gather_wave(&wave, before + first, min_u64(config.slot_count, part.block_end - first));
        if (first == part.block_first && part.round_first) seek_round(&wave, part.round_first, arena);
        run_wave(&wave);
    }
}
