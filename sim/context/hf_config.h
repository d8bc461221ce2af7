/* Reads a Hugging Face config.json into a Model.
 *
 * Known model_type: those of MODEL_FAMILY_LIST and hf_families.c. Another type is read as a decoder with Llama's keys,
 * however they are spelt, which is said in the model's notes. Every key that is missing, out of range or at odds with
 * another is an error that names it; a default is taken only where the library itself has one, and is noted. A key that
 * changes what is cached in a way not modelled (layers whose heads differ, keys that serve as values) is an error.
 * Hard limits: 1 MiB of text, 1024 layers; numbers below 2^24 (2^31 for positions).
 */
#ifndef SIM_CONTEXT_HF_CONFIG_H
#define SIM_CONTEXT_HF_CONFIG_H
#include "sim/context/model.h"

enum { HF_CONFIG_MAX_BYTES = 1 << 20 };

bool hf_config_read_file(const char *path, Model *model, Err *err);
/* The same from memory; `name` is for messages and becomes the model's name. */
bool hf_config_read_text(const char *name, const char *text, size_t length_bytes, Model *model, Err *err);
#endif
