/* Saving what the window shows, as `hbmscope draw` would draw it: title, panels and source, no buttons. */
#ifndef VIZ_WINDOW_SAVE_H
#define VIZ_WINDOW_SAVE_H
#include "viz/backends/font.h"
#include "viz/window/frame.h"

/* Writes hbmscope-replay-N.png (or .svg) into the working directory, and the open plot as hbmscope-PLOT-N; N is the
 * first number that is free. Says in *message what was written, or why not. */
void save_view(const ViewInput *input, const FramePlots *plots, const ViewState *state, const Fonts *fonts, bool is_svg,
               char *message, size_t message_bytes);
#endif
