/* Three versions of one loop, chosen at run time: see l2_touch.h. */
#include "sim/memory/l2_touch.h"

#include <string.h>

/* The new flags of the line at the front, after the one it replaces (old_*) is seen off where it was absent. */
static inline uint8_t front_flags(L2 *l2, const L2Touch *touch, int row, bool is_hit, uint8_t old_flags,
                                  uint32_t old_tag) {
    uint8_t want = touch->want[row];
    if (!is_hit) {
        if (old_flags & 0xF0)
            l2_write_back(l2, touch->set_first + (uint64_t)row * touch->row_sets, touch->row_sets, old_tag,
                          old_flags >> 4);
        old_flags = 0;
    }
    touch->missing[row] = want & (uint8_t)~old_flags;
    return old_flags | want | (touch->kind == L2_TOUCH_WRITE ? (uint8_t)(want << 4) : 0);
}

static void touch_plain(L2 *l2, const L2Touch *touch) {
    uint32_t *tags = touch->rows.tags;
    uint8_t *flags = touch->rows.flags;
    for (int row = 0; row < touch->row_count; row++, tags += L2_WAYS, flags += L2_WAYS) {
        touch->missing[row] = 0;
        if (!touch->want[row]) continue;
        int rank = 0;
        while (rank < L2_WAYS - 1 && tags[rank] != touch->tag) rank++;
        if (touch->kind == L2_TOUCH_DROP) {
            if (tags[rank] == touch->tag) flags[rank] &= (uint8_t)~touch->want[row];
            continue;
        }
        uint8_t front = front_flags(l2, touch, row, tags[rank] == touch->tag, flags[rank], tags[rank]);
        memmove(tags + 1, tags, (size_t)rank * sizeof *tags);
        memmove(flags + 1, flags, (size_t)rank);
        tags[0] = touch->tag;
        flags[0] = front;
    }
}

#if defined(__x86_64__)
#include <immintrin.h>

/* Rank r moves to the front: element 0 <- r, elements 1..r <- 0..r-1, the rest stay. */
#define FRONT(r, i) ((i) == 0 ? (r) : (i) <= (r) ? (i)-1 : (i))
#define FRONT_ROW(r)                                                                                                   \
    {                                                                                                                  \
        FRONT(r, 0), FRONT(r, 1), FRONT(r, 2), FRONT(r, 3), FRONT(r, 4), FRONT(r, 5), FRONT(r, 6), FRONT(r, 7),        \
            FRONT(r, 8), FRONT(r, 9), FRONT(r, 10), FRONT(r, 11), FRONT(r, 12), FRONT(r, 13), FRONT(r, 14),            \
            FRONT(r, 15)                                                                                               \
    }
#define FRONT_ROWS                                                                                                     \
    {                                                                                                                  \
        FRONT_ROW(0), FRONT_ROW(1), FRONT_ROW(2), FRONT_ROW(3), FRONT_ROW(4), FRONT_ROW(5), FRONT_ROW(6),              \
            FRONT_ROW(7), FRONT_ROW(8), FRONT_ROW(9), FRONT_ROW(10), FRONT_ROW(11), FRONT_ROW(12), FRONT_ROW(13),      \
            FRONT_ROW(14), FRONT_ROW(15)                                                                               \
    }
static const uint8_t front_bytes[L2_WAYS][L2_WAYS] __attribute__((aligned(64))) = FRONT_ROWS;
static const uint32_t front_words[L2_WAYS][L2_WAYS] __attribute__((aligned(64))) = FRONT_ROWS;

__attribute__((target("avx512f,avx512bw,avx512vl,bmi"))) static void touch_avx512(L2 *l2, const L2Touch *touch) {
    uint32_t *tags = touch->rows.tags;
    uint8_t *flags = touch->rows.flags;
    __m512i tag = _mm512_set1_epi32((int)touch->tag);
    for (int row = 0; row < touch->row_count; row++, tags += L2_WAYS, flags += L2_WAYS) {
        touch->missing[row] = 0;
        if (!touch->want[row]) continue;
        __m512i set_tags = _mm512_load_si512(tags);
        unsigned hit = _mm512_cmpeq_epi32_mask(set_tags, tag);
        int rank = __builtin_ctz(hit | 1u << (L2_WAYS - 1));
        if (touch->kind == L2_TOUCH_DROP) {
            if (hit) flags[rank] &= (uint8_t)~touch->want[row];
            continue;
        }
        uint8_t front = front_flags(l2, touch, row, hit, flags[rank], tags[rank]);
        _mm512_store_si512(tags, _mm512_mask_mov_epi32(
                                     _mm512_permutexvar_epi32(_mm512_load_si512(front_words[rank]), set_tags), 1, tag));
        __m128i set_flags = _mm_load_si128((const __m128i *)flags);
        set_flags = _mm_shuffle_epi8(set_flags, _mm_load_si128((const __m128i *)front_bytes[rank]));
        _mm_store_si128((__m128i *)flags, _mm_insert_epi8(set_flags, front, 0));
    }
}

/* Tags 1..rank <- 0..rank-1, eight at a time: the row of words before each, kept where it is beyond rank. */
__attribute__((target("avx2,bmi"))) static void touch_avx2(L2 *l2, const L2Touch *touch) {
    uint32_t *tags = touch->rows.tags;
    uint8_t *flags = touch->rows.flags;
    __m256i tag = _mm256_set1_epi32((int)touch->tag);
    const __m256i low_ranks = _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7),
                  rotate = _mm256_setr_epi32(7, 0, 1, 2, 3, 4, 5, 6);
    const __m256i high_ranks = _mm256_add_epi32(low_ranks, _mm256_set1_epi32(8));
    for (int row = 0; row < touch->row_count; row++, tags += L2_WAYS, flags += L2_WAYS) {
        touch->missing[row] = 0;
        if (!touch->want[row]) continue;
        __m256i low = _mm256_load_si256((const __m256i *)tags), high = _mm256_load_si256((const __m256i *)(tags + 8));
        unsigned hit = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(low, tag))) |
                       (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpeq_epi32(high, tag))) << 8;
        int rank = __builtin_ctz(hit | 1u << (L2_WAYS - 1));
        if (touch->kind == L2_TOUCH_DROP) {
            if (hit) flags[rank] &= (uint8_t)~touch->want[row];
            continue;
        }
        uint8_t front = front_flags(l2, touch, row, hit, flags[rank], tags[rank]);
        __m256i low_rotated = _mm256_permutevar8x32_epi32(low, rotate);
        __m256i high_shifted = _mm256_blend_epi32(_mm256_permutevar8x32_epi32(high, rotate), low_rotated, 1);
        __m256i low_shifted = _mm256_blend_epi32(low_rotated, tag, 1), ranks = _mm256_set1_epi32(rank);
        low = _mm256_blendv_epi8(low_shifted, low, _mm256_cmpgt_epi32(low_ranks, ranks));
        high = _mm256_blendv_epi8(high_shifted, high, _mm256_cmpgt_epi32(high_ranks, ranks));
        _mm256_store_si256((__m256i *)tags, low);
        _mm256_store_si256((__m256i *)(tags + 8), high);
        __m128i set_flags = _mm_load_si128((const __m128i *)flags);
        set_flags = _mm_shuffle_epi8(set_flags, _mm_load_si128((const __m128i *)front_bytes[rank]));
        _mm_store_si128((__m128i *)flags, _mm_insert_epi8(set_flags, front, 0));
    }
}

L2TouchFunction *l2_touch_choose(L2Vector vector_max, const char **name) {
    __builtin_cpu_init();
    bool has_avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("bmi");
    bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi");
    if (has_avx512 && vector_max == L2_VECTOR_BEST) return *name = "avx512", touch_avx512;
    if (has_avx2 && vector_max != L2_VECTOR_NONE) return *name = "avx2", touch_avx2;
    return *name = "plain", touch_plain;
}
#else
L2TouchFunction *l2_touch_choose(L2Vector vector_max, const char **name) {
    (void)vector_max;
    return *name = "plain", touch_plain;
}
#endif
