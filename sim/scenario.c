/* The default scenario, and the checks over a whole one: see scenario.h. */
#include "sim/scenario.h"

#include "sim/base/checked.h"
#include "sim/base/parse.h"

/* FlashAttention paper (arXiv 2205.14135v2), Fig. 2: GPT-2 medium on an A100. */
Scenario scenario_default(void) {
    Scenario scenario = {
        .algorithms = {"standard", "flash1"},
        .algorithm_count = 2,
        .has_default_algorithms = true,
        .batch_count = 64,
        .head_count = 16,
        .query_rows = 1024,
        .head_dim_elems = 64,
        .layer_count = 1,
        .dtype = DTYPE_FP16,
        .pass = PASS_FORWARD,
        .seed = 1,
    };
    machine_find("a100-40", &scenario.machine, NULL);
    return scenario;
}

static unsigned long long ull(uint64_t value) { return value; }

static bool check_products(const Scenario *s, Err *err) {
    bool has_overflow = false;
    /* 8: fp32 elements, twice over; what a kernel adds to that the program's own checked sums find out. */
    uint64_t slices =
        checked_mul(&has_overflow, checked_mul(&has_overflow, s->batch_count, s->head_count), s->layer_count);
    uint64_t cols = max_u64(s->head_dim_elems, max_u64(s->query_rows, s->key_rows));
    uint64_t elems =
        checked_mul(&has_overflow, checked_mul(&has_overflow, slices, max_u64(s->query_rows, s->key_rows)), cols);
    checked_mul(&has_overflow, elems, 8);
    if (!has_overflow) return true;
    return err_set(
        err, ERR_USAGE,
        "batch %llu x heads %llu x layers %llu x seq %llu x kv-seq %llu (head-dim %llu) gives tensors of more "
        "than 2^63 bytes; make one of them smaller",
        ull(s->batch_count), ull(s->head_count), ull(s->layer_count), ull(s->query_rows), ull(s->key_rows),
        ull(s->head_dim_elems));
}

bool scenario_finish(Scenario *scenario, Err *err) {
    Scenario s = *scenario;
    if (!s.kv_head_count) s.kv_head_count = s.head_count;
    if (!s.key_rows) s.key_rows = s.query_rows;
    s.has_default_algorithms = false;
    if (s.kv_head_count > s.head_count || s.head_count % s.kv_head_count != 0)
        return err_set(err, ERR_USAGE, "kv-heads is %llu; it must divide heads, %llu", ull(s.kv_head_count),
                       ull(s.head_count));
    if (!machine_check(&s.machine, err)) return err_prefix(err, "gpu %s: ", s.machine.name);
    if (!check_products(&s, err)) return false;
    *scenario = s;
    return true;
}

bool scenario_parse_size(const char *text, const char *what, uint64_t min, uint64_t max, uint64_t *out, Err *err) {
    return parse_size(text, what, min, max, out, err);
}

uint64_t dtype_elem_bytes(Dtype dtype) {
    static const uint64_t elem_bytes[DTYPE_COUNT] = {4, 2, 2, 1};
    return elem_bytes[dtype];
}

const char *dtype_name(Dtype dtype) {
    static const char *const names[DTYPE_COUNT] = {"fp32", "fp16", "bf16", "fp8"};
    return names[dtype];
}

const char *pass_name(Pass pass) {
    static const char *const names[] = {"", "forward", "backward", "both"};
    return names[pass];
}

const char *mask_name(MaskKind mask) {
    static const char *const names[] = {"none", "additive", "padding"};
    return names[mask];
}
