/* Arithmetic on counts that says so when it does not fit.
 *
 * Bytes, steps and FLOPs are uint64_t but must stay at or below INT64_MAX, so that every count can
 * be written to JSON, whose integers are signed. The flag is sticky: a long sum is checked once,
 * at its end. A wrong number is never printed; the caller turns the flag into an Err.
 */
#ifndef SIM_BASE_CHECKED_H
#define SIM_BASE_CHECKED_H
#include <stdbool.h>
#include <stdint.h>

#define CHECKED_MAX ((uint64_t)INT64_MAX)

static inline uint64_t checked_mul(bool *has_overflow, uint64_t a, uint64_t b) {
    uint64_t product;
    if (__builtin_mul_overflow(a, b, &product) || product > CHECKED_MAX) *has_overflow = true;
    return product;
}

static inline uint64_t checked_add(bool *has_overflow, uint64_t a, uint64_t b) {
    uint64_t sum;
    if (__builtin_add_overflow(a, b, &sum) || sum > CHECKED_MAX) *has_overflow = true;
    return sum;
}

static inline uint64_t ceil_div(uint64_t a, uint64_t b) { return a / b + (a % b != 0); }
static inline uint64_t min_u64(uint64_t a, uint64_t b) { return a < b ? a : b; }
static inline uint64_t max_u64(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* gcd_u64(a, 0) is a. */
static inline uint64_t gcd_u64(uint64_t a, uint64_t b) {
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}
#endif
