/* What flash3's forward pass (flash3.c) and backward pass (flash3_backward.c) agree on. Internal to them. */
#ifndef SIM_ATTENTION_FLASH3_H
#define SIM_ATTENTION_FLASH3_H
#include "sim/attention/flash_backward.h"

enum { FLASH3_STAGES = 2, FLASH3_WARPGROUP_THREADS = 128 };

/* Elements of a tile's row in shared memory: the compiled head dimension, zeros at its end. */
uint64_t flash3_tile_cols(const Scenario *scenario);
/* A block has all registers of an SM: launched with equal shares, which setmaxnreg moves from loader to consumers. */
uint32_t flash3_registers(const Scenario *scenario, uint32_t thread_count);

/* Refuses what the backward pass cannot do, then its one tile a head dimension, which must fit. */
bool flash3_backward_resolve(Scenario *scenario, Err *err);
FlashBackwardChip flash3_backward_chip(const Scenario *scenario);
/* Symbols of the chip's shared memory beside d_t; flash_backward_formula comes after. */
bool flash3_backward_symbols(const Scenario *scenario, Formula *formula, Err *err);
#endif
