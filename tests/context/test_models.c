/* Models and config.json: published figures to the unit, and errors that name the key. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/context/hf_config.h"
#include "sim/context/model_table.h"

static Model find(const char *name) {
    Model model;
    Err err = {0};
    if (!model_find(name, &model, &err)) fail_msg("%s", err.text);
    return model;
}

/* The published parameter counts (model cards and transformers' num_parameters) of the built-in models. */
static void test_parameter_counts(void **state) {
    (void)state;
    static const struct {
        const char *name;
        uint64_t count;
    } rows[] = {
        {"llama-2-7b", 6738415616},      {"llama-3-8b", 8030261248},        {"llama-3.1-8b", 8030261248},
        {"llama-3-70b", 70553706496},    {"mistral-7b", 7241732096},        {"mixtral-8x7b", 46702792704},
        {"qwen2.5-7b", 7615616512},      {"qwen3-8b", 8190735360},          {"gemma-2-9b", 9241705984},
        {"gpt2-medium", 354823168},      {"bert-base", 109482240},          {"modernbert-base", 149014272},
        {"modernbert-large", 394781696}, {"deepseek-v2-lite", 15706484224}, {"deepseek-v3", 671026419200},
        {"llama-2-13b", 13015864320},    {"llama-2-70b", 68976648192},      {"llama-3.1-405b", 405853388800},
        {"llama-3.2-1b", 1235814400},    {"llama-3.2-3b", 3212749824},      {"mixtral-8x22b", 140620634112},
        {"qwen2.5-72b", 72706203648},    {"qwen3-30b-a3b", 30532122624},    {"gemma-3-27b", 27009346304},
        {"phi-4", 14659507200},          {"command-r", 34980831232},        {"falcon-7b", 6921720704},
        {"opt-13b", 12853473280},        {"gpt-oss-20b", 20914757184},      {"gpt-oss-120b", 116829156672},
        {"deepseek-v2", 235741434880},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model = find(rows[i].name);
        if (model_parameter_count(&model) != rows[i].count)
            fail_msg("%s: want %llu got %llu", rows[i].name, (unsigned long long)rows[i].count,
                     (unsigned long long)model_parameter_count(&model));
    }
}

/* KV cache a token, all layers, fp16, and the whole at 128K (references: Llama-3-8B 128 KiB and 16 GiB). */
static void test_kv_cache(void **state) {
    (void)state;
    static const struct {
        const char *name;
        KvSharing sharing;
        uint64_t elem_bytes, token_bytes;
    } rows[] = {
        {"llama-3-8b", KV_AS_MODEL, 2, 128 << 10}, {"llama-2-7b", KV_AS_MODEL, 2, 512 << 10},
        {"llama-3-8b", KV_AS_MODEL, 1, 64 << 10},  {"llama-3-8b", KV_MHA, 2, 512 << 10},
        {"llama-3-8b", KV_MQA, 2, 16 << 10},       {"deepseek-v3", KV_AS_MODEL, 2, 61 * 576 * 2},
        {"bert-base", KV_AS_MODEL, 2, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model = find(rows[i].name);
        assert_int_equal(model_kv_bytes_per_token(&model, rows[i].sharing, rows[i].elem_bytes), rows[i].token_bytes);
    }
    Model llama = find("llama-3-8b"), mistral = find("mistral-7b"), gemma = find("gemma-3-12b");
    assert_int_equal(model_kv_bytes(&llama, KV_AS_MODEL, 2, 1, 128 << 10), 16ull << 30);
    assert_int_equal(model_kv_bytes(&mistral, KV_AS_MODEL, 2, 1, 128 << 10), 4096ull * (128 << 10));
    /* Gemma 3: 8 global layers hold all tokens, 40 local ones 1024. */
    assert_int_equal(model_kv_bytes(&gemma, KV_AS_MODEL, 2, 1, 128 << 10), (8ull * (128 << 10) + 40 * 1024) * 8192);
}

static uint64_t pairs(const Model *model, uint64_t n_rows, bool is_all_global) {
    uint64_t sum = 0;
    ModelLayer global = {.is_global = true};
    for (uint64_t i = 0; i < model->layer_count; i++)
        sum += model_layer_pair_count(model, is_all_global ? &global : &model->layers[i], n_rows);
    return sum;
}

/* ModernBERT: layer i is global when i % 3 == 0; score pairs 2.68x fewer at 8192 tokens, 1.95x at 512. */
static void test_modernbert_pattern(void **state) {
    (void)state;
    Model base = find("modernbert-base"), large = find("modernbert-large");
    assert_int_equal(base.layer_count, 22);
    assert_int_equal(model_global_layer_count(&base), 8);
    assert_int_equal(large.layer_count, 28);
    assert_int_equal(model_global_layer_count(&large), 10);
    for (uint64_t i = 0; i < base.layer_count; i++) assert_int_equal(base.layers[i].is_global, i % 3 == 0);
    assert_int_equal(base.layers[1].window_keys, 128);
    double at_8192 = (double)pairs(&base, 8192, true) / (double)pairs(&base, 8192, false);
    double at_512 = (double)pairs(&base, 512, true) / (double)pairs(&base, 512, false);
    assert_int_equal((int)(at_8192 * 100 + 0.5), 268);
    assert_int_equal((int)(at_512 * 100 + 0.5), 195);
}

/* The closed form of pairs against a walk over all pairs. */
static void test_pairs_by_walking(void **state) {
    (void)state;
    Model model = find("modernbert-base");
    for (int causal = 0; causal < 2; causal++)
        for (uint64_t n = 1; n <= 21; n++)
            for (uint64_t w = 0; w <= 25; w++) {
                model.is_causal = causal;
                ModelLayer layer = {.window_keys = w};
                int64_t behind = causal ? (int64_t)w : (int64_t)(w - w / 2), ahead = causal ? 0 : (int64_t)(w / 2);
                uint64_t walked = 0;
                for (int64_t q = 0; q < (int64_t)n; q++)
                    for (int64_t k = 0; k < (int64_t)n; k++) walked += k >= q - behind && k <= q + ahead;
                assert_int_equal(model_layer_pair_count(&model, &layer, n), walked);
            }
}

static void test_layer_patterns(void **state) {
    (void)state;
    Model gemma2 = find("gemma-2-9b"), gemma3 = find("gemma-3-12b"), mistral = find("mistral-7b");
    assert_false(gemma2.layers[0].is_global);
    assert_true(gemma2.layers[1].is_global);
    assert_int_equal(model_global_layer_count(&gemma2), 21);
    assert_true(gemma3.layers[5].is_global);
    assert_int_equal(model_global_layer_count(&gemma3), 8);
    assert_int_equal(gemma3.layers[0].window_keys, 1023);
    assert_int_equal(model_global_layer_count(&mistral), 0);
    Model qwen = find("qwen2.5-7b"), deepseek = find("deepseek-v3");
    assert_int_equal(model_global_layer_count(&qwen), 28);
    assert_true(model_is_mla(&deepseek));
    assert_int_equal(deepseek.head_dim_elems, 192);
}

#define LLAMA_BUT(more)                                                                                                \
    "{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"hidden_size\":64,\"num_attention_heads\":4,"                  \
    "\"intermediate_size\":128,\"vocab_size\":100,\"max_position_embeddings\":2048,\"torch_dtype\":\"float16\"" more   \
    "}"

static bool read_text(const char *text, Model *model, Err *err) {
    return hf_config_read_text("c.json", text, strlen(text), model, err);
}

/* Each line: a config and a piece of the sentence it must end in. */
static void test_bad_configs(void **state) {
    (void)state;
    static const struct {
        const char *text, *says;
    } rows[] = {
        {"", "is empty"},
        {"{\"model_type\": \"llama\", \"num_hid", "c.json:1: not valid JSON"},
        {"[1,2]", "not a JSON object"},
        {"{\"model_type\":\"llama\"}", "num_hidden_layers is missing"},
        {"{\"model_type\":\"zebra\"}", "num_hidden_layers is missing"},
        {LLAMA_BUT(",\"hidden_size\":32"), "duplicate"},
        {LLAMA_BUT(",\"num_key_value_heads\":3"), "num_key_value_heads, which is 3"},
        {LLAMA_BUT(",\"num_key_value_heads\":8"), "num_key_value_heads, which is 8"},
        {"{\"model_type\":\"qwen2\",\"num_hidden_layers\":2,\"hidden_size\":64,\"num_attention_heads\":4}",
         "which is 32, transformers' default where the file says nothing"},
        {LLAMA_BUT(",\"num_key_value_heads\":0"), "num_key_value_heads is 0; it must be a whole number from 1"},
        {LLAMA_BUT(",\"head_dim\":\"64\""), "head_dim is \"64\"; it must be a whole number"},
        {LLAMA_BUT(",\"head_dim\":-1"), "head_dim is -1"},
        {LLAMA_BUT(",\"head_dim\":12.5"), "head_dim is 12.5"},
        {LLAMA_BUT(",\"head_dim\":9223372036854775807"), "head_dim is 9223372036854775807"},
        {LLAMA_BUT(",\"head_dim\":99999999999999999999"), "not valid JSON"},
        {LLAMA_BUT(",\"dtype\":\"bfloat16\""), "must agree"},
        {LLAMA_BUT(",\"layer_types\":[\"full_attention\"]"), "layer_types has 1 entries but num_hidden_layers is 2"},
        {LLAMA_BUT(",\"layer_types\":[\"full_attention\",\"hybrid\"]"), "layer_types[1] is hybrid"},
        {LLAMA_BUT(",\"layer_types\":[\"full_attention\",\"sliding_attention\"]"), "sliding_window is missing"},
        {LLAMA_BUT(",\"rope_theta\":\"big\""), "rope_theta must be a number"},
        {LLAMA_BUT(",\"quantization_config\":{\"kv_cache_scheme\":{\"num_bits\":4}}"),
         "kv_cache_scheme has num_bits 4"},
        {LLAMA_BUT(",\"quantization_config\":{\"quant_method\":\"awq\"}"), "bits is missing"},
        {LLAMA_BUT(",\"rope_scaling\":7"), "rope_scaling must be an object"},
        {LLAMA_BUT(",\"is_encoder_decoder\":true"), "is_encoder_decoder"},
        {"{\"model_type\":\"llama\",\"num_hidden_layers\":1024,\"hidden_size\":16777216,\"num_attention_heads\":4096,"
         "\"intermediate_size\":16777216,\"vocab_size\":9,\"max_position_embeddings\":9}",
         "more than 10^15 parameters"},
        {"{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"hidden_size\":64,\"num_attention_heads\":16384,"
         "\"head_dim\":4096,\"intermediate_size\":128,\"vocab_size\":9,\"max_position_embeddings\":9}",
         "more than 2^19"},
        {"{\"model_type\":\"llama\",\"num_hidden_layers\":999999}", "num_hidden_layers is 999999"},
        {"{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"hidden_size\":65,\"num_attention_heads\":4,"
         "\"intermediate_size\":128,\"vocab_size\":100,\"max_position_embeddings\":2048}",
         "hidden size 65 is not a multiple of 4"},
        {"{\"model_type\":\"gpt2\",\"n_layer\":2,\"n_embd\":64,\"n_head\":4,\"n_positions\":1024,\"n_ctx\":512,"
         "\"vocab_size\":9}",
         "n_ctx is 512 and n_positions is 1024"},
        {"{\"model_type\":\"modernbert\",\"num_hidden_layers\":3,\"hidden_size\":64,\"num_attention_heads\":4,"
         "\"intermediate_size\":128,\"vocab_size\":9,\"max_position_embeddings\":8192,\"local_attention\":128,"
         "\"sliding_window\":100}",
         "local_attention is 128 but sliding_window is 100"},
        {"{\"model_type\":\"deepseek_v3\",\"num_hidden_layers\":2,\"hidden_size\":64,\"num_attention_heads\":4,"
         "\"intermediate_size\":128,\"vocab_size\":9,\"max_position_embeddings\":2048}",
         "kv_lora_rank is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model = {.layer_count = 77};
        Err err = {0};
        if (read_text(rows[i].text, &model, &err)) fail_msg("accepted: %s", rows[i].text);
        if (!strstr(err.text, rows[i].says)) fail_msg("want \"%s\" got \"%s\"", rows[i].says, err.text);
        assert_int_equal(err.code, ERR_USAGE);
        assert_int_equal(model.layer_count, 77);
    }
}

/* What is assumed is said. */
static void test_assumptions_are_noted(void **state) {
    (void)state;
    Model model;
    Err err = {0};
    assert_true(read_text("{\"model_type\":\"zebra\",\"num_hidden_layers\":2,\"hidden_size\":64,"
                          "\"num_attention_heads\":4,\"intermediate_size\":128,\"vocab_size\":100,"
                          "\"max_position_embeddings\":2048}",
                          &model, &err));
    assert_int_equal(model.note_count, 2);
    assert_non_null(strstr(model.notes[0], "zebra"));
    assert_non_null(strstr(model.notes[1], "torch_dtype is missing"));
    assert_true(
        read_text("{\"model_type\":\"llama\",\"num_hidden_layers\":2,\"hidden_size\":64,\"num_attention_heads\":4}",
                  &model, &err));
    assert_int_equal(model.mlp_elems, 256);
    assert_non_null(strstr(model.notes[0], "intermediate_size is missing: 256 is taken"));
    assert_non_null(strstr(model.notes[3], "as transformers has it for llama: max_position_embeddings 2048"));
    assert_true(read_text(LLAMA_BUT(",\"sliding_window\":128"), &model, &err));
    assert_non_null(strstr(model.notes[0], "sliding_window is 128 but no layer uses it"));
    assert_true(read_text(LLAMA_BUT(",\"quantization_config\":{\"quant_method\":\"zzz\"}"), &model, &err));
    assert_int_equal(model.cache_dtype, DTYPE_FP16);
    assert_non_null(strstr(model.notes[0], "quantization_config (zzz): weights are counted in fp16"));
    assert_true(read_text(LLAMA_BUT(",\"quantization_config\":{\"quant_method\":\"compressed-tensors\","
                                    "\"kv_cache_scheme\":{\"num_bits\":8,\"type\":\"float\"}}"),
                          &model, &err));
    assert_int_equal(model.dtype, DTYPE_FP16);
    assert_int_equal(model.cache_dtype, DTYPE_FP8);
    assert_non_null(strstr(model.notes[0], "the cache is in fp8"));
    assert_true(read_text("{\"model_type\":\"zebra\",\"architectures\":[\"ZebraForMaskedLM\"],\"num_hidden_layers\":2,"
                          "\"hidden_size\":64,\"num_attention_heads\":4,\"torch_dtype\":\"float16\"}",
                          &model, &err));
    assert_false(model.is_causal);
    assert_int_equal(model_kv_bytes_per_token(&model, KV_AS_MODEL, 2), 0);
}

/* Two layers of 4 x 64 x 64 + 3 x 64 x 128 = 40960 weights in matrices; embedding and head 12800, norms 320, in fp16.
 */
static void test_quantized_weights(void **state) {
    (void)state;
#define QUANTIZED(keys) LLAMA_BUT(",\"quantization_config\":{" keys "}")
    enum { MATRICES = 2 * 40960, OTHER_BYTES = 2 * (12800 + 320) };
    static const struct {
        const char *text;
        uint64_t weight_bytes;
    } rows[] = {
        {LLAMA_BUT(""), 2 * MATRICES + OTHER_BYTES},
        {QUANTIZED("\"quant_method\":\"zzz\""), 2 * MATRICES + OTHER_BYTES},
        {QUANTIZED("\"quant_method\":\"mxfp4\""), 2 * MATRICES + OTHER_BYTES}, /* experts only; there are none */
        {QUANTIZED("\"quant_method\":\"awq\",\"bits\":4,\"group_size\":128"),
         MATRICES / 128 * (128 * 4 + 16 + 4) / 8 + OTHER_BYTES},
        {QUANTIZED("\"quant_method\":\"gptq\",\"bits\":8,\"group_size\":-1"),
         MATRICES / 4096 * (4096 * 8 + 16 + 8) / 8 + OTHER_BYTES},
        {QUANTIZED("\"quant_method\":\"fp8\",\"weight_block_size\":[128,128]"),
         MATRICES / 16384 * (16384 + 4) + OTHER_BYTES},
        {QUANTIZED("\"quant_method\":\"bitsandbytes\",\"load_in_4bit\":true"), MATRICES / 64 * 36 + OTHER_BYTES},
        {QUANTIZED("\"quant_method\":\"compressed-tensors\",\"config_groups\":{\"group_0\":{\"weights\":"
                   "{\"num_bits\":4,\"group_size\":32}}}"),
         MATRICES / 32 * 18 + OTHER_BYTES},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model;
        Err err = {0};
        if (!read_text(rows[i].text, &model, &err)) fail_msg("%s", err.text);
        if (model_weight_bytes(&model) != rows[i].weight_bytes)
            fail_msg("%s: want %llu got %llu", rows[i].text, (unsigned long long)rows[i].weight_bytes,
                     (unsigned long long)model_weight_bytes(&model));
    }
    /* DeepSeek-V3 as released is fp8; the built-in one says bf16. */
    Model deepseek = find("deepseek-v3");
    assert_int_equal(model_weight_bytes(&deepseek), 2 * model_parameter_count(&deepseek));
}

/* Model types and classes of encoders keep no cache; a whole number may be written 2.0. */
static void test_encoders_and_wrappers(void **state) {
    (void)state;
#define SIZES "\"num_hidden_layers\":2.0,\"hidden_size\":64,\"num_attention_heads\":4"
    static const struct {
        const char *text;
        bool is_causal;
    } rows[] = {
        {"{\"model_type\":\"deberta-v2\"," SIZES "}", false},
        {"{\"model_type\":\"electra\",\"architectures\":[\"ElectraForPreTraining\"]," SIZES "}", false},
        {"{\"model_type\":\"vit\",\"architectures\":[\"ViTForImageClassification\"]," SIZES "}", false},
        {"{\"model_type\":\"bert\",\"is_decoder\":true," SIZES "}", true},
        {"{\"model_type\":\"gemma3_text\",\"use_bidirectional_attention\":true,\"sliding_window\":512," SIZES "}",
         false},
        {"{\"model_type\":\"gemma3_text\",\"use_bidirectional_attention\":\"vision\"," SIZES "}", true},
        {"{\"model_type\":\"zebra\",\"architectures\":[\"ZebraForCausalLM\"]," SIZES "}", true},
        {"{\"model_type\":\"qwen2_5_omni\",\"thinker_config\":{\"model_type\":\"x\",\"text_config\":{\"model_type\":"
         "\"qwen2\",\"num_key_value_heads\":2," SIZES "}}}",
         true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model;
        Err err = {0};
        if (!read_text(rows[i].text, &model, &err)) fail_msg("%s", err.text);
        assert_int_equal(model.layer_count, 2);
        if (model.is_causal != rows[i].is_causal) fail_msg("%s", rows[i].text);
        assert_int_equal(model_kv_bytes_per_token(&model, KV_AS_MODEL, 2) > 0, rows[i].is_causal);
    }
    /* EmbeddingGemma's window of 512 is 256 keys on each side. */
    Model model;
    assert_true(read_text(rows[4].text, &model, NULL));
    assert_int_equal(model.layers[0].window_keys, 512);
}

/* A key that is null is not a key left out: Mistral's class has 8 KV heads where nothing is said, as many as heads
 * where null is. */
static void test_null_is_not_missing(void **state) {
    (void)state;
#define MISTRAL_BUT(more)                                                                                              \
    "{\"model_type\":\"mistral\",\"num_hidden_layers\":2,\"hidden_size\":4096,\"num_attention_heads\":32" more "}"
    static const struct {
        const char *text;
        uint64_t kv_head_count, window_keys;
    } rows[] = {
        {MISTRAL_BUT(""), 8, 4095},
        {MISTRAL_BUT(",\"num_key_value_heads\":null,\"sliding_window\":null"), 32, 0},
        {MISTRAL_BUT(",\"sliding_window\":1024,\"head_dim\":null"), 8, 1023},
        {MISTRAL_BUT(",\"sliding_window\":4096,\"max_position_embeddings\":2048"), 8, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model;
        Err err = {0};
        if (!read_text(rows[i].text, &model, &err)) fail_msg("%s", err.text);
        assert_int_equal(model.kv_head_count, rows[i].kv_head_count);
        assert_int_equal(model.layers[0].window_keys, rows[i].window_keys);
        assert_int_equal(model.layers[0].is_global, rows[i].window_keys == 0);
        assert_int_equal(model.head_dim_elems, 128);
    }
}

/* Each way in which files say which layers are local; '.' global, 'l' local. */
static void test_lists_of_layers(void **state) {
    (void)state;
#define EIGHT_BUT(type, more)                                                                                          \
    "{\"model_type\":\"" type "\",\"num_hidden_layers\":8,\"hidden_size\":64,\"num_attention_heads\":4,"               \
    "\"num_key_value_heads\":2,\"head_dim\":16,\"max_position_embeddings\":2048" more "}"
    static const struct {
        const char *text, *kinds;
    } rows[] = {
        {EIGHT_BUT("gpt_oss", ",\"sliding_window\":128"), "l.l.l.l."},
        {EIGHT_BUT("cohere2", ",\"sliding_window\":128"), "lll.lll."},
        {EIGHT_BUT("cohere2", ",\"sliding_window\":128,\"sliding_window_pattern\":3"), "ll.ll.ll"},
        {EIGHT_BUT("zebra", ",\"sliding_window\":128,\"sliding_window_pattern\":8"), "lllllll."},
        {EIGHT_BUT("zebra", ",\"sliding_window\":128,\"sliding_window_pattern\":\"LLG\""), "ll.ll.l."},
        {EIGHT_BUT("zebra", ",\"interleaved_sliding_window\":[128,128,null]"), "ll.ll.ll"},
        {EIGHT_BUT("qwen2", ",\"sliding_window\":128,\"use_sliding_window\":true,\"max_window_layers\":5"), ".....lll"},
        {EIGHT_BUT("qwen2", ",\"sliding_window\":128,\"max_window_layers\":5"), "........"},
        {EIGHT_BUT("llama4_text", ",\"attention_chunk_size\":512,\"no_rope_layers\":[]"), "lll.lll."},
        {EIGHT_BUT("llama4_text", ",\"attention_chunk_size\":512,\"no_rope_layers\":[1,0,1,0,1,0,1,1]"), "l.l.l.ll"},
        {EIGHT_BUT("llama4_text", ",\"attention_chunk_size\":null,\"no_rope_layers\":[0,0,0,0,0,0,0,0]"), "........"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        Model model;
        Err err = {0};
        char kinds[9] = "";
        if (!read_text(rows[i].text, &model, &err)) fail_msg("%s", err.text);
        for (int l = 0; l < 8; l++) kinds[l] = model.layers[l].is_global ? '.' : 'l';
        assert_string_equal(kinds, rows[i].kinds);
    }
}

/* Every prefix of a good file is refused, never read half. */
static void test_truncated(void **state) {
    (void)state;
    const char *whole = LLAMA_BUT("");
    for (size_t length = 0; length < strlen(whole); length++) {
        Model model;
        Err err = {0};
        assert_false(hf_config_read_text("c.json", whole, length, &model, &err));
    }
}

static void test_huge_file(void **state) {
    (void)state;
    char path[] = "/tmp/hbmscope-config-XXXXXX";
    int fd = mkstemp(path);
    FILE *file = fdopen(fd, "w");
    for (int i = 0; i < (HF_CONFIG_MAX_BYTES >> 4) + 1; i++) fputs("                ", file);
    fclose(file);
    Model model;
    Err err = {0};
    assert_false(hf_config_read_file(path, &model, &err));
    assert_non_null(strstr(err.text, "longer than 1 MiB"));
    assert_false(hf_config_read_file("/no/such/config.json", &model, &err));
    assert_non_null(strstr(err.text, "cannot be read"));
    assert_false(hf_config_read_file("/tmp", &model, &err));
    remove(path);
    assert_false(model_find("llama-9", &model, &err));
    assert_non_null(strstr(err.text, "llama-3-8b"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameter_counts),
        cmocka_unit_test(test_kv_cache),
        cmocka_unit_test(test_modernbert_pattern),
        cmocka_unit_test(test_pairs_by_walking),
        cmocka_unit_test(test_layer_patterns),
        cmocka_unit_test(test_bad_configs),
        cmocka_unit_test(test_assumptions_are_noted),
        cmocka_unit_test(test_quantized_weights),
        cmocka_unit_test(test_encoders_and_wrappers),
        cmocka_unit_test(test_null_is_not_missing),
        cmocka_unit_test(test_lists_of_layers),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_huge_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
