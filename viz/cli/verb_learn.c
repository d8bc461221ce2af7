/* hbmscope learn: the list of lessons, one lesson in the terminal, its handout, and programs of the student's own.
 *
 * What a lesson is and what an answer makes of it is in lessons/; here texts are printed and lines read.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lessons/progress.h"
#include "lessons/student.h"
#include "viz/backends/out_file.h"
#include "viz/backends/pdf.h"
#include "viz/backends/picture.h"
#include "viz/cli/learn.h"
#include "viz/cli/verbs.h"
#include "viz/views/handout.h"

typedef struct LearnArgs {
    const char *lesson, *output, *exercise, *answer, *program, *capture;
    bool is_list, is_reset, is_print, is_notes, is_scenario, is_language, is_handout, has_solutions, is_terminal;
} LearnArgs;

static bool find_progress(char *path, int path_bytes, Err *err) {
    return progress_path(getenv("XDG_DATA_HOME"), getenv("HOME"), path, path_bytes, err);
}

/* List. */

static bool list_one(const char *id, const Progress *progress, Output *output, Arena *arena, Err *err) {
    LessonHead head;
    if (!lesson_read_head(&lesson_files, id, &head, arena, err)) return false;
    output_format(output, "%-26s %3d min  %-9s %s\n", id, head.minutes, learn_standing(progress, id, arena), head.title);
    return true;
}

static bool print_list(bool has_hint, Err *err) {
    Arena arena = {0};
    Output output = {0};
    char path[1024], note[1500];
    const char *ids[LESSON_FILES_MAX];
    Progress *progress = ARENA_NEW(&arena, Progress);
    if (find_progress(path, sizeof path, NULL)) progress_load(path, progress, note, sizeof note, NULL);
    int count = lesson_list(&lesson_files, ids, LESSON_FILES_MAX, &arena);
    bool is_good = true;
    for (int i = 0; i < count && is_good; i++) is_good = list_one(ids[i], progress, &output, &arena, err);
    if (has_hint) output_format(&output, "\n`hbmscope learn 1` begins; `hbmscope quiz` is the interview drill.\n");
    arena_free(&arena);
    if (is_good) return output_flush(&output, err);
    output_free(&output);
    return false;
}

/* One lesson. */

static const LessonPart *find_exercise(const Lesson *lesson, const char *name) {
    for (int i = 0; i < lesson->part_count; i++)
        if (lesson->parts[i].kind == LESSON_EXERCISE && strcmp(lesson->parts[i].name, name) == 0)
            return &lesson->parts[i];
    return NULL;
}

static bool check_exercise(LearnOpened *opened, const LearnArgs *args, Err *err) {
    const LessonPart *part = find_exercise(&opened->lesson, args->exercise);
    if (!part) return err_set(err, ERR_USAGE, "lesson %s has no exercise '%.40s'", opened->lesson.id, args->exercise);
    if (!args->answer) return err_set(err, ERR_USAGE, "--exercise needs --answer FILE (or - for standard input)");
    const char *text = learn_read_answer(args->answer, &opened->arena, err);
    if (!text) return false;
    LessonMark mark = lesson_case_mark(&opened->opened, part, text);
    if (!mark.is_pass) return err_set(err, ERR_OTHER, "exercise %s: not yet: %s", part->name, mark.text);
    Output output = {0};
    output_format(&output, "exercise %s: passed\n%s\n", part->name, mark.text);
    return output_flush(&output, err);
}

static bool write_handout_file(const Handout *handout, const Fonts *fonts, const char *title, const char *path,
                               Err *err) {
    OutFile out;
    PdfOptions options = {.title = title, .creation_date = "2026-11-24T00:00:00Z", .page_width_pt = HANDOUT_WIDTH_PT};
    if (!out_file_open(&out, path, err)) return false;
    if (pdf_write(handout->pages, handout->page_count, fonts, &options, out.stream, path, err))
        return out_file_close(&out, err);
    out_file_abandon(&out);
    return false;
}

static bool write_handout(LearnOpened *opened, const LearnArgs *args, Err *err) {
    Fonts fonts;
    PictureFormat format;
    if (!args->output) return err_set(err, ERR_USAGE, "--handout needs -o FILE.pdf");
    if (!picture_format(args->output, &format, err)) return false;
    if (format != PICTURE_PDF)
        return err_set(err, ERR_USAGE, "a handout is pages: -o must end in .pdf, not '%.60s'", args->output);
    if (!fonts_open(&fonts, err)) return false;
    Handout *handout = ARENA_NEW(&opened->arena, Handout);
    bool is_good = handout_make(&opened->opened, args->has_solutions, &fonts.metrics, handout, &opened->arena, err) &&
                   write_handout_file(handout, &fonts, opened->lesson.title, args->output, err);
    fonts_close(&fonts);
    return is_good;
}

/* Lines that come from a pipe or a file are answers. */
static bool has_piped_input(void) {
    struct stat info;
    return fstat(STDIN_FILENO, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISREG(info.st_mode));
}

static bool play(LearnOpened *opened, const LearnArgs *args, Err *err) {
    char path[1024];
    Progress *progress = ARENA_NEW(&opened->arena, Progress);
    const char *note = learn_load_progress(path, sizeof path, progress, &opened->arena);
    if (*note) fprintf(stderr, "hbmscope: %s\n", note);
    bool is_terminal = args->is_terminal || has_piped_input();
    if (!is_terminal && learn_play_window(opened, path, progress, args->capture, err)) return true;
    if (!is_terminal && err->code != ERR_HARDWARE) return false; /* without a display or a font: in the terminal */
    *err = (Err){0};
    return learn_play(opened, path, progress, stdin, terminal_stdout(), err);
}

static bool run_lesson(const LearnArgs *args, Err *err) {
    LearnOpened *opened = calloc(1, sizeof *opened);
    if (!opened) return err_no_memory(err, "a lesson");
    bool is_good = learn_open(args->lesson, opened, err) && learn_read_captures(opened, args->capture, err);
    Terminal terminal = terminal_stdout();
    if (!is_good)
        is_good = false;
    else if (args->is_handout)
        is_good = write_handout(opened, args, err);
    else if (args->is_scenario)
        is_good = learn_print_scenario(opened, err);
    else if (args->is_notes)
        is_good = learn_print_notes(opened, terminal, err);
    else if (args->is_print)
        is_good = learn_print(opened, terminal, err);
    else if (args->exercise)
        is_good = check_exercise(opened, args, err);
    else
        is_good = play(opened, args, err);
    learn_close(opened);
    free(opened);
    return is_good;
}

static bool reset(Err *err) {
    char path[1024];
    if (!find_progress(path, sizeof path, err) || !progress_reset(path, err)) return false;
    Output output = {0};
    output_format(&output, "progress is reset: %s\n", path);
    return output_flush(&output, err);
}

/* The lesson is the first word, or the one after --handout; it is taken out of argv. */
static int take_lesson(int argc, char **argv, LearnArgs *args) {
    int at = argc > 1 && strcmp(argv[1], "--handout") == 0 ? 2 : 1;
    if (argc <= at || argv[at][0] == '-') return argc;
    args->lesson = argv[at];
    memmove(&argv[at], &argv[at + 1], sizeof *argv * (size_t)(argc - at - 1));
    return argc - 1;
}

/* An option that says something of one lesson; NULL where none is given. */
static const char *lesson_option(const LearnArgs *args) {
    const struct {
        bool is_given;
        const char *option;
    } options[] = {
        {args->is_print, "--print"},    {args->is_notes, "--notes"},  {args->is_scenario, "--print-scenario"},
        {args->exercise, "--exercise"}, {args->answer, "--answer"},   {args->has_solutions, "--solutions"},
        {args->output, "-o"},           {args->capture, "--capture"}, {args->is_terminal, "--terminal"}};
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i].is_given) return options[i].option;
    return NULL;
}

static bool has_program(int argc, char **argv) {
    for (int i = 1; i < argc; i++)
        if (strncmp(argv[i], "--program", 9) == 0 && (argv[i][9] == '\0' || argv[i][9] == '=')) return true;
    return false;
}

static bool print_language(Err *err) {
    Output output = {0};
    output_format(&output, "FlashAttention-2 as a program of your own:\n\n%s\n%s", student_example, student_language);
    return output_flush(&output, err);
}

bool verb_learn(int argc, char **argv, Err *err) {
    LearnArgs args = {0};
    const VerbOption own[] = {{"list", NULL, &args.is_list},
                              {"reset", NULL, &args.is_reset},
                              {"print", NULL, &args.is_print},
                              {"notes", NULL, &args.is_notes},
                              {"print-scenario", NULL, &args.is_scenario},
                              {"language", NULL, &args.is_language},
                              {"exercise", &args.exercise, NULL},
                              {"answer", &args.answer, NULL},
                              {"program", &args.program, NULL},
                              {"handout", NULL, &args.is_handout},
                              {"solutions", NULL, &args.has_solutions},
                              {"o", &args.output, NULL},
                              {"capture", &args.capture, NULL},
                              {"terminal", NULL, &args.is_terminal}};
    enum { OWN_COUNT = sizeof own / sizeof own[0] };
    OutputFormat format = OUTPUT_TEXT;
    argc = take_lesson(argc, argv, &args);
    if (has_program(argc, argv)) { /* the only use that has a scenario of its own */
        Scenario scenario;
        return verb_parse(argc, argv, own, OWN_COUNT, &scenario, &format, err) &&
               learn_run_program(args.program, &scenario, format, err);
    }
    if (!verb_parse_list(argc, argv, own, OWN_COUNT, &format, err)) return false;
    if (format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "learn prints lessons as text; --json goes with --program");
    if (args.is_reset) return reset(err);
    if (args.is_language) return print_language(err);
    if (args.is_handout && !args.lesson)
        return err_set(err, ERR_USAGE, "--handout needs a lesson: hbmscope learn --handout 6 -o handout.pdf");
    if (args.is_list) return print_list(false, err);
    const char *about = lesson_option(&args);
    if (!args.lesson && about)
        return err_set(err, ERR_USAGE, "%s needs a lesson before it, such as hbmscope learn 1", about);
    if (!args.lesson) return print_list(true, err);
    return run_lesson(&args, err);
}
