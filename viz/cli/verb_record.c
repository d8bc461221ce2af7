/* hbmscope record: the replay as a film (MP4, GIF through ffmpeg) or as PDF pages, one a frame.
 *
 * Frames stand at equal distances on the clock, so that a film shows the race as it would run. The file appears whole
 * or not at all, also after Ctrl + C.
 */
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "sim/base/parse.h"
#include "viz/backends/film.h"
#include "viz/backends/out_file.h"
#include "viz/backends/pdf.h"
#include "viz/backends/raster.h"
#include "viz/cli/args.h"
#include "viz/cli/learn.h"
#include "viz/cli/verbs.h"
#include "viz/window/world.h"

enum { FRAMES_DEFAULT = 120, FRAMES_MAX = 10000, PDF_FRAMES_MAX = 1000, FRAMES_PER_S_DEFAULT = 12, BAR_CHARS = 40 };

typedef struct RecordTexts {
    const char *output, *frames, *frames_per_s, *theme, *width, *height, *scale, *clock, *program;
} RecordTexts;

typedef struct Recording {
    World world;
    ViewState state;
    Fonts fonts;
    const View *view;
    uint64_t frame_count, frames_per_s, width_px, height_px;
    double scale;
    const char *path;
    bool is_pdf, is_gif;
} Recording;

static bool read_ending(const char *path, Recording *rec, Err *err) {
    const char *dot = strrchr(path, '.');
    rec->is_pdf = dot && strcasecmp(dot, ".pdf") == 0;
    rec->is_gif = dot && strcasecmp(dot, ".gif") == 0;
    if (rec->is_pdf || rec->is_gif || (dot && strcasecmp(dot, ".mp4") == 0)) return true;
    return err_set(err, ERR_USAGE, "the output file '%s' must end in .mp4, .gif or .pdf", parse_quote(path).text);
}

static bool read_options(const RecordTexts *texts, Recording *rec, RaceClock *clock, bool *is_dark, Err *err) {
    rec->frame_count = FRAMES_DEFAULT, rec->frames_per_s = FRAMES_PER_S_DEFAULT;
    rec->width_px = 1280, rec->height_px = 720, rec->scale = 1;
    rec->path = texts->output;
    if (!texts->output) return err_set(err, ERR_USAGE, "record needs -o FILE.mp4, .gif or .pdf");
    if (!read_ending(texts->output, rec, err)) return false;
    uint64_t most = rec->is_pdf ? PDF_FRAMES_MAX : FRAMES_MAX;
    if (texts->frames && !parse_size(texts->frames, "--frames", 2, most, &rec->frame_count, err)) return false;
    if (texts->frames_per_s && !parse_size(texts->frames_per_s, "--fps", 1, 60, &rec->frames_per_s, err)) return false;
    if (texts->width && !parse_size(texts->width, "--width", 320, 4096, &rec->width_px, err)) return false;
    if (texts->height && !parse_size(texts->height, "--height", 240, 4096, &rec->height_px, err)) return false;
    if (texts->scale && !parse_real(texts->scale, "--scale", 0.25, 8, &rec->scale, err)) return false;
    if (!rec->is_pdf && (rec->width_px % 2 || rec->height_px % 2))
        return err_set(err, ERR_USAGE, "a film of %llu x %llu pixels is refused: both sides must be even",
                       (unsigned long long)rec->width_px, (unsigned long long)rec->height_px);
    if (!arg_read_theme(texts->theme, is_dark, err)) return false;
    return !texts->clock || race_clock_parse(texts->clock, clock, err);
}

/* Frames. */

/* Frame i of n stands at i / (n - 1) of the leading run on the clock. */
static void go_to_frame(Recording *rec, uint64_t frame) {
    const Runner *lead = &rec->world.input.race->runners[rec->state.lead];
    double end = runner_clock(lead, rec->state.clock, lead->step_count);
    double part = (double)frame / (double)(rec->frame_count - 1);
    rec->state.step_index =
        frame + 1 == rec->frame_count ? lead->step_count : runner_seek(lead, rec->state.clock, part * end);
}

static Scene draw_frame(Recording *rec, uint64_t frame, Arena *arena) {
    go_to_frame(rec, frame);
    double width_px = (double)rec->width_px, height_px = (double)rec->height_px;
    Theme theme = theme_make(rec->state.is_dark, theme_scale_for(width_px, height_px, rec->scale));
    Scene scene = scene_make(arena, &rec->fonts.metrics, width_px, height_px, theme.background);
    ViewInput input = rec->world.input;
    input.state = &rec->state;
    view_picture(rec->view, &input, &theme, &scene);
    return scene;
}

/* A bar on a terminal; silence where standard error is a file. */
static void show_progress(uint64_t done, uint64_t all) {
    if (!isatty(STDERR_FILENO)) return;
    int filled = (int)(BAR_CHARS * done / all);
    fprintf(stderr, "\r[%.*s%*s] %llu of %llu", filled, "########################################", BAR_CHARS - filled,
            "", (unsigned long long)done, (unsigned long long)all);
    if (done == all) fprintf(stderr, "\n");
}

/* After a signal the recording gives up; the signal itself ends the program once the file is gone (out_file.h). */
static bool goes_on(const Recording *rec, Err *err) {
    return !out_file_is_stopped() || err_set(err, ERR_OTHER, "%s was stopped by a signal", rec->path);
}

static bool record_pdf(Recording *rec, FILE *out, Err *err) {
    Arena arena = {0};
    bool is_well = true;
    Scene *scenes = ARENA_ARRAY(&arena, Scene, rec->frame_count);
    for (uint64_t i = 0; i < rec->frame_count && is_well; i++) {
        scenes[i] = draw_frame(rec, i, &arena);
        show_progress(i + 1, rec->frame_count);
        is_well = goes_on(rec, err);
    }
    PdfOptions options = {.title = "hbmscope replay", .creation_date = "2026-11-24T00:00:00Z"};
    bool is_written = is_well && pdf_write(scenes, (int)rec->frame_count, &rec->fonts, &options, out, rec->path, err);
    arena_free(&arena);
    return is_written;
}

static bool record_frames(Recording *rec, Film *film, RasterTarget pixels, Err *err) {
    Arena arena = {0};
    bool is_well = true;
    for (uint64_t i = 0; i < rec->frame_count && is_well; i++) {
        arena_reset(&arena);
        Scene scene = draw_frame(rec, i, &arena);
        raster_draw(&scene, &rec->fonts, RASTER_EXPORT, pixels, NULL);
        is_well = film_frame(film, pixels, err) && goes_on(rec, err);
        show_progress(i + 1, rec->frame_count);
    }
    arena_free(&arena);
    return is_well;
}

static bool record_film(Recording *rec, const char *path, Err *err) {
    Film film;
    RasterTarget pixels;
    FilmOptions options = {.path = path,
                           .is_gif = rec->is_gif,
                           .width_px = (int)rec->width_px,
                           .height_px = (int)rec->height_px,
                           .frames_per_s = (int)rec->frames_per_s};
    if (!raster_alloc(options.width_px, options.height_px, &pixels, err)) return false;
    bool is_open = film_open(&film, &options, err);
    bool is_drawn = is_open && record_frames(rec, &film, pixels, err);
    bool is_closed = is_open && film_close(&film, is_drawn ? err : NULL);
    raster_free(&pixels);
    return is_drawn && is_closed;
}

static bool record(Recording *rec, Err *err) {
    OutFile out;
    if (!out_file_open(&out, rec->path, err)) return false;
    bool is_written = rec->is_pdf ? record_pdf(rec, out.stream, err)
                                  : record_film(rec, out.temporary[0] ? out.temporary : rec->path, err);
    if (!is_written) out_file_abandon(&out);
    return is_written && out_file_close(&out, err);
}

bool verb_record(int argc, char **argv, Err *err) {
    RecordTexts texts = {0};
    const VerbOption own[] = {
        {"o", &texts.output, NULL},    {"frames", &texts.frames, NULL}, {"fps", &texts.frames_per_s, NULL},
        {"theme", &texts.theme, NULL}, {"width", &texts.width, NULL},   {"height", &texts.height, NULL},
        {"scale", &texts.scale, NULL}, {"clock", &texts.clock, NULL},   {"program", &texts.program, NULL}};
    Scenario scenario;
    OutputFormat format;
    Recording rec = {.view = view_find("replay")};
    RaceClock clock = RACE_TIME;
    bool is_dark = false;
    if (!verb_parse(argc, argv, own, sizeof own / sizeof own[0], &scenario, &format, err)) return false;
    if (format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "record makes films; it has no --json or --csv (see steps)");
    Arena arena = {0};
    WorldGiven given = {0};
    if ((texts.program && !learn_read_program(texts.program, &given.program, &arena, err)) ||
        !read_options(&texts, &rec, &clock, &is_dark, err) || !world_make(&scenario, &given, false, &rec.world, err)) {
        arena_free(&arena);
        return false;
    }
    rec.world.input.scenario = &rec.world.scenario;
    const Race *race = rec.world.input.race;
    rec.state = view_state_make(&scenario, race, (int)rec.width_px, (int)rec.height_px, 0);
    rec.state.clock = race_usable_clock(race, clock);
    rec.state.lead = race_longest(race, rec.state.clock);
    rec.state.is_dark = is_dark;
    bool is_done = fonts_open(&rec.fonts, err) && record(&rec, err);
    fonts_close(&rec.fonts);
    world_free(&rec.world);
    arena_free(&arena);
    return is_done;
}
