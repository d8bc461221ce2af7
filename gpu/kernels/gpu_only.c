/* The twin's side of cublas.h and flash2_fp16.h: what cannot run on the CPU says so. */
#include <stdbool.h>

bool driver_fail(const char *format, ...);
bool cublas_product(const void *p, bool is_scores);
bool flash2_fp16_launch(const void *p);

bool cublas_product(const void *p, bool is_scores) {
    (void)p, (void)is_scores;
    return driver_fail("cuBLAS runs on a GPU only");
}
bool flash2_fp16_launch(const void *p) {
    (void)p;
    return driver_fail("tensor cores run on a GPU only; the twin has fp32");
}
