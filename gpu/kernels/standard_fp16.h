/* standard's products in fp16 on tensor cores (standard_fp16.cu), by the simulator's names. */
#ifndef GPU_KERNELS_STANDARD_FP16_H
#define GPU_KERNELS_STANDARD_FP16_H
struct Prepared;
extern "C" bool standard_fp16_product(const Prepared *p, const char *name);
#endif
