/* Controls in a scene: see control.h. */
#include "viz/state/control.h"

SceneHit control_hit(Control control, const char *text) {
    return (SceneHit){
        .kind = control.kind, .index = {control.index, control.runner, 0}, .value = control.value, .text = text};
}

Control control_of(const SceneHit *hit) {
    if (!hit || hit->kind < CONTROL_COMMAND || hit->kind >= CONTROL_END) return (Control){0};
    return (Control){hit->kind, hit->index[0], hit->index[1], hit->value};
}

const SceneCommand *control_find(const Scene *scene, Control control) {
    for (int i = scene ? scene->command_count : 0; i-- > 0;)
        if (scene->commands[i].kind == SCENE_HIT && control_equal(control_of(&scene->commands[i].hit), control))
            return &scene->commands[i];
    return NULL;
}

/* Where a control is first drawn; -1 where it is not. A control drawn twice counts once, or Tab would go round in it.
 */
static int first_place(const Scene *scene, Control control) {
    for (int i = 0; i < scene->command_count; i++)
        if (scene->commands[i].kind == SCENE_HIT && control_equal(control_of(&scene->commands[i].hit), control))
            return i;
    return -1;
}

Control control_next(const Scene *scene, Control focus, int direction) {
    int count = scene ? scene->command_count : 0, at = count ? first_place(scene, focus) : -1;
    if (at < 0 && direction < 0) at = count;
    for (int tried = 0; tried < count; tried++) {
        at = (at + direction + count) % count;
        if (scene->commands[at].kind != SCENE_HIT) continue;
        Control control = control_of(&scene->commands[at].hit);
        if (control.kind && first_place(scene, control) == at) return control;
    }
    return focus;
}
