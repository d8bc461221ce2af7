/* Launches: hbm_launch(name, kernel, grid, block, shared bytes, stream)(arguments...). For the twin. */
#ifndef HBM_TWIN_LAUNCH_H
#define HBM_TWIN_LAUNCH_H
#include "twin_types.h"
#include <new>
#include <tuple>
#include <utility>

typedef struct CUstream_st *cudaStream_t;
extern "C" int hbm_last_launch_error;

/* Where dynamic shared memory lies: array.h. extern __shared__ arrays become pointers to it. */
#define hbm_dynamic_shared() ((void *)0x100000000ull)

/* A kernel's name as text, after macros: a launch in a macro's body is named by what the macro was given. */
#define HBM_TEXT(...) HBM_TEXT_OF(__VA_ARGS__)
#define HBM_TEXT_OF(...) #__VA_ARGS__

template <class Kernel> struct HbmLauncher {
    const char *name;
    Kernel kernel;
    dim3 grid, block;
    size_t shared_bytes;
    template <class... Args> void operator()(Args... args) {
        /* What threads read to begin lies among their stacks: it is no memory of the program. */
        struct Call {
            Kernel kernel;
            std::tuple<Args...> values;
        };
        static_assert(sizeof(Call) <= 64 * 1024, "kernel arguments");
        Call *call = new (twin_scratch()) Call{kernel, std::tuple<Args...>(args...)};
        auto run = [](void *context) {
            std::apply(static_cast<Call *>(context)->kernel, static_cast<Call *>(context)->values);
        };
        int error = twin_launch(name, TwinDim{grid.x, grid.y, grid.z}, TwinDim{block.x, block.y, block.z}, shared_bytes,
                                run, call);
        call->~Call();
        if (error) hbm_last_launch_error = error;
    }
};
template <class Kernel>
static inline HbmLauncher<Kernel> hbm_launch(const char *name, Kernel kernel, dim3 grid, dim3 block,
                                             size_t shared_bytes = 0, cudaStream_t = 0) {
    return HbmLauncher<Kernel>{name, kernel, grid, block, shared_bytes};
}
#endif
