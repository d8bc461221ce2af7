/* flash2 in fp16 on tensor cores (flash2_fp16.cu): a kernel of its own; the twin cannot run it. */
#ifndef GPU_KERNELS_FLASH2_FP16_H
#define GPU_KERNELS_FLASH2_FP16_H
struct Prepared;
extern "C" bool flash2_fp16_launch(const Prepared *p);
#endif
