/* What learned sparse attentions share: a kernel that summarises keys, one that chooses blocks, and their formulas. */
#ifndef SIM_ATTENTION_LEARNED_H
#define SIM_ATTENTION_LEARNED_H
#include "sim/attention/choice.h"

/* Summaries of keys are made while a prompt is read; a decoding step (fewer queries than keys) finds them cached. */
static inline bool learned_makes_summaries(const Scenario *s) { return s->query_rows >= s->key_rows; }

/* Refuses what no learned program models; then block sizes, key tiles dividing block_rows. */
bool learned_resolve(Scenario *scenario, const char *algorithm, ChoiceRule rule, char *note, int note_bytes, Err *err);

/* Kernel "choose": a block of threads per query block reads something to score by, picks, and writes its choice. */
typedef struct ChooseKernel {
    uint64_t head_count; /* blocks per batch: heads, or 1 where all heads share a choice */
    uint8_t query;       /* TENSOR_NONE: block scores are there already, in `summary`, a row a query block */
    uint64_t query_cols;
    uint8_t summary;
    uint64_t summary_cols, summary_rows_per_block; /* rows of summary that stand for one block of keys */
    uint8_t chosen;
} ChooseKernel;
void learned_build_choose(ProgramBuilder *builder, const Choice *choice, ChooseKernel kernel);
#endif
