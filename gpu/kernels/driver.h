/* What the driver (driver.cu) shares with the files that launch kernels: the prepared case and its arrays. */
#ifndef GPU_KERNELS_DRIVER_H
#define GPU_KERNELS_DRIVER_H
#include <cuda_runtime.h>

#include "gpu/kernels/attention.h"
#include "gpu/kernels/tile.cuh"

/* Arrays of the case on the device; those that an algorithm does not use stay NULL. */
struct Arrays {
    /* Of the case's dtype: */
    void *Q, *K, *V, *O;
    void *S, *S_masked, *P; /* without a mask S_masked is S; P lies where S_masked does */
    void *dO, *dQ, *dK, *dV, *dP, *dS;
    void *dK_head, *dV_head; /* a matrix a query head; dK and dV themselves where no head shares its K and V */
    /* fp32 whatever the dtype: */
    float *O_partial, *lse, *D; /* D = rowsum(dO * O) */
    float *dQ_partial;          /* flash1's between visits, where there is more than one; flash2's sum in fp16 */
};

struct Prepared {
    GpuCase c;
    AttentionSizes sizes;
    Arrays a;
    int slices;                 /* batch x heads */
    const char *const *kernels; /* names, in launch order */
    int kernel_count;
};

static inline bool case_is_half(const GpuCase *c) { return c->dtype[2] == '1'; } /* fp16 */

/* Copies on the host, as the kernels see them (rounded for fp16). */
struct HostInputs {
    float *q, *k, *v, *d_o;
};

/* What a query sees (AttentionSizes), from a case: a causal window lies before the query; else its larger half does
 * (sim/attention/pattern.h). */
static inline int keys_before(const GpuCase *c) {
    return !c->window_keys ? SEES_ALL : (int)(c->is_causal ? c->window_keys : (c->window_keys + 1) / 2);
}
static inline int keys_after(const GpuCase *c) {
    return c->is_causal ? 0 : !c->window_keys ? SEES_ALL : (int)(c->window_keys / 2);
}

/* Largest error of the results on the device (verify.cu). */
bool verify_results(const Prepared *p, const HostInputs *in, double *relative_error);

/* Fills gpu_error() and returns false. */
extern "C" bool driver_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool driver_check(cudaError_t error, const char *call);
#define CUDA_CHECK(call)                                                                                               \
    do {                                                                                                               \
        if (!driver_check((call), #call)) return false;                                                                \
    } while (0)

/* A tile that is compiled in, as a type, so that it can choose a template's instance; and a list of them. */
template <int HEAD_DIM, int QUERY_ROWS, int KEY_ROWS> struct Tile {};
template <class... T> struct Tiles {};
struct TileRow {
    int head_dim, query_rows, key_rows;
};
/* The row that the case names, by its tile of that pass; -1 where none is: gpu_error() says which there are. */
int driver_find_tile(const GpuCase *c, bool is_backward, const TileRow *rows, int row_count);
/* launch(tile), with the tile of the list that the case names. */
template <class Launch, int... D, int... BR, int... BC>
bool launch_with_tile(const GpuCase *c, bool is_backward, Tiles<Tile<D, BR, BC>...>, Launch launch) {
    static const TileRow rows[] = {{D, BR, BC}...};
    int found = driver_find_tile(c, is_backward, rows, sizeof...(D)), row = 0;
    return ((row++ == found && launch(Tile<D, BR, BC>())) || ...);
}

/* Per algorithm: names of its kernels for this case, and one launch. `kernel` counts within the names. */
bool standard_kernels(const GpuCase *c, const char *const **names, int *count);
bool standard_launch(const Prepared *p, int kernel);
bool flash1_kernels(const GpuCase *c, const char *const **names, int *count);
bool flash1_launch(const Prepared *p, int kernel);
bool flash2_kernels(const GpuCase *c, const char *const **names, int *count);
bool flash2_launch(const Prepared *p, int kernel);
/* In fp16, on tensor cores (files of that name); standard's products and flash2's backward pass by the simulator's
 * names. */
bool standard_fp16_product(const Prepared *p, const char *name);
bool flash1_fp16_launch(const Prepared *p);
bool flash1_fp16_backward_launch(const Prepared *p);
bool flash2_fp16_launch(const Prepared *p);
bool flash2_fp16_backward_launch(const Prepared *p, const char *name);
/* Tiles of standard, all kernels, both types. */
typedef Tiles<Tile<32, 128, 128>, Tile<32, 64, 32>, Tile<64, 128, 128>, Tile<64, 128, 64>, Tile<64, 64, 32>,
              Tile<128, 128, 128>, Tile<128, 128, 64>, Tile<128, 64, 32>>
    StandardTiles;
/* flash1's backward pass has the forward pass's tiles. */
typedef Tiles<Tile<32, 16, 256>, Tile<32, 16, 128>, Tile<64, 16, 256>, Tile<64, 16, 128>, Tile<64, 16, 64>,
              Tile<128, 16, 128>, Tile<128, 16, 64>>
    Flash1Tiles;
/* Backward kernels (flash_backward.cu); flash2's by the simulator's names. */
bool flash1_backward_launch(const Prepared *p);
bool flash2_backward_launch(const Prepared *p, const char *name);
bool sum_heads_launch(const Prepared *p);
#define SUM_HEADS_NAME "sum dK, dV over heads" /* the last of every backward pass whose heads share K and V */
static inline bool has_sum_heads(const GpuCase *c) { return c->has_backward && c->head_count != c->kv_head_count; }
/* Grids of a block a tile of a matrix, and of a block so many rows of it; one after another the slices. */
static inline dim3 tile_grid(int cols, int tile_cols, int rows, int tile_rows, int slices) {
    return dim3((unsigned)((cols + tile_cols - 1) / tile_cols), (unsigned)((rows + tile_rows - 1) / tile_rows),
                (unsigned)slices);
}
static inline dim3 row_grid(int rows, int block_rows, int slices) { return tile_grid(rows, block_rows, 1, 1, slices); }
/* Raises a kernel's limit of dynamic shared memory where it needs more than 48 KiB. */
template <class K> bool driver_allow_shared(K kernel, size_t bytes) {
    if (bytes <= 48 * 1024) return true;
    CUDA_CHECK(cudaFuncSetAttribute(kernel, cudaFuncAttributeMaxDynamicSharedMemorySize, (int)bytes));
    return true;
}
#endif
