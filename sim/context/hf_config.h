/* Reads a Hugging Face config.json into a Model.
 *
 * Known model_type: llama mistral mixtral qwen2 qwen3 gemma gemma2 gemma3(_text) gpt2 bert modernbert
 * deepseek_v2 deepseek_v3. Another type is read as a decoder with Llama's keys, which is said in the
 * model's notes. Every key that is missing, out of range or at odds with another is an error that
 * names it; a default is taken only where the library itself has one, and is noted.
 * Hard limits: 1 MiB of text, 1024 layers; numbers below 2^24 (2^31 for positions).
 */
#ifndef SIM_CONTEXT_HF_CONFIG_H
#define SIM_CONTEXT_HF_CONFIG_H
#include "sim/context/model.h"

enum { HF_CONFIG_BYTES_MAX = 1 << 20 };

bool hf_config_read_file(const char *path, Model *model, Err *err);
/* The same from memory; `name` is for messages and becomes the model's name. */
bool hf_config_read_text(const char *name, const char *text, size_t length_bytes, Model *model, Err *err);
#endif
