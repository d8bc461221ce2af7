/* Cooperative groups for the twin: the block, and tiles of a warp. Groups that span the grid or clusters are not here.
 */
#ifndef HBM_COOPERATIVE_GROUPS_H
#define HBM_COOPERATIVE_GROUPS_H
#include "cuda_runtime.h"

namespace cooperative_groups {
static inline unsigned hbm_thread_rank() { return (threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x; }

struct thread_block {
    void sync() const { twin_block_barrier(0); }
    unsigned size() const { return blockDim.x * blockDim.y * blockDim.z; }
    unsigned num_threads() const { return size(); }
    unsigned thread_rank() const { return hbm_thread_rank(); }
    dim3 group_index() const { return dim3(blockIdx.x, blockIdx.y, blockIdx.z); }
    dim3 thread_index() const { return dim3(threadIdx.x, threadIdx.y, threadIdx.z); }
    dim3 group_dim() const { return dim3(blockDim.x, blockDim.y, blockDim.z); }
    dim3 dim_threads() const { return group_dim(); }
};
static inline thread_block this_thread_block() { return thread_block{}; }

template <unsigned Size, class Parent = void> struct thread_block_tile {
    static_assert(Size >= 1 && Size <= 32 && (Size & (Size - 1)) == 0, "tiles of a warp");
    unsigned mask() const { return (Size == 32 ? 0xffffffffu : (1u << Size) - 1) << (twin_lane() & ~(Size - 1)); }
    void sync() const { twin_warp_barrier(mask()); }
    unsigned size() const { return Size; }
    unsigned num_threads() const { return Size; }
    unsigned thread_rank() const { return twin_lane() & (Size - 1); }
    unsigned meta_group_rank() const { return hbm_thread_rank() / Size; }
    unsigned meta_group_size() const { return (this_thread_block().size() + Size - 1) / Size; }
    template <class T> T shfl(T v, unsigned source) const { return __shfl_sync(mask(), v, (int)source, Size); }
    template <class T> T shfl_xor(T v, unsigned lanes) const { return __shfl_xor_sync(mask(), v, (int)lanes, Size); }
    template <class T> T shfl_up(T v, unsigned delta) const { return __shfl_up_sync(mask(), v, delta, Size); }
    template <class T> T shfl_down(T v, unsigned delta) const { return __shfl_down_sync(mask(), v, delta, Size); }
    int any(int p) const { return __any_sync(mask(), p); }
    int all(int p) const { return __all_sync(mask(), p); }
    unsigned ballot(int p) const { return __ballot_sync(mask(), p) >> (twin_lane() & ~(Size - 1)); }
};
template <unsigned Size, class Parent> static inline thread_block_tile<Size, Parent> tiled_partition(const Parent &) {
    return thread_block_tile<Size, Parent>{};
}
template <class Group> static inline void sync(const Group &group) { group.sync(); }

template <class T = void> struct plus {
    template <class A> A operator()(A a, A b) const { return a + b; }
};
template <class T = void> struct greater {
    template <class A> A operator()(A a, A b) const { return a < b ? b : a; }
};
template <class T = void> struct less {
    template <class A> A operator()(A a, A b) const { return b < a ? b : a; }
};
template <unsigned Size, class Parent, class T, class F>
static inline T reduce(const thread_block_tile<Size, Parent> &tile, T v, F &&f) {
    for (unsigned o = Size / 2; o; o >>= 1) v = f(v, tile.shfl_xor(v, o));
    return v;
}
} // namespace cooperative_groups
#endif
