/* hbmscope quiz: the interview drill in a terminal, its report as text and as a picture, and the long question.
 *
 * What a question is and how it is marked is in lessons/quiz.h; here lines are read, a clock is looked at, and the
 * model answer to the long question is taken from the planner.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lessons/quiz.h"
#include "sim/base/parse.h"
#include "sim/base/random.h"
#include "sim/context/plan.h"
#include "viz/backends/out_file.h"
#include "viz/backends/picture.h"
#include "viz/cli/model_args.h"
#include "viz/cli/terminal.h"
#include "viz/cli/verbs.h"
#include "viz/views/quiz_report.h"

enum { COUNT_DEFAULT = 10, LINE_MAX_BYTES = 2000, ANSWER_MAX_BYTES = 16000, TRIES_MAX = 3, INDENT = 2 };
static const uint64_t SEED_MAX = 1000000000;

typedef struct QuizArgs {
    const char *count, *seed, *topic, *timed, *report, *model, *from, *to, *gpu;
    bool is_long, is_print, is_topics;
} QuizArgs;

typedef struct Session {
    Arena arena;
    AskMemory memory;
    Lesson quiz;
    QuizReport report;
    Terminal terminal;
    bool is_ended;
} Session;

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One question. */

static const char *unit_examples(Quantity quantity) {
    switch (quantity) {
    case QUANTITY_BYTES: return "; any unit: KiB, MB, GiB ...";
    case QUANTITY_FLOPS: return "; any unit: GFLOP, TFLOP ...";
    case QUANTITY_TIME: return "; any unit: us, ms, s";
    default: return "";
    }
}

static void show_question(const Session *s, const QuizQuestion *q, int number, int count) {
    Arena arena = {0};
    fputc('\n', s->terminal.out);
    terminal_rule(&s->terminal,
                  count ? arena_format(&arena, "%d of %d: %s", number, count, q->part->topic) : q->part->topic);
    terminal_markdown(&s->terminal, q->text, INDENT);
    for (int i = 0; i < q->option_count; i++)
        terminal_markdown(&s->terminal, arena_format(&arena, "%d) %s", i + 1, q->options[i].expression), 2 * INDENT);
    if (q->kind == QUIZ_NUMBER) {
        const char *within =
            q->truth.tolerance > 0 ? arena_format(&arena, "to within %.0f %%", q->truth.tolerance * 100) : "exactly";
        fprintf(s->terminal.out, "  (%s%s)\n", within, unit_examples(q->truth.unit->quantity));
    }
    if (q->kind == QUIZ_EXPLAIN) fputs("  (one or several lines; an empty line ends your answer)\n", s->terminal.out);
    arena_free(&arena);
}

/* Lines up to an empty one. */
static bool read_lines(Session *s, char *answer) {
    char line[LINE_MAX_BYTES];
    answer[0] = '\0';
    while (terminal_read_line(&s->terminal, stdin, "| ", line, sizeof line)) {
        if (!*parse_trim(line)) return true;
        if (strlen(answer) + strlen(line) + 2 < ANSWER_MAX_BYTES) strcat(strcat(answer, line), " ");
    }
    s->is_ended = true;
    return *answer != '\0';
}

static bool read_answer(Session *s, const QuizQuestion *q, char *answer) {
    if (q->kind == QUIZ_EXPLAIN) return read_lines(s, answer);
    s->is_ended = !terminal_read_line(&s->terminal, stdin, "\n> ", answer, LINE_MAX_BYTES);
    return !s->is_ended;
}

static void show_solution(const Session *s, const QuizQuestion *q) {
    Arena arena = {0};
    if (*q->answer) terminal_markdown(&s->terminal, arena_format(&arena, "The answer: **%s**.", q->answer), INDENT);
    terminal_markdown(&s->terminal, q->solution, INDENT);
    if (*q->follow.expression) {
        fputc('\n', s->terminal.out);
        terminal_markdown(&s->terminal,
                          arena_format(&arena, "*They go on:* %s\n\n%s", q->follow.expression, q->follow.sentence),
                          INDENT);
    }
    arena_free(&arena);
}

/* Asks until the answer can be read; what cannot, thrice, or an empty line, counts as no answer. */
static QuizMark ask_question(Session *s, const QuizQuestion *q) {
    static char answer[ANSWER_MAX_BYTES];
    QuizMark mark = {.points_max = 1};
    for (int try = 0; try < TRIES_MAX && !mark.is_answered && !s->is_ended; try++) {
        if (!read_answer(s, q, answer)) break;
        char *text = parse_trim(answer);
        if (!*text) break;
        if (strcmp(text, "q") == 0 || strcmp(text, "quit") == 0) {
            s->is_ended = true;
            break;
        }
        mark = quiz_mark(q, text);
        fputc('\n', s->terminal.out);
        terminal_markdown(&s->terminal, mark.text, INDENT);
    }
    return mark;
}

static bool run_question(Session *s, const LessonPart *part, uint64_t seed, int number, int count, Err *err) {
    Arena arena = {0};
    QuizQuestion q;
    bool is_good = quiz_draw(part, seed, &s->memory, &q, &arena, err);
    if (is_good) {
        q.truth.slips = q.slips;
        show_question(s, &q, number, count);
        double start_s = now_s();
        QuizMark mark = ask_question(s, &q);
        double spent_s = now_s() - start_s;
        if (!s->is_ended || mark.is_answered) {
            quiz_report_add(&s->report, &q, &mark, spent_s);
            if (s->report.limit_s > 0 && spent_s > s->report.limit_s)
                fprintf(s->terminal.out, "  Time was up after %.0f s (%.0f s taken): it counts half.\n",
                        s->report.limit_s, spent_s);
            fputc('\n', s->terminal.out);
            show_solution(s, &q);
        }
    }
    arena_free(&arena);
    return is_good;
}

/* Report. */

static void print_report(const QuizReport *report, FILE *out) {
    QuizTopicSum sums[QUIZ_TOPICS_MAX], all;
    int count = quiz_report_topics(report, sums, &all);
    fprintf(out, "%.2f of %.0f points in %.0f s, seed %llu\n\n", all.points, all.points_max, all.spent_s,
            (unsigned long long)report->seed);
    fprintf(out, "%-24s %-10s %6s %8s\n", "question", "topic", "points", "seconds");
    for (int i = 0; i < report->row_count; i++) {
        const QuizRow *row = &report->rows[i];
        fprintf(out, "%-24s %-10s %6.2f %8.1f%s\n", row->name, row->topic, row->points, row->spent_s,
                row->is_late ? "  late" : "");
    }
    fprintf(out, "\nby topic, weakest first:\n");
    for (int i = 0; i < count; i++) {
        fprintf(out, "  %-10s %5.2f of %-3.0f", sums[i].topic, sums[i].points, sums[i].points_max);
        if (sums[i].points < 0.75 * sums[i].points_max)
            fprintf(out, "  read: hbmscope learn %s", quiz_lesson_for(sums[i].topic));
        fputc('\n', out);
    }
}

static bool write_text_report(const char *path, const QuizReport *report, Err *err) {
    OutFile out;
    if (!out_file_open(&out, path, err)) return false;
    print_report(report, out.stream);
    return out_file_close(&out, err);
}

static bool write_picture_report(const char *path, const QuizReport *report, Arena *arena, Err *err) {
    Fonts fonts;
    if (!fonts_open(&fonts, err)) return false;
    Theme theme = theme_make(false, 1);
    Scene scene = scene_make(arena, &fonts.metrics, 1280, quiz_report_height_px(report, &theme), theme.background);
    quiz_report_draw(report, &theme, &scene);
    bool is_written = picture_write(path, &scene, &fonts, "Interview drill", "", err);
    fonts_close(&fonts);
    return is_written;
}

/* .txt is the report as text; any other ending a picture. */
static bool write_report(const char *path, const QuizReport *report, Arena *arena, Err *err) {
    const char *dot = strrchr(path, '.');
    return dot && strcmp(dot, ".txt") == 0 ? write_text_report(path, report, err)
                                           : write_picture_report(path, report, arena, err);
}

/* The long question. */

static bool make_plan(const QuizArgs *args, Model *model, Plan *plan, Arena *arena, Err *err) {
    PlanOptions options = {.from_rows = 2 << 10, .to_rows = 128 << 10, .batch_count = 1};
    Machine machine;
    return model_from_args(args->model, NULL, "llama-3-8b", model, err) &&
           (!args->from || parse_size(args->from, "--from", 1, 1 << 24, &options.from_rows, err)) &&
           (!args->to || parse_size(args->to, "--to", 1, 1 << 24, &options.to_rows, err)) &&
           verb_find_gpu(args->gpu ? args->gpu : "h200", &machine, err) &&
           plan_make(model, &machine, options, plan, arena, err);
}

static void show_plan(const Session *s, const Plan *plan) {
    Arena arena = {0};
    fputc('\n', s->terminal.out);
    terminal_rule(&s->terminal, "a model answer, by the planner");
    terminal_markdown(
        &s->terminal,
        arena_format(&arena, "For %s on one %s:\n\n%s", plan->model->name, plan->machine.title, plan->answer), INDENT);
    fputc('\n', s->terminal.out);
    for (int i = 0; i < plan->step_count; i++)
        terminal_markdown(&s->terminal, arena_format(&arena, "%d. %s", i + 1, plan->steps[i]), INDENT);
    arena_free(&arena);
}

static bool run_long(Session *s, const QuizArgs *args, Err *err) {
    Model *model = ARENA_NEW(&s->arena, Model);
    Plan *plan = ARENA_NEW(&s->arena, Plan);
    const LessonPart *part = quiz_find(&s->quiz, "long");
    if (!part) return err_set(err, ERR_OTHER, "the quiz has no question named 'long'");
    if (!make_plan(args, model, plan, &s->arena, err) || !run_question(s, part, s->report.seed, 1, 0, err))
        return false;
    show_plan(s, plan);
    return true;
}

/* Sessions. */

static bool start_session(const QuizArgs *args, Session *s, Err *err) {
    s->terminal = terminal_stdout();
    s->report.seed = (uint64_t)time(NULL) % SEED_MAX;
    if (args->seed && !parse_size(args->seed, "--seed", 0, SEED_MAX, &s->report.seed, err)) return false;
    if (args->timed && !parse_real(args->timed, "--timed", 1, 86400, &s->report.limit_s, err)) return false;
    PictureFormat format;
    if (args->report && (args->is_print || args->is_topics))
        return err_set(err, ERR_USAGE, "--report is of a quiz that is taken; %s asks nothing",
                       args->is_print ? "--print" : "--topics");
    if (args->report && (!picture_format(args->report, &format, err) || !out_file_check(args->report, err)))
        return err_prefix(err, "--report: ");
    return lesson_read_quiz(&lesson_files, &s->quiz, &s->arena, err);
}

static bool choose(const QuizArgs *args, const Session *s, int *chosen, int *count, Err *err) {
    uint64_t wanted = COUNT_DEFAULT;
    const char *topics[QUIZ_TOPICS_MAX];
    if (args->count && !parse_size(args->count, "--count", 1, QUIZ_QUESTIONS_MAX, &wanted, err)) return false;
    *count = quiz_choose(&s->quiz, args->topic ? args->topic : "", s->report.seed, (int)wanted, chosen);
    if (*count > 0) return true;
    char known[200] = "";
    int topic_count = quiz_topics(&s->quiz, topics);
    for (int i = 0; i < topic_count; i++)
        strncat(strncat(known, i ? ", " : "", sizeof known - strlen(known) - 1), topics[i],
                sizeof known - strlen(known) - 1);
    return err_set(err, ERR_USAGE, "--topic is '%s'; it must be one of %s", parse_quote(args->topic).text, known);
}

static bool print_questions(Session *s, const int *chosen, int count, Err *err) {
    for (int i = 0; i < count; i++) {
        Arena arena = {0};
        QuizQuestion q;
        bool is_good =
            quiz_draw(&s->quiz.parts[chosen[i]], random_at(s->report.seed, (uint64_t)i), &s->memory, &q, &arena, err);
        if (is_good) {
            show_question(s, &q, i + 1, count);
            fputc('\n', s->terminal.out);
            for (int p = 0; p < q.point_count; p++)
                terminal_markdown(&s->terminal, arena_format(&arena, "- %s", q.points[p].sentence), INDENT);
            show_solution(s, &q);
        }
        arena_free(&arena);
        if (!is_good) return false;
    }
    return true;
}

static bool run_short(Session *s, const QuizArgs *args, Err *err) {
    int chosen[QUIZ_QUESTIONS_MAX], count;
    if (!choose(args, s, chosen, &count, err)) return false;
    if (args->is_print) return print_questions(s, chosen, count, err);
    fprintf(s->terminal.out, "%d questions, seed %llu (--seed asks the same again). An empty line passes, q ends.\n",
            count, (unsigned long long)s->report.seed);
    for (int i = 0; i < count && !s->is_ended; i++)
        if (!run_question(s, &s->quiz.parts[chosen[i]], random_at(s->report.seed, (uint64_t)i), i + 1, count, err))
            return false;
    return true;
}

static bool print_topics(const Session *s, Err *err) {
    const char *topics[QUIZ_TOPICS_MAX];
    Output output = {0};
    int count = quiz_topics(&s->quiz, topics);
    for (int i = 0; i < count; i++) {
        int questions = 0;
        for (int p = 0; p < s->quiz.part_count; p++)
            questions += s->quiz.parts[p].kind == LESSON_QUESTION && strcmp(s->quiz.parts[p].topic, topics[i]) == 0;
        output_format(&output, "%-10s %3d questions   %s\n", topics[i], questions, quiz_lesson_for(topics[i]));
    }
    return output_flush(&output, err);
}

static bool run_session(const QuizArgs *args, Session *s, Err *err) {
    if (!start_session(args, s, err)) return false;
    if (args->is_topics) return print_topics(s, err);
    if (!(args->is_long ? run_long(s, args, err) : run_short(s, args, err))) return false;
    if (args->is_print) return true;
    if (s->report.row_count == 0) {
        fputs("\nNothing was answered; there is no report.\n", s->terminal.out);
        return true;
    }
    fputc('\n', s->terminal.out);
    terminal_rule(&s->terminal, "report");
    print_report(&s->report, s->terminal.out);
    return !args->report || write_report(args->report, &s->report, &s->arena, err);
}

bool verb_quiz(int argc, char **argv, Err *err) {
    QuizArgs args = {0};
    const VerbOption own[] = {
        {"count", &args.count, NULL},  {"seed", &args.seed, NULL},      {"topic", &args.topic, NULL},
        {"timed", &args.timed, NULL},  {"report", &args.report, NULL},  {"model", &args.model, NULL},
        {"from", &args.from, NULL},    {"to", &args.to, NULL},          {"gpu", &args.gpu, NULL},
        {"long", NULL, &args.is_long}, {"print", NULL, &args.is_print}, {"topics", NULL, &args.is_topics}};
    OutputFormat format = OUTPUT_TEXT;
    if (!verb_parse_list(argc, argv, own, sizeof own / sizeof own[0], &format, err)) return false;
    if (format != OUTPUT_TEXT)
        return err_set(err, ERR_USAGE, "quiz asks and reports in text; --report FILE writes the report");
    Session *session = calloc(1, sizeof *session);
    if (!session) return err_no_memory(err, "the quiz");
    bool is_done = run_session(&args, session, err);
    ask_memory_free(&session->memory);
    arena_free(&session->arena);
    free(session);
    return is_done;
}
