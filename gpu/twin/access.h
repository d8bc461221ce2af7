/* The access log: what every lane of a warp read and wrote, in its own order, until the warp is merged.
 *
 * One access is one 64-bit word, so that logging costs one store:
 *
 *     63          41 40 39 38  36 35                0
 *    +--------------+-----+------+-------------------+
 *    | code address | kind| log2 | offset of the     |   kind: load, store, atomic
 *    | of the access|     | size | byte in the window|   size: 1, 2, 4, 8 or 16 bytes
 *    +--------------+-----+------+-------------------+
 *
 * The upper 28 bits are the access's site. Lanes that log the same site side by side form one warp-wide
 * request. The window is the span of addresses that holds the program's image (shared variables live in
 * it as static variables) and, above it, the device memory that cudaMalloc hands out.
 * Not modelled: a program with more than 8 MiB of code, where two sites may share an address.
 */
#ifndef GPU_TWIN_ACCESS_H
#define GPU_TWIN_ACCESS_H
#include <stdint.h>

enum { ACCESS_LOAD, ACCESS_STORE, ACCESS_ATOMIC, ACCESS_KIND_COUNT };
enum { ACCESS_SITE_SHIFT = 36, ACCESS_KIND_SHIFT = 39, ACCESS_CODE_SHIFT = 41 };
#define ACCESS_OFFSET_MASK ((1ull << ACCESS_SITE_SHIFT) - 1)

static inline uint64_t access_pack(uint64_t code_offset_bytes, unsigned kind, unsigned size_log2,
                                   uint64_t window_offset_bytes) {
    return code_offset_bytes << ACCESS_CODE_SHIFT | (uint64_t)kind << ACCESS_KIND_SHIFT |
           (uint64_t)size_log2 << ACCESS_SITE_SHIFT | window_offset_bytes;
}
static inline uint32_t access_site(uint64_t word) { return (uint32_t)(word >> ACCESS_SITE_SHIFT); }
static inline unsigned access_site_kind(uint32_t site) { return site >> 3 & 3; }
static inline unsigned access_site_bytes(uint32_t site) { return 1u << (site & 7); }
static inline uint64_t access_site_code(uint32_t site) { return site >> 5; }

/* 32 logs side by side. A lane whose log is full pauses until the warp has been merged; the odd row
 * length keeps the 32 write positions out of each other's cache sets. */
enum { WARP_LANES = 32, LOG_WORDS = 256, LOG_ROW_WORDS = LOG_WORDS + 8 };
typedef struct WarpLog {
    uint64_t words[WARP_LANES][LOG_ROW_WORDS];
    uint32_t word_count[WARP_LANES];
} WarpLog;
#endif
