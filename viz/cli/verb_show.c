/* hbmscope show: the window; also what plain `hbmscope` does where there is a display. */

#include "sim/base/checked.h"
#include "sim/base/parse.h"
#include "viz/cli/args.h"
#include "viz/cli/learn.h"
#include "viz/cli/verbs.h"
#include "viz/window/window.h"

typedef struct ShowTexts {
    const char *theme, *scale, *width, *height, *plot, *step, *capture, *program;
} ShowTexts;

static bool read_options(const ShowTexts *texts, WindowOptions *options, Err *err) {
    uint64_t width_px = 0, height_px = 0, step = 0;
    if (!arg_read_theme(texts->theme, &options->is_dark, err)) return false;
    if (texts->width && !parse_size(texts->width, "--width", 480, 16384, &width_px, err)) return false;
    if (texts->height && !parse_size(texts->height, "--height", 240, 16384, &height_px, err)) return false;
    if (texts->scale && !parse_real(texts->scale, "--scale", 0.5, 4, &options->user_scale, err)) return false;
    if (texts->step && !parse_size(texts->step, "--step", 0, CHECKED_MAX, &step, err)) return false;
    options->width_px = (int)width_px, options->height_px = (int)height_px;
    options->plot = texts->plot;
    options->capture_path = texts->capture;
    options->step_index = (int64_t)step;
    return true;
}

bool verb_show(int argc, char **argv, Err *err) {
    ShowTexts texts = {0};
    WindowOptions options = {0};
    const VerbOption own[] = {
        {"theme", &texts.theme, NULL},     {"scale", &texts.scale, NULL},     {"width", &texts.width, NULL},
        {"height", &texts.height, NULL},   {"plot", &texts.plot, NULL},       {"step", &texts.step, NULL},
        {"capture", &texts.capture, NULL}, {"program", &texts.program, NULL}, {"lecture", NULL, &options.is_lecture}};
    Scenario scenario;
    OutputFormat format;
    if (!verb_parse(argc, argv, own, sizeof own / sizeof own[0], &scenario, &format, err)) return false;
    if (format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "show opens a window; it has no --json or --csv (see count)");
    Arena arena = {0};
    bool is_shown = (!texts.program || learn_read_program(texts.program, &options.program, &arena, err)) &&
                    read_options(&texts, &options, err) && learn_show_window(&scenario, &options, err);
    arena_free(&arena);
    return is_shown;
}
