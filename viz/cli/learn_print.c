/* A lesson printed whole: with its answers, the lecturer's notes, or its scenario. See learn.h. */
#include "sim/units.h"
#include "viz/cli/learn.h"
#include "viz/cli/learn_part.h"

bool learn_print(const LearnOpened *opened, Terminal terminal, Err *err) {
    const LessonCase *c = &opened->opened;
    learn_show_head(&opened->lesson, &terminal);
    LessonState state = lesson_state_start(c);
    for (; !lesson_state_is_over(c, &state); state = lesson_state_step(c, state, (LessonEvent){.kind = LESSON_NEXT})) {
        const LessonPart *part = &opened->lesson.parts[state.part];
        learn_show_part(c, part, &terminal);
        if (!lesson_kind_is_asked(part->kind)) continue;
        state = lesson_state_step(c, state, (LessonEvent){.kind = LESSON_SHOW});
        fputc('\n', terminal.out);
        terminal_markdown(&terminal, state.feedback, LEARN_INDENT);
    }
    return terminal_flush(&terminal, err);
}

bool learn_print_notes(const LearnOpened *opened, Terminal terminal, Err *err) {
    const LessonCase *c = &opened->opened;
    Arena arena = {0};
    learn_show_head(&opened->lesson, &terminal);
    for (int i = 0; i < opened->lesson.part_count; i++) {
        const LessonPart *part = &opened->lesson.parts[i];
        LessonPlace place;
        if (part->kind == LESSON_NOTES) {
            fputc('\n', terminal.out);
            terminal_markdown(&terminal, learn_text(c, part->text, &arena), 0);
        } else if (part->kind == LESSON_BOOKMARK && lesson_case_bookmark(c, part, &place, NULL)) {
            fprintf(terminal.out, "\nBookmark %s: %s, step %s\n", part->name, part->algorithm,
                    units_exact(place.state.step_index).text);
            terminal_markdown(&terminal, learn_text(c, part->text, &arena), LEARN_INDENT);
        }
    }
    arena_free(&arena);
    return terminal_flush(&terminal, err);
}

bool learn_print_scenario(const LearnOpened *opened, Err *err) {
    Terminal terminal = {.out = stdout};
    Scenario scenario;
    if (!ask_scenario(&opened->opened.scenario, "", &scenario, err)) return false;
    scenario_write(&scenario, stdout);
    return terminal_flush(&terminal, err);
}
