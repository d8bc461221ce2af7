/* A lesson gone through without a window: keys and clicks on what the panel drew last, and what came of them. */
#ifndef TESTS_STATE_PLAYED_H
#define TESTS_STATE_PLAYED_H
#include <ctype.h>
#include <string.h>

#include "tests/lessons/opened.h"
#include "tests/viz/plain_metrics.h"
#include "viz/state/tutor.h"
#include "viz/state/tutor_text.h"
#include "viz/views/tutor_panel.h"

typedef struct Played {
    Opened *opened;
    Tutor tutor;
    Arena frame; /* the scene's */
    FontMetrics metrics;
    Scene scene;
    int place_count, progress_count, program_count; /* how often the host was asked for each */
} Played;

static inline void played_draw(Played *p) {
    Theme theme = theme_make(false, 1);
    arena_reset(&p->frame);
    p->scene = scene_make(&p->frame, &p->metrics, 1280, 800, theme.background);
    tutor_panel_draw(&p->tutor, &theme, (Box){0, 0, tutor_panel_px(&theme, 1280), 800}, &p->scene);
}

static inline Played *played_open(const char *id) {
    Played *p = calloc(1, sizeof *p);
    Err err;
    assert_non_null(p);
    p->metrics = plain_metrics();
    p->opened = opened_open(id);
    if (!tutor_make(&p->opened->c, lesson_state_start(&p->opened->c), &p->tutor, &p->opened->arena, &err))
        fail_msg("%s: %s", id, err.text);
    played_draw(p);
    return p;
}

static inline void played_close(Played *p) {
    arena_free(&p->frame);
    opened_close(p->opened);
    free(p);
}

static inline TutorEffects played_apply(Played *p, Event event) {
    TutorEffects effects = tutor_apply(&p->tutor, false, &p->scene, &event);
    p->place_count += effects.is_place_changed;
    p->progress_count += effects.is_progress;
    p->program_count += effects.is_program;
    played_draw(p);
    return effects;
}

static inline TutorEffects played_key(Played *p, uint32_t code, unsigned modifiers) {
    return played_apply(p, (Event){.kind = EVENT_KEY, .key = code, .modifiers = modifiers});
}

/* As on a keyboard: \n is Enter, capitals come with Shift. */
static inline void played_type(Played *p, const char *text) {
    for (; *text; text++) {
        bool is_upper = isupper((unsigned char)*text);
        if (*text == '\n')
            played_key(p, KEY_ENTER, 0);
        else
            played_key(p, (uint32_t)(is_upper ? tolower((unsigned char)*text) : *text), is_upper ? MODIFIER_SHIFT : 0);
    }
}

/* The region drawn last that answers to this control, or NULL. */
static inline const SceneCommand *played_find(const Played *p, int kind, int index) {
    for (int i = p->scene.command_count; i-- > 0;)
        if (p->scene.commands[i].kind == SCENE_HIT && p->scene.commands[i].hit.kind == kind &&
            p->scene.commands[i].hit.index[0] == index)
            return &p->scene.commands[i];
    return NULL;
}

/* Presses and lets go in its middle; false where there is none. */
static inline bool played_click(Played *p, int kind, int index) {
    const SceneCommand *region = played_find(p, kind, index);
    if (!region) return false;
    double x = region->box.x + region->box.w / 2, y = region->box.y + region->box.h / 2;
    played_apply(p, (Event){.kind = EVENT_POINTER_DOWN, .x_px = x, .y_px = y});
    return played_apply(p, (Event){.kind = EVENT_POINTER_UP, .x_px = x, .y_px = y}).is_taken;
}

/* Enter, or the button, until the page is another: a long text is turned first. */
static inline void played_go_on(Played *p, bool is_click) {
    int before = p->tutor.lesson.part, tries = 0;
    while (p->tutor.lesson.part == before && tries++ < 9) {
        if (is_click)
            assert_true(played_click(p, TUTOR_CHECK, 0));
        else
            assert_true(played_key(p, KEY_ENTER, 0).is_taken);
    }
    assert_true(p->tutor.lesson.part > before);
}

static inline void played_go_to_exercise(Played *p) {
    while (tutor_part(&p->tutor)->kind != LESSON_EXERCISE) {
        if (tutor_is_open(&p->tutor)) played_click(p, TUTOR_SHOW, 0);
        played_go_on(p, true);
    }
}

static inline bool played_says(const Played *p, const char *text) {
    for (int i = 0; i < p->scene.command_count; i++)
        if (p->scene.commands[i].kind == SCENE_TEXT && strstr(p->scene.commands[i].text, text)) return true;
    return false;
}
#endif
