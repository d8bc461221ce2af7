/* Quantised weights and caches: see hf_quantization.h.
 *
 * A group of weights shares a scale, and in some schemes a zero point; a group's bits are all of these. Embeddings, the
 * head, norms and routers stay in dtype.
 * Not modelled: layers that a scheme leaves out by name (modules_to_not_convert, ignore).
 * Sources: the quantisers' own layouts: AutoAWQ and GPTQ (16-bit scale and packed zero a group), bitsandbytes (blocks
 * of 64, a 32-bit maximum, 8 bits with double quantisation), DeepSeek-V3 (fp8, a 32-bit scale a block of 128 x 128),
 * OCP Microscaling (MXFP4: 32 values of 4 bits, an 8-bit scale), compressed-tensors (16-bit scale a group).
 */
#include "sim/context/hf_quantization.h"

#include <string.h>

enum { GROUP_MAX_ELEMS = 1 << 24, WHOLE_COLUMN_ELEMS = 4096, BITS_MAX = 16 };

static void set_groups(Model *model, uint64_t group_elems, uint64_t group_bits) {
    model->quantized_group_elems = group_elems;
    model->quantized_group_bits = group_bits;
}

/* group_size, where -1 or nothing means one scale for a whole column of a matrix. */
static uint64_t group_size(HfKeys *keys) {
    json_t *value = hf_value(keys, "group_size");
    if (!value || (json_is_integer(value) && json_integer_value(value) == -1)) return WHOLE_COLUMN_ELEMS;
    return hf_count(keys, "group_size", GROUP_MAX_ELEMS);
}

static void read_integers(HfKeys *keys, Model *model) {
    uint64_t bits = hf_count(keys, hf_has(keys, "w_bit") ? "w_bit" : "bits", BITS_MAX), elems = group_size(keys);
    set_groups(model, elems, elems * bits + 16 + bits);
}

static void read_fp8(HfKeys *keys, Model *model) {
    json_t *block = hf_value(keys, "weight_block_size");
    json_int_t rows = json_integer_value(json_array_get(block, 0)), cols = json_integer_value(json_array_get(block, 1));
    bool has_blocks = rows > 0 && cols > 0 && rows <= 4096 && cols <= 4096;
    uint64_t elems = has_blocks ? (uint64_t)(rows * cols) : WHOLE_COLUMN_ELEMS;
    set_groups(model, elems, elems * 8 + 32);
}

static void read_bitsandbytes(HfKeys *keys, Model *model) {
    if (hf_bool_or(keys, "load_in_8bit", false)) set_groups(model, WHOLE_COLUMN_ELEMS, WHOLE_COLUMN_ELEMS * 8 + 32);
    bool is_double = hf_bool_or(keys, "bnb_4bit_use_double_quant", false);
    if (hf_bool_or(keys, "load_in_4bit", false)) set_groups(model, 64, 64 * 4 + (is_double ? 8 : 32));
}

static void read_compressed_tensors(HfKeys *keys, Model *model) {
    json_t *outer = keys->root, *group = json_object_iter_value(json_object_iter(hf_value(keys, "config_groups")));
    json_t *weights = json_object_get(group, "weights");
    if (!json_is_object(weights)) return;
    keys->root = weights;
    uint64_t bits = hf_count(keys, "num_bits", BITS_MAX), elems = group_size(keys);
    set_groups(model, elems, elems * bits + 16);
    keys->root = outer;
}

static void read_weights(HfKeys *keys, Model *model, const char *method) {
    if (strcmp(method, "awq") == 0 || strcmp(method, "gptq") == 0) read_integers(keys, model);
    if (strcmp(method, "fp8") == 0 || strcmp(method, "fbgemm_fp8") == 0) read_fp8(keys, model);
    if (strcmp(method, "bitsandbytes") == 0) read_bitsandbytes(keys, model);
    if (strcmp(method, "compressed-tensors") == 0) read_compressed_tensors(keys, model);
    if (strcmp(method, "mxfp4") == 0) {
        set_groups(model, 32, 32 * 4 + 8);
        model->is_quantized_experts_only = true;
    }
}

/* compressed-tensors' kv_cache_scheme: 8 bits are read as fp8, one byte an element. */
static void read_cache(HfKeys *keys, Model *model) {
    json_t *scheme = hf_value(keys, "kv_cache_scheme");
    json_int_t bits = json_integer_value(json_object_get(scheme, "num_bits"));
    if (!json_is_object(scheme)) return;
    if (bits != 8)
        hf_fail(keys, "kv_cache_scheme has num_bits %lld; a cache of 8 bits is what is modelled", (long long)bits);
    model->cache_dtype = DTYPE_FP8;
}

static void note_weights(Model *model, const char *method) {
    if (model->quantized_group_elems == 0)
        model_note(
            model,
            "quantization_config (%.20s): weights are counted in %s as if it were not there; the cache is in %s.",
            method, dtype_name(model->dtype), dtype_name(model->cache_dtype));
    else
        model_note(
            model,
            "quantization_config (%.20s): the %s' matrices take %.4g bits a weight, all else is in %s; the cache "
            "is in %s.",
            method, model->is_quantized_experts_only ? "experts" : "layers",
            (double)model->quantized_group_bits / (double)model->quantized_group_elems, dtype_name(model->dtype),
            dtype_name(model->cache_dtype));
}

void hf_quantization_read(HfKeys *keys, Model *model) {
    json_t *outer = keys->root, *inner = hf_value(keys, "quantization_config");
    model->cache_dtype = model->dtype;
    /* A multimodal file keeps it beside the language model. */
    if (!inner) inner = json_object_get(keys->file, "quantization_config");
    if (!json_is_object(inner)) return;
    keys->root = inner;
    const char *method = hf_text(keys, "quant_method");
    read_weights(keys, model, method ? method : "?");
    read_cache(keys, model);
    keys->root = outer;
    note_weights(model, method ? method : "?");
}
