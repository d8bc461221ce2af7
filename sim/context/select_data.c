/* One head's Q, K, V: made from a seed, or read from .npy files. See select.h. */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/base/random.h"
#include "sim/context/npy.h"
#include "sim/context/select.h"

/* A vector of length about `length`, added to `at`. */
static void add_vector(double *at, const double *direction, uint64_t dim_elems, double length) {
    for (uint64_t c = 0; c < dim_elems; c++) at[c] += length * direction[c];
}

static double *random_directions(uint64_t count, uint64_t dim_elems, uint64_t *state, Arena *arena) {
    double *vectors = ARENA_ARRAY(arena, double, count *dim_elems);
    double scale = 1 / sqrt((double)dim_elems);
    for (uint64_t i = 0; i < count * dim_elems; i++) vectors[i] = scale * random_normal(state);
    return vectors;
}

/* Strengths are in units of the score q.k / sqrt(d): a topic hit adds 6, the sink 5, a neighbour up to 4. */
static const double topic_score = 6, sink_score = 5, near_score = 4;
enum { SEGMENT_ROWS = 64, NEAR_ROWS = 16 };

SelectInput select_seeded_input(uint64_t n_rows, uint64_t dim_elems, uint64_t seed, Arena *arena) {
    uint64_t state = seed, d = dim_elems, segment_count = ceil_div(n_rows, SEGMENT_ROWS);
    double *q = ARENA_ARRAY(arena, double, n_rows *d), *k = ARENA_ARRAY(arena, double, n_rows *d),
           *v = ARENA_ARRAY(arena, double, n_rows *d);
    double root = sqrt(sqrt((double)d));
    double *topics = random_directions(segment_count, d, &state, arena);
    double *places = random_directions(n_rows / NEAR_ROWS + 2, d, &state, arena);
    double *sink = random_directions(1, d, &state, arena);
    for (uint64_t i = 0; i < n_rows; i++) {
        double *qi = q + i * d, *ki = k + i * d;
        for (uint64_t c = 0; c < d; c++) {
            qi[c] = 0.3 * random_normal(&state);
            ki[c] = 0.3 * random_normal(&state);
            v[i * d + c] = random_normal(&state);
        }
        /* Keys carry their segment's topic and their place; places fade into one another over NEAR_ROWS. */
        uint64_t own = i / SEGMENT_ROWS, place = i / NEAR_ROWS;
        double fade = (double)(i % NEAR_ROWS) / NEAR_ROWS;
        add_vector(ki, topics + own * d, d, root * sqrt(topic_score));
        for (int both = 0; both < 2; both++) {
            double *at = both ? qi : ki;
            add_vector(at, places + place * d, d, root * sqrt(near_score) * (1 - fade));
            add_vector(at, places + (place + 1) * d, d, root * sqrt(near_score) * fade);
        }
        if (i == 0) add_vector(ki, sink, d, root * sqrt(sink_score));
        add_vector(qi, sink, d, root * sqrt(sink_score));
        /* Four queries in five look back at one earlier segment, the rest at none. */
        uint64_t wanted = random_below(&state, own + 1);
        if (random_unit(&state) < 0.8) add_vector(qi, topics + wanted * d, d, root * sqrt(topic_score));
    }
    return (SelectInput){n_rows, d, q, k, v, arena_format(arena, "made data, seed %llu", (unsigned long long)seed)};
}

/* The slice of `head` out of [n, d], [heads, n, d] or [batch, heads, n, d]. */
static bool slice(const char *path, const NpyArray *array, uint64_t head, const double **out, uint64_t *n_rows,
                  uint64_t *dim_elems, Err *err) {
    if (array->dim_count < 2)
        return err_set(err, ERR_USAGE,
                       "%.200s: has 1 dimension; it must be [n, d], [heads, n, d] or [batch, heads, n, d]", path);
    uint64_t rows = array->shape[array->dim_count - 2], cols = array->shape[array->dim_count - 1];
    uint64_t slice_count = array->elem_count / (rows * cols);
    if (head >= slice_count)
        return err_set(err, ERR_USAGE, "%.200s: head %llu is asked for but it has %llu", path, (unsigned long long)head,
                       (unsigned long long)slice_count);
    *out = array->values + head * rows * cols;
    *n_rows = rows, *dim_elems = cols;
    return true;
}

bool select_read_input(const char *q_path, const char *k_path, const char *v_path, uint64_t head, SelectInput *input,
                       Arena *arena, Err *err) {
    const char *paths[3] = {q_path, k_path, v_path};
    if (!q_path || !k_path || !v_path)
        return err_set(err, ERR_USAGE, "--q, --k and --v name one .npy file each; all three are needed");
    const double *parts[3];
    uint64_t n_rows[3], dim_elems[3];
    for (int i = 0; i < 3; i++) {
        NpyArray array;
        if (!npy_read_file(paths[i], &array, arena, err)) return false;
        if (!slice(paths[i], &array, head, &parts[i], &n_rows[i], &dim_elems[i], err)) return false;
        if (n_rows[i] != n_rows[0] || dim_elems[i] != dim_elems[0])
            return err_set(err, ERR_USAGE, "%.200s is %llu x %llu but %.200s is %llu x %llu; they must agree", paths[i],
                           (unsigned long long)n_rows[i], (unsigned long long)dim_elems[i], paths[0],
                           (unsigned long long)n_rows[0], (unsigned long long)dim_elems[0]);
    }
    if (n_rows[0] > 1 << 14)
        return err_set(err, ERR_USAGE, "%.200s: %llu rows; 16384 is the most that selection runs on", q_path,
                       (unsigned long long)n_rows[0]);
    *input = (SelectInput){
        n_rows[0], dim_elems[0],
        parts[0],  parts[1],
        parts[2],  arena_format(arena, "%s, %s, %s, head %llu", q_path, k_path, v_path, (unsigned long long)head)};
    return true;
}
