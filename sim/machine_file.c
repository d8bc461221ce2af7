/* A user's own GPU: a text file of the same keys as the struct's members, and single figures changed.
 *
 * One table of keys drives reading, range checks and writing back: see machine.h.
 */
#include <assert.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/key_file.h"
#include "sim/base/parse.h"
#include "sim/machine.h"

typedef enum KeyKind { KEY_TEXT, KEY_U32, KEY_U64, KEY_REAL } KeyKind;

/* X(member, kind, smallest, largest; for text: 1, room in bytes) */
#define MACHINE_KEYS(X)                                                                                                \
    X(name, TEXT, 1, 32)                                                                                               \
    X(title, TEXT, 1, 64)                                                                                              \
    X(source, TEXT, 1, 96)                                                                                             \
    X(compute_capability, U32, 70, 999)                                                                                \
    X(sm_count, U32, 1, 4096)                                                                                          \
    X(l2_bytes, U64, 64 * 1024, MACHINE_L2_MAX_BYTES)                                                                  \
    X(hbm_bytes, U64, 1 << 20, 1ull << 46)                                                                             \
    X(hbm_bytes_per_s, REAL, 1e6, 1e15)                                                                                \
    X(clock_hz, REAL, 1e6, 1e11)                                                                                       \
    X(fp32_flops_per_s, REAL, 1e6, 1e18)                                                                               \
    X(tensor_fp16_flops_per_s, REAL, 1e6, 1e18)                                                                        \
    X(tensor_fp8_flops_per_s, REAL, 0, 1e18)                                                                           \
    X(smem_per_sm_bytes, U64, 1024, 1 << 24)                                                                           \
    X(smem_per_block_bytes, U64, 1024, 1 << 24)                                                                        \
    X(smem_reserved_per_block_bytes, U64, 0, 1 << 20)                                                                  \
    X(l1_and_smem_per_sm_bytes, U64, 1024, 1 << 25)                                                                    \
    X(threads_per_sm_max, U32, 32, 65536)                                                                              \
    X(blocks_per_sm_max, U32, 1, 4096)                                                                                 \
    X(threads_per_block_max, U32, 32, 65536)                                                                           \
    X(registers_per_sm, U32, 1024, 1 << 24)                                                                            \
    X(registers_per_thread_max, U32, 16, 4096)

typedef struct KeyRule {
    KeyKind kind;
    size_t offset;
    double min, max; /* exact: all bounds are below 2^53 */
} KeyRule;

enum {
#define X(member, kind, min, max) KEY_##member,
    MACHINE_KEYS(X)
#undef X
        KEY_COUNT
};

const char *const machine_keys[] = {
#define X(member, kind, min, max) #member,
    MACHINE_KEYS(X)
#undef X
        NULL};

static const KeyRule key_rules[KEY_COUNT] = {
#define X(member, kind, min, max) {KEY_##kind, offsetof(Machine, member), min, max},
    MACHINE_KEYS(X)
#undef X
};

static int key_find(const char *key) {
    for (int i = 0; i < KEY_COUNT; i++)
        if (strcmp(machine_keys[i], key) == 0) return i;
    return -1;
}

/* Text that a `key = value` line can hold: no comment sign, no blanks at its ends. */
static bool is_line_text(const char *text, size_t length_bytes) {
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c > '~' || *c == '#') return false;
    return text[0] != ' ' && text[length_bytes - 1] != ' ';
}

static bool set_text(char *out, const char *key, const char *value, size_t room_bytes, Err *err) {
    size_t length_bytes = strlen(value);
    if (length_bytes == 0 || length_bytes >= room_bytes || !is_line_text(value, length_bytes))
        return err_set(err, ERR_USAGE, "%s is '%s'; it must be 1 to %zu printable ASCII characters without #", key,
                       parse_quote(value).text, room_bytes - 1);
    memset(out, 0, room_bytes);
    memcpy(out, value, length_bytes);
    return true;
}

static bool unknown_key(const char *key, Err *err) {
    Nearest nearest = {.word = key};
    for (int i = 0; i < KEY_COUNT; i++) nearest_try(&nearest, machine_keys[i]);
    return err_set(err, ERR_USAGE, "unknown key '%s' of a GPU%s", parse_quote(key).text, nearest_hint(&nearest).text);
}

bool machine_set(Machine *machine, const char *key, const char *value, Err *err) {
    int id = key_find(key);
    if (id < 0) return unknown_key(key, err);
    const KeyRule *rule = &key_rules[id];
    void *member = (char *)machine + rule->offset;
    uint64_t whole;
    switch (rule->kind) {
    case KEY_TEXT: return set_text(member, key, value, (size_t)rule->max, err);
    case KEY_REAL: return parse_real(value, key, rule->min, rule->max, member, err);
    case KEY_U64: return parse_size(value, key, (uint64_t)rule->min, (uint64_t)rule->max, member, err);
    case KEY_U32:
        if (!parse_size(value, key, (uint64_t)rule->min, (uint64_t)rule->max, &whole, err)) return false;
        *(uint32_t *)member = (uint32_t)whole;
        return true;
    }
    return false;
}

bool machine_key_is_text(const char *key) {
    int id = key_find(key);
    return id >= 0 && key_rules[id].kind == KEY_TEXT;
}

void machine_format_value(const Machine *machine, const char *key, char *out, int out_bytes) {
    int id = key_find(key);
    assert(id >= 0);
    const void *member = (const char *)machine + key_rules[id].offset;
    switch (key_rules[id].kind) {
    case KEY_TEXT: snprintf(out, (size_t)out_bytes, "%s", (const char *)member); break;
    case KEY_REAL: snprintf(out, (size_t)out_bytes, "%s", parse_real_text(*(const double *)member).text); break;
    case KEY_U64: snprintf(out, (size_t)out_bytes, "%llu", (unsigned long long)*(const uint64_t *)member); break;
    case KEY_U32: snprintf(out, (size_t)out_bytes, "%u", *(const uint32_t *)member); break;
    }
}

bool machine_check(const Machine *machine, Err *err) {
    if (machine->smem_per_block_bytes > machine->smem_per_sm_bytes)
        return err_set(err, ERR_USAGE, "smem_per_block_bytes is %llu; it must be at most smem_per_sm_bytes, %llu",
                       (unsigned long long)machine->smem_per_block_bytes,
                       (unsigned long long)machine->smem_per_sm_bytes);
    if (machine->smem_per_sm_bytes > machine->l1_and_smem_per_sm_bytes)
        return err_set(err, ERR_USAGE, "smem_per_sm_bytes is %llu; it must be at most l1_and_smem_per_sm_bytes, %llu",
                       (unsigned long long)machine->smem_per_sm_bytes,
                       (unsigned long long)machine->l1_and_smem_per_sm_bytes);
    if (machine->threads_per_block_max > machine->threads_per_sm_max)
        return err_set(err, ERR_USAGE, "threads_per_block_max is %u; it must be at most threads_per_sm_max, %u",
                       machine->threads_per_block_max, machine->threads_per_sm_max);
    if (machine->l2_bytes > machine->hbm_bytes)
        return err_set(err, ERR_USAGE, "l2_bytes is %llu; it must be at most hbm_bytes, %llu",
                       (unsigned long long)machine->l2_bytes, (unsigned long long)machine->hbm_bytes);
    return true;
}

static const Machine *table_find(const char *name) {
    for (int i = 0; i < machine_table_count; i++)
        if (strcmp(machine_table[i].name, name) == 0) return &machine_table[i];
    return NULL;
}

typedef struct MachineReader {
    Machine machine;
    bool is_given[KEY_COUNT], has_base;
} MachineReader;

static bool is_figure(int key) { return key >= KEY_compute_capability; }

static bool is_optional(int key) {
    return key == KEY_title || key == KEY_source || key == KEY_tensor_fp8_flops_per_s ||
           key == KEY_smem_reserved_per_block_bytes;
}

/* `base = NAME`, which must come before any figure is given. */
static bool set_base(MachineReader *reader, const char *value, Err *err) {
    const Machine *base = table_find(value);
    if (!base) return err_set(err, ERR_USAGE, "base is '%s'; it must be a built-in GPU", parse_quote(value).text);
    if (reader->has_base) return err_set(err, ERR_USAGE, "base is given twice");
    for (int i = 0; i < KEY_COUNT; i++)
        if (is_figure(i) && reader->is_given[i])
            return err_set(err, ERR_USAGE, "base must come before the figures that change it");
    Machine named = reader->machine;
    reader->machine = *base;
    memcpy(reader->machine.name, named.name, sizeof named.name);
    memcpy(reader->machine.title, named.title, sizeof named.title);
    memcpy(reader->machine.source, named.source, sizeof named.source);
    reader->has_base = true;
    return true;
}

static bool read_line(MachineReader *reader, const KeyFile *file, Err *err) {
    if (strcmp(file->key, "base") == 0) return set_base(reader, file->value, err);
    if (!machine_set(&reader->machine, file->key, file->value, err)) return false;
    int key = key_find(file->key);
    if (reader->is_given[key]) return err_set(err, ERR_USAGE, "%s is given twice", file->key);
    reader->is_given[key] = true;
    return true;
}

static bool check_complete(const MachineReader *reader, Err *err) {
    if (!reader->is_given[KEY_name]) return err_set(err, ERR_USAGE, "name is not given");
    for (int i = 0; i < KEY_COUNT; i++)
        if (is_figure(i) && !is_optional(i) && !reader->is_given[i] && !reader->has_base)
            return err_set(err, ERR_USAGE, "%s is not given and there is no base to take it from", machine_keys[i]);
    return machine_check(&reader->machine, err);
}

bool machine_read_text(const char *name, const char *text, Machine *machine, Err *err) {
    KeyFile file = {.name = name, .at = text};
    MachineReader reader = {.machine = {.source = "secondary: the user's own file"}};
    bool is_end;
    while (key_file_next(&file, &is_end, err))
        if (!read_line(&reader, &file, err)) return key_file_fail(&file, err);
    if (!is_end) return false;
    if (!check_complete(&reader, err)) return err_prefix(err, "%s: ", parse_quote(name).text);
    if (!reader.is_given[KEY_title]) memcpy(reader.machine.title, reader.machine.name, sizeof reader.machine.name);
    *machine = reader.machine;
    return true;
}

static bool unknown_gpu(const char *name, Err *err) {
    Nearest nearest = {.word = name};
    for (int i = 0; i < machine_table_count; i++) nearest_try(&nearest, machine_table[i].name);
    return err_set(err, ERR_USAGE,
                   "gpu is '%s'; it must be a name that `hbmscope gpus` lists, or the path of a GPU file%s",
                   parse_quote(name).text, nearest_hint(&nearest).text);
}

bool machine_find(const char *name_or_path, Machine *machine, Err *err) {
    const Machine *row = table_find(name_or_path);
    if (row) {
        *machine = *row;
        return true;
    }
    Arena arena = {0};
    char *text = NULL;
    Err file_err = {0};
    bool is_loaded = key_file_load(name_or_path, &text, &arena, &file_err);
    bool looks_like_path = strpbrk(name_or_path, "/.") != NULL;
    bool is_found = is_loaded ? machine_read_text(name_or_path, text, machine, err) : false;
    if (!is_loaded && err) {
        if (looks_like_path)
            *err = file_err;
        else
            unknown_gpu(name_or_path, err);
    }
    arena_free(&arena);
    return is_found;
}
