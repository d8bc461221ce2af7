/* Events -> Tutor: see tutor.h. */
#include "viz/state/tutor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "viz/state/tutor_dial.h"
#include "viz/state/tutor_field.h"
#include "viz/state/tutor_place.h"
#include "viz/state/tutor_text.h"

static const double WHEEL_PX = 60, PAGE_PART = 0.85; /* of the panel's height: the last lines stay in view */

const LessonPart *tutor_part(const Tutor *t) {
    return t->lesson.part < t->c->lesson->part_count ? &t->c->lesson->parts[t->lesson.part] : NULL;
}

bool tutor_is_open(const Tutor *t) {
    const LessonPart *part = tutor_part(t);
    const LessonPartState *done = &t->lesson.parts[t->lesson.part];
    return part && lesson_kind_is_asked(part->kind) && !done->is_right && !done->is_shown;
}

/* Another part is worked on: the field is its own, the text's end in view. */
static void arrive(Tutor *t) {
    const LessonPart *part = tutor_part(t);
    tutor_field_set(t, part && part->kind == LESSON_EXERCISE ? t->drafts[t->lesson.part] : "");
    t->is_typing = tutor_is_open(t) && !(part->kind == LESSON_PREDICT && part->is_choice);
    t->scroll_px = 0;
    t->dial = 0.5;
}

bool tutor_make(const LessonCase *c, LessonState lesson, Tutor *tutor, Arena *arena, Err *err) {
    *tutor = (Tutor){.c = c, .lesson = lesson};
    for (int i = 0; i < c->lesson->part_count; i++) {
        const LessonPart *part = &c->lesson->parts[i];
        if (!tutor_text_make(tutor, i, arena, err)) return err_prefix(err, "%s:%d: ", c->lesson->id, part->line);
        if (part->kind != LESSON_EXERCISE) continue;
        tutor->drafts[i] = arena_alloc_bytes(arena, TUTOR_TEXT_BYTES);
        snprintf(tutor->drafts[i], TUTOR_TEXT_BYTES, "%s", part->start);
    }
    tutor->bookmark = tutor_bookmark_before(tutor, lesson.part);
    arrive(tutor);
    return true;
}

const char *tutor_draft(const Tutor *t, int part) {
    const LessonPart *exercise = &t->c->lesson->parts[part];
    if (exercise->kind != LESSON_EXERCISE || !exercise->is_program) return NULL;
    return part == t->lesson.part && tutor_is_open(t) ? t->text : t->drafts[part];
}

void tutor_set_draft(Tutor *t, int part, const char *text) {
    snprintf(t->drafts[part], TUTOR_TEXT_BYTES, "%s", text);
    if (part == t->lesson.part) tutor_field_set(t, t->drafts[part]);
}

/* The text turned. */

static const SceneCommand *find_region(const Scene *scene, int kind) {
    for (int i = scene ? scene->command_count : 0; i-- > 0;)
        if (scene->commands[i].kind == SCENE_HIT && scene->commands[i].hit.kind == kind) return &scene->commands[i];
    return NULL;
}

/* Within what the panel drawn last allows. */
static void scroll(Tutor *t, const Scene *scene, double by_px) {
    const SceneCommand *panel = find_region(scene, TUTOR_PANEL);
    t->scroll_px += by_px;
    if (panel) t->scroll_px = fmin(fmax(t->scroll_px, panel->hit.index[1]), panel->hit.index[0]);
}

/* A page up (1) or down (-1); false where nothing is below. */
static bool turn_page(Tutor *t, const Scene *scene, int direction) {
    const SceneCommand *panel = find_region(scene, TUTOR_PANEL);
    if (!panel || (direction < 0 && !panel->hit.index[2])) return false;
    scroll(t, scene, direction * fmax(WHEEL_PX, PAGE_PART * panel->box.h));
    return true;
}

/* The lesson moves. */

static void send(Tutor *t, LessonEvent event, TutorEffects *effects) {
    int before = t->lesson.part;
    const LessonPart *left = tutor_part(t);
    if (left && t->drafts[before]) strcpy(t->drafts[before], t->text);
    bool is_guess = left && left->kind == LESSON_PREDICT && event.kind == LESSON_ANSWER;
    snprintf(t->handed, sizeof t->handed, "%.*s", GUESS_MAX_CHARS, is_guess ? event.text : "");
    t->lesson = lesson_state_step(t->c, t->lesson, event);
    while (t->lesson.part != before && t->lesson.part > 0 && tutor_part(t) && tutor_is_heading(t, t->lesson.part))
        t->lesson = lesson_state_step(t->c, t->lesson, event);
    effects->is_progress = true;
    t->scroll_px = 0;
    if (t->lesson.part == before) {
        t->is_typing = tutor_is_open(t) && t->is_typing;
        return;
    }
    arrive(t);
    const LessonPart *part = tutor_part(t);
    if (part && part->kind == LESSON_BOOKMARK) {
        t->bookmark = t->lesson.part;
        effects->is_place_changed = true;
    }
}

static bool is_program(const Tutor *t) {
    const LessonPart *part = tutor_part(t);
    return part && part->kind == LESSON_EXERCISE && part->is_program;
}

/* What is typed is handed in; nothing typed goes on. */
static void check(Tutor *t, TutorEffects *effects) {
    const LessonPart *part = tutor_part(t);
    char text[TUTOR_TEXT_BYTES];
    snprintf(text, sizeof text, "%s", t->text);
    if (*text && !text[1] && strchr("?!<", *text)) tutor_field_set(t, ""); /* no draft to be kept */
    if (!tutor_is_open(t) || !*text)
        send(t, (LessonEvent){.kind = LESSON_NEXT}, effects);
    else if (strcmp(text, "?") == 0)
        send(t, (LessonEvent){.kind = LESSON_HINT}, effects);
    else if (strcmp(text, "!") == 0)
        send(t, (LessonEvent){.kind = LESSON_SHOW}, effects);
    else if (strcmp(text, "<") == 0)
        send(t, (LessonEvent){.kind = LESSON_BACK}, effects);
    else {
        effects->is_program = is_program(t);
        if (effects->is_program) memcpy(t->program, text, sizeof text);
        send(t, (LessonEvent){.kind = LESSON_ANSWER, .text = text}, effects);
    }
    bool is_kept = part && part->kind == LESSON_EXERCISE && tutor_part(t) == part &&
                   text[1]; /* a wrong program is mended, not typed again */
    if (tutor_part(t) == part && !is_kept) tutor_field_set(t, "");
}

static void answer_option(Tutor *t, int option, TutorEffects *effects) {
    char number[16];
    snprintf(number, sizeof number, "%d", option + 1);
    if (tutor_is_open(t)) send(t, (LessonEvent){.kind = LESSON_ANSWER, .text = number}, effects);
}

static void type_key(Tutor *t, const Event *event, TutorEffects *effects) {
    effects->is_taken = true;
    switch (event->key) {
    case KEY_ESCAPE:
    case KEY_TAB:
        t->is_typing = false;
        effects->is_progress = is_program(t);
        break;
    case KEY_ENTER:
        if (is_program(t) && !(event->modifiers & MODIFIER_CONTROL) && *t->text) {
            tutor_field_line(t);
            effects->is_progress = true; /* a line that is written is worth keeping */
        } else
            check(t, effects);
        break;
    default: effects->is_taken = tutor_field_key(t, event); /* Ctrl +, F11 and their like stay the window's */
    }
}

/* Pointer and keys. */

static void drag_dial(Tutor *t, const Scene *scene, double x_px) {
    const SceneCommand *dial = find_region(scene, TUTOR_DIAL);
    char text[64];
    if (!dial || dial->box.w <= 0) return;
    t->dial = fmin(fmax((x_px - dial->box.x) / dial->box.w, 0), 1);
    tutor_dial_text(t, t->dial, text, sizeof text);
    tutor_field_set(t, text);
    t->is_typing = true;
}

static int region_at(const Scene *scene, double x_px, double y_px, int *index) {
    const SceneHit *hit = scene ? scene_hit_at(scene, x_px, y_px) : NULL;
    bool is_ours = hit && hit->kind >= TUTOR_PANEL && hit->kind < TUTOR_CONTROL_END;
    *index = is_ours ? hit->index[0] : 0;
    return is_ours ? hit->kind : 0;
}

/* The caret goes to the gap between characters that is nearest. */
static void point_caret(Tutor *t, const Scene *scene, double x_px, double y_px) {
    for (int i = scene->command_count; i-- > 0;) {
        const SceneCommand *line = &scene->commands[i];
        bool is_line = line->kind == SCENE_HIT && line->hit.kind == TUTOR_LINE && line->hit.index[2] > 0;
        if (!is_line || y_px < line->box.y || y_px >= line->box.y + line->box.h) continue;
        double column = round((x_px - line->box.x) * 64 / line->hit.index[2]);
        t->caret_index = line->hit.index[0] + (int)fmin(fmax(column, 0), line->hit.index[1]);
        return;
    }
}

static void press_region(Tutor *t, const Scene *scene, int region, int index, TutorEffects *effects) {
    switch (region) {
    case TUTOR_CHECK:
        if (tutor_is_open(t) || !turn_page(t, scene, -1)) check(t, effects);
        break;
    case TUTOR_LATER: send(t, (LessonEvent){.kind = LESSON_NEXT}, effects); break;
    case TUTOR_AGAIN: send(t, (LessonEvent){.kind = LESSON_GO, .part = lesson_state_start(t->c).part}, effects); break;
    case TUTOR_NEXT_LESSON: effects->is_next_lesson = true; break;
    case TUTOR_BACK: send(t, (LessonEvent){.kind = LESSON_BACK}, effects); break;
    case TUTOR_HINT: send(t, (LessonEvent){.kind = LESSON_HINT}, effects); break;
    case TUTOR_SHOW: send(t, (LessonEvent){.kind = LESSON_SHOW}, effects); break;
    case TUTOR_OPTION: answer_option(t, index, effects); break;
    case TUTOR_BOOKMARK:
        t->bookmark = index;
        effects->is_place_changed = true;
        break;
    default: break;
    }
}

static TutorEffects take_pointer(Tutor *t, const Scene *scene, const Event *event) {
    TutorEffects effects = {0};
    int index, region = region_at(scene, event->x_px, event->y_px, &index);
    effects.is_taken = region != 0;
    if (event->kind == EVENT_POINTER_DOWN) {
        t->pressed = region;
        if (region == TUTOR_FIELD || region == TUTOR_LINE)
            t->is_typing = true;
        else if (region == 0)
            t->is_typing = false;
        if (region == TUTOR_LINE) point_caret(t, scene, event->x_px, event->y_px);
        if (region == TUTOR_DIAL) drag_dial(t, scene, event->x_px);
    } else if (event->kind == EVENT_POINTER_MOVE) {
        if (t->pressed == TUTOR_DIAL) drag_dial(t, scene, event->x_px);
        effects.is_taken = t->pressed == TUTOR_DIAL;
    } else if (event->kind == EVENT_POINTER_UP) {
        if (region && region == t->pressed) press_region(t, scene, region, index, &effects);
        effects.is_taken = effects.is_taken || t->pressed;
        t->pressed = 0;
    } else if (event->kind == EVENT_WHEEL && region) {
        scroll(t, scene, WHEEL_PX * event->wheel_steps);
    }
    return effects;
}

static bool is_page_key(const Tutor *t, const Event *event) {
    return (event->key == KEY_PAGE_UP || event->key == KEY_PAGE_DOWN) &&
           (t->is_typing || event->modifiers & MODIFIER_SHIFT);
}

static TutorEffects take_key(Tutor *t, bool has_replay_focus, const Scene *scene, const Event *event) {
    TutorEffects effects = {0};
    const LessonPart *part = tutor_part(t);
    if (is_page_key(t, event)) {
        turn_page(t, scene, event->key == KEY_PAGE_UP ? 1 : -1);
        effects.is_taken = true;
        return effects;
    }
    if (t->is_typing) {
        type_key(t, event, &effects);
        return effects;
    }
    bool is_choice = part && part->kind == LESSON_PREDICT && part->is_choice && tutor_is_open(t);
    if (event->key == KEY_ENTER && !has_replay_focus) {
        effects.is_taken = true;
        if (tutor_is_open(t) && !is_choice && part->kind == LESSON_PREDICT)
            t->is_typing = true; /* back into the field */
        else if (!part && t->next_title)
            effects.is_next_lesson = true;
        else if (tutor_is_open(t) || !turn_page(t, scene, -1))
            send(t, (LessonEvent){.kind = LESSON_NEXT}, &effects);
    } else if (event->key == KEY_BACKSPACE) {
        effects.is_taken = true;
        send(t, (LessonEvent){.kind = LESSON_BACK}, &effects);
    } else if (is_choice && event->key >= '1' && event->key < '1' + (uint32_t)part->slip_count) {
        effects.is_taken = true;
        answer_option(t, (int)(event->key - '1'), &effects);
    }
    return effects;
}

TutorEffects tutor_apply(Tutor *t, bool has_replay_focus, const Scene *scene, const Event *event) {
    switch (event->kind) {
    case EVENT_KEY: return take_key(t, has_replay_focus, scene, event);
    case EVENT_POINTER_MOVE:
    case EVENT_POINTER_DOWN:
    case EVENT_POINTER_UP:
    case EVENT_WHEEL: return take_pointer(t, scene, event);
    case EVENT_RESIZE:
    case EVENT_TICK:
    case EVENT_QUIT:
    case EVENT_KIND_COUNT: break;
    }
    return (TutorEffects){0};
}
