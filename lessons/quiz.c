/* Questions drawn from their templates: see quiz.h. */
#include "lessons/quiz.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/base/parse.h"
#include "sim/base/random.h"
#include "sim/units.h"

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
