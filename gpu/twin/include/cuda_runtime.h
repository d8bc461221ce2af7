/* Stands in for CUDA's own header when a program is compiled as C++ for the twin on the CPU.
 *
 * Programs include it (or get it unasked, as under nvcc) in place of the toolkit's. Kernels are plain functions;
 * the translator (translate.c) has turned k<<<grid, block, bytes>>>(...) into hbm_launch(...). Shared variables are
 * static variables: blocks run one after another, so one copy serves.
 */
#ifndef HBM_CUDA_RUNTIME_H
#define HBM_CUDA_RUNTIME_H
#include "twin_device.h"
#include "twin_host.h"
#include "twin_launch.h"
#include "twin_types.h"
#endif
