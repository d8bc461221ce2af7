/* Progress in a file: see progress.h. */
#include "lessons/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lessons/draft.h"

static const char format_line[] = "format = hbmscope.progress/1";
static const char *const mark_words[] = {"open", "shown", "right"};
enum { FILE_MAX_BYTES = 1 << 18 };

bool progress_path(const char *xdg_data_home, const char *home, char *path, int path_bytes, Err *err) {
    int length = xdg_data_home && *xdg_data_home == '/'
                     ? snprintf(path, (size_t)path_bytes, "%s/hbmscope/progress", xdg_data_home)
                 : home && *home ? snprintf(path, (size_t)path_bytes, "%s/.local/share/hbmscope/progress", home)
                                 : -1;
    if (length < 0) return err_set(err, ERR_OTHER, "neither XDG_DATA_HOME nor HOME is set; progress has no place");
    return length < path_bytes ||
           err_set(err, ERR_OTHER, "the path of the progress file is longer than %d characters", path_bytes);
}

/* Text. */

static bool parse_line(const char *text, ProgressLine *line) {
    char word[PROGRESS_WORD_BYTES];
    *line = (ProgressLine){0};
    int end = -1;
    bool is_place =
        sscanf(text, "%63s part %d of %d%n", line->lesson, &line->part, &line->part_count, &end) == 3 && end > 0;
    if (is_place && (text[end] == '\0' || strcmp(text + end, " done") == 0)) {
        line->is_done = text[end] || line->part == line->part_count;
        return line->part >= 0 && line->part_count <= LESSON_PARTS_MAX && line->part <= line->part_count;
    }
    end = -1;
    if (sscanf(text, "%63s %63s %63s %d%n", line->lesson, line->name, word, &line->try_count, &end) != 4 ||
        text[end] != '\0')
        return false;
    for (int i = 0; i < 3; i++)
        if (strcmp(word, mark_words[i]) == 0) {
            line->mark = (ProgressMark)i;
            return line->try_count >= 0;
        }
    return false;
}

bool progress_parse(const char *name, const char *text, Progress *progress, Err *err) {
    Progress *read = calloc(1, sizeof *read);
    if (!read) return err_no_memory(err, "the lines of progress");
    bool is_good = true;
    int number = 0;
    while (*text && is_good) {
        char line[256];
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)(length < sizeof line ? length : sizeof line - 1), text);
        text += length + (text[length] == '\n');
        number++;
        if (number == 1)
            is_good =
                strcmp(line, format_line) == 0 ||
                err_set(err, ERR_OTHER, "%s:1: the first line is '%.40s'; it must be '%s'", name, line, format_line);
        else if (read->line_count == PROGRESS_LINES_MAX)
            is_good = err_set(err, ERR_OTHER, "%s:%d: more than %d lines", name, number, PROGRESS_LINES_MAX);
        else if (!parse_line(line, &read->lines[read->line_count++]))
            is_good = err_set(err, ERR_OTHER, "%s:%d: '%.60s' is no line of progress", name, number, line);
    }
    if (is_good && number == 0) is_good = err_set(err, ERR_OTHER, "%s: the file is empty", name);
    if (is_good) *progress = *read;
    free(read);
    return is_good;
}

/* File. */

static char *read_file(const char *path, bool *is_missing, Err *err) {
    FILE *in = fopen(path, "rb");
    *is_missing = !in && (errno == ENOENT || errno == ENOTDIR);
    if (!in) {
        if (!*is_missing) err_cannot_read(err, path, errno);
        return NULL;
    }
    char *text = calloc(1, FILE_MAX_BYTES + 1);
    size_t length = text ? fread(text, 1, FILE_MAX_BYTES, in) : 0;
    bool has_failed = !text || ferror(in);
    fclose(in);
    if (has_failed) {
        err_cannot_read(err, path, text ? errno : ENOMEM);
        free(text);
        return NULL;
    }
    text[length] = '\0';
    return text;
}

bool progress_load(const char *path, Progress *progress, char *note, int note_bytes, Err *err) {
    bool is_missing;
    *note = '\0';
    *progress = (Progress){0};
    char *text = read_file(path, &is_missing, err);
    if (!text) return is_missing;
    Err why;
    if (!progress_parse(path, text, progress, &why)) {
        char aside[1024];
        snprintf(aside, sizeof aside, "%s.unreadable", path);
        if (rename(path, aside) != 0) {
            free(text);
            return err_set(err, ERR_OTHER, "%s; it could not be put aside: %s", why.text, strerror(errno));
        }
        snprintf(note, (size_t)note_bytes, "%s; it is kept as %s and a fresh one is begun", why.text, aside);
    }
    free(text);
    return true;
}

static bool make_folders(const char *path, Err *err) {
    char folder[1024];
    if (strlen(path) >= sizeof folder) return err_set(err, ERR_OTHER, "%.60s...: the path is too long", path);
    strcpy(folder, path);
    for (char *p = folder + 1; *p; p++) {
        if (*p != '/') continue;
        *p = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST) return err_cannot_write(err, folder, errno);
        *p = '/';
    }
    return true;
}

static bool write_lines(FILE *out, const Progress *progress) {
    fprintf(out, "%s\n", format_line);
    for (int i = 0; i < progress->line_count; i++) {
        const ProgressLine *line = &progress->lines[i];
        if (*line->name)
            fprintf(out, "%s %s %s %d\n", line->lesson, line->name, mark_words[line->mark], line->try_count);
        else
            fprintf(out, "%s part %d of %d%s\n", line->lesson, line->part, line->part_count,
                    line->is_done ? " done" : "");
    }
    return fflush(out) == 0 && fsync(fileno(out)) == 0;
}

bool progress_save(const char *path, const Progress *progress, Err *err) {
    char temporary[1100];
    if (!make_folders(path, err)) return false;
    snprintf(temporary, sizeof temporary, "%s.%ld.new", path, (long)getpid());
    FILE *out = fopen(temporary, "w");
    if (!out) return err_cannot_write(err, temporary, errno);
    bool is_written = write_lines(out, progress);
    is_written = fclose(out) == 0 && is_written;
    if (is_written && rename(temporary, path) == 0) return true;
    int why = errno;
    remove(temporary);
    return err_cannot_write(err, path, why);
}

bool progress_reset(const char *path, Err *err) {
    if (!draft_remove_all(path, err)) return false;
    if (remove(path) == 0 || errno == ENOENT) return true;
    return err_cannot_write(err, path, errno);
}

/* States. */

static ProgressLine *find(const Progress *progress, const char *lesson, const char *name) {
    for (int i = 0; i < progress->line_count; i++)
        if (strcmp(progress->lines[i].lesson, lesson) == 0 && strcmp(progress->lines[i].name, name) == 0)
            return (ProgressLine *)&progress->lines[i];
    return NULL;
}

static void put(Progress *progress, ProgressLine line) {
    ProgressLine *old = find(progress, line.lesson, line.name);
    if (old)
        *old = line;
    else if (progress->line_count < PROGRESS_LINES_MAX)
        progress->lines[progress->line_count++] = line;
}

void progress_put(Progress *progress, const LessonCase *c, const LessonState *state) {
    ProgressLine line = {.part = state->part, .part_count = c->lesson->part_count};
    snprintf(line.lesson, sizeof line.lesson, "%s", c->lesson->id);
    const ProgressLine *before = find(progress, line.lesson, "");
    line.is_done = (before && before->is_done) || lesson_state_is_over(c, state);
    put(progress, line);
    for (int i = 0; i < c->lesson->part_count; i++) {
        const LessonPartState *part = &state->parts[i];
        if (!*c->lesson->parts[i].name || (part->try_count == 0 && !part->is_shown)) continue;
        snprintf(line.name, sizeof line.name, "%s", c->lesson->parts[i].name);
        line.mark = part->is_right ? PROGRESS_RIGHT : part->is_shown ? PROGRESS_SHOWN : PROGRESS_OPEN;
        line.try_count = part->try_count;
        put(progress, line);
    }
}

LessonState progress_get(const Progress *progress, const LessonCase *c) {
    LessonState state = lesson_state_start(c);
    const ProgressLine *place = find(progress, c->lesson->id, "");
    /* A lesson that has changed since is begun again at its start; answers are kept by name. */
    if (place && place->part_count == c->lesson->part_count && place->part < c->lesson->part_count)
        state.part = place->part;
    for (int i = 0; i < c->lesson->part_count; i++) {
        const ProgressLine *line =
            *c->lesson->parts[i].name ? find(progress, c->lesson->id, c->lesson->parts[i].name) : NULL;
        if (line)
            state.parts[i] =
                (LessonPartState){line->try_count, line->mark == PROGRESS_RIGHT, line->mark == PROGRESS_SHOWN, 0};
    }
    return state;
}

const ProgressLine *progress_place(const Progress *progress, const char *lesson) { return find(progress, lesson, ""); }
