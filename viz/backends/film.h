/* Frames -> an MP4 or GIF file, by a pipe to ffmpeg, which is asked for only here and only when a film is made. */
#ifndef VIZ_BACKENDS_FILM_H
#define VIZ_BACKENDS_FILM_H
#include <stdio.h>
#include <sys/types.h>

#include "viz/backends/raster.h"

typedef struct FilmOptions {
    const char *path;
    bool is_gif; /* else MP4: H.264, 4:2:0, which every slide program plays */
    int width_px, height_px, frames_per_s;
} FilmOptions;

typedef struct Film {
    FILE *pipe;
    pid_t ffmpeg;
} Film;

/* Fails with ERR_OTHER where ffmpeg cannot be started. */
bool film_open(Film *film, const FilmOptions *options, Err *err);
/* pixels: of the film's size. */
bool film_frame(Film *film, RasterTarget pixels, Err *err);
/* Waits for ffmpeg; fails where it did. To be called after a failed frame too. */
bool film_close(Film *film, Err *err);
#endif
