/* hbmscope gpus: the table of GPUs (sim/machine.c) as text, JSON (hbmscope.gpus/1) or CSV. */
#include <jansson.h>

#include "viz/cli/json_out.h"
#include "viz/cli/verbs.h"

static double tera(double flops_per_s) { return flops_per_s / 1e12; }

static void print_text(Output *output) {
    output_format(output, "%-10s %-30s %4s %4s %5s %5s %8s %5s %9s %7s %7s %7s %7s\n", "name", "GPU", "cc", "SMs", "L2",
                  "HBM", "HBM rate", "clock", "SRAM/blk", "fp32", "fp16", "fp8", "ridge");
    output_format(output, "%-10s %-30s %4s %4s %5s %5s %8s %5s %9s %7s %7s %7s %7s\n", "", "", "", "", "MiB", "GiB",
                  "GB/s", "MHz", "KiB", "TF/s", "TF/s", "TF/s", "FLOP/B");
    for (int i = 0; i < machine_table_count; i++) {
        const Machine *m = &machine_table[i];
        output_format(output, "%-10s %-30s %2u.%u %4u %5llu %5llu %8.0f %5.0f %9llu %7.1f %7.1f ", m->name, m->title,
                      m->compute_capability / 10, m->compute_capability % 10, m->sm_count,
                      (unsigned long long)(m->l2_bytes >> 20), (unsigned long long)(m->hbm_bytes >> 30),
                      m->hbm_bytes_per_s / 1e9, m->clock_hz / 1e6, (unsigned long long)(m->smem_per_block_bytes >> 10),
                      tera(m->fp32_flops_per_s), tera(m->tensor_fp16_flops_per_s));
        if (m->tensor_fp8_flops_per_s > 0)
            output_format(output, "%7.1f", tera(m->tensor_fp8_flops_per_s));
        else
            output_format(output, "%7s", "-");
        output_format(output, " %7.1f\n", m->tensor_fp16_flops_per_s / m->hbm_bytes_per_s);
    }
    output_format(output, "\nfp16 and fp8: tensor cores, dense, at boost clock; ridge: their fp16 over the HBM rate, "
                          "both at peak. Sources:\n");
    for (int i = 0; i < machine_table_count; i++)
        output_format(output, "  %-10s %s\n", machine_table[i].name, machine_table[i].source);
    output_format(
        output,
        "\nYour own GPU: a text file of the keys that `hbmscope gpus --json` shows, e.g. base = a100-40, name = mine,\n"
        "l2_bytes = 60M; give its path to --gpu. --gpu.KEY VALUE changes one figure.\n");
}

static json_t *machine_json(const Machine *machine) {
    json_t *row = json_object();
    for (const char *const *key = machine_keys; *key; key++) {
        char value[128];
        machine_format_value(machine, *key, value, sizeof value);
        json_object_set_new(row, *key, machine_key_is_text(*key) ? json_string(value) : json_out_number(value));
    }
    return row;
}

static void print_json(Output *output) {
    json_t *root = json_pack("{s:s, s:[]}", "format", "hbmscope.gpus/1", "gpus");
    for (int i = 0; i < machine_table_count; i++)
        json_array_append_new(json_object_get(root, "gpus"), machine_json(&machine_table[i]));
    json_out_document(output, root);
}

static void print_csv(Output *output) {
    for (const char *const *key = machine_keys; *key; key++)
        output_format(output, "%s%s", key == machine_keys ? "" : ",", *key);
    output_format(output, "\n");
    for (int i = 0; i < machine_table_count; i++)
        for (const char *const *key = machine_keys; *key; key++) {
            char value[128];
            machine_format_value(&machine_table[i], *key, value, sizeof value);
            const char *quote = machine_key_is_text(*key) ? "\"" : "";
            output_format(output, "%s%s%s%s", quote, value, quote, key[1] ? "," : "\n");
        }
}

bool verb_gpus(int argc, char **argv, Err *err) {
    OutputFormat format = OUTPUT_TEXT;
    if (!verb_parse_list(argc, argv, NULL, 0, &format, err)) return false;
    Output output = {0};
    if (format == OUTPUT_JSON)
        print_json(&output);
    else if (format == OUTPUT_CSV)
        print_csv(&output);
    else
        print_text(&output);
    return output_flush(&output, err);
}
