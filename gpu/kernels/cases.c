/* From a scenario to the cases that our kernels can run: see cases.h. */
#include "gpu/kernels/cases.h"

#include <stdio.h>
#include <string.h>

#include "sim/attention/algorithm.h"

/* The algorithms that have kernels, in fp16 and whether in fp32 too. */
static const struct {
    const char *name;
    bool has_fp32, has_backward;
} kernels[] = {{"standard", true, true},
               {"flash1", true, true},
               {"flash2", true, true},
               {"window", true, true},
               {"flash3", false, false}};

static bool check(const Scenario *s, const char *name, Err *err) {
    size_t i = 0, count = sizeof kernels / sizeof *kernels;
    while (i < count && strcmp(name, kernels[i].name) != 0) i++;
    if (i == count)
        return err_set(err, ERR_USAGE,
                       "there is no CUDA kernel for %s; there are standard, flash1, flash2, window and flash3", name);
    if (s->dtype != DTYPE_FP16 && !(s->dtype == DTYPE_FP32 && kernels[i].has_fp32))
        return err_set(err, ERR_USAGE, "dtype is %s; the CUDA kernels know fp16, and fp32 for all but flash3",
                       dtype_name(s->dtype));
    if (s->pass != PASS_FORWARD && !kernels[i].has_backward)
        return err_set(err, ERR_USAGE, "the CUDA kernels have no backward pass of %s", name);
    if (s->mask != MASK_NONE || s->dropout_probability > 0)
        return err_set(err, ERR_USAGE, "the CUDA kernels know neither a mask tensor nor dropout");
    if (s->layer_count != 1)
        return err_set(err, ERR_USAGE, "layers is %llu; the CUDA kernels run one", (unsigned long long)s->layer_count);
    return true;
}

bool case_from_scenario(const Scenario *scenario, int algorithm, int version, GpuCase *out, Err *err) {
    Scenario s = *scenario;
    const Algorithm *a = algorithm_find(s.algorithms[algorithm]);
    char note[200];
    if (!a || !check(&s, a->name, err) || !a->resolve(&s, note, sizeof note, err)) return false;
    *out = (GpuCase){.version = version,
                     .batch_count = (int64_t)s.batch_count,
                     .head_count = (int64_t)s.head_count,
                     .kv_head_count = (int64_t)s.kv_head_count,
                     .query_rows = (int64_t)s.query_rows,
                     .key_rows = (int64_t)s.key_rows,
                     .head_dim_elems = (int64_t)s.head_dim_elems,
                     .block_query_rows = (int64_t)s.block_query_rows,
                     .block_key_rows = (int64_t)s.block_key_rows,
                     .backward_block_query_rows = (int64_t)s.backward_block_query_rows,
                     .backward_block_key_rows = (int64_t)s.backward_block_key_rows,
                     .is_causal = s.is_causal,
                     .has_backward = s.pass != PASS_FORWARD, /* whose input the forward pass makes */
                     .window_keys = strcmp(a->name, "window") == 0 ? (int64_t)s.window_keys : 0,
                     .smem_per_block_bytes = (int64_t)s.machine.smem_per_block_bytes};
    snprintf(out->algorithm, sizeof out->algorithm, "%s", a->name);
    snprintf(out->dtype, sizeof out->dtype, "%s", dtype_name(s.dtype));
    return true;
}

CaptureRun case_run(const GpuCase *c, CaptureL2 l2, double relative_error) {
    return (CaptureRun){.algorithm = c->algorithm,
                        .dtype = c->dtype,
                        .version = (uint64_t)c->version,
                        .batch_count = (uint64_t)c->batch_count,
                        .head_count = (uint64_t)c->head_count,
                        .kv_head_count = (uint64_t)c->kv_head_count,
                        .query_rows = (uint64_t)c->query_rows,
                        .key_rows = (uint64_t)c->key_rows,
                        .head_dim_elems = (uint64_t)c->head_dim_elems,
                        .block_query_rows = (uint64_t)c->block_query_rows,
                        .block_key_rows = (uint64_t)c->block_key_rows,
                        .backward_block_query_rows = (uint64_t)(c->has_backward ? c->backward_block_query_rows : 0),
                        .backward_block_key_rows = (uint64_t)(c->has_backward ? c->backward_block_key_rows : 0),
                        .pass = c->has_backward ? PASS_BOTH : PASS_FORWARD,
                        .window_keys = (uint64_t)c->window_keys,
                        .is_causal = c->is_causal != 0,
                        .l2 = l2,
                        .relative_error = relative_error};
}
