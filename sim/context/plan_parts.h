/* Parts of plan_make, one file each: positions, ring attention, remedies, the written answer. Internal to plan*.c. */
#ifndef SIM_CONTEXT_PLAN_PARTS_H
#define SIM_CONTEXT_PLAN_PARTS_H
#include "sim/context/plan_cost.h"
#include "sim/units.h"

PlanPositions plan_positions(const Model *model, uint64_t to_rows, Arena *arena);

/* gpu_count GPUs in a ring, each with tokens_rows / gpu_count tokens. */
PlanRing plan_ring(const Model *model, const Machine *machine, uint64_t batch_count, uint64_t tokens_rows,
                   uint64_t gpu_count);

/* The way plain flash attention runs: the reference of all others. */
PlanWay plan_flash_way(const Model *model, uint64_t gpu_count);
/* The same with the prompt read in chunks, where the model allows it: the ground of all further remedies. */
PlanWay plan_chunked_way(const Model *model, uint64_t gpu_count);
bool plan_add_remedies(Plan *plan, Arena *arena, Err *err);
/* "16 GiB" where it is a whole number of its unit, else "8.31 GiB". */
UnitText plan_size_text(uint64_t size_bytes);
/* The headline and the recipe, once all numbers stand. */
void plan_write_answer(Plan *plan, Arena *arena);
#endif
