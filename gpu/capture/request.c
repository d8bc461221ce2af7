/* The command line of hbmscope-capture: see request.h. */
#include "gpu/capture/request.h"

#include <string.h>

#include "sim/base/parse.h"

static bool parse_l2(const char *text, CaptureRequest *request, Err *err) {
    request->l2_count = 0;
    for (const char *at = text; *at;) {
        char word[16] = "";
        size_t length = strcspn(at, ",");
        if (length < sizeof word) memcpy(word, at, length);
        if (request->l2_count == 3 || !capture_l2_find(word, &request->l2[request->l2_count]))
            return err_set(err, ERR_USAGE,
                           "--l2-state is '%s'; it must be cold, warm or drained, or some of them with commas",
                           parse_quote(text).text);
        request->l2_count++;
        at += length + (at[length] == ',');
    }
    return request->l2_count > 0 || err_set(err, ERR_USAGE, "--l2-state is empty");
}

static bool parse_int(const char *text, const char *what, int min, int max, int *out, Err *err) {
    uint64_t value;
    if (!parse_size(text, what, (uint64_t)min, (uint64_t)max, &value, err)) return false;
    *out = (int)value;
    return true;
}

static bool take(CaptureRequest *r, const char *option, const char *value, Err *err) {
    const struct {
        const char *option;
        const char **text;
    } texts[] = {{"--chip", &r->chip}, {"-o", &r->out}, {"--kernels", &r->kernels}, {"--cupti", &r->cupti}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].option, option) != 0) continue;
        *texts[i].text = value;
        return true;
    }
    if (strcmp(option, "--scenario") == 0)
        return scenario_read_text(&r->scenario, "scenario", value, err) && scenario_finish(&r->scenario, err);
    if (strcmp(option, "--l2-state") == 0) return parse_l2(value, r, err);
    if (strcmp(option, "--repeat") == 0)
        return parse_int(value, "--repeat", 1, CAPTURE_REPEATS_MAX, &r->repeat_count, err);
    if (strcmp(option, "--device") == 0) return parse_int(value, "--device", 0, 255, &r->device, err);
    if (strcmp(option, "--version") == 0) return parse_int(value, "--version", 0, 9, &r->version, err);
    return err_set(err, ERR_USAGE, "hbmscope-capture knows no option %s", parse_quote(option).text);
}

bool request_parse(int argc, char **argv, CaptureRequest *request, Err *err) {
    CaptureRequest r = {.command = argc > 1 ? argv[1] : "",
                        .chip = "",
                        .out = "",
                        .kernels = "",
                        .cupti = "",
                        .repeat_count = 5,
                        .l2 = {CAPTURE_L2_COLD},
                        .l2_count = 1,
                        .scenario = scenario_default()};
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            r.is_json = true;
        else if (strcmp(argv[i], "--just-run") == 0)
            r.is_just_run = true;
        else if (i + 1 == argc)
            return err_set(err, ERR_USAGE, "%s needs a value", parse_quote(argv[i]).text);
        else if (!take(&r, argv[i], argv[i + 1], err))
            return false;
        else
            i++;
    }
    bool is_capture = strcmp(r.command, "capture") == 0;
    if (!is_capture && strcmp(r.command, "counters") != 0)
        return err_set(err, ERR_USAGE,
                       "usage: hbmscope-capture capture|counters [options]; `hbmscope capture` starts it");
    if (is_capture && !*r.out && !r.is_just_run)
        return err_set(err, ERR_USAGE, "capture needs -o FILE, where the counters go");
    if (!is_capture && !*r.chip)
        return err_set(err, ERR_USAGE, "counters needs --chip GH100, GA100, AD102, GB100, ...");
    *request = r;
    return true;
}
