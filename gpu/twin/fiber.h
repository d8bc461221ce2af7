/* Fibers: one stack a CUDA thread, switched by hand, all on one CPU core.
 *
 * A kernel's thread is a function that may stop in the middle (at a barrier, at a shuffle, when its
 * access log is full) and go on later. Switching saves the six registers that a C call must preserve,
 * so it costs about as much as a call. x86-64 has its own switch; elsewhere ucontext is used.
 * Not thread-safe: one scheduler, one core. Stacks are reserved, not touched: 1024 threads cost
 * address space until they run.
 */
#ifndef GPU_TWIN_FIBER_H
#define GPU_TWIN_FIBER_H
#include <stdbool.h>
#include <stddef.h>

#include "sim/base/err.h"

enum { FIBER_STACK_BYTES = 128 * 1024, FIBER_COUNT_MAX = 1024 };

typedef void FiberMain(void);

/* Opaque to callers: the saved stack pointer, or an index of a ucontext. */
typedef struct Fiber {
    void *stack_pointer;
    char *stack; /* lowest byte */
} Fiber;

/* Reserves FIBER_COUNT_MAX stacks side by side and as much as one more below them. NULL on failure. */
char *fiber_reserve_stacks(Err *err);
/* Next resume of the fiber begins `main`, which must never return: it leaves by fiber_switch. */
void fiber_prepare(Fiber *fiber, FiberMain *main);
/* Saves the running one in `from` and goes on in `to`. */
void fiber_switch(Fiber *from, Fiber *to);
#endif
