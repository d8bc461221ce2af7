/* Stops of sliders and what they set: see slider.h. */
#include "viz/state/slider.h"

#include <stdio.h>
#include <string.h>

typedef struct SliderInfo {
    const char *name, *meaning;
    const uint64_t *stops;
    int stop_count;
} SliderInfo;

#define K 1024ull
#define M (1024ull * 1024)
static const uint64_t seq_stops[] = {128,    256,    512,    1 * K,   2 * K,   4 * K,   8 * K,
                                     16 * K, 32 * K, 64 * K, 128 * K, 256 * K, 512 * K, 1 * M};
static const uint64_t dim_stops[] = {16, 32, 64, 80, 96, 128, 192, 256};
static const uint64_t count_stops[] = {1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 128};
static const uint64_t block_stops[] = {0, 16, 32, 64, 128, 192, 256};
static const uint64_t sram_stops[] = {48 * K, 64 * K, 96 * K, 99 * K, 128 * K, 163 * K, 227 * K};
static const uint64_t l2_stops[] = {4 * M, 6 * M, 20 * M, 40 * M, 50 * M, 60 * M, 72 * M, 96 * M, 126 * M};
#define STOPS(list) list, (int)(sizeof list / sizeof list[0])

static const SliderInfo info[SLIDER_COUNT] = {
    [SLIDER_SEQ] = {"N", "sequence length, tokens", STOPS(seq_stops)},
    [SLIDER_HEAD_DIM] = {"d", "head dimension, elements", STOPS(dim_stops)},
    [SLIDER_HEADS] = {"heads", "query heads", STOPS(count_stops)},
    [SLIDER_BATCH] = {"batch", "sequences processed together", STOPS(count_stops)},
    [SLIDER_BLOCK_Q] = {"B_r", "query rows of a tile", STOPS(block_stops)},
    [SLIDER_BLOCK_K] = {"B_c", "key rows of a tile", STOPS(block_stops)},
    [SLIDER_SRAM] = {"SRAM", "shared memory a block may use", STOPS(sram_stops)},
    [SLIDER_L2] = {"L2", "size of the L2 cache", STOPS(l2_stops)},
    [SLIDER_GPU] = {"GPU", "the machine", NULL, 0},
};

const char *slider_name(SliderId id) { return info[id].name; }
const char *slider_meaning(SliderId id) { return info[id].meaning; }
int slider_stop_count(SliderId id) { return id == SLIDER_GPU ? machine_table_count : info[id].stop_count; }

static uint64_t value_of(const Scenario *s, SliderId id) {
    switch (id) {
    case SLIDER_SEQ: return s->query_rows;
    case SLIDER_HEAD_DIM: return s->head_dim_elems;
    case SLIDER_HEADS: return s->head_count;
    case SLIDER_BATCH: return s->batch_count;
    case SLIDER_BLOCK_Q: return s->block_query_rows;
    case SLIDER_BLOCK_K: return s->block_key_rows;
    case SLIDER_SRAM: return s->machine.smem_per_block_bytes;
    case SLIDER_L2: return s->l2_mode == L2_SIZE ? s->l2_size_bytes : s->machine.l2_bytes;
    case SLIDER_GPU:
    case SLIDER_COUNT: break;
    }
    return 0;
}

static int machine_number(const char *name) {
    for (int i = 0; i < machine_table_count; i++)
        if (strcmp(machine_table[i].name, name) == 0) return i;
    return 0;
}

static uint64_t distance(uint64_t a, uint64_t b) { return a > b ? a - b : b - a; }

int slider_stop(const Scenario *scenario, SliderId id) {
    if (id == SLIDER_GPU) return machine_number(scenario->machine.name);
    uint64_t value = value_of(scenario, id);
    int nearest = 0;
    for (int i = 1; i < info[id].stop_count; i++)
        if (distance(info[id].stops[i], value) < distance(info[id].stops[nearest], value)) nearest = i;
    return nearest;
}

bool slider_is_at(const Scenario *scenario, SliderId id, int stop) {
    if (id == SLIDER_GPU) return strcmp(scenario->machine.name, machine_table[stop].name) == 0;
    return value_of(scenario, id) == info[id].stops[stop];
}

static void set_seq(Scenario *s, uint64_t rows) {
    if (s->key_rows == s->query_rows || s->query_rows > 1) {
        if (s->key_rows == s->query_rows) s->key_rows = rows;
        s->query_rows = rows;
    } else {
        s->key_rows = rows; /* decoding: one query, the keys are what grows */
    }
}

static void set_heads(Scenario *s, uint64_t count) {
    uint64_t group = s->head_count / s->kv_head_count;
    s->head_count = count;
    s->kv_head_count = count % group == 0 ? count / group : 1;
}

static void set_sram(Machine *m, uint64_t size_bytes) {
    m->smem_per_block_bytes = size_bytes;
    uint64_t needed = size_bytes + m->smem_reserved_per_block_bytes;
    if (m->smem_per_sm_bytes < needed) m->smem_per_sm_bytes = needed;
    if (m->l1_and_smem_per_sm_bytes < m->smem_per_sm_bytes) m->l1_and_smem_per_sm_bytes = m->smem_per_sm_bytes;
}

void slider_set(Scenario *s, SliderId id, int stop) {
    int last = slider_stop_count(id) - 1;
    stop = stop < 0 ? 0 : stop > last ? last : stop;
    if (id == SLIDER_GPU) {
        s->machine = machine_table[stop];
        return;
    }
    uint64_t value = info[id].stops[stop];
    switch (id) {
    case SLIDER_SEQ: set_seq(s, value); break;
    case SLIDER_HEAD_DIM: s->head_dim_elems = value; break;
    case SLIDER_HEADS: set_heads(s, value); break;
    case SLIDER_BATCH: s->batch_count = value; break;
    case SLIDER_BLOCK_Q: s->block_query_rows = value; break;
    case SLIDER_BLOCK_K: s->block_key_rows = value; break;
    case SLIDER_SRAM: set_sram(&s->machine, value); break;
    case SLIDER_L2:
        s->machine.l2_bytes = value;
        if (s->l2_mode == L2_SIZE) s->l2_size_bytes = value;
        break;
    case SLIDER_GPU:
    case SLIDER_COUNT: break;
    }
}

UnitText slider_text(const Scenario *scenario, SliderId id) {
    UnitText text;
    uint64_t value = value_of(scenario, id);
    switch (id) {
    case SLIDER_SEQ: return units_tokens(scenario->query_rows == 1 ? scenario->key_rows : value);
    case SLIDER_BLOCK_Q:
    case SLIDER_BLOCK_K:
        if (value) return units_exact(value);
        snprintf(text.text, sizeof text.text, "auto");
        return text;
    case SLIDER_SRAM:
    case SLIDER_L2: return units_kib_short(value);
    case SLIDER_GPU: snprintf(text.text, sizeof text.text, "%s", scenario->machine.name); return text;
    default: return units_exact(value);
    }
}
