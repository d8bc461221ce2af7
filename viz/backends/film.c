/* A pipe to ffmpeg: see film.h. */
#include "viz/backends/film.h"

#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ARGUMENTS_MAX = 40 };

/* The film's own palette makes a GIF of drawings small and clean. */
static const char gif_filter[] = "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=none";

static bool start(Film *film, char *const *arguments, int read_end, int write_end) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, read_end, STDIN_FILENO);
    posix_spawn_file_actions_addclose(&actions, write_end);
    int status = posix_spawnp(&film->ffmpeg, arguments[0], &actions, NULL, arguments, environ);
    posix_spawn_file_actions_destroy(&actions);
    return status == 0;
}

bool film_open(Film *film, const FilmOptions *options, Err *err) {
    char size[32], rate[16];
    snprintf(size, sizeof size, "%dx%d", options->width_px, options->height_px);
    snprintf(rate, sizeof rate, "%d", options->frames_per_s);
    const char *input[] = {"ffmpeg", "-loglevel", "error", "-y", "-f", "rawvideo", "-pix_fmt",
                           "bgr0",   "-s",        size,    "-r", rate, "-i",       "-"};
    const char *mp4[] = {"-c:v",     "libx264", "-preset", "medium", "-crf",       "18",
                         "-pix_fmt", "yuv420p", "-f",      "mp4",    options->path};
    const char *gif[] = {"-filter_complex", gif_filter, "-f", "gif", options->path};
    const char *arguments[ARGUMENTS_MAX] = {0};
    const char **output = options->is_gif ? gif : mp4;
    size_t input_count = sizeof input / sizeof input[0],
           output_count = options->is_gif ? sizeof gif / sizeof gif[0] : sizeof mp4 / sizeof mp4[0];
    memcpy(arguments, input, sizeof input);
    memcpy(arguments + input_count, output, output_count * sizeof *output);
    int ends[2];
    if (pipe(ends) != 0) return err_set(err, ERR_OTHER, "no pipe to ffmpeg can be opened");
    bool is_started = start(film, (char *const *)arguments, ends[0], ends[1]);
    close(ends[0]);
    if (!is_started) {
        close(ends[1]);
        return err_set(err, ERR_OTHER,
                       "ffmpeg, which makes films, cannot be started (package ffmpeg); -o FILE.pdf needs none");
    }
    signal(SIGPIPE, SIG_IGN); /* an ffmpeg that stops is reported by its status, not by our death */
    film->pipe = fdopen(ends[1], "wb");
    return film->pipe || err_set(err, ERR_OTHER, "no pipe to ffmpeg can be opened");
}

bool film_frame(Film *film, RasterTarget pixels, Err *err) {
    for (int y = 0; y < pixels.height_px; y++) {
        const char *row = (const char *)pixels.pixels + (size_t)y * (size_t)pixels.stride_bytes;
        if (fwrite(row, 4, (size_t)pixels.width_px, film->pipe) != (size_t)pixels.width_px)
            return err_set(err, ERR_OTHER, "ffmpeg stopped before the film was done");
    }
    return true;
}

bool film_close(Film *film, Err *err) {
    bool is_flushed = fclose(film->pipe) == 0;
    int status = 0;
    bool is_well = waitpid(film->ffmpeg, &status, 0) == film->ffmpeg && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    return (is_flushed && is_well) || err_set(err, ERR_OTHER, "ffmpeg could not make the film");
}
