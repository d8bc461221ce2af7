/* flash2 in fp16 on tensor cores (flash2_fp16.cu): flash2_2.cuh. */
#ifndef GPU_KERNELS_FLASH2_FP16_H
#define GPU_KERNELS_FLASH2_FP16_H
struct Prepared;
extern "C" bool flash2_fp16_launch(const Prepared *p);
#endif
