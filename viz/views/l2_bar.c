/* Tensors in L2, side by side in their colours: see l2_bar.h. */
#include "viz/views/l2_bar.h"

#include "sim/units.h"
#include "viz/views/machine.h"

void l2_bar_parts(Scene *scene, const Theme *theme, Box bar, const Program *program, const L2Resident *held,
                  SceneHit hit) {
    double capacity_bytes = (double)l2_resident_capacity_bytes(&program->scenario), x = bar.x;
    for (int i = 0; i < program->tensor_count && capacity_bytes > 0; i++) {
        const Tensor *tensor = &program->tensors[i];
        if (held->tensor_bytes[i] == 0) continue;
        Box box = {x, bar.y, (double)held->tensor_bytes[i] / capacity_bytes * bar.w, bar.h};
        Paint paint = theme_tile(theme, tensor->tensor_class, TILE_DONE);
        if (box.w < 3 * theme->hairline_px) paint.edge = 0;
        scene_rect(scene, box, paint);
        scene_text_in(scene, box_inset(box, 2 * theme->hairline_px + 1), theme_text(theme, TYPE_SMALL), tensor->name);
        hit.index[1] = i;
        hit.value = held->tensor_bytes[i];
        hit.text =
            arena_format(scene->arena, "L2 holds about %s of %s", units_kib(held->tensor_bytes[i]).text, tensor->name);
        scene_hit(scene, box, hit);
        x += box.w;
    }
}

void l2_bar_draw(Scene *scene, const Theme *theme, Box bar, const Program *program, const ReplayState *state,
                 int panel_index) {
    L2Resident held;
    l2_resident(program, state, &held);
    scene_rect(
        scene, bar,
        (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel, .edge = theme->rule, .edge_px = theme->hairline_px});
    l2_bar_parts(scene, theme, bar, program, &held, (SceneHit){.kind = HIT_MACHINE_LEVEL, .index = {panel_index}});
}
