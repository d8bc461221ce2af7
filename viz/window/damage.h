/* Damage: which parts of a picture differ between two scenes, so that only they are drawn again. Pure. */
#ifndef VIZ_WINDOW_DAMAGE_H
#define VIZ_WINDOW_DAMAGE_H
#include "viz/scene.h"

enum { DAMAGE_BOXES_MAX = 12 };

typedef struct Damage {
    Box boxes[DAMAGE_BOXES_MAX]; /* whole pixels; they do not overlap */
    int box_count;
    bool is_all; /* sizes or backgrounds differ: draw everything */
} Damage;

/* old may be NULL: all. Scratch memory comes from the new scene's arena. */
Damage damage_between(const Scene *old_scene, const Scene *new_scene);
#endif
