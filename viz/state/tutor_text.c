/* A lesson's parts as texts and pages: see tutor_text.h. */
#include "viz/state/tutor_text.h"

#include <string.h>

#include "lessons/hardware.h"

static bool make_text(Tutor *t, int index, Arena *arena, Err *err) {
    const LessonPart *part = &t->c->lesson->parts[index];
    const char *text;
    if (part->kind == LESSON_CHECK) return true;
    return lesson_case_text(t->c, part->text, &text, arena, err) && markdown_read(text, &t->texts[index], arena, err);
}

/* Why the right option of a choice is right. */
static const char *right_sentence(const LessonPart *part) {
    for (int i = 0; i < part->slip_count; i++)
        if (strcmp(part->slips[i].expression, part->answer) == 0) return part->slips[i].sentence;
    return "";
}

static bool make_answer(Tutor *t, int index, Arena *arena, Err *err) {
    const LessonPart *part = &t->c->lesson->parts[index];
    LessonTruth truth;
    t->answers[index] = part->kind == LESSON_HARDWARE ? hardware_text(t->c, part, arena) : "";
    if (part->kind != LESSON_PREDICT) return true;
    if (part->is_choice)
        return lesson_case_text(t->c,
                                arena_format(arena, "**%s.** %s %s", part->answer, right_sentence(part), part->reveal),
                                &t->answers[index], arena, err);
    return lesson_case_truth(t->c, part, &truth, arena, err) &&
           lesson_case_text(t->c, arena_format(arena, "**%s.** %s", truth.shown, part->reveal), &t->answers[index],
                            arena, err);
}

bool tutor_text_make(Tutor *t, int index, Arena *arena, Err *err) {
    return make_text(t, index, arena, err) && make_answer(t, index, arena, err);
}

bool tutor_is_heading(const Tutor *t, int index) {
    const Markdown *text = &t->texts[index];
    if (t->c->lesson->parts[index].kind != LESSON_PROSE) return false;
    for (int i = 0; i < text->block_count; i++)
        if (text->blocks[i].kind != MARKDOWN_HEADING) return false;
    return index + 1 < t->c->lesson->part_count;
}

int tutor_page(const Tutor *t, int *page_count) {
    int page = 0;
    *page_count = 0;
    for (int i = 0; i < t->c->lesson->part_count; i++) {
        if (!lesson_kind_is_shown(t->c->lesson->parts[i].kind) || tutor_is_heading(t, i)) continue;
        ++*page_count;
        page += i <= t->lesson.part;
    }
    return page;
}
