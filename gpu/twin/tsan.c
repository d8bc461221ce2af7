/* The calls that gcc's -fsanitize=thread puts before every access: logged when they fall into the window.
 *
 * Only gcc: clang reports a 16-byte vector as something else. This file itself is compiled without the
 * option. twin_hot is global and mutable because the calls carry an address and nothing else.
 */

#include "gpu/twin/state.h"

TwinHot twin_hot;

static inline void record(const void *address, unsigned kind, unsigned size_log2, uint64_t code) {
    uint64_t offset_bytes = (uint64_t)(uintptr_t)address - twin_hot.window_base;
    if (__builtin_expect(offset_bytes >= twin_hot.window_bytes, 0)) {
        bool is_local =
            (uint64_t)(uintptr_t)address - twin_hot.stacks_base < (uint64_t)FIBER_STACK_BYTES * (FIBER_COUNT_MAX + 1);
        if (!is_local && twin_hot.window_bytes) twin_touch_outside(address, kind, code - twin_hot.window_base);
        return;
    }
    *twin_hot.log_next++ = access_pack(code - twin_hot.window_base, kind, size_log2, offset_bytes);
    if (__builtin_expect(twin_hot.log_next == twin_hot.log_end, 0)) block_wait(&twin_now, LANE_PAUSED);
}

#define CODE ((uint64_t)(uintptr_t)__builtin_return_address(0))
#define ACCESS_CALLS(bytes, size_log2)                                                                                 \
    void __tsan_read##bytes(void *address);                                                                            \
    void __tsan_write##bytes(void *address);                                                                           \
    void __tsan_volatile_read##bytes(void *address);                                                                   \
    void __tsan_volatile_write##bytes(void *address);                                                                  \
    void __tsan_read##bytes(void *address) { record(address, ACCESS_LOAD, size_log2, CODE); }                          \
    void __tsan_write##bytes(void *address) { record(address, ACCESS_STORE, size_log2, CODE); }                        \
    void __tsan_volatile_read##bytes(void *address) { record(address, ACCESS_LOAD, size_log2, CODE); }                 \
    void __tsan_volatile_write##bytes(void *address) { record(address, ACCESS_STORE, size_log2, CODE); }
ACCESS_CALLS(1, 0)
ACCESS_CALLS(2, 1)
ACCESS_CALLS(4, 2)
ACCESS_CALLS(8, 3)
ACCESS_CALLS(16, 4)

/* A span without the alignment of its size goes piece by piece, as a GPU's compiler would emit it. The
 * pieces' code addresses differ by one each, so that they stay apart as instructions do. */
static void record_span(const char *address, uint64_t size_bytes, unsigned kind, uint64_t code) {
    uint64_t misalignment = (uint64_t)(uintptr_t)address | size_bytes;
    unsigned size_log2 = misalignment % 4 == 0 ? 2 : misalignment % 2 == 0 ? 1 : 0;
    for (uint64_t at = 0; at < size_bytes; at += 1u << size_log2)
        record(address + at, kind, size_log2, code + (at >> size_log2) % 4);
}
#define UNALIGNED_CALLS(bytes)                                                                                         \
    void __tsan_unaligned_read##bytes(void *address);                                                                  \
    void __tsan_unaligned_write##bytes(void *address);                                                                 \
    void __tsan_unaligned_read##bytes(void *address) { record_span(address, bytes, ACCESS_LOAD, CODE); }               \
    void __tsan_unaligned_write##bytes(void *address) { record_span(address, bytes, ACCESS_STORE, CODE); }
UNALIGNED_CALLS(2)
UNALIGNED_CALLS(4)
UNALIGNED_CALLS(8)
UNALIGNED_CALLS(16)

void __tsan_read_range(void *address, unsigned long size_bytes);
void __tsan_write_range(void *address, unsigned long size_bytes);
void __tsan_read_range(void *address, unsigned long size_bytes) { record_span(address, size_bytes, ACCESS_LOAD, CODE); }
void __tsan_write_range(void *address, unsigned long size_bytes) {
    record_span(address, size_bytes, ACCESS_STORE, CODE);
}

void __tsan_init(void);
void __tsan_func_entry(void *caller);
void __tsan_func_exit(void);
void __tsan_vptr_read(void **vptr);
void __tsan_vptr_update(void **vptr, void *value);
void __tsan_init(void) {}
void __tsan_func_entry(void *caller) { (void)caller; }
void __tsan_func_exit(void) {}
void __tsan_vptr_read(void **vptr) { (void)vptr; }
void __tsan_vptr_update(void **vptr, void *value) { (void)vptr, (void)value; }

void twin_atomic(const void *address, uint32_t size_bytes) {
    record(address, ACCESS_ATOMIC, size_bytes == 8 ? 3 : size_bytes == 2 ? 1 : 2, CODE);
}

/* C++ atomics of the host part (shared_ptr, std::atomic): done, not counted. */
#define ATOMIC_CALLS(bits, T)                                                                                          \
    T __tsan_atomic##bits##_load(const volatile T *p, int order);                                                      \
    void __tsan_atomic##bits##_store(volatile T *p, T v, int order);                                                   \
    T __tsan_atomic##bits##_exchange(volatile T *p, T v, int order);                                                   \
    T __tsan_atomic##bits##_fetch_add(volatile T *p, T v, int order);                                                  \
    T __tsan_atomic##bits##_fetch_sub(volatile T *p, T v, int order);                                                  \
    T __tsan_atomic##bits##_fetch_and(volatile T *p, T v, int order);                                                  \
    T __tsan_atomic##bits##_fetch_or(volatile T *p, T v, int order);                                                   \
    T __tsan_atomic##bits##_fetch_xor(volatile T *p, T v, int order);                                                  \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *expected, T v, int order, int fail_order);     \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile T *p, T *expected, T v, int order, int fail_order);       \
    T __tsan_atomic##bits##_load(const volatile T *p, int order) { return (void)order, __atomic_load_n(p, 5); }        \
    void __tsan_atomic##bits##_store(volatile T *p, T v, int order) { (void)order, __atomic_store_n(p, v, 5); }        \
    T __tsan_atomic##bits##_exchange(volatile T *p, T v, int order) {                                                  \
        return (void)order, __atomic_exchange_n(p, v, 5);                                                              \
    }                                                                                                                  \
    T __tsan_atomic##bits##_fetch_add(volatile T *p, T v, int order) {                                                 \
        return (void)order, __atomic_fetch_add(p, v, 5);                                                               \
    }                                                                                                                  \
    T __tsan_atomic##bits##_fetch_sub(volatile T *p, T v, int order) {                                                 \
        return (void)order, __atomic_fetch_sub(p, v, 5);                                                               \
    }                                                                                                                  \
    T __tsan_atomic##bits##_fetch_and(volatile T *p, T v, int order) {                                                 \
        return (void)order, __atomic_fetch_and(p, v, 5);                                                               \
    }                                                                                                                  \
    T __tsan_atomic##bits##_fetch_or(volatile T *p, T v, int order) {                                                  \
        return (void)order, __atomic_fetch_or(p, v, 5);                                                                \
    }                                                                                                                  \
    T __tsan_atomic##bits##_fetch_xor(volatile T *p, T v, int order) {                                                 \
        return (void)order, __atomic_fetch_xor(p, v, 5);                                                               \
    }                                                                                                                  \
    int __tsan_atomic##bits##_compare_exchange_strong(volatile T *p, T *expected, T v, int order, int fail_order) {    \
        return (void)order, (void)fail_order, __atomic_compare_exchange_n(p, expected, v, 0, 5, 5);                    \
    }                                                                                                                  \
    int __tsan_atomic##bits##_compare_exchange_weak(volatile T *p, T *expected, T v, int order, int fail_order) {      \
        return (void)order, (void)fail_order, __atomic_compare_exchange_n(p, expected, v, 1, 5, 5);                    \
    }
ATOMIC_CALLS(8, uint8_t)
ATOMIC_CALLS(16, uint16_t)
ATOMIC_CALLS(32, uint32_t)
ATOMIC_CALLS(64, uint64_t)
void __tsan_atomic_thread_fence(int order);
void __tsan_atomic_signal_fence(int order);
void __tsan_atomic_thread_fence(int order) { (void)order; }
void __tsan_atomic_signal_fence(int order) { (void)order; }
