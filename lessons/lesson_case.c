/* A lesson opened: see lesson_case.h. */
#include "lessons/lesson_case.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/student.h"
#include "sim/base/checked.h"
#include "sim/base/parse.h"

bool lesson_case_open(const Lesson *lesson, AskMemory *memory, LessonCase *opened, Err *err) {
    Scenario scenario = scenario_default(), finished;
    char *name = arena_format(&memory->arena, "%s/scenario.txt", lesson->id);
    if (!scenario_read_text(&scenario, name, lesson->scenario_text, err) ||
        !ask_scenario(&scenario, "", &finished, err))
        return false;
    *opened = (LessonCase){.lesson = lesson, .scenario = scenario, .memory = memory};
    return true;
}

static Ask ask_of(const LessonCase *c, const Scenario *scenario, const Totals *mine) {
    return (Ask){.scenario = scenario, .memory = c->memory, .mine = mine};
}

bool lesson_case_text(const LessonCase *c, const char *text, const char **expanded, Arena *arena, Err *err) {
    Ask ask = ask_of(c, &c->scenario, NULL);
    return ask_expand(&ask, text, expanded, arena, err);
}

bool lesson_case_truth(const LessonCase *c, const LessonPart *part, LessonTruth *truth, Arena *arena, Err *err) {
    Ask ask = ask_of(c, &c->scenario, NULL);
    LessonTruth read = {.truth = {.tolerance = part->tolerance}};
    if (!ask_quantity(&ask, part->answer, &read.truth.value, &read.truth.unit, err))
        return err_prefix(err, "%s: ", part->name);
    if (!(read.truth.value > 0))
        return err_set(err, ERR_OTHER, "%s: the answer is %g; it must be more than 0", part->name, read.truth.value);
    for (int i = 0; i < part->slip_count; i++)
        if (!ask_number(&ask, part->slips[i].expression, &read.slips[i].value, err) ||
            !ask_expand(&ask, part->slips[i].sentence, &read.slips[i].sentence, arena, err))
            return err_prefix(err, "%s: ", part->name);
    read.shown = ask_format(read.truth.value, read.truth.unit, arena);
    read.truth.slip_count = part->slip_count;
    *truth = read;
    truth->truth.slips = truth->slips;
    return true;
}

/* Bookmarks. */

enum { SEARCH_STEPS = 20000 };

static uint64_t kernel_steps(const Program *program, int kernel) {
    return program->nodes[program->kernels[kernel].node].total.value[COUNTER_STEP_COUNT];
}

/* First step of a kernel in the first layer. */
static bool find_kernel(const Program *program, const char *name, uint64_t *step, Err *err) {
    uint64_t before = 0;
    for (int k = 0; k < program->kernel_count; before += kernel_steps(program, k++))
        if (strcmp(program->kernels[k].name, name) == 0) {
            *step = before;
            return true;
        }
    return err_set(err, ERR_OTHER, "'%s' is no kernel of %s", name, program->algorithm);
}

/* First step that touches a tensor; looked for step by step within the first kernels' first blocks. */
static bool find_tensor(const Program *program, const char *name, uint64_t *step, Err *err) {
    uint64_t before = 0;
    for (int k = 0; k < program->kernel_count; before += kernel_steps(program, k++))
        for (uint64_t s = before; s < before + kernel_steps(program, k) && s < before + SEARCH_STEPS; s++) {
            ReplayState state;
            replay_seek(program, s, &state);
            if (state.leaf->tensor == TENSOR_NONE || strcmp(program->tensors[state.leaf->tensor].name, name) != 0)
                continue;
            *step = s;
            return true;
        }
    return err_set(err, ERR_OTHER, "no early step of %s touches '%s'", program->algorithm, name);
}

static bool find_counter(const Ask *ask, const Program *program, char *words, uint64_t *step, Err *err) {
    char *value_text = words + strcspn(words, " ");
    if (*value_text) *value_text++ = '\0';
    int id = counter_find(words);
    double value;
    ReplayState state;
    if (id < 0 || id >= COUNTER_TREE_COUNT) return err_set(err, ERR_OTHER, "'%s' is no counter of steps", words);
    if (!ask_number(ask, value_text, &value, err)) return false;
    if (!(value >= 0 && value < 9e18) || !replay_seek_counter(program, (CounterId)id, (uint64_t)value, &state))
        return err_set(err, ERR_OTHER, "%s never passes %s", words, value_text);
    *step = state.step_index;
    return true;
}

/* The first step from *step on, within SEARCH_STEPS, whose phrase holds the words. */
static bool find_phrase(const Program *program, const char *phrase, uint64_t *step, Err *err) {
    uint64_t end = min_u64(program_total(program)->value[COUNTER_STEP_COUNT], *step + SEARCH_STEPS);
    for (uint64_t s = *step; s < end; s++) {
        ReplayState state;
        replay_seek(program, s, &state);
        if (!state.leaf->what || !strstr(state.leaf->what, phrase)) continue;
        *step = s;
        return true;
    }
    return err_set(err, ERR_OTHER, "no step of %s near there says '%s'", program->algorithm, phrase);
}

/* 'kernel "NAME" [+ N] [: WORDS]' */
static bool find_kernel_words(const Ask *ask, const Program *program, char *words, uint64_t *step, Err *err) {
    char *open = strchr(words, '"'), *close = open ? strchr(open + 1, '"') : NULL;
    if (!close) return err_set(err, ERR_OTHER, "'kernel' needs a name in quotes");
    *close = '\0';
    char *colon = strchr(close + 1, ':');
    if (colon) *colon++ = '\0';
    char *plus = strchr(close + 1, '+');
    double more = 0;
    if (!find_kernel(program, open + 1, step, err) || (plus && !ask_number(ask, plus + 1, &more, err))) return false;
    *step += more > 0 && more < 9e15 ? (uint64_t)more : 0;
    return !colon || find_phrase(program, parse_trim(colon), step, err);
}

static bool find_step(const Ask *ask, const Program *program, const char *at, uint64_t *step, Err *err) {
    char words[200];
    if (strlen(at) >= sizeof words) return err_set(err, ERR_OTHER, "a place of %zu characters is too long", strlen(at));
    strcpy(words, at);
    uint64_t count = program_total(program)->value[COUNTER_STEP_COUNT];
    *step = 0;
    if (strcmp(words, "start") == 0) return true;
    if (strcmp(words, "end") == 0)
        *step = count - 1;
    else if (strncmp(words, "kernel ", 7) == 0) {
        if (!find_kernel_words(ask, program, words + 7, step, err)) return false;
    } else if (strncmp(words, "first ", 6) == 0) {
        if (!find_tensor(program, words + 6, step, err)) return false;
    } else if (strncmp(words, "counter ", 8) == 0) {
        if (!find_counter(ask, program, words + 8, step, err)) return false;
    } else if (strncmp(words, "step ", 5) == 0) {
        double value;
        if (!ask_number(ask, words + 5, &value, err)) return false;
        *step = value >= 0 && value < 9e18 ? (uint64_t)value : count;
    } else
        return err_set(
            err, ERR_OTHER,
            "'%s' is no place: start, end, kernel \"NAME\" + N : WORDS, first TENSOR, step N, counter NAME VALUE", at);
    return *step < count || err_set(err, ERR_OTHER, "'%s' is step %llu, beyond the last, %llu", at,
                                    (unsigned long long)*step, (unsigned long long)count - 1);
}

bool lesson_case_bookmark(const LessonCase *c, const LessonPart *part, LessonPlace *place, Err *err) {
    Ask ask = ask_of(c, &c->scenario, NULL);
    uint64_t step;
    const Count *count = ask_count(&ask, part->algorithm, part->settings, false, err);
    if (!count || !find_step(&ask, count->program, part->at, &step, err)) return err_prefix(err, "%s: ", part->name);
    place->count = count;
    place->step_count = program_total(count->program)->value[COUNTER_STEP_COUNT];
    replay_seek(count->program, step, &place->state);
    return true;
}

/* Exercises. */

static bool is_allowed(const char *may, const char *key) {
    size_t length = strlen(key);
    for (const char *p = may; *p; p += strcspn(p, " ")) {
        p += strspn(p, " ");
        if (strncmp(p, key, length) == 0 && (p[length] == ' ' || p[length] == '\0') && length > 0) return true;
    }
    return false;
}

static bool set_one(const LessonPart *part, const char *key, const char *value, Scenario *scenario, Err *err) {
    if (!is_allowed(part->may, key))
        return err_set(err, ERR_USAGE, "'%.40s' is not yours to choose here; you may set: %s", key, part->may);
    return scenario_set(scenario, key, value, err);
}

/* "block-q = VALUE, block-k = VALUE" of what may be set. */
static const char *wanted_form(const char *may, char out[LESSON_LINE_MAX_BYTES + 1]) {
    size_t used = 0;
    out[0] = '\0';
    for (const char *p = may + strspn(may, " "); *p && used < LESSON_LINE_MAX_BYTES / 2; p += strspn(p, " ")) {
        size_t length = strcspn(p, " ");
        used += (size_t)snprintf(out + used, LESSON_LINE_MAX_BYTES - used, "%s%.*s = VALUE", used ? ", " : "",
                                 (int)length, p);
        p += length;
    }
    return out;
}

/* "block-q = 128, block-k = 64" or a line each, # comments; only what the exercise allows. */
static bool apply_answer(const LessonPart *part, const char *answer, Scenario *scenario, Err *err) {
    if (strlen(answer) > LESSON_LINE_MAX_BYTES)
        return err_set(err, ERR_USAGE, "an answer of %zu characters is too long", strlen(answer));
    char copy[LESSON_LINE_MAX_BYTES + 1], form[LESSON_LINE_MAX_BYTES + 1];
    strcpy(copy, answer);
    int set_count = 0;
    for (char *rest = copy, *line; (line = strsep(&rest, "\n"));) {
        line[strcspn(line, "#")] = '\0';
        for (char *item; (item = strsep(&line, ","));) {
            char *value = strchr(item, '=');
            if (!*parse_trim(item)) continue;
            bool is_bare = !value && !strchr(part->may, ' '); /* the only setting need not be named */
            if (!value && !is_bare)
                return err_set(err, ERR_USAGE, "'%.40s' is no setting; write %s", parse_trim(item),
                               wanted_form(part->may, form));
            if (value) *value++ = '\0';
            if (!set_one(part, is_bare ? part->may : parse_trim(item), parse_trim(is_bare ? item : value), scenario,
                         err))
                return false;
            set_count++;
        }
    }
    return set_count > 0 || err_set(err, ERR_USAGE, "nothing was chosen; you may set: %s", part->may);
}

bool lesson_case_scenario(const LessonCase *c, const LessonPart *part, Scenario *scenario, Err *err) {
    Scenario base = c->scenario;
    return ask_settings(&base, part->settings, err) && ask_scenario(&base, "", scenario, err);
}

bool lesson_case_program(const LessonCase *c, const LessonPart *part, const char *answer, CountOptions options,
                         Count *count, Arena *arena, Err *err) {
    Scenario scenario;
    return lesson_case_scenario(c, part, &scenario, err) &&
           student_count(part->name, answer, &scenario, options, count, arena, err);
}

/* base becomes the scenario with the student's choices, so that budgets speak of them. */
static bool count_answer(const LessonCase *c, const LessonPart *part, const char *answer, Scenario *base,
                         Totals *totals, Err *err) {
    if (part->is_program) {
        Arena arena = {0};
        Count count;
        bool is_good = lesson_case_program(c, part, answer, (CountOptions){true}, &count, &arena, err);
        if (is_good) *totals = count.totals;
        arena_free(&arena);
        return is_good;
    }
    bool needs_dram = false;
    for (int i = 0; i < part->budget_count; i++) needs_dram = needs_dram || ask_needs_dram(part->budgets[i].expression);
    if (!apply_answer(part, answer, base, err)) return false;
    Ask ask = ask_of(c, base, NULL);
    const Count *count = ask_count(&ask, part->algorithm, "", needs_dram, err);
    if (!count) return false;
    if (needs_dram && !*count->dram_engine)
        return err_set(err, ERR_OTHER, "DRAM and time are not modelled for this choice");
    *totals = count->totals;
    return true;
}

typedef struct Budget {
    double left, right;
    const GuessUnit *unit;
    bool is_at_least;
    const char *name;
} Budget;

/* "NAME: LEFT as UNIT <= RIGHT" */
static bool read_budget(const Ask *ask, const char *expression, Budget *budget, Arena *arena, Err *err) {
    const char *colon = strchr(expression, ':'), *sign = strstr(expression, "<=");
    budget->is_at_least = !sign;
    if (!sign) sign = strstr(expression, ">=");
    if (!sign || !colon || colon > sign)
        return err_set(err, ERR_OTHER, "'%.60s' is no budget; write NAME: LEFT <= RIGHT", expression);
    budget->name = arena_format(arena, "%.*s", (int)(colon - expression), expression);
    char *left = parse_trim(arena_format(arena, "%.*s", (int)(sign - colon - 1), colon + 1));
    return ask_quantity(ask, left, &budget->left, &budget->unit, err) && ask_number(ask, sign + 2, &budget->right, err);
}

static void add_text(LessonMark *mark, const char *text) {
    size_t used = strlen(mark->text);
    snprintf(mark->text + used, sizeof mark->text - used, "%s%s", used ? "\n- " : "- ", text);
}

static bool mark_budget(const Ask *ask, const LessonSlip *row, LessonMark *mark, Arena *arena, Err *err) {
    Budget budget;
    const char *sentence;
    if (!read_budget(ask, row->expression, &budget, arena, err) ||
        !ask_expand(ask, row->sentence, &sentence, arena, err))
        return false;
    bool holds = budget.is_at_least ? budget.left >= budget.right : budget.left <= budget.right;
    const char *yours = ask_format(budget.left, budget.unit, arena),
               *limit = ask_format(budget.right, budget.unit, arena);
    const char *bound = budget.is_at_least ? "at least" : "at most";
    if (holds)
        add_text(mark, arena_format(arena, "%s: %s (%s %s).", budget.name, yours, bound, limit));
    else
        add_text(mark,
                 arena_format(arena, "%s: %s, but it must be %s %s. %s", budget.name, yours, bound, limit, sentence));
    mark->is_pass = mark->is_pass && holds;
    return true;
}

/* "mend-it:9: words" names a file; whoever typed the program into a field has lines only: "line 9: words". */
static const char *without_file(const char *name, const char *text, Arena *arena) {
    size_t length = strlen(name);
    int line, used = 0;
    if (strncmp(text, name, length) != 0 || text[length] != ':') return text;
    text += length + 1;
    if (sscanf(text, "%9d:%n", &line, &used) == 1 && used) return arena_format(arena, "line %d:%s", line, text + used);
    return text + strspn(text, " ");
}

LessonMark lesson_case_mark(const LessonCase *c, const LessonPart *part, const char *answer) {
    LessonMark mark = {.is_pass = true};
    Arena arena = {0};
    Err err = {0};
    Scenario base = c->scenario;
    bool is_good =
        ask_settings(&base, part->settings, &err) && count_answer(c, part, answer, &base, &mark.totals, &err);
    mark.is_counted = is_good;
    Ask ask = ask_of(c, &base, &mark.totals);
    for (int i = 0; i < part->budget_count && is_good; i++)
        is_good = mark_budget(&ask, &part->budgets[i], &mark, &arena, &err);
    if (!is_good) {
        mark.is_pass = false;
        snprintf(mark.text, sizeof mark.text, "%s", without_file(part->name, err.text, &arena));
    }
    arena_free(&arena);
    return mark;
}
