/* The command line of hbmscope-capture: see request.h. */
#include "gpu/capture/request.h"

#include <string.h>

#include "sim/base/parse.h"

static bool take_number(const char *text, const char *what, int max, int *out, Err *err) {
    uint64_t value;
    if (!parse_size(text, what, 0, (uint64_t)max, &value, err)) return false;
    *out = (int)value;
    return true;
}

static bool take(CaptureRequest *r, const char *option, const char *value, Arena *arena, Err *err) {
    const struct {
        const char *option;
        const char **text;
    } texts[] = {{"--chip", &r->chip},   {"-o", &r->out},    {"--kernels", &r->kernels},
                 {"--cupti", &r->cupti}, {"--csv", &r->csv}, {"--launches", &r->launches}};
    static const char *const of_case[] = {"--l2-state", "--repeat", "--version"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].option, option) != 0) continue;
        *texts[i].text = value;
        return true;
    }
    for (size_t i = 0; i < sizeof of_case / sizeof *of_case; i++)
        if (strcmp(of_case[i], option) == 0) return case_set(&r->cases[0], option + 2, value, err);
    if (strcmp(option, "--scenario") == 0)
        return scenario_read_text(&r->cases[0].scenario, "scenario", value, err) &&
               scenario_finish(&r->cases[0].scenario, err);
    if (strcmp(option, "--cases") == 0) {
        r->is_list = true;
        return case_list_read(value, &r->cases, &r->case_count, arena, err);
    }
    if (strcmp(option, "--device") == 0) return take_number(value, "--device", 255, &r->device, err);
    if (strcmp(option, "--seconds") == 0) return parse_real(value, option, 0, 1e6, &r->seconds_max, err);
    return err_set(err, ERR_USAGE, "hbmscope-capture knows no option %s", parse_quote(option).text);
}

static bool check(const CaptureRequest *r, Err *err) {
    static const char *const commands[] = {"capture", "counters", "ncu", "resolve"};
    bool is[4], is_known = false;
    for (int i = 0; i < 4; i++) is_known |= is[i] = strcmp(r->command, commands[i]) == 0;
    if (!is_known)
        return err_set(err, ERR_USAGE,
                       "usage: hbmscope-capture capture|counters|ncu|resolve [options]; `hbmscope capture` starts it");
    if (is[0] && !*r->out && !r->is_just_run)
        return err_set(err, ERR_USAGE, "capture needs -o FILE, where the counters go");
    if (is[1] && !*r->chip) return err_set(err, ERR_USAGE, "counters needs --chip GH100, GA100, AD102, GB100, ...");
    if (is[2] && (!*r->out || !*r->csv || !*r->launches))
        return err_set(err, ERR_USAGE, "ncu needs --csv FILE, --launches FILE and -o FILE");
    return !is[3] || r->is_list || err_set(err, ERR_USAGE, "resolve needs --cases LIST");
}

bool request_parse(int argc, char **argv, CaptureRequest *request, Arena *arena, Err *err) {
    CaptureRequest r = {.command = argc > 1 ? argv[1] : "",
                        .chip = "",
                        .out = "",
                        .kernels = "",
                        .cupti = "",
                        .csv = "",
                        .launches = "",
                        .cases = ARENA_NEW(arena, CaptureCase),
                        .case_count = 1};
    r.cases[0] = case_default();
    for (int i = 2; i < argc; i++) {
        if (strcmp(argv[i], "--json") == 0)
            r.is_json = true;
        else if (strcmp(argv[i], "--just-run") == 0)
            r.is_just_run = true;
        else if (i + 1 == argc)
            return err_set(err, ERR_USAGE, "%s needs a value", parse_quote(argv[i]).text);
        else if (!take(&r, argv[i], argv[i + 1], arena, err))
            return false;
        else
            i++;
    }
    if (!check(&r, err)) return false;
    *request = r;
    return true;
}
