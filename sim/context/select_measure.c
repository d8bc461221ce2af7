/* What a selection costs in quality and saves in bytes, against dense attention in float64. See select.h.
 *
 * Bytes are those of one query reading by itself, as a decoding step does: K and V rows kept, plus what the
 * choosing reads. A prefill shares reads between the queries of a tile; the programs of these algorithms count that.
 */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/context/select.h"

enum { WEIGHT_MAX_ROWS = 2048 }; /* 32 MiB of them */

static double score(const SelectInput *in, uint64_t query, uint64_t key) {
    double sum = 0;
    for (uint64_t c = 0; c < in->dim_elems; c++)
        sum += in->q[query * in->dim_elems + c] * in->k[key * in->dim_elems + c];
    return sum / sqrt((double)in->dim_elems);
}

static void scores_of_row(const SelectInput *in, uint64_t query, uint64_t end, double *out) {
    for (uint64_t key = 0; key < end; key++) out[key] = score(in, query, key);
}

static uint64_t visible_end(const SelectInput *in, uint64_t query, bool is_causal) {
    return is_causal ? query + 1 : in->n_rows;
}

SelectDense select_dense(const SelectInput *input, bool is_causal, Arena *arena) {
    uint64_t n = input->n_rows, d = input->dim_elems;
    double *weights = n <= WEIGHT_MAX_ROWS ? ARENA_ARRAY(arena, double, n *n) : NULL;
    double *output = ARENA_ARRAY(arena, double, n *d), *row_max = ARENA_ARRAY(arena, double, n),
           *row_sum = ARENA_ARRAY(arena, double, n), *s = ARENA_ARRAY(arena, double, n);
    for (uint64_t q = 0; q < n; q++) {
        uint64_t end = visible_end(input, q, is_causal);
        scores_of_row(input, q, end, s);
        row_max[q] = -INFINITY;
        for (uint64_t k = 0; k < end; k++) row_max[q] = fmax(row_max[q], s[k]);
        for (uint64_t k = 0; k < end; k++) {
            double p = exp(s[k] - row_max[q]);
            row_sum[q] += p;
            if (weights) weights[q * n + k] = p;
            for (uint64_t c = 0; c < d; c++) output[q * d + c] += p * input->v[k * d + c];
        }
        for (uint64_t c = 0; c < d; c++) output[q * d + c] /= row_sum[q];
    }
    return (SelectDense){output, row_max, row_sum, weights};
}

/* One query over its kept keys, into out[d]. Returns the sum of exp(score - row_max) over them and their number.
 * weights: those exponentials, or NULL. */
static double sparse_row(const SelectInput *in, const SelectKeys *keys, uint64_t query, double row_max,
                         const double *weights, double *out, uint64_t *kept) {
    uint64_t d = in->dim_elems;
    double sum = 0;
    *kept = 0;
    for (uint64_t c = 0; c < d; c++) out[c] = 0;
    for (uint64_t k = 0; k < in->n_rows; k++) {
        if (!select_is_kept(keys, query, k)) continue;
        double p = weights ? weights[query * in->n_rows + k] : exp(score(in, query, k) - row_max);
        sum += p, ++*kept;
        for (uint64_t c = 0; c < d; c++) out[c] += p * in->v[k * d + c];
    }
    for (uint64_t c = 0; c < d && sum > 0; c++) out[c] /= sum;
    return sum;
}

/* The largest kept score: a row max of its own, so that the output does not lean on the dense pass. */
static double kept_max(const SelectInput *in, const SelectKeys *keys, uint64_t query) {
    double max = -INFINITY;
    for (uint64_t k = 0; k < in->n_rows; k++)
        if (select_is_kept(keys, query, k)) max = fmax(max, score(in, query, k));
    return max;
}

const double *select_output(const SelectInput *input, const SelectKeys *keys, Arena *arena) {
    double *output = ARENA_ARRAY(arena, double, input->n_rows * input->dim_elems);
    uint64_t kept;
    for (uint64_t q = 0; q < input->n_rows; q++)
        sparse_row(input, keys, q, kept_max(input, keys, q), NULL, output + q * input->dim_elems, &kept);
    return output;
}

/* Rows that choosing reads for one query that sees n rows, as bytes of one K and one V row. */
static double choosing_rows(SelectOptions o, uint64_t n_rows, uint64_t dim_elems, uint64_t elem_bytes) {
    double pair_bytes = 2.0 * (double)(dim_elems * elem_bytes);
    switch (o.method) {
    case SELECT_MOBA: return (double)ceil_div(n_rows, o.block_rows) / 2; /* a mean key is half a K-and-V row */
    case SELECT_QUEST: return (double)ceil_div(n_rows, o.block_rows);    /* min and max */
    case SELECT_NSA: return 0; /* the compressed rows are read as keys and values: counted as chosen */
    case SELECT_DSA: return (double)n_rows * (128 + 4) / pair_bytes; /* 128 fp8 elements and one fp32 scale a token */
    default: return 0;
    }
}

SelectCost select_cost(SelectOptions options, uint64_t n_rows, uint64_t dim_elems, uint64_t elem_bytes) {
    SelectOptions o = select_resolve(options);
    double n = (double)n_rows, chosen = n, selected = (double)(o.select_count * o.block_rows);
    uint64_t window = o.is_causal ? o.window_keys : o.window_keys - o.window_keys / 2 + o.window_keys / 2;
    switch (o.method) {
    case SELECT_WINDOW: chosen = (double)window + 1; break;
    case SELECT_LONGFORMER: chosen = (double)(window + 1 + o.global_token_count); break;
    case SELECT_NSA:
        chosen = n / (double)o.compress_stride_rows + fmin(selected, n) + fmin((double)window + 1, n);
        break;
    case SELECT_MOBA:
    case SELECT_QUEST:
    case SELECT_DSA: chosen = selected; break;
    default: break;
    }
    if (o.method != SELECT_NSA) chosen = fmin(chosen, n);
    return (SelectCost){chosen, choosing_rows(o, n_rows, dim_elems, elem_bytes)};
}

SelectQuality select_measure(const SelectInput *input, SelectOptions options, const SelectDense *dense, Arena *arena) {
    SelectOptions o = select_resolve(options);
    SelectKeys keys = select_run(input, o, arena);
    uint64_t n = input->n_rows, d = input->dim_elems, kept_pairs = 0, all_pairs = 0;
    double *out = ARENA_ARRAY(arena, double, d);
    double mass = 0, error = 0, size = 0, read = 0;
    SelectQuality quality = {.mass_kept_min = 1};
    for (uint64_t q = 0; q < n; q++) {
        uint64_t kept, seen = visible_end(input, q, o.is_causal);
        double row_mass =
            sparse_row(input, &keys, q, dense->row_max[q], dense->weights, out, &kept) / dense->row_sum[q];
        mass += row_mass, kept_pairs += kept, all_pairs += seen;
        quality.mass_kept_min = fmin(quality.mass_kept_min, row_mass);
        read += ((double)keys.read_rows[q] + choosing_rows(o, seen, d, 2)) / (double)seen;
        for (uint64_t c = 0; c < d; c++) {
            double difference = out[c] - dense->output[q * d + c];
            error += difference * difference, size += dense->output[q * d + c] * dense->output[q * d + c];
            quality.output_error_max = fmax(quality.output_error_max, fabs(difference));
        }
    }
    quality.mass_kept = mass / (double)n;
    quality.output_error = size > 0 ? sqrt(error / size) : 0;
    quality.key_fraction = (double)kept_pairs / (double)all_pairs;
    quality.read_fraction = read / (double)n;
    return quality;
}

/* Options of a method whose budget is about `budget` of n keys; blocks shrink with short inputs. */
static SelectOptions budget_options(SelectMethod method, bool is_causal, uint64_t n_rows, uint64_t budget_rows) {
    SelectOptions o = {.method = method, .is_causal = is_causal};
    uint64_t moba_block = max_u64(16, min_u64(512, n_rows / 32));
    switch (method) {
    case SELECT_WINDOW: o.window_keys = budget_rows; break;
    case SELECT_LONGFORMER: o.window_keys = budget_rows, o.global_token_count = 16; break;
    case SELECT_MOBA: o.block_rows = moba_block, o.select_count = ceil_div(budget_rows, moba_block); break;
    case SELECT_QUEST: o.block_rows = 16, o.select_count = ceil_div(budget_rows, 16); break;
    case SELECT_NSA:
        o.block_rows = 64, o.select_count = ceil_div(budget_rows, 64), o.window_keys = budget_rows / 2;
        break;
    default: o.select_count = budget_rows; break;
    }
    return select_resolve(o);
}

int select_tradeoff(const SelectInput *input, bool is_causal, SelectPoint *points, int points_max, Arena *arena) {
    int count = 0;
    SelectDense dense = select_dense(input, is_causal, arena);
    for (int method = SELECT_WINDOW; method < SELECT_METHOD_COUNT; method++)
        for (uint64_t budget = 16; count < points_max; budget *= 2) {
            bool is_all = budget >= (is_causal ? 1 : 2) * input->n_rows;
            SelectOptions o = budget_options((SelectMethod)method, is_causal, input->n_rows, budget);
            points[count++] = (SelectPoint){o, select_measure(input, o, &dense, arena)};
            if (is_all) break;
        }
    return count;
}
