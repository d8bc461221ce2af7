/* standard, version 3: the two products by cuBLAS. What changed from version 2: the library chooses tiles, split and
 * order, so its traffic is not ours to predict; the softmax between them is version 2's. cuBLAS is opened when first
 * used (cublas.cu); the twin has none (gpu_only.c). */
#ifndef GPU_KERNELS_CUBLAS_H
#define GPU_KERNELS_CUBLAS_H
struct Prepared;
extern "C" bool cublas_product(const Prepared *p, bool is_scores);
#endif
