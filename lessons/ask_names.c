/* What a name stands for: scenario, machine, counts: see ask.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/ask_parts.h"

#include "sim/base/parse.h"

void ask_memory_free(AskMemory *memory) {
    arena_free(&memory->arena);
    memory->counted_count = 0;
}

/* Settings. */

bool ask_settings(Scenario *scenario, const char *settings, Err *err) {
    char copy[ASK_SETTINGS_MAX];
    if (strlen(settings) >= sizeof copy)
        return err_set(err, ERR_OTHER, "settings of %zu characters are too long", strlen(settings));
    strcpy(copy, settings);
    char *rest = copy;
    for (char *item = strsep(&rest, ","); item; item = strsep(&rest, ",")) {
        char *value = strchr(item, '=');
        if (value) *value++ = '\0';
        if (*parse_trim(item) && !scenario_set(scenario, parse_trim(item), value ? parse_trim(value) : "", err))
            return false;
    }
    return true;
}

bool ask_scenario(const Scenario *base, const char *settings, Scenario *out, Err *err) {
    Scenario scenario = *base;
    if (!ask_settings(&scenario, settings, err) || !scenario_finish(&scenario, err)) return false;
    *out = scenario;
    return true;
}

/* Counting. */

static const char *scenario_text(const Scenario *scenario, Arena *arena) {
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    scenario_write(scenario, out);
    fclose(out);
    const char *copy = arena_copy_text(arena, text);
    free(text);
    return copy;
}

static const Count *count_of(const Ask *ask, const Algorithm *algorithm, const Scenario *finished, bool needs_dram,
                             Err *err) {
    AskMemory *memory = ask->memory;
    Arena scratch = {0};
    const char *scenario = scenario_text(finished, &scratch);
    if (!scenario) {
        arena_free(&scratch);
        err_no_memory(err, "counts");
        return NULL;
    }
    const char *key = arena_format(&scratch, "%s %d\n%s", algorithm->name, needs_dram, scenario);
    const Count *found = NULL;
    for (int i = 0; i < memory->counted_count && !found; i++)
        if (strcmp(memory->counted[i].key, key) == 0) found = memory->counted[i].count;
    if (!found && memory->counted_count == ASK_COUNTS_MAX) {
        err_set(err, ERR_OTHER, "a text asks for more than %d different counts", ASK_COUNTS_MAX);
    } else if (!found) {
        Count *count = ARENA_NEW(&memory->arena, Count);
        CountOptions options = {.is_dram_skipped = !needs_dram};
        if (count_algorithm(algorithm, finished, options, count, &memory->arena, err)) {
            memory->counted[memory->counted_count++] = (AskCounted){arena_copy_text(&memory->arena, key), count};
            found = count;
        }
    }
    arena_free(&scratch);
    return found;
}

const Count *ask_count(const Ask *ask, const char *algorithm, const char *settings, bool needs_dram, Err *err) {
    Scenario finished;
    const Algorithm *found = algorithm_find(algorithm);
    if (!found) {
        err_set(err, ERR_OTHER, "'%.40s' is no algorithm", algorithm);
        return NULL;
    }
    return ask_scenario(ask->scenario, settings, &finished, err) ? count_of(ask, found, &finished, needs_dram, err)
                                                                 : NULL;
}

bool ask_needs_dram(const char *expression) { return strstr(expression, ".dram_") || strstr(expression, ".time"); }

static bool totals_value(const Totals *totals, const char *name, double *value) {
    const uint64_t *v = totals->value;
    if (strcmp(name, "issued_bytes") == 0)
        *value = (double)(v[COUNTER_ISSUED_READ_BYTES] + v[COUNTER_ISSUED_WRITE_BYTES]);
    else if (strcmp(name, "l2_bytes") == 0)
        *value = (double)(v[COUNTER_L2_READ_BYTES] + v[COUNTER_L2_WRITE_BYTES]);
    else if (strcmp(name, "dram_bytes") == 0)
        *value = (double)(v[COUNTER_DRAM_READ_BYTES] + v[COUNTER_DRAM_WRITE_BYTES]);
    else if (strcmp(name, "l1_sectors") == 0)
        *value = (double)(v[COUNTER_L1_READ_SECTORS] + v[COUNTER_L1_WRITE_SECTORS]);
    else if (strcmp(name, "time") == 0)
        *value = totals->time_ns * 1e-9;
    else if (counter_find(name) >= 0)
        *value = (double)v[counter_find(name)];
    else
        return false;
    return true;
}

/* Whether a counter comes from the models of L2 and time, which cost more than the tree. */
static bool is_modelled(const char *name) {
    int id = counter_find(name);
    return strcmp(name, "time") == 0 || strncmp(name, "dram_", 5) == 0 ||
           (id >= 0 && counter_info[id].counter_class == COUNTER_CLASS_MODEL);
}

static const CountKernel *find_kernel(const Count *count, const char *name) {
    for (int i = 0; i < count->kernel_count; i++)
        if (strcmp(count->kernels[i].name, name) == 0) return &count->kernels[i];
    return NULL;
}

static double tensor_size_bytes(const Count *count, const char *name) {
    for (int i = 0; i < count->program->tensor_count; i++)
        if (strcmp(count->program->tensors[i].name, name) == 0) return (double)count->program->tensors[i].size_bytes;
    return -1;
}

/* A tensor's counter in one kernel, or summed over all. */
static bool tensor_value(const Count *count, const CountKernel *kernel, const char *tensor, const char *counter,
                         double *value) {
    bool is_found = false;
    double sum = 0;
    for (int k = 0; k < count->kernel_count; k++) {
        if (kernel && kernel != &count->kernels[k]) continue;
        for (int t = 0; t < count->kernels[k].tensor_count; t++) {
            double part;
            if (strcmp(count->kernels[k].tensors[t].name, tensor) != 0) continue;
            if (!totals_value(&count->kernels[k].tensors[t].totals, counter, &part)) return false;
            sum += part;
            is_found = true;
        }
    }
    *value = sum;
    return is_found;
}

static bool kernel_value(const CountKernel *kernel, const char *name, double *value) {
    if (strcmp(name, "threads_per_block") == 0)
        *value = kernel->threads_per_block;
    else if (strcmp(name, "block_count") == 0)
        *value = (double)kernel->block_count;
    else
        return totals_value(&kernel->totals, name, value);
    return true;
}

static bool symbol_value(const Count *count, const char *name, double *value) {
    for (int i = 0; i < count->formula->symbol_count; i++)
        if (strcmp(count->formula->symbols[i].name, name) == 0) {
            *value = (double)count->formula->symbols[i].value;
            return true;
        }
    return false;
}

/* parts after the algorithm's name. */
static bool count_value(const Count *count, const char parts[][ASK_PART_MAX], int part_count, double *value) {
    if (part_count == 1) {
        if (strcmp(parts[0], "threads_per_block") == 0)
            return count->kernel_count == 1 && kernel_value(&count->kernels[0], parts[0], value);
        return totals_value(&count->totals, parts[0], value);
    }
    const CountKernel *kernel = find_kernel(count, parts[0]);
    if (part_count == 2 && kernel) return kernel_value(kernel, parts[1], value);
    if (part_count == 2 && strcmp(parts[0], "symbol") == 0) return symbol_value(count, parts[1], value);
    if (part_count == 2 && strcmp(parts[1], "size_bytes") == 0)
        return (*value = tensor_size_bytes(count, parts[0])) >= 0;
    if (part_count == 2) return tensor_value(count, NULL, parts[0], parts[1], value);
    return part_count == 3 && kernel && tensor_value(count, kernel, parts[1], parts[2], value);
}

/* Names. */

static bool machine_value(const Machine *machine, const char *name, double *value) {
    struct {
        const char *name;
        double value;
    } fields[] = {
        {"sm_count", machine->sm_count},
        {"l2_bytes", (double)machine->l2_bytes},
        {"hbm_bytes", (double)machine->hbm_bytes},
        {"hbm_bytes_per_s", machine->hbm_bytes_per_s},
        {"clock_hz", machine->clock_hz},
        {"fp32_flops_per_s", machine->fp32_flops_per_s},
        {"tensor_fp16_flops_per_s", machine->tensor_fp16_flops_per_s},
        {"smem_per_sm_bytes", (double)machine->smem_per_sm_bytes},
        {"smem_per_block_bytes", (double)machine->smem_per_block_bytes},
        {"threads_per_sm_max", machine->threads_per_sm_max},
        {"threads_per_block_max", machine->threads_per_block_max},
        {"registers_per_sm", machine->registers_per_sm},
        {"registers_per_thread_max", machine->registers_per_thread_max},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0) {
            *value = fields[i].value;
            return true;
        }
    return false;
}

static bool scenario_value(const Scenario *s, const char *name, double *value) {
    struct {
        const char *name;
        uint64_t value;
    } symbols[] = {
        {"N", s->query_rows},  {"N_k", s->key_rows},      {"d", s->head_dim_elems},          {"B", s->batch_count},
        {"h", s->head_count},  {"h_k", s->kv_head_count}, {"e", dtype_elem_bytes(s->dtype)}, {"L", s->layer_count},
        {"w", s->window_keys},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (strcmp(symbols[i].name, name) == 0) {
            *value = (double)symbols[i].value;
            return true;
        }
    return false;
}

bool ask_name_value(const Ask *ask, const Scenario *scenario, const AskName *name, const char *settings, double *value,
                    Err *err) {
    Scenario finished;
    if (strcmp(name->parts[0], "mine") == 0) {
        if (!ask->mine)
            return err_set(err, ERR_OTHER, "'%s' asks for a student's program where there is none", name->text);
        if (name->part_count == 2 && totals_value(ask->mine, name->parts[1], value)) return true;
        return err_set(err, ERR_OTHER, "'%s' is not a number the tool knows", name->text);
    }
    if (!ask_scenario(scenario, settings, &finished, err)) return err_prefix(err, "%s: ", name->text);
    if (name->part_count == 1 && scenario_value(&finished, name->parts[0], value)) return true;
    if (name->part_count == 2 && strcmp(name->parts[0], "gpu") == 0 &&
        machine_value(&finished.machine, name->parts[1], value))
        return true;
    const Algorithm *algorithm = algorithm_find(name->parts[0]);
    if (algorithm && name->part_count >= 2) {
        const Count *count = count_of(ask, algorithm, &finished, is_modelled(name->parts[name->part_count - 1]), err);
        if (!count) return err_prefix(err, "%s: ", name->text);
        if (strncmp(name->parts[name->part_count - 1], "dram_", 5) == 0 && !*count->dram_engine)
            return err_set(err, ERR_OTHER, "'%s': DRAM is not modelled for this case", name->text);
        if (count_value(count, name->parts + 1, name->part_count - 1, value)) return true;
    }
    return err_set(err, ERR_OTHER, "'%s' is not a number the tool knows", name->text);
}
