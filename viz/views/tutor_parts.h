/* What the files of the lesson's column share: see tutor_panel.h. */
#ifndef VIZ_VIEWS_TUTOR_PARTS_H
#define VIZ_VIEWS_TUTOR_PARTS_H
#include "viz/state/tutor.h"
#include "viz/theme.h"

typedef struct TutorPanel {
    const Tutor *t;
    const Theme *theme;
    Scene *scene;
    double u;      /* the grid's unit */
    bool has_more; /* the text goes on below the panel */
} TutorPanel;

static inline SceneHit tutor_region(TutorControl kind, int index, const char *text) {
    return (SceneHit){.kind = kind, .index = {index, 0, 0}, .text = text};
}

/* The field, with what belongs to it, at the bottom of box; what it takes is cut from box. */
void tutor_draw_answer(const TutorPanel *p, Box *box);
void tutor_draw_buttons(const TutorPanel *p, Box box);
#endif
