/* What an answer is worth: see quiz.h. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "lessons/key_words.h"
#include "lessons/quiz.h"

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
