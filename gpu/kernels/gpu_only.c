/* The twin's side of cublas.h: what cannot run on the CPU says so. */
#include <stdbool.h>

bool driver_fail(const char *format, ...);
bool cublas_product(const void *p, bool is_scores);

bool cublas_product(const void *p, bool is_scores) {
    (void)p, (void)is_scores;
    return driver_fail("cuBLAS runs on a GPU only");
}
