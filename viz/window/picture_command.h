/* The command line that draws, without a window, what a window would show. Pure. */
#ifndef VIZ_WINDOW_PICTURE_COMMAND_H
#define VIZ_WINDOW_PICTURE_COMMAND_H
#include "viz/window/window.h"

/* "hbmscope draw replay --seq 131072 -o replay.png": the scenario's options that are not the default's, and how it
 * looks. Ends in "..." where text is too short for it. */
void picture_command(const Scenario *scenario, const WindowOptions *options, char *text, size_t text_bytes);
#endif
