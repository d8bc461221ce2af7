/* The built-in models: see model_table.h.
 *
 * Only the keys that decide attention, memory and parameters are kept of each config.json; tests check
 * the parameter counts against the published ones, so a wrong key would show.
 */
#include "sim/context/model_table.h"

#include <stdio.h>
#include <string.h>

#include "sim/context/hf_config.h"

const ModelEntry model_table[] = {
    {"llama-2-7b", "config.json of meta-llama/Llama-2-7b-hf",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":32,\"intermediate_size\":11008,\"vocab_size\":32000,\"max_position_embeddings\":4096,"
     "\"rope_theta\":10000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"float16\"}"},
    {"llama-2-13b", "config.json of meta-llama/Llama-2-13b-hf",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":40,\"hidden_size\":5120,\"num_attention_heads\":40,"
     "\"num_key_value_heads\":40,\"intermediate_size\":13824,\"vocab_size\":32000,\"max_position_embeddings\":4096,"
     "\"attention_bias\":false,\"rope_theta\":10000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"float16\"}"},
    {"llama-2-70b", "config.json of meta-llama/Llama-2-70b-hf",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":80,\"hidden_size\":8192,\"num_attention_heads\":64,"
     "\"num_key_value_heads\":8,\"intermediate_size\":28672,\"vocab_size\":32000,\"max_position_embeddings\":4096,"
     "\"attention_bias\":false,\"rope_theta\":10000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"float16\"}"},
    {"llama-3-8b", "config.json of meta-llama/Meta-Llama-3-8B",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":8,\"intermediate_size\":14336,\"vocab_size\":128256,\"max_position_embeddings\":8192,"
     "\"rope_theta\":500000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"llama-3.1-8b", "config.json of meta-llama/Llama-3.1-8B",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":8,\"intermediate_size\":14336,\"vocab_size\":128256,\"max_position_embeddings\":131072,"
     "\"rope_theta\":500000.0,\"rope_scaling\":{\"rope_type\":\"llama3\",\"factor\":8.0,"
     "\"original_max_position_embeddings\":8192},\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"llama-3-70b", "config.json of meta-llama/Meta-Llama-3-70B",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":80,\"hidden_size\":8192,\"num_attention_heads\":64,"
     "\"num_key_value_heads\":8,\"intermediate_size\":28672,\"vocab_size\":128256,\"max_position_embeddings\":8192,"
     "\"rope_theta\":500000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"llama-3.1-405b", "config.json of meta-llama/Llama-3.1-405B",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":126,\"hidden_size\":16384,\"num_attention_heads\":128,"
     "\"num_key_value_heads\":8,\"intermediate_size\":53248,\"vocab_size\":128256,"
     "\"max_position_embeddings\":131072,\"attention_bias\":false,\"rope_theta\":500000.0,"
     "\"rope_scaling\":{\"factor\":8.0,\"original_max_position_embeddings\":8192,\"rope_type\":\"llama3\"},"
     "\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"llama-3.2-1b", "config.json of meta-llama/Llama-3.2-1B",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":16,\"hidden_size\":2048,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":8,\"head_dim\":64,\"intermediate_size\":8192,\"vocab_size\":128256,"
     "\"max_position_embeddings\":131072,\"attention_bias\":false,\"rope_theta\":500000.0,"
     "\"rope_scaling\":{\"factor\":32.0,\"original_max_position_embeddings\":8192,\"rope_type\":\"llama3\"},"
     "\"tie_word_embeddings\":true,\"torch_dtype\":\"bfloat16\"}"},
    {"llama-3.2-3b", "config.json of meta-llama/Llama-3.2-3B",
     "{\"model_type\":\"llama\",\"num_hidden_layers\":28,\"hidden_size\":3072,\"num_attention_heads\":24,"
     "\"num_key_value_heads\":8,\"head_dim\":128,\"intermediate_size\":8192,\"vocab_size\":128256,"
     "\"max_position_embeddings\":131072,\"attention_bias\":false,\"rope_theta\":500000.0,"
     "\"rope_scaling\":{\"factor\":32.0,\"original_max_position_embeddings\":8192,\"rope_type\":\"llama3\"},"
     "\"tie_word_embeddings\":true,\"torch_dtype\":\"bfloat16\"}"},
    {"mistral-7b", "config.json of mistralai/Mistral-7B-v0.1",
     "{\"model_type\":\"mistral\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":8,\"intermediate_size\":14336,\"vocab_size\":32000,\"max_position_embeddings\":32768,"
     "\"sliding_window\":4096,\"rope_theta\":10000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"mixtral-8x7b", "config.json of mistralai/Mixtral-8x7B-v0.1",
     "{\"model_type\":\"mixtral\",\"num_hidden_layers\":32,\"hidden_size\":4096,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":8,\"intermediate_size\":14336,\"vocab_size\":32000,\"max_position_embeddings\":32768,"
     "\"num_local_experts\":8,\"num_experts_per_tok\":2,\"sliding_window\":null,\"rope_theta\":1000000.0,"
     "\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"mixtral-8x22b", "config.json of mistralai/Mixtral-8x22B-v0.1",
     "{\"model_type\":\"mixtral\",\"num_hidden_layers\":56,\"hidden_size\":6144,\"num_attention_heads\":48,"
     "\"num_key_value_heads\":8,\"intermediate_size\":16384,\"num_local_experts\":8,\"num_experts_per_tok\":2,"
     "\"vocab_size\":32000,\"max_position_embeddings\":65536,\"sliding_window\":null,\"attention_bias\":false,"
     "\"rope_theta\":1000000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"qwen2.5-7b", "config.json of Qwen/Qwen2.5-7B",
     "{\"model_type\":\"qwen2\",\"num_hidden_layers\":28,\"hidden_size\":3584,\"num_attention_heads\":28,"
     "\"num_key_value_heads\":4,\"intermediate_size\":18944,\"vocab_size\":152064,\"max_position_embeddings\":131072,"
     "\"use_sliding_window\":false,\"sliding_window\":131072,\"max_window_layers\":28,\"rope_theta\":1000000.0,"
     "\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"qwen2.5-72b", "config.json of Qwen/Qwen2.5-72B",
     "{\"model_type\":\"qwen2\",\"num_hidden_layers\":80,\"hidden_size\":8192,\"num_attention_heads\":64,"
     "\"num_key_value_heads\":8,\"intermediate_size\":29568,\"vocab_size\":152064,\"max_position_embeddings\":32768,"
     "\"sliding_window\":131072,\"use_sliding_window\":false,\"max_window_layers\":80,\"attention_bias\":false,"
     "\"rope_theta\":1000000.0,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"qwen3-8b", "config.json of Qwen/Qwen3-8B",
     "{\"model_type\":\"qwen3\",\"num_hidden_layers\":36,\"hidden_size\":4096,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":8,\"head_dim\":128,\"intermediate_size\":12288,\"vocab_size\":151936,"
     "\"max_position_embeddings\":40960,\"use_sliding_window\":false,\"sliding_window\":null,\"max_window_layers\":36,"
     "\"rope_theta\":1000000,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"qwen3-30b-a3b", "config.json of Qwen/Qwen3-30B-A3B",
     "{\"model_type\":\"qwen3_moe\",\"num_hidden_layers\":48,\"hidden_size\":2048,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":4,\"head_dim\":128,\"intermediate_size\":6144,\"moe_intermediate_size\":768,"
     "\"num_experts\":128,\"num_experts_per_tok\":8,\"vocab_size\":151936,\"max_position_embeddings\":40960,"
     "\"sliding_window\":null,\"use_sliding_window\":false,\"max_window_layers\":48,\"attention_bias\":false,"
     "\"rope_theta\":1000000,\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"gemma-2-9b", "config.json of google/gemma-2-9b",
     "{\"model_type\":\"gemma2\",\"num_hidden_layers\":42,\"hidden_size\":3584,\"num_attention_heads\":16,"
     "\"num_key_value_heads\":8,\"head_dim\":256,\"intermediate_size\":14336,\"vocab_size\":256000,"
     "\"max_position_embeddings\":8192,\"sliding_window\":4096,\"rope_theta\":10000.0,\"torch_dtype\":\"bfloat16\"}"},
    {"gemma-3-12b", "text_config of google/gemma-3-12b-it with the library's defaults written out",
     "{\"model_type\":\"gemma3_text\",\"num_hidden_layers\":48,\"hidden_size\":3840,\"num_attention_heads\":16,"
     "\"num_key_value_heads\":8,\"head_dim\":256,\"intermediate_size\":15360,\"vocab_size\":262208,"
     "\"max_position_embeddings\":131072,\"sliding_window\":1024,\"sliding_window_pattern\":6,"
     "\"rope_theta\":1000000.0,\"rope_local_base_freq\":10000.0,\"rope_scaling\":{\"rope_type\":\"linear\","
     "\"factor\":8.0},\"torch_dtype\":\"bfloat16\"}"},
    {"gemma-3-27b", "text_config of google/gemma-3-27b-it with the library's defaults written out",
     "{\"model_type\":\"gemma3_text\",\"num_hidden_layers\":62,\"hidden_size\":5376,\"num_attention_heads\":32,"
     "\"num_key_value_heads\":16,\"head_dim\":128,\"intermediate_size\":21504,\"vocab_size\":262208,"
     "\"max_position_embeddings\":131072,\"sliding_window\":1024,\"sliding_window_pattern\":6,"
     "\"rope_theta\":1000000.0,\"rope_local_base_freq\":10000.0,\"rope_scaling\":{\"factor\":8.0,"
     "\"rope_type\":\"linear\"},\"torch_dtype\":\"bfloat16\"}"},
    {"phi-4", "config.json of microsoft/phi-4",
     "{\"model_type\":\"phi3\",\"num_hidden_layers\":40,\"hidden_size\":5120,\"num_attention_heads\":40,"
     "\"num_key_value_heads\":10,\"intermediate_size\":17920,\"vocab_size\":100352,"
     "\"max_position_embeddings\":16384,\"sliding_window\":null,\"attention_bias\":false,\"rope_theta\":250000,"
     "\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"command-r", "config.json of CohereForAI/c4ai-command-r-v01",
     "{\"model_type\":\"cohere\",\"num_hidden_layers\":40,\"hidden_size\":8192,\"num_attention_heads\":64,"
     "\"num_key_value_heads\":64,\"intermediate_size\":22528,\"vocab_size\":256000,\"max_position_embeddings\":8192,"
     "\"model_max_length\":131072,\"attention_bias\":false,\"rope_theta\":8000000.0,\"torch_dtype\":\"float16\"}"},
    {"falcon-7b", "config.json of tiiuae/falcon-7b",
     "{\"model_type\":\"falcon\",\"num_hidden_layers\":32,\"hidden_size\":4544,\"num_attention_heads\":71,"
     "\"vocab_size\":65024,\"max_position_embeddings\":2048,\"multi_query\":true,\"new_decoder_architecture\":false,"
     "\"parallel_attn\":true,\"bias\":false,\"alibi\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"gpt2-medium", "config.json of openai-community/gpt2-medium; fp16 as in FlashAttention's benchmark",
     "{\"model_type\":\"gpt2\",\"n_layer\":24,\"n_embd\":1024,\"n_head\":16,\"n_positions\":1024,\"n_ctx\":1024,"
     "\"vocab_size\":50257,\"torch_dtype\":\"float16\"}"},
    {"opt-13b", "config.json of facebook/opt-13b",
     "{\"model_type\":\"opt\",\"num_hidden_layers\":40,\"hidden_size\":5120,\"num_attention_heads\":40,"
     "\"ffn_dim\":20480,\"vocab_size\":50272,\"max_position_embeddings\":2048,\"torch_dtype\":\"float16\"}"},
    {"gpt-oss-20b", "config.json of openai/gpt-oss-20b; bf16 beside the MXFP4 experts",
     "{\"model_type\":\"gpt_oss\",\"num_hidden_layers\":24,\"hidden_size\":2880,\"num_attention_heads\":64,"
     "\"num_key_value_heads\":8,\"head_dim\":64,\"intermediate_size\":2880,\"num_local_experts\":32,"
     "\"num_experts_per_tok\":4,\"vocab_size\":201088,\"max_position_embeddings\":131072,\"sliding_window\":128,"
     "\"attention_bias\":true,\"rope_theta\":150000,\"rope_scaling\":{\"factor\":32.0,"
     "\"original_max_position_embeddings\":4096,\"rope_type\":\"yarn\"},\"tie_word_embeddings\":false,"
     "\"quantization_config\":{\"quant_method\":\"mxfp4\"},\"torch_dtype\":\"bfloat16\"}"},
    {"gpt-oss-120b", "config.json of openai/gpt-oss-120b; bf16 beside the MXFP4 experts",
     "{\"model_type\":\"gpt_oss\",\"num_hidden_layers\":36,\"hidden_size\":2880,\"num_attention_heads\":64,"
     "\"num_key_value_heads\":8,\"head_dim\":64,\"intermediate_size\":2880,\"num_local_experts\":128,"
     "\"num_experts_per_tok\":4,\"vocab_size\":201088,\"max_position_embeddings\":131072,\"sliding_window\":128,"
     "\"attention_bias\":true,\"rope_theta\":150000,\"rope_scaling\":{\"factor\":32.0,"
     "\"original_max_position_embeddings\":4096,\"rope_type\":\"yarn\"},\"tie_word_embeddings\":false,"
     "\"quantization_config\":{\"quant_method\":\"mxfp4\"},\"torch_dtype\":\"bfloat16\"}"},
    {"bert-base", "config.json of google-bert/bert-base-uncased; fp16",
     "{\"model_type\":\"bert\",\"num_hidden_layers\":12,\"hidden_size\":768,\"num_attention_heads\":12,"
     "\"intermediate_size\":3072,\"vocab_size\":30522,\"max_position_embeddings\":512,\"torch_dtype\":\"float16\"}"},
    {"modernbert-base", "config.json of answerdotai/ModernBERT-base; bf16",
     "{\"model_type\":\"modernbert\",\"num_hidden_layers\":22,\"hidden_size\":768,\"num_attention_heads\":12,"
     "\"intermediate_size\":1152,\"vocab_size\":50368,\"max_position_embeddings\":8192,"
     "\"global_attn_every_n_layers\":3,\"local_attention\":128,\"global_rope_theta\":160000.0,"
     "\"local_rope_theta\":10000.0,\"torch_dtype\":\"bfloat16\"}"},
    {"modernbert-large", "config.json of answerdotai/ModernBERT-large; bf16",
     "{\"model_type\":\"modernbert\",\"num_hidden_layers\":28,\"hidden_size\":1024,\"num_attention_heads\":16,"
     "\"intermediate_size\":2624,\"vocab_size\":50368,\"max_position_embeddings\":8192,"
     "\"global_attn_every_n_layers\":3,\"local_attention\":128,\"global_rope_theta\":160000.0,"
     "\"local_rope_theta\":10000.0,\"torch_dtype\":\"bfloat16\"}"},
    {"deepseek-v2-lite", "config.json of deepseek-ai/DeepSeek-V2-Lite",
     "{\"model_type\":\"deepseek_v2\",\"num_hidden_layers\":27,\"hidden_size\":2048,\"num_attention_heads\":16,"
     "\"num_key_value_heads\":16,\"q_lora_rank\":null,\"kv_lora_rank\":512,\"qk_nope_head_dim\":128,"
     "\"qk_rope_head_dim\":64,\"v_head_dim\":128,\"intermediate_size\":10944,\"moe_intermediate_size\":1408,"
     "\"n_routed_experts\":64,\"n_shared_experts\":2,\"num_experts_per_tok\":6,\"first_k_dense_replace\":1,"
     "\"vocab_size\":102400,\"max_position_embeddings\":163840,\"rope_theta\":10000,\"rope_scaling\":{\"type\":"
     "\"yarn\","
     "\"factor\":40,\"original_max_position_embeddings\":4096},\"torch_dtype\":\"bfloat16\"}"},
    {"deepseek-v2", "config.json of deepseek-ai/DeepSeek-V2",
     "{\"model_type\":\"deepseek_v2\",\"num_hidden_layers\":60,\"hidden_size\":5120,\"num_attention_heads\":128,"
     "\"num_key_value_heads\":128,\"kv_lora_rank\":512,\"q_lora_rank\":1536,\"qk_nope_head_dim\":128,"
     "\"qk_rope_head_dim\":64,\"v_head_dim\":128,\"intermediate_size\":12288,\"moe_intermediate_size\":1536,"
     "\"n_routed_experts\":160,\"n_shared_experts\":2,\"num_experts_per_tok\":6,\"first_k_dense_replace\":1,"
     "\"vocab_size\":102400,\"max_position_embeddings\":163840,\"attention_bias\":false,\"rope_theta\":10000,"
     "\"rope_scaling\":{\"factor\":40,\"original_max_position_embeddings\":4096,\"type\":\"yarn\"},"
     "\"tie_word_embeddings\":false,\"torch_dtype\":\"bfloat16\"}"},
    {"deepseek-v3", "config.json of deepseek-ai/DeepSeek-V3 (bf16; the released weights are fp8)",
     "{\"model_type\":\"deepseek_v3\",\"num_hidden_layers\":61,\"hidden_size\":7168,\"num_attention_heads\":128,"
     "\"num_key_value_heads\":128,\"q_lora_rank\":1536,\"kv_lora_rank\":512,\"qk_nope_head_dim\":128,"
     "\"qk_rope_head_dim\":64,\"v_head_dim\":128,\"intermediate_size\":18432,\"moe_intermediate_size\":2048,"
     "\"n_routed_experts\":256,\"n_shared_experts\":1,\"num_experts_per_tok\":8,\"first_k_dense_replace\":3,"
     "\"vocab_size\":129280,\"max_position_embeddings\":163840,\"rope_theta\":10000,\"rope_scaling\":{\"type\":"
     "\"yarn\","
     "\"factor\":40,\"original_max_position_embeddings\":4096},\"torch_dtype\":\"bfloat16\"}"},
};
const int model_table_count = sizeof model_table / sizeof model_table[0];

bool model_find(const char *name, Model *model, Err *err) {
    for (int i = 0; i < model_table_count; i++) {
        const ModelEntry *entry = &model_table[i];
        if (strcmp(entry->name, name) != 0) continue;
        if (!hf_config_read_text(entry->name, entry->config, strlen(entry->config), model, err)) return false;
        snprintf(model->source, sizeof model->source, "%s", entry->source);
        return true;
    }
    char known[640] = "";
    for (int i = 0; i < model_table_count; i++)
        snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", model_table[i].name);
    return err_set(err, ERR_USAGE, "--model \"%.40s\" is not built in; known are %s; --config takes a config.json",
                   name, known);
}
