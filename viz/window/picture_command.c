/* The options of a picture, written out: see picture_command.h. */
#include "viz/window/picture_command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "lessons/student.h"
#include "sim/base/parse.h"

enum { VALUE_BYTES = 256 };

typedef struct Line {
    char *text;
    size_t used, bytes;
} Line;

static void add(Line *line, const char *format, ...) {
    va_list args;
    va_start(args, format);
    int length = vsnprintf(line->text + line->used, line->bytes - line->used, format, args);
    va_end(args);
    if (length > 0) line->used += (size_t)length;
    if (line->used < line->bytes) return;
    line->used = line->bytes - 1;
    if (line->bytes > 3) memcpy(line->text + line->bytes - 4, "...", 4);
}

/* kv-heads and kv-seq follow heads and seq where they are not given apart. */
static bool follows(const Scenario *s, const char *key) {
    return (strcmp(key, "kv-heads") == 0 && s->kv_head_count == s->head_count) ||
           (strcmp(key, "kv-seq") == 0 && s->key_rows == s->query_rows);
}

static void add_scenario(Line *line, const Scenario *scenario) {
    Scenario plain = scenario_default();
    for (int i = 0; i < scenario_option_count; i++) {
        const ScenarioOption *option = &scenario_options[i];
        char value[VALUE_BYTES], usual[VALUE_BYTES];
        scenario_format_value(scenario, option->key, value, sizeof value);
        scenario_format_value(&plain, option->key, usual, sizeof usual);
        bool is_own_gpu = strcmp(option->key, "gpu") == 0 && !scenario_has_builtin_gpu(scenario);
        if ((strcmp(value, usual) == 0 && !is_own_gpu) || follows(scenario, option->key)) continue;
        if (is_own_gpu) snprintf(value, sizeof value, "FILE");
        add(line, option->is_switch ? " --%s" : " --%s %s", option->key, value);
    }
}

void picture_command(const Scenario *scenario, const WindowOptions *options, char *text, size_t text_bytes) {
    Line line = {.text = text, .bytes = text_bytes};
    add(&line, "hbmscope draw replay");
    add_scenario(&line, scenario);
    if (options->program) add(&line, " --program %s", options->program->name);
    if (options->step_index > 0) add(&line, " --step %lld", (long long)options->step_index);
    if (options->is_dark) add(&line, " --theme dark");
    if (options->width_px) add(&line, " --width %d", options->width_px);
    if (options->height_px) add(&line, " --height %d", options->height_px);
    if (options->user_scale > 0) add(&line, " --scale %s", parse_real_text(options->user_scale).text);
    add(&line, " -o replay.png");
}
