/* flash3, fp16, on Hopper (flash3.cu): flash3_1.cuh. */
#ifndef GPU_KERNELS_FLASH3_H
#define GPU_KERNELS_FLASH3_H
#include "gpu/kernels/driver.h"

bool flash3_kernels(const GpuCase *c, const char *const **names, int *count);
bool flash3_launch(const Prepared *p, int kernel);
#endif
