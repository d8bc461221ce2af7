/* Drawing of the lesson's column: see tutor_panel.h. */
#include "viz/views/tutor_panel.h"

#include <math.h>
#include <string.h>

#include "viz/state/tutor_dial.h"
#include "viz/state/tutor_text.h"
#include "viz/views/markdown_set.h"
#include "viz/views/tutor_parts.h"

double tutor_panel_px(const Theme *theme, double window_px) {
    return fmin(fmax(0.36 * window_px, 46 * theme->unit_px), 0.5 * window_px);
}

/* Pieces. */

static void label(const TutorPanel *p, MarkdownSetter *s, const char *text) {
    s->y += s->gap_px;
    scene_text(s->scene, s->left_px, s->y + 1.6 * p->u,
               text_color(theme_text_bold(p->theme, TYPE_SMALL), p->theme->accent), text);
    s->y += 2.4 * p->u;
}

/* Secondary words, small: what may be typed, what the keys do. */
static void note(const TutorPanel *p, MarkdownSetter *s, const char *text) {
    TextStyle style = theme_text_soft(p->theme, TYPE_SMALL);
    double line_px = 1.35 * style.size_px;
    scene_text_wrap(s->scene, s->left_px, s->y + 0.8 * line_px, s->width_px, line_px, style, text);
    s->y += line_px * scene_wrap_lines(s->scene, s->width_px, style, text) + s->gap_px;
}

/* The text so far. */

/* What the lesson answers, and how to get about in it. */
static void set_opening(const TutorPanel *p, MarkdownSetter *s) {
    const Lesson *lesson = p->t->c->lesson;
    markdown_set_text(s, arena_format(s->scene->arena, "**%s**", lesson->question));
    note(p, s,
         arena_format(s->scene->arena,
                      "About %d minutes. Enter goes on, Backspace goes back, the wheel (or Shift PgUp, PgDn) scrolls. "
                      "Other keys are the replay's: ? lists them; while you type, Esc gives them back to it.",
                      lesson->minutes));
}

static void set_options(const TutorPanel *p, MarkdownSetter *s, const LessonPart *part, bool is_open) {
    for (int i = 0; i < part->slip_count; i++) {
        const char *text;
        double top = s->y;
        if (!lesson_case_text(p->t->c, part->slips[i].expression, &text, s->scene->arena, NULL))
            text = part->slips[i].expression;
        markdown_set_text(s, arena_format(s->scene->arena, "%d. %s", i + 1, text));
        if (is_open)
            scene_hit(s->scene, (Box){s->left_px, top, s->width_px, s->y - top},
                      tutor_region(TUTOR_OPTION, i, "choose this"));
    }
    s->y += s->gap_px;
    if (is_open) note(p, s, "Press the number of your choice, or click it.");
}

/* How near a guess must come, and what a number without a unit means. */
static void set_terms(const TutorPanel *p, MarkdownSetter *s, const LessonPart *part) {
    const GuessUnit *unit = tutor_unit(part);
    bool has_unit = unit && unit->quantity != QUANTITY_COUNT && strcmp(unit->name, "x") != 0;
    const char *near = part->tolerance > 0
                           ? arena_format(s->scene->arena, "A guess to within %g %%", 100 * part->tolerance)
                           : "An exact number";
    note(p, s,
         has_unit ? arena_format(s->scene->arena, "%s; a number alone is in %s.", near, unit->name)
                  : arena_format(s->scene->arena, "%s.", near));
}

static void set_predict(const TutorPanel *p, MarkdownSetter *s, int index) {
    const LessonPart *part = &p->t->c->lesson->parts[index];
    bool is_current = index == p->t->lesson.part, is_open = is_current && tutor_is_open(p->t);
    label(p, s, "PREDICT");
    markdown_set(s, &p->t->texts[index]);
    if (part->is_choice)
        set_options(p, s, part, is_open);
    else if (is_open)
        set_terms(p, s, part);
    if (!is_open && !(is_current && *p->t->lesson.feedback)) markdown_set_text(s, p->t->answers[index]);
}

static void set_bookmark(const TutorPanel *p, MarkdownSetter *s, int index) {
    double top;
    bool is_shown = index == p->t->bookmark;
    label(p, s, is_shown ? "REPLAY: shown beside (a click comes back to it)" : "REPLAY: click to go there");
    top = s->y;
    markdown_set(s, &p->t->texts[index]);
    if (is_shown)
        scene_rect(s->scene, (Box){s->left_px - 1.5 * p->u, top, 0.5 * p->u, s->y - top - s->gap_px},
                   (Paint){.pattern = PATTERN_SOLID, .fill = p->theme->accent});
    scene_hit(s->scene, (Box){s->left_px, top - 2.4 * p->u, s->width_px, s->y - top + 2.4 * p->u},
              tutor_region(TUTOR_BOOKMARK, index, "the replay goes to this step"));
}

/* A heading is shown as strongly as the part below it. */
static bool is_under_heading(const Tutor *t, int index) {
    return index + 1 == t->lesson.part && tutor_is_heading(t, index);
}

static void set_part(const TutorPanel *p, MarkdownSetter *s, int index) {
    switch (p->t->c->lesson->parts[index].kind) {
    case LESSON_PROSE: markdown_set(s, &p->t->texts[index]); break;
    case LESSON_PREDICT: set_predict(p, s, index); break;
    case LESSON_BOOKMARK: set_bookmark(p, s, index); break;
    case LESSON_EXERCISE:
        label(p, s, "EXERCISE");
        markdown_set(s, &p->t->texts[index]);
        break;
    case LESSON_HARDWARE:
        label(p, s, "HARDWARE");
        markdown_set(s, &p->t->texts[index]);
        markdown_set_text(s, p->t->answers[index]);
        break;
    case LESSON_NOTES:
    case LESSON_CHECK:
    case LESSON_QUESTION: break;
    }
}

static void set_feedback(const TutorPanel *p, MarkdownSetter *s) {
    if (!*p->t->lesson.feedback) return;
    double top = s->y;
    if (*p->t->handed) note(p, s, arena_format(s->scene->arena, "You: %s", p->t->handed));
    markdown_set_text(s, p->t->lesson.feedback);
    scene_rect(s->scene, (Box){s->left_px - 1.5 * p->u, top, 0.5 * p->u, s->y - top - s->gap_px},
               (Paint){.pattern = PATTERN_SOLID, .fill = p->theme->ink_soft});
}

static void set_end(const TutorPanel *p, MarkdownSetter *s) {
    Arena *arena = s->scene->arena;
    LessonScore score = lesson_state_score(p->t->c, &p->t->lesson);
    int open_count = score.question_count - score.right_count - score.shown_count;
    label(p, s, "END OF THE LESSON");
    markdown_set_text(
        s, arena_format(arena, "%d of %d answered by yourself%s%s.", score.right_count, score.question_count,
                        score.shown_count ? arena_format(arena, ", %d shown", score.shown_count) : "",
                        open_count ? arena_format(arena, ", %d left open (Back goes there)", open_count) : ""));
    if (p->t->next_title)
        markdown_set_text(s, arena_format(arena, "Next: **%s** (Enter).", p->t->next_title));
    else
        markdown_set_text(s, "`hbmscope learn` lists the lessons, `hbmscope quiz` is the drill.");
    note(p, s, "Progress is kept. Q closes the window.");
}

/* Everything up to the current part; what lies before it stands back. *part_top: where that one begins, from the top
 * of the text. */
static double set_all(const TutorPanel *p, Scene *scene, Box box, double top, double *part_top) {
    MarkdownSetter s = markdown_setter(scene, p->theme, box.x + 2 * p->u, box.w - 3.5 * p->u, top);
    int count = p->t->c->lesson->part_count, current = p->t->lesson.part;
    Theme faded = *p->theme;
    faded.ink = faded.accent = p->theme->ink_soft;
    TutorPanel past = *p;
    past.theme = &faded;
    set_opening(current > 0 ? &past : p, &s);
    for (int i = 0; i <= current && i < count; i++) {
        bool is_past = i < current && !is_under_heading(p->t, i);
        s.theme = is_past ? &faded : p->theme;
        if (i == current && i > 0) *part_top = s.y - top;
        set_part(is_past ? &past : p, &s, i);
    }
    s.theme = p->theme;
    if (current >= count) {
        *part_top = s.y - top;
        set_end(p, &s);
    }
    set_feedback(p, &s);
    return s.y - top;
}

/* Where in the text we are, and that it goes on. */
static void draw_position(const TutorPanel *p, Box box, double top, double height) {
    if (height <= box.h) return;
    Box bar = {box.x + box.w - 0.5 * p->u, box.y + box.h * -top / height, 0.4 * p->u, box.h * box.h / height};
    scene_rect(p->scene, bar, (Paint){.pattern = PATTERN_SOLID, .fill = p->theme->rule});
    if (!p->has_more) return;
    scene_line(p->scene, (Point){box.x, box.y + box.h}, (Point){box.x + box.w, box.y + box.h}, p->theme->rule,
               p->theme->hairline_px);
}

static void draw_text(TutorPanel *p, Box box) {
    double part_top = 0, ignored = 0;
    Scene measure = scene_make(p->scene->arena, p->scene->metrics, p->scene->width_px, p->scene->height_px, 0);
    double height = set_all(p, &measure, box, 0, &part_top) + 2 * p->u;
    bool is_answered = *p->t->lesson.feedback != 0; /* then its end is what matters */
    double rest = fmin(0, box.h - height), start = is_answered ? rest : fmax(rest, fmin(0, -part_top + p->u));
    double top = fmin(0, fmax(rest, start + p->t->scroll_px));
    p->has_more = top - rest > 2 * p->u;                               /* the last is empty space */
    SceneHit hit = tutor_region(TUTOR_PANEL, (int)ceil(-start), NULL); /* how far up and down the wheel may go */
    hit.index[1] = (int32_t)floor(rest - start);
    hit.index[2] = p->has_more;
    scene_hit(p->scene, box, hit);
    scene_clip_push(p->scene, box);
    set_all(p, p->scene, box, box.y + top, &ignored);
    scene_clip_pop(p->scene);
    draw_position(p, box, top, height);
}

/* All of it. */

static void draw_head(const TutorPanel *p, Box box) {
    const Lesson *lesson = p->t->c->lesson;
    TextStyle soft = text_right(theme_text_soft(p->theme, TYPE_SMALL));
    TextStyle title = theme_text_bold(p->theme, TYPE_HEADING);
    double width_px = box.w - 8 * p->u;
    if (scene_text_width(p->scene, title, lesson->title) > width_px) title = theme_text_bold(p->theme, TYPE_BODY);
    int page_count, page = tutor_page(p->t, &page_count);
    scene_text_cut(p->scene, box.x, box.y + 2.6 * p->u, width_px, title, lesson->title);
    scene_textf(p->scene, box.x + box.w, box.y + 2.6 * p->u, soft, "%d of %d", page, page_count);
    scene_line(p->scene, (Point){box.x, box.y + 3.8 * p->u}, (Point){box.x + box.w, box.y + 3.8 * p->u}, p->theme->rule,
               p->theme->hairline_px);
}

void tutor_panel_draw(const Tutor *tutor, const Theme *theme, Box box, Scene *scene) {
    TutorPanel panel = {.t = tutor, .theme = theme, .scene = scene, .u = theme->unit_px};
    TutorPanel *p = &panel;
    scene_rect(scene, box, (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel});
    scene_line(scene, (Point){box.x + box.w, box.y}, (Point){box.x + box.w, box.y + box.h}, theme->rule,
               theme->hairline_px);
    Box inner = box_inset(box, 2 * p->u);
    draw_head(p, box_cut_top(&inner, 5 * p->u));
    Box buttons = box_cut_bottom(&inner, 4 * p->u);
    box_cut_bottom(&inner, p->u);
    tutor_draw_answer(p, &inner);
    draw_text(p, inner);
    tutor_draw_buttons(p, buttons);
}
