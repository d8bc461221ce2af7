/* From a capture's run to a scenario: see capture_scenario.h. */
#include "sim/capture_scenario.h"

#include <stdlib.h>
#include <string.h>

#include "sim/attention/algorithm.h"
#include "sim/base/parse.h"

/* What a driver calls a device, and our row for it; the first that fits. */
static const char *const device_names[][2] = {
    {"H100 PCIe", "h100-pcie"},
    {"H100", "h100"},
    {"H200", "h200"},
    {"A100-SXM4-40GB", "a100-40"},
    {"A100-PCIE-40GB", "a100-40"},
    {"A100", "a100-80"},
    {"V100", "v100"},
    {"Tesla T4", "t4"},
    {"RTX 3090", "rtx3090"},
    {"RTX 4090", "rtx4090"},
    {"RTX 5090", "rtx5090"},
    {"L40S", "l40s"},
    {"B200", "b200"},
};

static void take_reported(const Capture *capture, const char *key, Machine *machine) {
    const char *value = capture_key(capture, key);
    if (*value) machine_set(machine, key, value, NULL);
}

bool capture_machine(const Capture *capture, const char *gpu, Machine *machine, Err *err) {
    const char *device = capture_key(capture, "device");
    for (size_t i = 0; !gpu && i < sizeof device_names / sizeof *device_names; i++)
        if (strstr(device, device_names[i][0])) gpu = device_names[i][1];
    if (!gpu)
        return err_set(err, ERR_OTHER, "%s: device '%s' is none of `hbmscope gpus`; --gpu says which it is like",
                       capture->name, parse_quote(device).text);
    Machine found;
    if (!machine_find(gpu, &found, err)) return false;
    take_reported(capture, "l2_bytes", &found);
    take_reported(capture, "sm_count", &found);
    *machine = found;
    return true;
}

bool capture_is_modelled(const CaptureRun *run) {
    if (run->probe_bytes || !algorithm_find(run->algorithm)) return false;
    return run->version == 0 || run->version == (strcmp(run->algorithm, "standard") == 0 ? 2 : 1);
}

static bool set_number(Scenario *s, const char *key, uint64_t value, Err *err) {
    return !value || scenario_set(s, key, parse_real_text((double)value).text, err);
}

static bool set_run(Scenario *s, const CaptureRun *run, Err *err) {
    return scenario_set(s, "algorithm", run->algorithm, err) && set_number(s, "batch", run->batch_count, err) &&
           set_number(s, "heads", run->head_count, err) && set_number(s, "kv-heads", run->kv_head_count, err) &&
           set_number(s, "seq", run->query_rows, err) && set_number(s, "kv-seq", run->key_rows, err) &&
           set_number(s, "head-dim", run->head_dim_elems, err) && set_number(s, "window", run->window_keys, err) &&
           scenario_set(s, "dtype", *run->dtype ? run->dtype : "fp32", err) &&
           scenario_set(s, "causal", run->is_causal ? "on" : "off", err) &&
           scenario_set(s, "pass", pass_name(run->pass ? run->pass : PASS_FORWARD), err) && scenario_finish(s, err);
}

/* Whether the tiles that the algorithm takes for this scenario are the run's. */
static bool takes_tiles(Scenario s, const CaptureRun *run, bool *is_same, Err *err) {
    char note[200];
    if (!algorithm_find(s.algorithms[0])->resolve(&s, note, sizeof note, err)) return false;
    *is_same = (!run->block_query_rows || run->block_query_rows == s.block_query_rows) &&
               (!run->block_key_rows || run->block_key_rows == s.block_key_rows) &&
               (!run->backward_block_query_rows || run->backward_block_query_rows == s.backward_block_query_rows) &&
               (!run->backward_block_key_rows || run->backward_block_key_rows == s.backward_block_key_rows);
    return true;
}

bool capture_scenario(const CaptureRun *run, const Machine *machine, L2Store store, Scenario *out, Err *err) {
    Scenario s = scenario_default();
    bool is_same = false;
    s.machine = *machine;
    s.l2_store = store;
    s.l2_start = run->l2 == CAPTURE_L2_WARM ? L2_START_WARM : L2_START_FLUSHED;
    if (!set_run(&s, run, err) || !takes_tiles(s, run, &is_same, err)) return false;
    if (!is_same) { /* they were asked for, and hold for both passes then */
        s.block_query_rows = run->block_query_rows;
        s.block_key_rows = run->block_key_rows;
        if (!takes_tiles(s, run, &is_same, err)) return false;
    }
    if (!is_same) return err_set(err, ERR_OTHER, "the run's tiles are not ones that the model takes");
    *out = s;
    return true;
}
