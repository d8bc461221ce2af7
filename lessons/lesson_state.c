/* Events on a lesson: see lesson_state.h. */
#include "lessons/lesson_state.h"

#include <stdio.h>
#include <string.h>

static const LessonPart *part_at(const LessonCase *c, const LessonState *state) {
    return state->part < c->lesson->part_count ? &c->lesson->parts[state->part] : NULL;
}

static void say(LessonState *state, const char *text) {
    size_t used = strlen(state->feedback);
    snprintf(state->feedback + used, sizeof state->feedback - used, "%s%s", used ? "\n\n" : "", text);
}

/* A text with its numbers, or the sentence that says why not. */
static void say_expanded(const LessonCase *c, LessonState *state, const char *text) {
    Arena arena = {0};
    Err err;
    const char *expanded;
    if (*text) say(state, lesson_case_text(c, text, &expanded, &arena, &err) ? expanded : err.text);
    arena_free(&arena);
}

/* To the next part that is shown, or the one before. */
static void move(const LessonCase *c, LessonState *state, int step) {
    int part = state->part + step;
    while (part >= 0 && part < c->lesson->part_count && !lesson_kind_is_shown(c->lesson->parts[part].kind))
        part += step;
    if (part >= 0) state->part = part < c->lesson->part_count ? part : c->lesson->part_count;
}

LessonState lesson_state_start(const LessonCase *c) {
    LessonState state = {.part = -1};
    move(c, &state, 1);
    return state;
}

static void next(const LessonCase *c, LessonState *state) {
    const LessonPart *part = part_at(c, state);
    if (!part) return;
    const LessonPartState *done = &state->parts[state->part];
    if (part->kind == LESSON_PREDICT && !done->is_right && !done->is_shown)
        say(state, "First a guess, however rough (or ask to be shown).");
    else
        move(c, state, 1);
}

/* Predictions. */

static bool answer_choice(const LessonCase *c, const LessonPart *part, LessonState *state, const char *text) {
    int option_index = guess_choice(text, part->slip_count);
    if (option_index < 0) {
        say(state, "Answer with the number of one of the options.");
        return false;
    }
    state->parts[state->part].try_count++;
    state->is_good = strcmp(part->slips[option_index].expression, part->answer) == 0;
    say(state, state->is_good ? "Right." : "No.");
    say_expanded(c, state, part->slips[option_index].sentence);
    return state->is_good;
}

static bool answer_number(const LessonCase *c, const LessonPart *part, LessonState *state, const char *text) {
    Arena arena = {0};
    Err err;
    LessonTruth truth;
    Guess guess;
    if (!lesson_case_truth(c, part, &truth, &arena, &err) || !guess_parse(text, truth.truth.unit, &guess, &err)) {
        say(state, err.text);
    } else {
        Judgement judgement = guess_judge(&guess, &truth.truth);
        state->parts[state->part].try_count++;
        state->is_good = judgement.verdict == VERDICT_RIGHT;
        say(state, state->is_good ? arena_format(&arena, "Right: it is %s.", truth.shown) : judgement.text);
    }
    arena_free(&arena);
    return state->is_good;
}

static void answer_predict(const LessonCase *c, const LessonPart *part, LessonState *state, const char *text) {
    bool is_right = part->is_choice ? answer_choice(c, part, state, text) : answer_number(c, part, state, text);
    if (!is_right) return;
    LessonPartState *done = &state->parts[state->part];
    done->is_right = !done->is_shown || done->is_right;
    say_expanded(c, state, part->reveal);
}

static void show_predict(const LessonCase *c, const LessonPart *part, LessonState *state) {
    Arena arena = {0};
    Err err;
    LessonTruth truth;
    if (part->is_choice) {
        say_expanded(c, state, arena_format(&arena, "The answer: %s", part->answer));
        for (int i = 0; i < part->slip_count; i++)
            if (strcmp(part->slips[i].expression, part->answer) == 0) say_expanded(c, state, part->slips[i].sentence);
    } else if (lesson_case_truth(c, part, &truth, &arena, &err)) {
        say(state, arena_format(&arena, "The answer: %s.", truth.shown));
    } else {
        say(state, err.text);
    }
    say_expanded(c, state, part->reveal);
    arena_free(&arena);
}

/* Exercises. */

static void answer_exercise(const LessonCase *c, const LessonPart *part, LessonState *state, const char *text) {
    LessonMark mark = lesson_case_mark(c, part, text);
    LessonPartState *done = &state->parts[state->part];
    done->try_count++;
    state->is_good = mark.is_pass;
    done->is_right = done->is_right || (mark.is_pass && !done->is_shown);
    say(state, mark.is_pass ? "Passed." : mark.is_counted ? "Not yet." : "Not yet: it cannot be counted.");
    say(state, mark.text);
}

static void hint(const LessonCase *c, const LessonPart *part, LessonState *state) {
    LessonPartState *done = &state->parts[state->part];
    if (part->hint_count == 0) {
        say(state, "There is no hint here; make a rough guess, what comes back says what is missing.");
        return;
    }
    int index = done->hint_count < part->hint_count ? done->hint_count++ : part->hint_count - 1;
    say_expanded(c, state, part->hints[index]);
}

static void show(const LessonCase *c, const LessonPart *part, LessonState *state) {
    if (part->kind == LESSON_PREDICT) show_predict(c, part, state);
    if (part->kind == LESSON_EXERCISE) {
        Arena arena = {0};
        say(state, arena_format(&arena, "A solution:\n\n```\n%s```", part->solution));
        arena_free(&arena);
    }
    if (lesson_kind_is_asked(part->kind)) state->parts[state->part].is_shown = true;
}

LessonState lesson_state_step(const LessonCase *c, LessonState state, LessonEvent event) {
    const LessonPart *part = part_at(c, &state);
    state.feedback[0] = '\0';
    state.is_good = false;
    switch (event.kind) {
    case LESSON_NEXT: next(c, &state); break;
    case LESSON_BACK: move(c, &state, -1); break;
    case LESSON_GO:
        if (event.part >= 0 && event.part <= c->lesson->part_count) state.part = event.part;
        break;
    case LESSON_ANSWER:
        if (part && part->kind == LESSON_PREDICT)
            answer_predict(c, part, &state, event.text);
        else if (part && part->kind == LESSON_EXERCISE)
            answer_exercise(c, part, &state, event.text);
        break;
    case LESSON_SHOW:
        if (part) show(c, part, &state);
        break;
    case LESSON_HINT:
        if (part && lesson_kind_is_asked(part->kind)) hint(c, part, &state);
        break;
    }
    return state;
}

bool lesson_state_is_over(const LessonCase *c, const LessonState *state) {
    return state->part >= c->lesson->part_count;
}

LessonScore lesson_state_score(const LessonCase *c, const LessonState *state) {
    LessonScore score = {0};
    for (int i = 0; i < c->lesson->part_count; i++) {
        if (!lesson_kind_is_asked(c->lesson->parts[i].kind)) continue;
        score.question_count++;
        score.right_count += state->parts[i].is_right;
        score.shown_count += state->parts[i].is_shown && !state->parts[i].is_right;
    }
    return score;
}
