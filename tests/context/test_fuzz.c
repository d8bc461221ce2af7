/* Parsers of untrusted files under seeded mutation: they read it, or refuse it with a sentence; they never crash, and
 * a refusal leaves the output as it was. Runs with the sanitizers in MODE=asan. HBMSCOPE_MUTATIONS sets how many. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/base/random.h"
#include "sim/context/hf_config.h"
#include "sim/context/model_table.h"
#include "sim/context/npy.h"
#include "sim/context/plan.h"

static long mutation_count(void) {
    const char *asked = getenv("HBMSCOPE_MUTATIONS");
    return asked ? atol(asked) : 20000;
}

/* A few bytes changed, doubled or taken out; digits are likelier to become other numbers. */
static size_t mutate(uint8_t *bytes, size_t size, size_t capacity, uint64_t *state) {
    static const char *const pieces[] = {"0", "-1", "999999999999",     "1e308", "null", "true", "\"", "{", "[", "]",
                                         "}", ",",  "sliding_attention"};
    for (uint64_t edits = 1 + random_u64(state) % 4; edits > 0; edits--) {
        size_t at = size ? random_u64(state) % size : 0;
        const char *piece = pieces[random_u64(state) % (sizeof pieces / sizeof pieces[0])];
        size_t length = strlen(piece);
        switch (random_u64(state) % 4) {
        case 0: bytes[at] = (uint8_t)random_u64(state); break;
        case 1: size = at; break; /* cut off */
        case 2:
            if (at + 1 < size) memmove(bytes + at, bytes + at + 1, size - at - 1), size--;
            break;
        default:
            if (size + length > capacity) break;
            memmove(bytes + at + length, bytes + at, size - at);
            memcpy(bytes + at, piece, length);
            size += length;
        }
    }
    return size;
}

/* Files that no built-in model has the like of: other spellings, objects within, lists of layers. */
static const char *const odd_configs[] = {
    "{\"model_type\":\"mpt\",\"n_layers\":4,\"n_heads\":8,\"d_model\":64,\"expansion_ratio\":4,\"max_seq_len\":2048,"
    "\"vocab_size\":100,\"attn_config\":{\"alibi\":true,\"attn_type\":\"grouped_query_attention\",\"kv_n_heads\":2}}",
    "{\"model_type\":\"llama4\",\"torch_dtype\":\"bfloat16\",\"text_config\":{\"model_type\":\"llama4_text\","
    "\"num_hidden_layers\":4,\"no_rope_layers\":[1,1,1,0],\"attention_chunk_size\":512,\"num_local_experts\":16}}",
    "{\"model_type\":\"zebra\",\"n_layer\":4,\"hidden_size\":64,\"n_head\":4,\"multi_query\":true,\"bias\":false,"
    "\"interleaved_sliding_window\":[128,null],\"quantization_config\":{\"quant_method\":\"awq\",\"bits\":4,\"group_"
    "size\":128}}",
    "{\"model_type\":\"exaone4\",\"num_layers\":4,\"hidden_size\":64,\"num_heads\":4,\"num_key_value_heads\":null,"
    "\"sliding_window\":128,\"sliding_window_pattern\":\"LLG\",\"dtype\":\"torch.bfloat16\"}",
    "{\"model_type\":\"nemotron_h\",\"num_hidden_layers\":5,\"hidden_size\":64,\"num_attention_heads\":4,"
    "\"num_key_value_heads\":2,\"hybrid_override_pattern\":\"M-M*-\",\"ssm_state_size\":128}",
    "{\"model_type\":\"kimi_linear\",\"num_hidden_layers\":4,\"hidden_size\":64,\"num_attention_heads\":4,\"kv_lora_"
    "rank\":32,"
    "\"qk_rope_head_dim\":16,\"qk_nope_head_dim\":16,\"linear_attn_config\":{\"full_attn_layers\":[2,4]}}",
    "{\"model_type\":\"dbrx\",\"d_model\":64,\"n_heads\":4,\"n_layers\":2,\"attn_config\":{\"kv_n_heads\":2},"
    "\"ffn_config\":{\"ffn_hidden_size\":128,\"moe_num_experts\":16,\"moe_top_k\":4}}",
};

static const char *pick_config(uint64_t *state) {
    uint64_t odd_count = sizeof odd_configs / sizeof odd_configs[0], built_in_count = (uint64_t)model_table_count;
    uint64_t i = random_u64(state) % (odd_count + built_in_count);
    return i < odd_count ? odd_configs[i] : model_table[i - odd_count].config;
}

static void test_configs(void **unused) {
    (void)unused;
    uint64_t state = 4;
    long read_count = 0;
    static Model model;
    static Plan plan;
    Machine machine;
    Arena arena = {0};
    assert_true(machine_find("h100", &machine, NULL));
    for (long i = 0; i < mutation_count(); i++) {
        const char *config = pick_config(&state);
        uint8_t bytes[2048];
        size_t size = strlen(config);
        memcpy(bytes, config, size);
        size = mutate(bytes, size, sizeof bytes, &state);
        Err err = {0};
        model.layer_count = 12345;
        if (!hf_config_read_text("f.json", (const char *)bytes, size, &model, &err)) {
            assert_memory_equal(err.text, "f.json:", 7);
            assert_null(strchr(err.text, '\n'));
            assert_int_equal(model.layer_count, 12345);
            continue;
        }
        /* What was read can be planned, or is refused with a sentence. */
        read_count++;
        if (!plan_make(&model, &machine, (PlanOptions){.from_rows = 2048, .to_rows = 8192}, &plan, &arena, &err))
            assert_true(err.text[0] != 0);
        arena_reset(&arena);
    }
    arena_free(&arena);
    printf("# %ld of %ld mutated configs were still readable\n", read_count, mutation_count());
    assert_true(read_count > 0 && read_count < mutation_count());
}

static void test_npy_files(void **unused) {
    (void)unused;
    static const char head[] = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n";
    uint64_t state = 5;
    for (long i = 0; i < mutation_count(); i++) {
        Arena arena = {0};
        uint8_t bytes[256] = "\x93NUMPY\x01";
        size_t size = 10 + sizeof head - 1 + 24;
        bytes[8] = sizeof head - 1;
        memcpy(bytes + 10, head, sizeof head - 1);
        size = mutate(bytes, size, sizeof bytes, &state);
        NpyArray array = {.dim_count = 77};
        Err err = {0};
        if (!npy_read_bytes("f.npy", bytes, size, &array, &arena, &err)) {
            assert_memory_equal(err.text, "f.npy:", 6);
            assert_int_equal(array.dim_count, 77);
        } else
            assert_true(array.elem_count > 0 && array.elem_count <= 64);
        arena_free(&arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_configs), cmocka_unit_test(test_npy_files)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
