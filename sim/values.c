/* Numbers along a replay: see values.h. Letters are the papers': S, P, m, l, O; i a query row, j a key. */
#include "sim/values.h"

#include <math.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/base/random.h"

/* Rounding. */

typedef struct FloatFormat {
    int mantissa_bits, exponent_min; /* of normal numbers: 2^exponent_min is the smallest */
    float max;
    bool saturates;
} FloatFormat;

/* IEEE 754-2019 binary16; bfloat16 as CUDA's cuda_bf16.h; e4m3 of the OCP 8-bit floating point specification. */
static const FloatFormat formats[DTYPE_COUNT] = {
    [DTYPE_FP16] = {10, -14, 65504.0f, false},
    [DTYPE_BF16] = {7, -126, 3.38953139e38f, false},
    [DTYPE_FP8] = {3, -6, 448.0f, true},
};

float values_round(float x, Dtype dtype) {
    if (dtype == DTYPE_FP32 || !isfinite(x) || x == 0) return x;
    const FloatFormat *format = &formats[dtype];
    int exponent;
    frexpf(x, &exponent); /* |x| = f 2^exponent, 0.5 <= f < 1 */
    int leading = exponent - 1 > format->exponent_min ? exponent - 1 : format->exponent_min;
    double unit = ldexp(1, leading - format->mantissa_bits); /* double: bf16's smallest unit is below fp32's normals */
    double rounded = nearbyint((double)x / unit) * unit;
    if (fabs(rounded) <= (double)format->max) return (float)rounded;
    return copysignf(format->saturates ? format->max : INFINITY, x);
}

/* Inputs. */

static float *random_matrix(uint64_t rows, uint64_t cols, Dtype dtype, uint64_t *state, Arena *arena) {
    float *matrix = ARENA_ARRAY(arena, float, rows *cols);
    for (uint64_t i = 0; i < rows * cols; i++) matrix[i] = values_round((float)random_normal(state), dtype);
    return matrix;
}

bool values_make(const Program *program, Arena *arena, ValuesInput *input, Err *err) {
    const Scenario *s = &program->scenario;
    static const char *const known[] = {"standard", "flash1", "flash2", "flash3"};
    bool is_known = false;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) is_known |= strcmp(program->algorithm, known[i]) == 0;
    if (!is_known)
        return err_set(err, ERR_USAGE, "values follow standard, flash1, flash2 and flash3; %s has none",
                       program->algorithm);
    if (s->query_rows > VALUES_MAX_ROWS || s->key_rows > VALUES_MAX_ROWS || s->head_dim_elems > VALUES_DIM_MAX_ELEMS)
        return err_set(err, ERR_USAGE, "values are shown up to %d rows of %d elements; the scenario has %llu x %llu",
                       VALUES_MAX_ROWS, VALUES_DIM_MAX_ELEMS, (unsigned long long)max_u64(s->query_rows, s->key_rows),
                       (unsigned long long)s->head_dim_elems);
    if (s->mask != MASK_NONE || s->dropout_probability > 0 || !(s->pass & PASS_FORWARD))
        return err_set(err, ERR_USAGE, "values follow the forward pass without mask tensors and dropout");
    uint64_t random = s->seed;
    *input = (ValuesInput){.rows = s->query_rows, .keys = s->key_rows, .dim = s->head_dim_elems, .dtype = s->dtype};
    input->q = random_matrix(input->rows, input->dim, s->dtype, &random, arena);
    input->k = random_matrix(input->keys, input->dim, s->dtype, &random, arena);
    input->v = random_matrix(input->keys, input->dim, s->dtype, &random, arena);
    return true;
}

/* One step. */

typedef struct Run {
    const Program *program;
    const ValuesInput *in;
    ValuesState *out;
    bool is_standard, is_flash1;
    float *sum_of_output; /* l when O was last added to: between softmax and P V the row's l is ahead of O */
    float *sum_before;    /* l before the row's last tile: flash1 multiplies it back */
    double scale;         /* 1 / sqrt(d) */
    bool *is_in_output;   /* rows x keys: P V of this key has been added to O */
} Run;

/* Half-open ranges of query rows and keys. */
typedef struct Tile {
    uint64_t i_first, i_end, j_first, j_end;
} Tile;

static bool is_masked(const Run *run, uint64_t i, uint64_t j) {
    return run->program->scenario.is_causal && j + run->in->rows > i + run->in->keys;
}

static float dot(const float *a, const float *b, uint64_t count) {
    float sum = 0;
    for (uint64_t c = 0; c < count; c++) sum += a[c] * b[c];
    return sum;
}

/* S = Q K^T / sqrt(d), with keys that the row may not see at minus infinity. standard stores it in dtype. */
static void run_scores(Run *run, Tile t) {
    const ValuesInput *in = run->in;
    for (uint64_t i = t.i_first; i < t.i_end; i++)
        for (uint64_t j = t.j_first; j < t.j_end; j++) {
            float s = (float)run->scale * dot(in->q + i * in->dim, in->k + j * in->dim, in->dim);
            if (is_masked(run, i, j)) s = -INFINITY;
            run->out->scores[i * in->keys + j] = run->is_standard ? values_round(s, in->dtype) : s;
            run->out->has_score[i * in->keys + j] = true;
        }
}

/* One row of a tile: the maximum may rise, and then the sum so far is scaled down. */
static void run_softmax_row(Run *run, uint64_t i, Tile t) {
    const float *s = run->out->scores + i * run->in->keys;
    float *p = run->out->probabilities + i * run->in->keys;
    float m_old = run->out->row_max[i], m = m_old, sum = 0;
    for (uint64_t j = t.j_first; j < t.j_end; j++) m = fmaxf(m, s[j]);
    float rescale = m_old == -INFINITY ? 0 : expf(m_old - m);
    for (uint64_t j = t.j_first; j < t.j_end; j++) {
        p[j] = m == -INFINITY ? 0 : expf(s[j] - m);
        sum += p[j];
        run->out->has_probability[i * run->in->keys + j] = true;
    }
    run->sum_before[i] = run->out->row_sum[i];
    run->out->row_max[i] = m;
    run->out->row_sum[i] = run->out->row_sum[i] * rescale + sum;
    run->out->rescale[i] = m_old == -INFINITY ? 1 : rescale;
    for (uint64_t j = t.j_first; j < t.j_end; j++) {
        if (run->is_standard) p[j] /= run->out->row_sum[i];
        p[j] = values_round(p[j], run->in->dtype);
    }
}

/* O += P V; flash scales what O holds by exp(m_old - m_new), flash1 keeps it divided by l. */
static void run_output_row(Run *run, uint64_t i, Tile t) {
    const ValuesInput *in = run->in;
    const float *p = run->out->probabilities + i * in->keys;
    float *o = run->out->output + i * in->dim;
    float l = run->out->row_sum[i];
    float factor = run->is_standard ? 1 : run->out->rescale[i];
    if (run->is_flash1 && l > 0) factor *= run->sum_before[i] / l;
    for (uint64_t c = 0; c < in->dim; c++) {
        float sum = 0;
        for (uint64_t j = t.j_first; j < t.j_end; j++) sum += p[j] * in->v[j * in->dim + c];
        if (run->is_flash1 && l > 0) sum /= l;
        o[c] = o[c] * factor + sum;
    }
    run->sum_of_output[i] = l;
    for (uint64_t j = t.j_first; j < t.j_end; j++) run->is_in_output[i * in->keys + j] = !is_masked(run, i, j);
}

static Tile tile_of(const Run *run, const ReplayState *state) {
    const Scenario *s = &run->program->scenario;
    uint64_t i = state->index[AXIS_Q_BLOCK] * s->block_query_rows, j = state->index[AXIS_K_BLOCK] * s->block_key_rows;
    return (Tile){i, min_u64(i + s->block_query_rows, run->in->rows), j, min_u64(j + s->block_key_rows, run->in->keys)};
}

/* A softmax kernel takes whole rows: the model keeps them on chip up to far beyond VALUES_MAX_ROWS. How many rows an
 * index stands for is said by the leaves that move them. */
static Tile rows_of(const Run *run, const ReplayState *state) {
    uint64_t stride = state->leaf->rows;
    for (uint32_t n = 0; n < run->program->node_count; n++) {
        const ProgramNode *node = &run->program->nodes[n];
        if (node->kind != NODE_LEAF || node->kernel != state->kernel) continue;
        const ProgramLeaf *leaf = &run->program->leaves[node->leaf];
        if (leaf->row_axis == AXIS_ROW) stride = max_u64(stride, leaf->row_stride);
    }
    uint64_t first = state->index[AXIS_ROW] * stride;
    return (Tile){first, first + state->leaf->rows, 0, run->in->keys};
}

static void run_step(Run *run, const ReplayState *state) {
    const Kernel *kernel = &run->program->kernels[state->kernel];
    const ProgramLeaf *leaf = state->leaf;
    TensorClass target = leaf->buffer == BUFFER_NONE ? TENSOR_OTHER : kernel->buffers[leaf->buffer].tensor_class;
    bool is_row_kernel = false;
    for (int level = 0; level < state->depth; level++)
        is_row_kernel |= run->program->nodes[state->path[level].node].axis == AXIS_ROW;
    Tile t = is_row_kernel ? rows_of(run, state) : tile_of(run, state);
    if (leaf->kind == STEP_MATMUL && target == TENSOR_S) run_scores(run, t);
    for (uint64_t i = t.i_first; leaf->kind == STEP_SOFTMAX && i < t.i_end; i++) run_softmax_row(run, i, t);
    for (uint64_t i = t.i_first; leaf->kind == STEP_MATMUL && target == TENSOR_O && i < t.i_end; i++)
        run_output_row(run, i, t);
}

/* The float64 reference. */

/* Largest difference of O's row from softmax over the keys that it has seen. */
static double row_error(const Run *run, uint64_t i, const float *o) {
    const ValuesInput *in = run->in;
    double weights[VALUES_MAX_ROWS], m = -INFINITY, l = 0, error = 0;
    for (uint64_t j = 0; j < in->keys; j++) {
        double s = 0;
        for (uint64_t c = 0; c < in->dim; c++) s += (double)in->q[i * in->dim + c] * (double)in->k[j * in->dim + c];
        weights[j] = run->is_in_output[i * in->keys + j] ? s * run->scale : -INFINITY;
        m = fmax(m, weights[j]);
    }
    if (m == -INFINITY) return 0;
    /* standard's P is divided by the sum over the whole row from the start, so its unfinished O is too */
    double l_all = 0;
    for (uint64_t j = 0; j < in->keys; j++) {
        double s = 0;
        for (uint64_t c = 0; c < in->dim; c++) s += (double)in->q[i * in->dim + c] * (double)in->k[j * in->dim + c];
        weights[j] = exp(weights[j] - m), l += weights[j];
        if (!is_masked(run, i, j)) l_all += exp(s * run->scale - m);
    }
    for (uint64_t c = 0; c < in->dim; c++) {
        double sum = 0;
        for (uint64_t j = 0; j < in->keys; j++) sum += weights[j] * (double)in->v[j * in->dim + c];
        error = fmax(error, fabs((double)o[c] - sum / (run->is_standard ? l_all : l)));
    }
    return error;
}

/* O as it would be stored now, and how far it is from the reference. */
static void finish(Run *run) {
    const ValuesInput *in = run->in;
    for (uint64_t i = 0; i < in->rows; i++) {
        float *o = run->out->output + i * in->dim, l = run->sum_of_output[i];
        for (uint64_t j = 0; j < in->keys; j++) run->out->seen_keys[i] += run->is_in_output[i * in->keys + j];
        if (!run->out->seen_keys[i]) continue;
        for (uint64_t c = 0; c < in->dim; c++) {
            if (!run->is_standard && !run->is_flash1) o[c] /= l;
            o[c] = values_round(o[c], in->dtype);
        }
        run->out->error[i] = row_error(run, i, o);
        run->out->error_max = fmax(run->out->error_max, run->out->error[i]);
    }
}

/* Walking the head. */

static uint64_t steps_of(const Program *program, int kernel) {
    return program->nodes[program->kernels[kernel].node].total.value[COUNTER_STEP_COUNT];
}

static void make_state(const ValuesInput *in, Arena *arena, ValuesState *out, Run *run) {
    uint64_t scores = in->rows * in->keys;
    *out = (ValuesState){.scores = ARENA_ARRAY(arena, float, scores),
                         .probabilities = ARENA_ARRAY(arena, float, scores),
                         .has_score = ARENA_ARRAY(arena, bool, scores),
                         .has_probability = ARENA_ARRAY(arena, bool, scores),
                         .row_max = ARENA_ARRAY(arena, float, in->rows),
                         .row_sum = ARENA_ARRAY(arena, float, in->rows),
                         .rescale = ARENA_ARRAY(arena, float, in->rows),
                         .output = ARENA_ARRAY(arena, float, in->rows * in->dim),
                         .seen_keys = ARENA_ARRAY(arena, uint64_t, in->rows),
                         .error = ARENA_ARRAY(arena, double, in->rows)};
    run->is_in_output = ARENA_ARRAY(arena, bool, scores);
    run->sum_before = ARENA_ARRAY(arena, float, in->rows);
    run->sum_of_output = ARENA_ARRAY(arena, float, in->rows);
    for (uint64_t i = 0; i < in->rows; i++) out->row_max[i] = -INFINITY, out->rescale[i] = 1;
}

void values_at(const Program *program, const ValuesInput *in, const ReplayState *at, Arena *arena, ValuesState *out) {
    const Scenario *s = &program->scenario;
    Run run = {.program = program, .in = in, .out = out, .scale = 1 / sqrt((double)in->dim)};
    run.is_standard = strcmp(program->algorithm, "standard") == 0;
    run.is_flash1 = strcmp(program->algorithm, "flash1") == 0;
    make_state(in, arena, out, &run);
    uint64_t heads = s->batch_count * s->head_count;
    uint64_t head = at->index[AXIS_BATCH] * s->head_count + at->index[AXIS_HEAD];
    uint64_t layer_steps = program_total(program)->value[COUNTER_STEP_COUNT] / s->layer_count;
    uint64_t kernel_first = at->index[AXIS_LAYER] * layer_steps;
    for (int k = 0; k <= at->kernel && program->kernels[k].pass == PASS_FORWARD; k++) {
        uint64_t each = steps_of(program, k) / heads, first = kernel_first + head * each;
        for (uint64_t step = first; step < first + each && step <= at->step_index; step++) {
            ReplayState state;
            replay_seek(program, step, &state);
            run_step(&run, &state);
        }
        kernel_first += steps_of(program, k);
    }
    finish(&run);
}
