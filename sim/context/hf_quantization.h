/* quantization_config of config.json: what the weights and the cache are kept in. */
#ifndef SIM_CONTEXT_HF_QUANTIZATION_H
#define SIM_CONTEXT_HF_QUANTIZATION_H
#include "sim/context/hf_keys.h"

/* Fills the quantised groups and cache_dtype of *model, whose dtype is set already. A method that is not known leaves
 * the weights in dtype. What was taken is said in the model's notes. */
void hf_quantization_read(HfKeys *keys, Model *model);
#endif
