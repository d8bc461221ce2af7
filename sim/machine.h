/* A GPU as the model knows it: sizes, rates, limits, and where each row comes from.
 *
 * Built-in GPUs are rows of one table (machine.c); a user's own is a text file with the same keys:
 *     base = a100-40           (optional, before any figure: keys not given are taken from that GPU)
 *     name = mygpu
 *     sm_count = 108
 *     l2_bytes = 40M           (counts and sizes take K, M, G = 1024^n)
 *     clock_hz = 1.41e9        (rates are plain decimal numbers)
 * A scenario may change single figures of its GPU with the same keys: `gpu.l2_bytes = 60M`.
 * Not modelled: clocks that change under load, several dies, NVLink.
 */
#ifndef SIM_MACHINE_H
#define SIM_MACHINE_H
#include <stdbool.h>
#include <stdint.h>

#include "sim/base/err.h"

/* The largest L2 that is modelled, eight times the largest there is: a count then takes 0.2 GB (64 GiB took 11). */
#define MACHINE_L2_MAX_BYTES ((uint64_t)1 << 30)

typedef struct Machine {
    char name[32];   /* as --gpu takes it */
    char title[64];  /* as people say it */
    char source[96]; /* where the row's figures come from; "secondary: ..." where not the vendor's own paper */
    uint32_t compute_capability; /* 80 for 8.0 */
    uint32_t sm_count;
    uint64_t l2_bytes;
    uint64_t hbm_bytes;
    double hbm_bytes_per_s;
    double clock_hz;
    double fp32_flops_per_s;                          /* outside the tensor cores */
    double tensor_fp16_flops_per_s;                   /* dense, fp16 or bf16 */
    double tensor_fp8_flops_per_s;                    /* 0 where the chip has no fp8 */
    uint64_t smem_per_sm_bytes, smem_per_block_bytes; /* the most a block may ask for */
    uint64_t smem_reserved_per_block_bytes;           /* 1 KiB from cc 8.0 on */
    uint64_t l1_and_smem_per_sm_bytes;
    uint32_t threads_per_sm_max, blocks_per_sm_max, threads_per_block_max;
    uint32_t registers_per_sm, registers_per_thread_max;
} Machine;

/* The built-in GPUs, in the order of `hbmscope gpus`. */
extern const Machine machine_table[];
extern const int machine_table_count;

/* A built-in name, or else the path of a machine file. */
bool machine_find(const char *name_or_path, Machine *machine, Err *err);
/* The same file from memory, without base none of whose figures may be missing; `name` is for messages. */
bool machine_read_text(const char *name, const char *text, Machine *machine, Err *err);
/* Sets one figure by its key, its range checked. */
bool machine_set(Machine *machine, const char *key, const char *value, Err *err);
/* What no single key can check: a block's shared memory fits the SM's, ... */
bool machine_check(const Machine *machine, Err *err);

/* The keys of a machine file, in order; NULL ends the list. */
extern const char *const machine_keys[];
bool machine_key_is_text(const char *key); /* name, title, source; the others are numbers */
/* The figure as text (numbers: plain decimal) that machine_set reads back to the same value. */
void machine_format_value(const Machine *machine, const char *key, char *out, int out_bytes);
#endif
