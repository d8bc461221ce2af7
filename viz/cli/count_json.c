/* Counts for scripts: JSON (hbmscope.count/1) and CSV, both walking the one list of counters. See count_output.h. */

#include "sim/attention/option_users.h"
#include "viz/cli/count_output.h"
#include "viz/cli/json_out.h"
#include "viz/cli/scenario_json.h"

static bool is_model(int counter) { return counter_info[counter].counter_class == COUNTER_CLASS_MODEL; }

static uint64_t issued_bytes(const uint64_t *value) {
    return value[COUNTER_ISSUED_READ_BYTES] + value[COUNTER_ISSUED_WRITE_BYTES];
}

json_t *count_totals_json(const Totals *totals, bool has_dram) {
    json_t *object = json_object();
    for (int i = 0; i < COUNTER_COUNT; i++) {
        bool is_known = has_dram || !is_model(i);
        json_object_set_new(object, counter_info[i].key, is_known ? json_out_u64(totals->value[i]) : json_null());
        if (i == COUNTER_ISSUED_WRITE_BYTES)
            json_object_set_new(object, "issued_bytes", json_out_u64(issued_bytes(totals->value)));
    }
    json_object_set_new(object, "time_ns", totals->time_ns > 0 ? json_real(totals->time_ns) : json_null());
    return object;
}

static json_t *formula_json(const Formula *formula) {
    json_t *object = json_object();
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (formula->has_counter[i]) json_object_set_new(object, counter_info[i].key, json_out_u64(formula->total[i]));
        if (i == COUNTER_ISSUED_WRITE_BYTES && formula->has_counter[i] &&
            formula->has_counter[COUNTER_ISSUED_READ_BYTES])
            json_object_set_new(object, "issued_bytes", json_out_u64(issued_bytes(formula->total)));
    }
    return object;
}

static json_t *tensor_json(const CountTensor *tensor, bool has_dram) {
    json_t *object = json_pack("{s:s}", "name", tensor->name);
    json_t *totals = count_totals_json(&tensor->totals, has_dram);
    json_object_update(object, totals);
    json_decref(totals);
    json_object_del(object, "time_ns");
    return object;
}

/* How the kernel's blocks lie on the GPU, one layer. */
static json_t *occupancy_json(const Occupancy *o) {
    return json_pack("{s:i, s:s, s:o, s:o, s:o}", "blocks_per_sm", (int)o->blocks_per_sm, "limit",
                     occupancy_limit_name(o->limit), "slot_count", json_out_u64(o->slot_count), "wave_count",
                     json_out_u64(o->wave_count), "tail_block_count", json_out_u64(o->tail_block_count));
}

static json_t *kernel_json(const CountKernel *kernel, const ClockKernel *clock, bool has_dram) {
    json_t *tensors = json_array();
    for (int i = 0; i < kernel->tensor_count; i++)
        json_array_append_new(tensors, tensor_json(&kernel->tensors[i], has_dram));
    json_t *row =
        json_pack("{s:s, s:s, s:o, s:i, s:o, s:o}", "name", kernel->name, "pass", pass_name(kernel->pass),
                  "block_count", json_out_u64(kernel->block_count), "threads_per_block", (int)kernel->threads_per_block,
                  "totals", count_totals_json(&kernel->totals, has_dram), "tensors", tensors);
    if (clock) json_object_set_new(row, "occupancy", occupancy_json(&clock->occupancy));
    return row;
}

/* The block sizes that the algorithm chose, by the names of the options that would set them. */
/* What the algorithm took where the scenario left it open; what it does not use is 0 and left out. */
static json_t *resolved_json(const Scenario *scenario) {
    const struct {
        const char *key;
        uint64_t value;
    } chosen[] = {
        {"window", scenario->window_keys},
        {"select-block", scenario->select_block_rows},
        {"select-count", scenario->select_count},
        {"compress-block", scenario->compress_rows},
        {"compress-stride", scenario->compress_stride_rows},
        {"splits", scenario->split_count},
    };
    json_t *object = json_object();
    json_object_set_new(object, "block-q", json_out_u64(scenario->block_query_rows));
    json_object_set_new(object, "block-k", json_out_u64(scenario->block_key_rows));
    if (scenario->pass & PASS_BACKWARD) {
        json_object_set_new(object, "backward-block-q", json_out_u64(scenario->backward_block_query_rows));
        json_object_set_new(object, "backward-block-k", json_out_u64(scenario->backward_block_key_rows));
    }
    for (size_t i = 0; i < sizeof chosen / sizeof *chosen; i++)
        if (chosen[i].value) json_object_set_new(object, chosen[i].key, json_out_u64(chosen[i].value));
    return object;
}

static json_t *count_json(const Count *count) {
    bool has_dram = count->dram_engine[0] != 0;
    json_t *kernels = json_array();
    for (int i = 0; i < count->kernel_count; i++)
        json_array_append_new(kernels,
                              kernel_json(&count->kernels[i], count->clocks ? &count->clocks[i] : NULL, has_dram));
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:s, s:s}", "algorithm", count->algorithm->name, "totals",
                     count_totals_json(&count->totals, has_dram), "formula", formula_json(count->formula), "kernels",
                     kernels, "resolved", resolved_json(&count->program->scenario), "dram_engine", count->dram_engine,
                     "note", count->program->note);
}

void count_print_json(const Scenario *scenario, const Count *counts, Output *output) {
    json_t *algorithms = json_array();
    for (int i = 0; i < scenario->algorithm_count; i++) json_array_append_new(algorithms, count_json(&counts[i]));
    json_t *root = json_pack("{s:s, s:o, s:o}", "format", "hbmscope.count/1", "scenario", scenario_json(scenario),
                             "algorithms", algorithms);
    json_t *unused = json_array();
    for (int i = 0; i < option_users_count; i++)
        if (option_is_unused(&option_users[i], scenario))
            json_array_append_new(unused, json_string(option_users[i].key));
    json_object_set_new(root, "unused", unused);
    if (scenario->assumed[0]) json_object_set_new(root, "assumed", json_string(scenario->assumed));
    json_out_document(output, root);
}

void count_print_csv_keys(Output *output) {
    for (int i = 0; i < COUNTER_COUNT; i++)
        output_format(output, ",%s%s", counter_info[i].key, i == COUNTER_ISSUED_WRITE_BYTES ? ",issued_bytes" : "");
    output_format(output, ",time_ns\n");
}

void count_print_csv_values(const Totals *totals, bool has_dram, Output *output) {
    for (int i = 0; i < COUNTER_COUNT; i++) {
        if (has_dram || !is_model(i))
            output_format(output, ",%llu", (unsigned long long)totals->value[i]);
        else
            output_format(output, ",");
        if (i == COUNTER_ISSUED_WRITE_BYTES)
            output_format(output, ",%llu", (unsigned long long)issued_bytes(totals->value));
    }
    if (totals->time_ns > 0)
        output_format(output, ",%.15g\n", totals->time_ns);
    else
        output_format(output, ",\n");
}

static void print_csv_row(const Count *count, const CountKernel *kernel, const CountTensor *tensor, Output *output) {
    const Totals *totals = tensor ? &tensor->totals : kernel ? &kernel->totals : &count->totals;
    output_format(output, "%s,\"%s\",%s,\"%s\"", count->algorithm->name, kernel ? kernel->name : "",
                  kernel ? pass_name(kernel->pass) : "", tensor ? tensor->name : "");
    count_print_csv_values(totals, count->dram_engine[0] != 0, output);
}

void count_print_csv(const Scenario *scenario, const Count *counts, Output *output) {
    output_format(output, "algorithm,kernel,pass,tensor");
    count_print_csv_keys(output);
    for (const Count *count = counts; count < counts + scenario->algorithm_count; count++) {
        print_csv_row(count, NULL, NULL, output);
        for (int k = 0; k < count->kernel_count; k++) {
            print_csv_row(count, &count->kernels[k], NULL, output);
            for (int t = 0; t < count->kernels[k].tensor_count; t++)
                print_csv_row(count, &count->kernels[k], &count->kernels[k].tensors[t], output);
        }
    }
}
