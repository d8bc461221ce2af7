/* A view's box cut into panels, one an algorithm: side by side, or one under another where they would be too narrow. */
#ifndef VIZ_VIEWS_PANELS_H
#define VIZ_VIEWS_PANELS_H
#include "viz/theme.h"

enum { PANELS_MAX = 3 };

typedef struct Panels {
    Box parts[PANELS_MAX];
    bool is_stacked;
} Panels;

/* count of them, at least least_units of theme->unit_px wide where the box is; faint lines between go to the scene. */
Panels panels_cut(Box box, int count, double least_units, const Theme *theme, Scene *scene);
#endif
