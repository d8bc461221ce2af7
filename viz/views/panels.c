/* Where a view's panels go: see panels.h. */
#include "viz/views/panels.h"

Panels panels_cut(Box box, int count, double least_units, const Theme *theme, Scene *scene) {
    double gap_px = 5 * theme->unit_px, part_px = (box.w - (count - 1) * gap_px) / count;
    Panels panels = {.is_stacked = count > 1 && part_px < least_units * theme->unit_px};
    if (panels.is_stacked) {
        gap_px = 2 * theme->unit_px;
        part_px = (box.h - (count - 1) * gap_px) / count;
    }
    for (int i = 0; i < count; i++) {
        double at_px = i * (part_px + gap_px), middle_px = at_px - gap_px / 2;
        panels.parts[i] = panels.is_stacked ? (Box){box.x, box.y + at_px, box.w, part_px}
                                            : (Box){box.x + at_px, box.y, part_px, box.h};
        Point from = {box.x + middle_px, box.y}, to = {box.x + middle_px, box.y + box.h};
        if (panels.is_stacked) from = (Point){box.x, box.y + middle_px}, to = (Point){box.x + box.w, box.y + middle_px};
        if (i > 0) scene_line(scene, from, to, theme->grid, theme->hairline_px);
    }
    return panels;
}
