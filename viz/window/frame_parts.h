/* Parts of the frame that frame.c puts together: each draws into its box. Pure. */
#ifndef VIZ_WINDOW_FRAME_PARTS_H
#define VIZ_WINDOW_FRAME_PARTS_H
#include "viz/views/replay.h"
#include "viz/window/frame.h"

/* A button: at x, as wide as its label needs; returns its width. is_on: pressed down, as a tab that is open. */
double frame_button(const ReplayScene *r, double x, Box row, Control control, const char *label, bool is_on,
                    const char *help);
/* The same for a command, with its own help and key; and how wide a label makes a button. */
double frame_command_button(const ReplayScene *r, double x, Box row, Command command, const char *label, bool is_on);
double frame_button_px(const ReplayScene *r, const char *label);

/* Four units of the grid; beside a lesson, where the scenario does not fit beside the buttons, a line more. */
double frame_header_px(const ReplayScene *r, const ViewInput *input, const FramePlots *plots, double width_px);
void frame_draw_header(const ReplayScene *r, const ViewInput *input, const FramePlots *plots, Box box);
void frame_draw_transport(const ReplayScene *r, Box box);
void frame_draw_sliders(const ReplayScene *r, Box box);
/* Height of the sliders in so much width: one column or two. */
double frame_sliders_px(const ReplayScene *r, double width_px);
/* Lecture mode: what to say at this place. */
double frame_notes_px(const ReplayScene *r, double width_px);
void frame_draw_notes(const ReplayScene *r, Box box);
/* A card in the middle of the window, over everything: the window's theme or the largest in which so many units fit; the
 * card, of which the inside is returned; its button to close. */
Theme frame_card_theme(const ReplayScene *r, double width_units, double height_units);
Box frame_draw_card(const ReplayScene *r, double width_px, double height_px);
void frame_draw_close(const ReplayScene *r, Box inside);
void frame_draw_lessons(const ReplayScene *r);
/* Over everything else: the page of keys, the open formula, what the pointer is on, the host's message. */
void frame_draw_help(const ReplayScene *r);
void frame_draw_formula(const ReplayScene *r);
void frame_draw_hint(const ReplayScene *r);
void frame_draw_message(const ReplayScene *r);
#endif
