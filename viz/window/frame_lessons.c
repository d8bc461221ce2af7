/* The list of lessons over the frame: see frame_parts.h. */
#include <math.h>

#include "viz/window/frame_parts.h"

static const double width_units = 84, row_units = 3.4, head_units = 6.5, edge_units = 2.5;

/* Number, title, minutes and how far it has been gone through; the whole row answers. */
static void draw_lesson(const ReplayScene *r, int index, Box row) {
    const Shelf *shelf = r->state->shelf;
    const ShelfLesson *lesson = &shelf->lessons[index];
    const Theme *theme = r->theme;
    double u = theme->unit_px, baseline = row.y + row.h / 2 + 0.36 * theme->type_px[TYPE_BODY];
    Control control = {CONTROL_LESSON, index, 0, 0};
    bool is_open = shelf->open_index == index,
         is_lit = control_equal(r->state->hover, control) || control_equal(r->state->focus, control);
    if (is_open || is_lit)
        scene_round_rect(r->scene, row, 0.4 * u,
                         (Paint){.pattern = PATTERN_SOLID, .fill = is_lit ? theme->grid : theme->panel});
    TextStyle title = is_open ? theme_text_bold(theme, TYPE_BODY) : theme_text(theme, TYPE_BODY),
              soft = text_right(theme_text_soft(theme, TYPE_SMALL));
    double place_x = row.x + row.w - u, minutes_x = place_x - 9 * u, title_x = row.x + 4.5 * u;
    scene_textf(r->scene, row.x + 3 * u, baseline, text_right(theme_text_soft(theme, TYPE_BODY)), "%d", index + 1);
    scene_text_cut(r->scene, title_x, baseline, minutes_x - 7 * u - title_x, title, lesson->title);
    scene_textf(r->scene, minutes_x, baseline, soft, "%d min", lesson->minutes);
    scene_text(r->scene, place_x, baseline, soft, is_open ? "open" : lesson->place);
    replay_control(r, row, control, "");
}

/* Below the lessons, where one is open: back to the replay alone. */
static void draw_none(const ReplayScene *r, Box row) {
    const Theme *theme = r->theme;
    Control control = {CONTROL_LESSON, r->state->shelf->lesson_count, 0, 0};
    if (control_equal(r->state->hover, control) || control_equal(r->state->focus, control))
        scene_round_rect(r->scene, row, 0.4 * theme->unit_px, (Paint){.pattern = PATTERN_SOLID, .fill = theme->grid});
    scene_text(r->scene, row.x + 4.5 * theme->unit_px, row.y + row.h / 2 + 0.36 * theme->type_px[TYPE_BODY],
               theme_text(theme, TYPE_BODY), "close the lesson: the replay alone");
    replay_control(r, row, control, "");
}

void frame_draw_lessons(const ReplayScene *window) {
    const Shelf *shelf = window->state->shelf;
    if (!shelf) return;
    int row_count = shelf->lesson_count + (shelf->open_index >= 0);
    double height_units = head_units + row_count * row_units + 2 * edge_units;
    Theme theme = frame_card_theme(window, width_units, height_units);
    ReplayScene card = *window;
    const ReplayScene *r = &card;
    card.theme = &theme;
    double u = theme.unit_px;
    Box inside = frame_draw_card(r, width_units * u, height_units * u);
    scene_text(r->scene, inside.x, inside.y + 2.4 * u, theme_text_bold(&theme, TYPE_HEADING), "Lessons");
    scene_text(r->scene, inside.x, inside.y + 5 * u, theme_text_soft(&theme, TYPE_SMALL),
               "A text beside the replay: it asks, you guess, the replay shows. Arrows choose, Enter begins.");
    frame_draw_close(r, inside);
    box_cut_top(&inside, head_units * u);
    for (int i = 0; i < shelf->lesson_count; i++) draw_lesson(r, i, box_cut_top(&inside, row_units * u));
    if (shelf->open_index >= 0) draw_none(r, box_cut_top(&inside, row_units * u));
}
