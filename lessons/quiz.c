/* Drawing and marking of quiz questions: see quiz.h. */
#include "lessons/quiz.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/key_words.h"
#include "sim/base/parse.h"
#include "sim/base/random.h"
#include "sim/units.h"

/* Draws. */

typedef struct Draw {
    const char *key, *value;
} Draw;
typedef struct Draws {
    Draw rows[QUIZ_DRAWS_MAX];
    int count;
} Draws;

/* One of the words of a list. */
static const char *pick(char *list, uint64_t random) {
    const char *words[64];
    int count = 0;
    for (char *rest = list, *word; (word = strsep(&rest, " "));)
        if (*word && count < 64) words[count++] = word;
    return count ? words[random % (uint64_t)count] : NULL;
}

static bool draw_all(const char *draw, uint64_t seed, Draws *draws, Arena *arena, Err *err) {
    draws->count = 0;
    for (char *rest = arena_copy_text(arena, draw), *item; (item = strsep(&rest, ";"));) {
        char *colon = strchr(item, ':');
        if (!*parse_trim(item)) continue;
        if (!colon || draws->count == QUIZ_DRAWS_MAX)
            return err_set(err, ERR_OTHER, "'%.40s' is no draw; write KEY: VALUE VALUE; ...", item);
        *colon = '\0';
        const char *value = pick(colon + 1, random_at(seed, (uint64_t)draws->count));
        if (!value) return err_set(err, ERR_OTHER, "'%.40s' has nothing to draw", item);
        draws->rows[draws->count++] = (Draw){parse_trim(item), value};
    }
    return true;
}

/* $x in a text becomes what was drawn for it. */
static const char *put_words(const Draws *draws, const char *text, Arena *arena) {
    char *out = arena_copy_text(arena, text);
    for (int i = 0; i < draws->count; i++) {
        const Draw *draw = &draws->rows[i];
        size_t length = strlen(draw->key);
        if (*draw->key != '$') continue;
        for (char *at = strstr(out, draw->key); at; at = strstr(out, draw->key))
            out = arena_format(arena, "%.*s%s%s", (int)(at - out), out, draw->value, at + length);
    }
    return out;
}

/* A question. */

typedef struct Drawer {
    const Ask *ask;
    const Draws *draws;
    QuizQuestion *q;
    Arena *arena;
    Err *err;
} Drawer;

static bool expand(const Drawer *d, const char *text, const char **out) {
    return ask_expand(d->ask, put_words(d->draws, text, d->arena), out, d->arena, d->err);
}

/* A value with the units people would use for it. */
static const char *show(double value, const GuessUnit *unit, Arena *arena) {
    if (unit->quantity == QUANTITY_BYTES && value >= 1024 && value < 9e18)
        return arena_format(arena, "%s = %s (%s bytes)", units_kib_short((uint64_t)value).text,
                            units_gb((uint64_t)value).text, units_exact((uint64_t)value).text);
    if (unit->quantity == QUANTITY_FLOPS && value < 9e18)
        return arena_copy_text(arena, units_flops((uint64_t)value).text);
    if (unit->quantity == QUANTITY_TIME) return arena_copy_text(arena, units_time(value * 1e9).text);
    return ask_format(value, unit, arena);
}

/* Slips too close to the truth, or to one another, say nothing in this draw. */
static bool draw_slips(Drawer *d) {
    QuizQuestion *q = d->q;
    for (int i = 0; i < q->part->slip_count; i++) {
        GuessSlip slip;
        if (!ask_number(d->ask, put_words(d->draws, q->part->slips[i].expression, d->arena), &slip.value, d->err) ||
            !expand(d, q->part->slips[i].sentence, &slip.sentence))
            return false;
        bool is_far = fabs(slip.value - q->truth.value) > 2 * fmax(q->truth.tolerance, 0.02) * q->truth.value;
        for (int k = 0; k < q->truth.slip_count; k++)
            is_far = is_far && fabs(slip.value - q->slips[k].value) > 0.02 * q->slips[k].value;
        if (is_far && slip.value > 0) q->slips[q->truth.slip_count++] = slip;
    }
    q->truth.slips = q->slips;
    return true;
}

static bool draw_number(Drawer *d) {
    QuizQuestion *q = d->q;
    q->kind = QUIZ_NUMBER;
    q->truth.tolerance = q->part->tolerance;
    if (!ask_quantity(d->ask, put_words(d->draws, q->part->answer, d->arena), &q->truth.value, &q->truth.unit,
                      d->err) ||
        !ask_number(d->ask, put_words(d->draws, q->part->check, d->arena), &q->check, d->err))
        return false;
    if (!(q->truth.value > 0))
        return err_set(d->err, ERR_OTHER, "the answer is %g; it must be more than 0", q->truth.value);
    q->answer = show(q->truth.value, q->truth.unit, d->arena);
    return draw_slips(d);
}

/* "TEXT | CLAIM" */
static bool draw_options(Drawer *d) {
    QuizQuestion *q = d->q;
    q->kind = QUIZ_CHOICE;
    q->right_option_index = -1;
    for (int i = 0; i < q->part->slip_count; i++) {
        char *text = arena_copy_text(d->arena, put_words(d->draws, q->part->slips[i].expression, d->arena));
        char *bar = strrchr(text, '|');
        bool is_right;
        if (!bar) return err_set(d->err, ERR_OTHER, "option '%.40s' has no claim; write TEXT | CLAIM", text);
        *bar = '\0';
        if (!ask_claim(d->ask, bar + 1, &is_right, d->err) ||
            !ask_expand(d->ask, parse_trim(text), &q->options[i].expression, d->arena, d->err) ||
            !expand(d, q->part->slips[i].sentence, &q->options[i].sentence))
            return false;
        if (is_right && q->right_option_index >= 0) return err_set(d->err, ERR_OTHER, "two options are right");
        if (is_right) q->right_option_index = i;
    }
    q->option_count = q->part->slip_count;
    if (q->right_option_index < 0) return err_set(d->err, ERR_OTHER, "no option is right");
    q->answer = q->options[q->right_option_index].expression;
    return true;
}

static bool draw_points(Drawer *d) {
    QuizQuestion *q = d->q;
    q->kind = QUIZ_EXPLAIN;
    q->point_count = q->part->point_count;
    for (int i = 0; i < q->point_count; i++) {
        q->points[i].expression = q->part->points[i].expression;
        if (!expand(d, q->part->points[i].sentence, &q->points[i].sentence)) return false;
    }
    q->answer = "";
    return true;
}

bool quiz_draw(const LessonPart *part, uint64_t seed, AskMemory *memory, QuizQuestion *question, Arena *arena,
               Err *err) {
    Draws draws;
    QuizQuestion q = {.part = part, .seed = seed, .scenario = scenario_default(), .follow = {"", ""}};
    if (!draw_all(part->draw, seed, &draws, arena, err)) return err_prefix(err, "%s: ", part->name);
    for (int i = 0; i < draws.count; i++)
        if (*draws.rows[i].key != '$' && !scenario_set(&q.scenario, draws.rows[i].key, draws.rows[i].value, err))
            return err_prefix(err, "%s: ", part->name);
    Ask ask = {.scenario = &q.scenario, .memory = memory};
    Drawer drawer = {&ask, &draws, &q, arena, err};
    bool is_good = expand(&drawer, part->text, &q.text) && expand(&drawer, part->reveal, &q.solution) &&
                   (part->point_count ? draw_points(&drawer)
                    : part->is_choice ? draw_options(&drawer)
                                      : draw_number(&drawer));
    if (is_good && part->follow.expression)
        is_good = expand(&drawer, part->follow.expression, &q.follow.expression) &&
                  expand(&drawer, part->follow.sentence, &q.follow.sentence);
    if (!is_good) return err_prefix(err, "%s: ", part->name);
    *question = q;
    question->truth.slips = question->slips;
    return true;
}

/* Marks. */

static void say(QuizMark *mark, const char *text) {
    size_t used = strlen(mark->text);
    snprintf(mark->text + used, sizeof mark->text - used, "%s%s", used ? "\n\n" : "", text);
}

static QuizMark mark_number(const QuizQuestion *q, const char *answer) {
    QuizMark mark = {.points_max = 1};
    Guess guess;
    Err err;
    mark.is_answered = guess_parse(answer, q->truth.unit, &guess, &err);
    if (!mark.is_answered) {
        say(&mark, err.text);
        return mark;
    }
    Judgement judgement = guess_judge(&guess, &q->truth);
    mark.points = judgement.points;
    say(&mark, judgement.text);
    return mark;
}

static QuizMark mark_choice(const QuizQuestion *q, const char *answer) {
    QuizMark mark = {.points_max = 1};
    int option_index = guess_choice(answer, q->option_count);
    mark.is_answered = option_index >= 0;
    if (!mark.is_answered) {
        say(&mark, "Answer with the number of one of the options.");
        return mark;
    }
    bool is_right = option_index == q->right_option_index;
    mark.points = is_right;
    say(&mark, is_right ? "Right." : "No.");
    say(&mark, q->options[option_index].sentence);
    return mark;
}

static QuizMark mark_points(const QuizQuestion *q, const char *answer) {
    QuizMark mark = {.points_max = 1};
    int said = 0;
    mark.is_answered = strlen(answer) >= 3;
    if (!mark.is_answered) {
        say(&mark, "Answer in a sentence or two.");
        return mark;
    }
    for (int i = 0; i < q->point_count; i++)
        said += mark.is_said[i] = key_words_are_in(answer, q->points[i].expression);
    mark.points = q->point_count ? (double)said / q->point_count : 0;
    char text[120];
    snprintf(text, sizeof text, "%d of %d points found, by key words; judge for yourself:", said, q->point_count);
    say(&mark, text);
    for (int i = 0; i < q->point_count; i++) {
        size_t used = strlen(mark.text);
        snprintf(mark.text + used, sizeof mark.text - used, "%s- %s %s", i ? "\n" : "\n\n",
                 mark.is_said[i] ? "[said]" : "[missing]", q->points[i].sentence);
    }
    return mark;
}

QuizMark quiz_mark(const QuizQuestion *question, const char *answer) {
    switch (question->kind) {
    case QUIZ_NUMBER: return mark_number(question, answer);
    case QUIZ_CHOICE: return mark_choice(question, answer);
    case QUIZ_EXPLAIN: return mark_points(question, answer);
    }
    assert(!"a kind of question without marks");
    return (QuizMark){0};
}

/* Sessions. */

static bool is_eligible(const LessonPart *part, const char *topic) {
    return part->kind == LESSON_QUESTION && strcmp(part->name, "long") != 0 &&
           (!*topic || strcmp(part->topic, topic) == 0);
}

int quiz_choose(const Lesson *quiz, const char *topic, uint64_t seed, int count, int chosen[QUIZ_QUESTIONS_MAX]) {
    int deck[LESSON_PARTS_MAX], deck_count = 0, chosen_count = 0;
    for (int i = 0; i < quiz->part_count; i++)
        if (is_eligible(&quiz->parts[i], topic)) deck[deck_count++] = i;
    if (deck_count == 0) return 0;
    for (uint64_t round = 0; chosen_count < count && chosen_count < QUIZ_QUESTIONS_MAX; round++) {
        for (int i = deck_count - 1; i > 0; i--) { /* Fisher and Yates */
            int other = (int)(random_at(seed, 1000 * round + (uint64_t)i) % (uint64_t)(i + 1)), kept = deck[i];
            deck[i] = deck[other];
            deck[other] = kept;
        }
        for (int i = 0; i < deck_count && chosen_count < count && chosen_count < QUIZ_QUESTIONS_MAX; i++)
            chosen[chosen_count++] = deck[i];
    }
    return chosen_count;
}

const LessonPart *quiz_find(const Lesson *quiz, const char *name) {
    for (int i = 0; i < quiz->part_count; i++)
        if (quiz->parts[i].kind == LESSON_QUESTION && strcmp(quiz->parts[i].name, name) == 0) return &quiz->parts[i];
    return NULL;
}

int quiz_topics(const Lesson *quiz, const char *topics[QUIZ_TOPICS_MAX]) {
    int count = 0;
    for (int i = 0; i < quiz->part_count; i++) {
        if (!is_eligible(&quiz->parts[i], "")) continue;
        bool is_known = false;
        for (int k = 0; k < count; k++) is_known = is_known || strcmp(topics[k], quiz->parts[i].topic) == 0;
        if (!is_known && count < QUIZ_TOPICS_MAX) topics[count++] = quiz->parts[i].topic;
    }
    return count;
}

void quiz_report_add(QuizReport *report, const QuizQuestion *question, const QuizMark *mark, double spent_s) {
    if (report->row_count == QUIZ_QUESTIONS_MAX) return;
    bool is_late = report->limit_s > 0 && spent_s > report->limit_s;
    report->rows[report->row_count++] = (QuizRow){question->part->name,
                                                  question->part->topic,
                                                  is_late ? mark->points / 2 : mark->points,
                                                  mark->points_max,
                                                  spent_s,
                                                  is_late};
}

static int by_weakness(const void *a, const void *b) {
    const QuizTopicSum *x = a, *y = b;
    double left = x->points / x->points_max, right = y->points / y->points_max;
    return left < right ? -1 : left > right ? 1 : strcmp(x->topic, y->topic);
}

int quiz_report_topics(const QuizReport *report, QuizTopicSum sums[QUIZ_TOPICS_MAX], QuizTopicSum *all) {
    int count = 0;
    *all = (QuizTopicSum){.topic = "all"};
    for (int i = 0; i < report->row_count; i++) {
        const QuizRow *row = &report->rows[i];
        int at = 0;
        while (at < count && strcmp(sums[at].topic, row->topic) != 0) at++;
        if (at == QUIZ_TOPICS_MAX) continue;
        if (at == count) sums[count++] = (QuizTopicSum){.topic = row->topic};
        QuizTopicSum *const both[] = {&sums[at], all};
        for (int k = 0; k < 2; k++) {
            both[k]->points += row->points;
            both[k]->points_max += row->points_max;
            both[k]->spent_s += row->spent_s;
            both[k]->count++;
        }
    }
    qsort(sums, (size_t)count, sizeof *sums, by_weakness);
    return count;
}

const char *quiz_lesson_for(const char *topic) {
    static const struct {
        const char *topic, *lesson;
    } rows[] = {{"machine", "01-threads-and-memory"}, {"memory", "03-why-64x"},    {"traffic", "04-pass-by-pass"},
                {"work", "09-where-it-does-not-pay"}, {"training", "10-backward"}, {"sparsity", "11-sparsity"},
                {"decoding", "13-decoding"},          {"explain", "14-2k-to-128k"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (strcmp(rows[i].topic, topic) == 0) return rows[i].lesson;
    return "";
}
