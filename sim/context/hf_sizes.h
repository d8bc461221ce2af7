/* Sizes out of config.json: layers, heads, widths, experts, positions, and what weights there are beside the matrices.
 */
#ifndef SIM_CONTEXT_HF_SIZES_H
#define SIM_CONTEXT_HF_SIZES_H
#include "sim/context/hf_keys.h"

/* Fills the sizes of *model, whose family is set already. Errors go to keys, assumptions to the model's notes. */
void hf_sizes_read(HfKeys *keys, Model *model);
/* Norms, position tables and what a family has of its own, once all sizes are known. */
void hf_weights_read(HfKeys *keys, Model *model);
#endif
