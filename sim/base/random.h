/* Random numbers that are the same on every machine: splitmix64 (Steele, Lea and Flood 2014). The caller owns the
 * state; any value is a seed. */
#ifndef SIM_BASE_RANDOM_H
#define SIM_BASE_RANDOM_H
#include <stdint.h>

static inline uint64_t random_u64(uint64_t *state) {
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* What random_u64 gives after index others from a state of seed. */
static inline uint64_t random_at(uint64_t seed, uint64_t index) {
    uint64_t state = seed + index * 0x9e3779b97f4a7c15u;
    return random_u64(&state);
}

/* 0 .. bound - 1. */
static inline uint64_t random_below(uint64_t *state, uint64_t bound) { return random_u64(state) % bound; }

/* In [0, 1). */
static inline double random_unit(uint64_t *state) { return (double)(random_u64(state) >> 11) * 0x1p-53; }

/* Near enough to normal: twelve uniforms less six. Only additions, so it is the same with every libm. */
static inline double random_normal(uint64_t *state) {
    double sum = -6;
    for (int i = 0; i < 12; i++) sum += random_unit(state);
    return sum;
}
#endif
