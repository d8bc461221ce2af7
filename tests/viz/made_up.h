/* Counts made by hand for tests of pictures: references' table of standard attention (18 P + 12 u) and
 * FlashAttention's 33 u, so that a picture's test does not depend on what counts them. */
#ifndef TESTS_VIZ_MADE_UP_H
#define TESTS_VIZ_MADE_UP_H
#include <string.h>

#include "viz/views/views.h"

typedef struct MadeUp {
    Scenario scenario;
    Count counts[2];
    CountTensor tensors[2][PROGRAM_KERNELS_MAX][6];
    ViewSweep sweep;
    ViewInput input;
} MadeUp;

/* What one kernel moves of one tensor. */
typedef struct MadeUpMove {
    int kernel;
    const char *kernel_name, *tensor;
    TensorClass tensor_class;
    double read_u, write_u; /* in tensors of N x d */
} MadeUpMove;

static const double made_up_u_bytes = 134217728;

static void made_up_count(MadeUp *made_up, int index, const MadeUpMove *moves, int move_count) {
    Count *count = &made_up->counts[index];
    for (int i = 0; i < move_count; i++) {
        CountKernel *kernel = &count->kernels[moves[i].kernel];
        kernel->name = moves[i].kernel_name;
        kernel->tensors = made_up->tensors[index][moves[i].kernel];
        CountTensor *tensor = &kernel->tensors[kernel->tensor_count++];
        tensor->name = moves[i].tensor;
        tensor->tensor_class = moves[i].tensor_class;
        tensor->totals.value[COUNTER_ISSUED_READ_BYTES] = (uint64_t)(moves[i].read_u * made_up_u_bytes);
        tensor->totals.value[COUNTER_ISSUED_WRITE_BYTES] = (uint64_t)(moves[i].write_u * made_up_u_bytes);
        for (int c = COUNTER_ISSUED_READ_BYTES; c <= COUNTER_ISSUED_WRITE_BYTES; c++) {
            kernel->totals.value[c] += tensor->totals.value[c];
            count->totals.value[c] += tensor->totals.value[c];
        }
        if (moves[i].kernel >= count->kernel_count) count->kernel_count = moves[i].kernel + 1;
    }
}

static void made_up_fill(MadeUp *made_up) {
    static const Algorithm standard = {.name = "standard", .title = "Standard attention"};
    static const Algorithm flash1 = {.name = "flash1", .title = "FlashAttention"};
    static const MadeUpMove standard_moves[] = {
        {0, "S = QKᵀ", "Q", TENSOR_Q, 1, 0},
        {0, "S = QKᵀ", "K", TENSOR_K, 1, 0},
        {0, "S = QKᵀ", "S", TENSOR_S, 0, 16},
        {1, "mask", "S", TENSOR_S, 16, 16},
        {2, "softmax", "S", TENSOR_S, 16, 0},
        {2, "softmax", "P", TENSOR_P, 0, 16},
        {3, "dropout", "P", TENSOR_P, 16, 0},
        {3, "dropout", "Pd", TENSOR_P, 0, 16},
        {3, "dropout", "mask", TENSOR_MASK, 0, 8},
        {4, "O = PV", "Pd", TENSOR_P, 16, 0},
        {4, "O = PV", "V", TENSOR_V, 1, 0},
        {4, "O = PV", "O", TENSOR_O, 0, 1},
        {5, "dV = Pdᵀ dO", "Pd", TENSOR_P, 16, 0},
        {5, "dV = Pdᵀ dO", "dO", TENSOR_GRADIENT_O, 1, 0},
        {5, "dV = Pdᵀ dO", "dV", TENSOR_GRADIENT_V, 0, 1},
        {6, "dP = dO Vᵀ", "dO", TENSOR_GRADIENT_O, 1, 0},
        {6, "dP = dO Vᵀ", "V", TENSOR_V, 1, 0},
        {6, "dP = dO Vᵀ", "dPd", TENSOR_GRADIENT_S, 0, 16},
        {7, "dropout backward", "dPd", TENSOR_GRADIENT_S, 16, 0},
        {7, "dropout backward", "mask", TENSOR_MASK, 8, 0},
        {7, "dropout backward", "dP", TENSOR_GRADIENT_S, 0, 16},
        {8, "softmax backward", "P", TENSOR_P, 16, 0},
        {8, "softmax backward", "dP", TENSOR_GRADIENT_S, 16, 0},
        {8, "softmax backward", "dS", TENSOR_GRADIENT_S, 0, 16},
        {9, "dQ = dS K", "dS", TENSOR_GRADIENT_S, 16, 0},
        {9, "dQ = dS K", "K", TENSOR_K, 1, 0},
        {9, "dQ = dS K", "dQ", TENSOR_GRADIENT_Q, 0, 1},
        {10, "dK = dSᵀ Q", "dS", TENSOR_GRADIENT_S, 16, 0},
        {10, "dK = dSᵀ Q", "Q", TENSOR_Q, 1, 0},
        {10, "dK = dSᵀ Q", "dK", TENSOR_GRADIENT_K, 0, 1},
    };
    static const MadeUpMove flash_moves[] = {
        {0, "flash forward", "K", TENSOR_K, 1, 0},
        {0, "flash forward", "V", TENSOR_V, 1, 0},
        {0, "flash forward", "Q", TENSOR_Q, 4, 0},
        {0, "flash forward", "O", TENSOR_O, 3, 4},
        {1, "flash backward", "K, V", TENSOR_K, 2, 0},
        {1, "flash backward", "Q", TENSOR_Q, 4, 0},
        {1, "flash backward", "dO", TENSOR_GRADIENT_O, 5, 0},
        {1, "flash backward", "dQ", TENSOR_GRADIENT_Q, 3, 4},
        {1, "flash backward", "dK", TENSOR_GRADIENT_K, 0, 1},
        {1, "flash backward", "dV", TENSOR_GRADIENT_V, 0, 1},
    };
    memset(made_up, 0, sizeof *made_up);
    made_up->counts[0].algorithm = &standard;
    made_up->counts[1].algorithm = &flash1;
    made_up_count(made_up, 0, standard_moves, sizeof standard_moves / sizeof standard_moves[0]);
    made_up_count(made_up, 1, flash_moves, sizeof flash_moves / sizeof flash_moves[0]);
    made_up->scenario = (Scenario){.algorithms = {"standard", "flash1"},
                                   .algorithm_count = 2,
                                   .batch_count = 64,
                                   .head_count = 16,
                                   .kv_head_count = 16,
                                   .query_rows = 1024,
                                   .key_rows = 1024,
                                   .head_dim_elems = 64,
                                   .layer_count = 1,
                                   .dtype = DTYPE_FP16,
                                   .pass = PASS_BOTH,
                                   .accounting = ACCOUNTING_PAPER,
                                   .machine = {.name = "a100-40", .title = "A100-40 SXM", .hbm_bytes = 40ull << 30}};
    for (int i = 0; i < 7; i++) {
        double n = 2048 << i, u = 16.0 * 8 * n * 64 * 2, p = u * n / 64;
        made_up->sweep.tokens[i] = (uint64_t)n;
        made_up->sweep.has_point[0][i] = made_up->sweep.has_point[1][i] = true;
        made_up->sweep.peak_hbm_bytes[0][i] = (uint64_t)(4 * p + 10 * u);
        made_up->sweep.peak_hbm_bytes[1][i] = (uint64_t)(13 * u);
        made_up->sweep.issued_bytes[0][i] = (uint64_t)(18 * p + 12 * u);
        made_up->sweep.issued_bytes[1][i] = (uint64_t)((7 * n / 256 + 5) * u);
    }
    made_up->sweep.point_count = 7;
    made_up->input = (ViewInput){.scenario = &made_up->scenario,
                                 .counts = made_up->counts,
                                 .count_count = 2,
                                 .sweep = &made_up->sweep,
                                 .step_index = VIEW_STEP_DEFAULT};
}
#endif
