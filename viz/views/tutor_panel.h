/* The lesson's column in the window: its text so far, and below it the field, the dial and the buttons. Pure. */
#ifndef VIZ_VIEWS_TUTOR_PANEL_H
#define VIZ_VIEWS_TUTOR_PANEL_H
#include "viz/state/tutor.h"
#include "viz/theme.h"

void tutor_panel_draw(const Tutor *tutor, const Theme *theme, Box box, Scene *scene);
/* How much of a window's width the column takes. */
double tutor_panel_px(const Theme *theme, double window_px);
#endif
