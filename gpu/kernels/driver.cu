/* The driver: one case on one device. See attention.h. */
#include "gpu/kernels/driver.h"

#include <cuda_fp16.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gpu/kernels/flash3.h"

/* The process's one case, its inputs on the host for checking, and the flush buffer. */
static struct Driver {
    Prepared p;
    HostInputs in;
    uint4 *flush;
    unsigned *sink;
    size_t flush_count;
    char error[512];
} driver;

const char *gpu_error(void) { return driver.error; }

bool driver_fail(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(driver.error, sizeof driver.error, format, arguments);
    va_end(arguments);
    return false;
}

bool driver_check(cudaError_t error, const char *call) {
    return error == cudaSuccess || driver_fail("%.*s: %s (%s)", (int)strcspn(call, "("), call, cudaGetErrorName(error),
                                               cudaGetErrorString(error));
}

int driver_find_tile(const GpuCase *c, bool is_backward, const TileRow *rows, int row_count) {
    int64_t query_rows = is_backward ? c->backward_block_query_rows : c->block_query_rows;
    int64_t key_rows = is_backward ? c->backward_block_key_rows : c->block_key_rows;
    char known[256] = "";
    for (int i = 0; i < row_count; i++) {
        if (rows[i].head_dim != c->head_dim_elems) continue;
        if (rows[i].query_rows == query_rows && rows[i].key_rows == key_rows) return i;
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%d x %d", *known ? ", " : "",
                 rows[i].query_rows, rows[i].key_rows);
    }
    driver_fail("%s has no %skernel for tiles of %lld x %lld at head-dim %lld; compiled are %s", c->algorithm,
                is_backward ? "backward " : "", (long long)query_rows, (long long)key_rows,
                (long long)c->head_dim_elems, *known ? known : "head-dims 32, 64 and 128 only");
    return -1;
}

/* Four times the L2 is read, not written: lines left dirty would be charged to the next kernel's DRAM writes. */
__global__ void flush_read(const uint4 *from, size_t count, unsigned *sink) {
    unsigned x = 0;
    for (size_t i = blockIdx.x * (size_t)blockDim.x + threadIdx.x; i < count; i += (size_t)gridDim.x * blockDim.x) {
        uint4 v = from[i];
        x ^= v.x ^ v.y ^ v.z ^ v.w;
    }
    if (x == 0x9e3779b9u) *sink = x; /* never true for the fill; keeps the loads */
}

bool gpu_open(int device, GpuInfo *info) {
    *info = GpuInfo();
    cudaRuntimeGetVersion(&info->runtime_version);
    cudaDriverGetVersion(&info->driver_version);
    CUDA_CHECK(cudaGetDeviceCount(&info->device_count));
    if (device >= info->device_count)
        return driver_fail("device %d was asked for; there are %d", device, info->device_count);
    CUDA_CHECK(cudaSetDevice(device));
    cudaDeviceProp p;
    CUDA_CHECK(cudaGetDeviceProperties(&p, device));
    snprintf(info->name, sizeof info->name, "%s", p.name);
    info->compute_capability = 10 * p.major + p.minor;
    info->sm_count = p.multiProcessorCount;
    info->l2_bytes = (uint64_t)p.l2CacheSize;
    info->memory_bytes = p.totalGlobalMem;
    CUDA_CHECK(cudaDeviceGetAttribute(&info->clock_khz, cudaDevAttrClockRate, device));
    CUDA_CHECK(cudaDeviceGetAttribute(&info->memory_clock_khz, cudaDevAttrMemoryClockRate, device));
    CUDA_CHECK(cudaFree(0)); /* creates the context */
    driver.flush_count = 4 * (size_t)p.l2CacheSize / sizeof(uint4);
    return true;
}

/* Arrays. */

/* Uniform in [-1, 1): a linear congruential generator, the same on every machine. */
static float *make_input(size_t count, unsigned seed, bool is_half) {
    float *x = (float *)malloc(count * sizeof *x);
    for (size_t i = 0; x && i < count; i++) {
        seed = seed * 1664525u + 1013904223u;
        x[i] = (float)(seed >> 8) / (1 << 23) - 1.0f;
        if (is_half) x[i] = __half2float(__float2half_rn(x[i]));
    }
    return x;
}

static bool upload(void *to, const float *from, size_t count, bool is_half) {
    if (!is_half) {
        CUDA_CHECK(cudaMemcpy(to, from, count * sizeof *from, cudaMemcpyHostToDevice));
        return true;
    }
    __half *half = (__half *)malloc(count * sizeof *half);
    if (!half) return driver_fail("out of host memory");
    for (size_t i = 0; i < count; i++) half[i] = __float2half_rn(from[i]);
    cudaError_t error = cudaMemcpy(to, half, count * sizeof *half, cudaMemcpyHostToDevice);
    free(half);
    return driver_check(error, "cudaMemcpy");
}

static void release(void) {
    Arrays &a = driver.p.a;
    void *const all[] = {a.Q,
                         a.K,
                         a.V,
                         a.O,
                         a.S,
                         a.S_masked == a.S ? NULL : a.S_masked,
                         a.O_partial,
                         a.lse,
                         a.D,
                         a.dO,
                         a.dQ,
                         a.dK,
                         a.dV,
                         a.dP,
                         a.dS,
                         a.dK_head == a.dK ? NULL : a.dK_head,
                         a.dV_head == a.dV ? NULL : a.dV_head,
                         a.dQ_partial};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (all[i]) cudaFree(all[i]);
    free(driver.in.q);
    free(driver.in.k);
    free(driver.in.v);
    free(driver.in.d_o);
    driver.in = HostInputs();
    driver.p = Prepared();
}

/* Numbers of dK and dV before they are summed over the query heads that share a K/V head. */
static size_t key_head_count(const Prepared *p) {
    return (size_t)p->slices * (size_t)p->c.key_rows * (size_t)p->c.head_dim_elems;
}

static bool allocate_backward(Prepared *p, size_t query_count, size_t key_count, size_t score_count,
                              size_t elem_bytes) {
    Arrays &a = p->a;
    bool is_flash2 = strcmp(p->c.algorithm, "flash2") == 0 || strcmp(p->c.algorithm, "window") == 0;
    CUDA_CHECK(cudaMalloc(&a.dO, query_count * elem_bytes));
    CUDA_CHECK(cudaMalloc(&a.dQ, query_count * elem_bytes));
    CUDA_CHECK(cudaMalloc(&a.dK, key_count * elem_bytes));
    CUDA_CHECK(cudaMalloc(&a.dV, key_count * elem_bytes));
    a.dK_head = a.dK;
    a.dV_head = a.dV;
    if (p->sizes.heads_per_kv > 1) {
        CUDA_CHECK(cudaMalloc(&a.dK_head, key_head_count(p) * elem_bytes));
        CUDA_CHECK(cudaMalloc(&a.dV_head, key_head_count(p) * elem_bytes));
    }
    if (strcmp(p->c.algorithm, "standard") == 0) {
        CUDA_CHECK(cudaMalloc(&a.dP, score_count * elem_bytes));
        CUDA_CHECK(cudaMalloc(&a.dS, score_count * elem_bytes));
    } else {
        CUDA_CHECK(cudaMalloc(&a.D, query_count / (size_t)p->c.head_dim_elems * sizeof(float)));
        if (a.O_partial || (is_flash2 && case_is_half(&p->c)))
            CUDA_CHECK(cudaMalloc(&a.dQ_partial, query_count * sizeof(float)));
    }
    return true;
}

static bool allocate(Prepared *p, size_t query_count, size_t key_count, size_t score_count, size_t elem_bytes) {
    Arrays &a = p->a;
    size_t row_count = query_count / (size_t)p->c.head_dim_elems;
    CUDA_CHECK(cudaMalloc(&a.Q, query_count * elem_bytes));
    CUDA_CHECK(cudaMalloc(&a.K, key_count * elem_bytes));
    CUDA_CHECK(cudaMalloc(&a.V, key_count * elem_bytes));
    CUDA_CHECK(cudaMalloc(&a.O, query_count * elem_bytes));
    if (strcmp(p->c.algorithm, "standard") == 0) {
        CUDA_CHECK(cudaMalloc(&a.S, score_count * elem_bytes));
        a.S_masked = a.S;
        if (strcmp(p->kernels[1], "mask") == 0) CUDA_CHECK(cudaMalloc(&a.S_masked, score_count * elem_bytes));
        a.P = a.S_masked; /* softmax works in place, as the simulator's does (sim/attention/standard.c) */
    } else {
        CUDA_CHECK(cudaMalloc(&a.lse, row_count * sizeof(float)));
        if (strcmp(p->c.algorithm, "flash1") == 0 && p->c.key_rows > p->c.block_key_rows)
            CUDA_CHECK(cudaMalloc(&a.O_partial, query_count * sizeof(float)));
    }
    return !p->c.has_backward || allocate_backward(p, query_count, key_count, score_count, elem_bytes);
}

/* NaN: a row that no kernel wrote is seen. */
static bool poison_gradients(const Prepared *p, size_t query_count, size_t key_count, size_t elem_bytes) {
    const Arrays &a = p->a;
    CUDA_CHECK(cudaMemset(a.dQ, 0xff, query_count * elem_bytes));
    CUDA_CHECK(cudaMemset(a.dK, 0xff, key_count * elem_bytes));
    CUDA_CHECK(cudaMemset(a.dV, 0xff, key_count * elem_bytes));
    CUDA_CHECK(cudaMemset(a.dK_head, 0xff, key_head_count(p) * elem_bytes));
    CUDA_CHECK(cudaMemset(a.dV_head, 0xff, key_head_count(p) * elem_bytes));
    return true;
}

static bool fill(Prepared *p, size_t query_count, size_t key_count, bool is_half) {
    driver.in.q = make_input(query_count, 1, is_half);
    driver.in.k = make_input(key_count, 2, is_half);
    driver.in.v = make_input(key_count, 3, is_half);
    if (!driver.in.q || !driver.in.k || !driver.in.v) return driver_fail("out of host memory");
    if (p->c.has_backward) {
        driver.in.d_o = make_input(query_count, 4, is_half);
        if (!driver.in.d_o) return driver_fail("out of host memory");
        if (!upload(p->a.dO, driver.in.d_o, query_count, is_half)) return false;
        if (!poison_gradients(p, query_count, key_count, is_half ? 2 : 4)) return false;
    }
    CUDA_CHECK(cudaMemset(p->a.O, 0xff, query_count * (is_half ? 2 : 4)));
    return upload(p->a.Q, driver.in.q, query_count, is_half) && upload(p->a.K, driver.in.k, key_count, is_half) &&
           upload(p->a.V, driver.in.v, key_count, is_half);
}

/* The algorithms that have kernels, in fp16 and whether in fp32 too. */
static const struct Entry {
    const char *algorithm;
    bool (*kernels)(const GpuCase *c, const char *const **names, int *count);
    bool (*launch)(const Prepared *p, int kernel);
    bool has_fp32, has_backward;
} entries[] = {{"standard", standard_kernels, standard_launch, true, true},
               {"flash1", flash1_kernels, flash1_launch, true, true},
               {"flash2", flash2_kernels, flash2_launch, true, true},
               {"window", flash2_kernels, flash2_launch, true, true},
               {"flash3", flash3_kernels, flash3_launch, false, false}};

static const Entry *entry_of(const GpuCase *c) {
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++)
        if (strcmp(c->algorithm, entries[i].algorithm) == 0) return &entries[i];
    driver_fail("there is no CUDA kernel for algorithm %s; there are standard, flash1, flash2, window and flash3",
                c->algorithm);
    return NULL;
}

static bool check_case(const GpuCase *c, const Entry *entry) {
    if (c->head_dim_elems != 32 && c->head_dim_elems != 64 && c->head_dim_elems != 128)
        return driver_fail("head-dim is %lld; the kernels are compiled for 32, 64 and 128",
                           (long long)c->head_dim_elems);
    bool is_half = strcmp(c->dtype, "fp16") == 0;
    if (!is_half && strcmp(c->dtype, "fp32") != 0)
        return driver_fail("dtype is %s; the kernels know fp32 and fp16", c->dtype);
    if (!is_half && !entry->has_fp32) return driver_fail("%s has no %s kernel", c->algorithm, c->dtype);
    if (c->has_backward && !entry->has_backward) return driver_fail("%s has no backward kernel", c->algorithm);
    if (c->batch_count * c->head_count > 65535)
        return driver_fail("batch x heads is %lld; a grid holds 65535", (long long)(c->batch_count * c->head_count));
    if (c->query_rows > 1 << 24 || c->key_rows > 1 << 24) return driver_fail("seq is over 16M rows");
    return true;
}

bool gpu_prepare(const GpuCase *c) {
    release();
    const Entry *entry = entry_of(c);
    if (!entry || !check_case(c, entry)) return false;
    Prepared *p = &driver.p;
    p->c = *c;
    p->slices = (int)(c->batch_count * c->head_count);
    p->sizes = AttentionSizes{(int)c->query_rows,
                              (int)c->key_rows,
                              (int)c->head_count,
                              (int)(c->head_count / c->kv_head_count),
                              1.0f / sqrtf((float)c->head_dim_elems),
                              keys_before(c),
                              keys_after(c)};
    bool is_half = strcmp(c->dtype, "fp16") == 0;
    size_t query_count = (size_t)p->slices * c->query_rows * c->head_dim_elems;
    size_t key_count = (size_t)(c->batch_count * c->kv_head_count) * c->key_rows * c->head_dim_elems;
    size_t score_count = (size_t)p->slices * c->query_rows * c->key_rows;
    bool is_ok = entry->kernels(c, &p->kernels, &p->kernel_count) &&
                 allocate(p, query_count, key_count, score_count, is_half ? 2 : 4) &&
                 fill(p, query_count, key_count, is_half);
    if (!is_ok) release();
    return is_ok;
}

int gpu_kernel_count(void) { return driver.p.kernel_count; }
const char *gpu_kernel_name(int kernel) { return driver.p.kernels[kernel]; }
const char *gpu_tensor_name(const char *array) {
    static const char *const names[][2] = {{"O_partial", "O fp32"},
                                           {"S_masked", "S masked"},
                                           {"dK_head", "dK a head"},
                                           {"dQ_partial", "dQ fp32"},
                                           {"dV_head", "dV a head"}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(array, names[i][0]) == 0) return names[i][1];
    return array;
}

bool gpu_launch(int kernel) {
    const Prepared *p = &driver.p;
    bool is_ok = entry_of(&p->c)->launch(p, kernel);
    return is_ok && driver_check(cudaGetLastError(), p->kernels[kernel]);
}
bool gpu_synchronize(void) { return driver_check(cudaDeviceSynchronize(), "cudaDeviceSynchronize"); }

bool gpu_flush_l2(void) {
    if (!driver.flush) {
        CUDA_CHECK(cudaMalloc(&driver.flush, driver.flush_count * sizeof(uint4)));
        CUDA_CHECK(cudaMemset(driver.flush, 0x5a, driver.flush_count * sizeof(uint4)));
        CUDA_CHECK(cudaMalloc(&driver.sink, sizeof(unsigned)));
    }
    flush_read<<<1024, 256>>>(driver.flush, driver.flush_count, driver.sink);
    CUDA_CHECK(cudaGetLastError());
    return gpu_synchronize();
}

bool gpu_verify(double *relative_error) {
    for (int kernel = 0; kernel < driver.p.kernel_count; kernel++)
        if (!gpu_launch(kernel) || !gpu_synchronize()) return false;
    return verify_results(&driver.p, &driver.in, relative_error);
}

bool gpu_time(int kernel, int repeat_count, double *ms) {
    cudaEvent_t begin, end;
    CUDA_CHECK(cudaEventCreate(&begin));
    CUDA_CHECK(cudaEventCreate(&end));
    for (int i = 0; i < repeat_count; i++) {
        float elapsed = 0;
        CUDA_CHECK(cudaEventRecord(begin));
        if (!gpu_launch(kernel)) return false;
        CUDA_CHECK(cudaEventRecord(end));
        CUDA_CHECK(cudaEventSynchronize(end));
        CUDA_CHECK(cudaEventElapsedTime(&elapsed, begin, end));
        ms[i] = elapsed;
    }
    cudaEventDestroy(begin);
    cudaEventDestroy(end);
    return true;
}
