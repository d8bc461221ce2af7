/* A part of a lesson printed: see learn_part.h. */
#include "viz/cli/learn_part.h"

#include "lessons/hardware.h"
#include "sim/units.h"
#include "viz/cli/learn.h"

const char *learn_text(const LessonCase *c, const char *text, Arena *arena) {
    const char *out;
    Err err;
    if (lesson_case_text(c, text, &out, arena, &err)) return out;
    return arena_format(arena, "%s\n\n(%s)", text, err.text);
}

static void show_choices(const LessonCase *c, const LessonPart *part, const Terminal *terminal, Arena *arena) {
    for (int i = 0; i < part->slip_count; i++)
        terminal_markdown(terminal,
                          arena_format(arena, "%d) %s", i + 1, learn_text(c, part->slips[i].expression, arena)),
                          2 * LEARN_INDENT);
}

static void show_predict(const LessonCase *c, const LessonPart *part, const Terminal *terminal, Arena *arena) {
    terminal_rule(terminal, "predict");
    terminal_markdown(terminal, learn_text(c, part->text, arena), LEARN_INDENT);
    if (part->is_choice) show_choices(c, part, terminal, arena);
    const char *what = part->is_choice       ? "the number of an option"
                       : part->tolerance > 0 ? arena_format(arena, "a guess, to within %.0f %%", part->tolerance * 100)
                                             : "a guess, exactly";
    fprintf(terminal->out, "  (%s; ! shows the answer)\n", what);
}

static void show_residency(const LessonPlace *place, const Terminal *terminal, Arena *arena) {
    const Program *program = place->count->program;
    const Kernel *kernel = &program->kernels[place->state.kernel];
    const char *text = "";
    Residency residency;
    replay_residency(program, &place->state, &residency);
    for (int b = 0; b < kernel->buffer_count; b++) {
        const Buffer *buffer = &kernel->buffers[b];
        if (!residency.is_loaded[b]) continue;
        text = arena_format(arena, "%s%s %s %s%s", text, *text ? "," : "", buffer->name,
                            units_kib_short(buffer->size_bytes).text, buffer->is_register ? " (registers)" : "");
    }
    terminal_markdown(terminal, arena_format(arena, "on chip now:%s", *text ? text : " nothing"), LEARN_INDENT);
}

/* Small amounts as tiles are measured, large ones as the lessons count. */
static UnitText moved_text(uint64_t bytes) { return bytes < 1 << 20 ? units_kib_short(bytes) : units_gb(bytes); }

/* What a load or store costs, seen from its warps. */
static void show_requests(const Counters *delta, const Terminal *terminal) {
    uint64_t requests = delta->value[COUNTER_L1_READ_REQUESTS] + delta->value[COUNTER_L1_WRITE_REQUESTS],
             sectors = delta->value[COUNTER_L1_READ_SECTORS] + delta->value[COUNTER_L1_WRITE_SECTORS];
    fprintf(terminal->out, "\n  its warps make %s requests, for %s sectors of 32 bytes", units_exact(requests).text,
            units_exact(sectors).text);
}

static void show_bookmark(const LessonCase *c, const LessonPart *part, const Terminal *terminal, Arena *arena) {
    LessonPlace place;
    Err err;
    terminal_rule(terminal, "replay");
    terminal_markdown(terminal, learn_text(c, part->text, arena), LEARN_INDENT);
    if (!lesson_case_bookmark(c, part, &place, &err)) {
        fprintf(terminal->out, "  (%s)\n", err.text);
        return;
    }
    const Program *program = place.count->program;
    const ProgramLeaf *leaf = place.state.leaf;
    fprintf(terminal->out, "\n  %s, step %s of %s, kernel \"%s\"\n", part->algorithm,
            units_exact(place.state.step_index).text, units_exact(place.step_count).text,
            program->kernels[place.state.kernel].name);
    fprintf(terminal->out, "  this step: %s", leaf->what);
    if (leaf->tensor != TENSOR_NONE) {
        TilePlace tile = replay_tile(program, &place.state);
        uint64_t bytes =
            place.state.delta.value[COUNTER_ISSUED_READ_BYTES] + place.state.delta.value[COUNTER_ISSUED_WRITE_BYTES];
        fprintf(terminal->out, ": rows %s to %s of %s, %s", units_exact(tile.row_first).text,
                units_exact(tile.row_first + leaf->rows - 1).text, program->tensors[leaf->tensor].name,
                units_kib_short(bytes).text);
    }
    if (leaf->tensor != TENSOR_NONE) show_requests(&place.state.delta, terminal);
    fprintf(terminal->out, "\n  moved before it: %s read, %s written\n",
            moved_text(place.state.before.value[COUNTER_ISSUED_READ_BYTES]).text,
            moved_text(place.state.before.value[COUNTER_ISSUED_WRITE_BYTES]).text);
    show_residency(&place, terminal, arena);
    learn_print_look(part, &place, terminal);
}

static void show_exercise(const LessonCase *c, const LessonPart *part, const Terminal *terminal, Arena *arena) {
    terminal_rule(terminal, "exercise");
    terminal_markdown(terminal, learn_text(c, part->text, arena), LEARN_INDENT);
    if (*part->start) {
        fputs("\n  To begin with:\n\n", terminal->out);
        terminal_markdown(terminal, arena_format(arena, "```\n%s```\n", part->start), LEARN_INDENT);
    }
    fputc('\n', terminal->out);
    terminal_markdown(
        terminal,
        arena_format(arena, "(%s; ? a hint, ! a solution, Enter leaves it for later)",
                     part->is_program
                         ? "your program line by line, then a line with one dot; or `save PATH`, change it "
                           "in an editor, `file PATH`; help: the language on a page; steps: the replay of "
                           "what you handed in"
                         : "your settings on one line"),
        LEARN_INDENT);
}

static void show_hardware(const LessonCase *c, const LessonPart *part, const Terminal *terminal, Arena *arena) {
    terminal_rule(terminal, "hardware");
    terminal_markdown(terminal,
                      arena_format(arena, "%s\n\n%s", learn_text(c, part->text, arena), hardware_text(c, part, arena)),
                      LEARN_INDENT);
}

void learn_show_part(const LessonCase *c, const LessonPart *part, const Terminal *terminal) {
    Arena arena = {0};
    fputc('\n', terminal->out);
    switch (part->kind) {
    case LESSON_PROSE: terminal_markdown(terminal, learn_text(c, part->text, &arena), 0); break;
    case LESSON_PREDICT: show_predict(c, part, terminal, &arena); break;
    case LESSON_BOOKMARK: show_bookmark(c, part, terminal, &arena); break;
    case LESSON_EXERCISE: show_exercise(c, part, terminal, &arena); break;
    case LESSON_HARDWARE: show_hardware(c, part, terminal, &arena); break;
    case LESSON_NOTES:
    case LESSON_CHECK:
    case LESSON_QUESTION: break;
    }
    arena_free(&arena);
}

void learn_show_head(const Lesson *lesson, const Terminal *terminal) {
    Arena arena = {0};
    terminal_markdown(terminal,
                      arena_format(&arena, "# %s\n\n*%s*\n\n%d minutes, lesson %s", lesson->title, lesson->question,
                                   lesson->minutes, lesson->id),
                      0);
    arena_free(&arena);
}
