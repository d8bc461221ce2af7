/* Fibers: see fiber.h. */
#include "gpu/twin/fiber.h"

#include <assert.h>
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

char *fiber_reserve_stacks(Err *err) {
    size_t size_bytes = (size_t)FIBER_STACK_BYTES * (FIBER_COUNT_MAX + 1);
    char *stacks = mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (stacks != MAP_FAILED) return stacks;
    err_set(err, ERR_OTHER, "cannot reserve %zu bytes for the stacks of %d threads: %s", size_bytes, FIBER_COUNT_MAX,
            strerror(errno));
    return NULL;
}

#ifdef __x86_64__
void fiber_switch_registers(void **from_stack_pointer, void *to_stack_pointer);
__asm__(".text\n"
        ".globl fiber_switch_registers\n"
        ".type fiber_switch_registers,@function\n"
        "fiber_switch_registers:\n"
        "  pushq %rbp; pushq %rbx; pushq %r12; pushq %r13; pushq %r14; pushq %r15\n"
        "  movq %rsp,(%rdi)\n"
        "  movq %rsi,%rsp\n"
        "  popq %r15; popq %r14; popq %r13; popq %r12; popq %rbx; popq %rbp\n"
        "  ret\n"
        ".size fiber_switch_registers,.-fiber_switch_registers\n");

void fiber_switch(Fiber *from, Fiber *to) { fiber_switch_registers(&from->stack_pointer, to->stack_pointer); }

/* The frame that fiber_switch_registers pops: six registers, the address it returns to, and a null
 * return address for main. The stack is staggered by one cache line a fiber, or all frames would meet
 * in the same sets of the CPU's cache. */
void fiber_prepare(Fiber *fiber, FiberMain *main) {
    size_t stagger_bytes = ((uintptr_t)fiber->stack / FIBER_STACK_BYTES % 32) * 192;
    void **top = (void **)(void *)(fiber->stack + FIBER_STACK_BYTES - 64 - stagger_bytes);
    *--top = NULL;
    memcpy(--top, &main, sizeof main);
    for (int i = 0; i < 6; i++) *--top = NULL;
    fiber->stack_pointer = top;
}
#else
#include <stdlib.h>
#include <ucontext.h>

static ucontext_t *context_of(Fiber *fiber) {
    if (!fiber->stack_pointer) fiber->stack_pointer = calloc(1, sizeof(ucontext_t));
    assert(fiber->stack_pointer);
    return fiber->stack_pointer;
}
void fiber_switch(Fiber *from, Fiber *to) { swapcontext(context_of(from), context_of(to)); }
void fiber_prepare(Fiber *fiber, FiberMain *main) {
    ucontext_t *context = context_of(fiber);
    getcontext(context);
    context->uc_stack.ss_sp = fiber->stack;
    context->uc_stack.ss_size = FIBER_STACK_BYTES;
    context->uc_link = NULL;
    makecontext(context, main, 0);
}
#endif
