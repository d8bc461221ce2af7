/* A session of the drill: which questions, and what they came to. See quiz.h. */
#include <stdlib.h>
#include <string.h>

#include "lessons/quiz.h"
#include "sim/base/random.h"

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
