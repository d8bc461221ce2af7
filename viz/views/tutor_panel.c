/* Drawing of the lesson's column: see tutor_panel.h. */
#include "viz/views/tutor_panel.h"

#include <math.h>
#include <string.h>

#include "viz/views/markdown_set.h"

typedef struct Panel {
    const Tutor *t;
    const Theme *theme;
    Scene *scene;
    double u; /* the grid's unit */
} Panel;

double tutor_panel_px(const Theme *theme, double window_px) {
    return fmin(fmax(0.36 * window_px, 46 * theme->unit_px), 0.5 * window_px);
}

/* --- pieces --- */

static SceneHit region(TutorControl kind, int index, const char *text) {
    return (SceneHit){.kind = kind, .index = {index, 0, 0}, .text = text};
}

static double button(const Panel *p, double x, double y, const char *label, bool is_main, SceneHit hit) {
    TextStyle style = theme_text(p->theme, TYPE_BODY);
    double width = scene_text_width(p->scene, style, label) + 3 * p->u;
    Box box = {x, y, width, 3.6 * p->u};
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = is_main ? p->theme->accent : p->theme->background,
                   .edge = p->theme->rule,
                   .edge_px = p->theme->hairline_px};
    scene_round_rect(p->scene, box, 0.5 * p->u, paint);
    if (is_main) style = text_color(style, p->theme->background);
    scene_text_in(p->scene, box, style, label);
    scene_hit(p->scene, box, hit);
    return width;
}

static void label(const Panel *p, MarkdownSetter *s, const char *text) {
    s->y += s->gap_px;
    scene_text(s->scene, s->left_px, s->y + 1.6 * p->u,
               text_color(theme_text_bold(p->theme, TYPE_SMALL), p->theme->accent), text);
    s->y += 2.4 * p->u;
}

/* --- the text so far --- */

static void set_options(const Panel *p, MarkdownSetter *s, const LessonPart *part, bool is_open) {
    for (int i = 0; i < part->slip_count; i++) {
        const char *text;
        double top = s->y;
        if (!lesson_case_text(p->t->c, part->slips[i].expression, &text, s->scene->arena, NULL))
            text = part->slips[i].expression;
        markdown_set_text(s, arena_format(s->scene->arena, "%d. %s", i + 1, text));
        if (is_open)
            scene_hit(s->scene, (Box){s->left_px, top, s->width_px, s->y - top},
                      region(TUTOR_OPTION, i, "choose this"));
    }
}

static void set_predict(const Panel *p, MarkdownSetter *s, int index) {
    const LessonPart *part = &p->t->c->lesson->parts[index];
    bool is_current = index == p->t->lesson.part, is_open = is_current && tutor_is_open(p->t);
    label(p, s, "PREDICT");
    markdown_set(s, &p->t->texts[index]);
    if (part->is_choice) set_options(p, s, part, is_open);
    if (!is_open && !(is_current && *p->t->lesson.feedback)) markdown_set_text(s, p->t->answers[index]);
}

static void set_bookmark(const Panel *p, MarkdownSetter *s, int index) {
    double top;
    bool is_shown = index == p->t->bookmark;
    label(p, s, is_shown ? "REPLAY: shown beside" : "REPLAY: click to go there");
    top = s->y;
    markdown_set(s, &p->t->texts[index]);
    if (is_shown)
        scene_rect(s->scene, (Box){s->left_px - 1.5 * p->u, top, 0.5 * p->u, s->y - top - s->gap_px},
                   (Paint){.pattern = PATTERN_SOLID, .fill = p->theme->accent});
    scene_hit(s->scene, (Box){s->left_px, top - 2.4 * p->u, s->width_px, s->y - top + 2.4 * p->u},
              region(TUTOR_BOOKMARK, index, "the replay goes to this step"));
}

static void set_part(const Panel *p, MarkdownSetter *s, int index) {
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

static void set_feedback(const Panel *p, MarkdownSetter *s) {
    if (!*p->t->lesson.feedback) return;
    double top = s->y;
    markdown_set_text(s, p->t->lesson.feedback);
    scene_rect(s->scene, (Box){s->left_px - 1.5 * p->u, top, 0.5 * p->u, s->y - top - s->gap_px},
               (Paint){.pattern = PATTERN_SOLID, .fill = p->theme->ink_soft});
}

static void set_end(const Panel *p, MarkdownSetter *s) {
    LessonScore score = lesson_state_score(p->t->c, &p->t->lesson);
    markdown_set_text(
        s, arena_format(s->scene->arena, "**End of the lesson.** %d of %d answered by yourself%s.", score.right_count,
                        score.question_count,
                        score.shown_count ? arena_format(s->scene->arena, ", %d shown", score.shown_count) : ""));
}

/* Everything up to the current part; *part_top: where that one begins, from the top of the text. */
static double set_all(const Panel *p, Scene *scene, Box box, double top, double *part_top) {
    MarkdownSetter s = markdown_setter(scene, p->theme, box.x + 2 * p->u, box.w - 3 * p->u, top);
    int count = p->t->c->lesson->part_count;
    for (int i = 0; i <= p->t->lesson.part && i < count; i++) {
        if (i == p->t->lesson.part) *part_top = s.y - top;
        set_part(p, &s, i);
    }
    if (p->t->lesson.part >= count) {
        *part_top = s.y - top;
        set_end(p, &s);
    }
    set_feedback(p, &s);
    return s.y - top;
}

static void draw_text(const Panel *p, Box box) {
    double part_top = 0, ignored;
    Scene measure = scene_make(p->scene->arena, p->scene->metrics, p->scene->width_px, p->scene->height_px, 0);
    double height = set_all(p, &measure, box, 0, &part_top) + 2 * p->u;
    bool is_answered = *p->t->lesson.feedback != 0; /* then its end is what matters */
    double rest = fmin(0, box.h - height), start = is_answered ? rest : fmax(rest, fmin(0, -part_top + p->u));
    double top = fmin(0, fmax(rest, start + p->t->scroll_px));
    SceneHit hit = region(TUTOR_PANEL, (int)ceil(-start), NULL); /* how far up and down the wheel may go */
    hit.index[1] = (int32_t)floor(rest - start);
    scene_hit(p->scene, box, hit);
    scene_clip_push(p->scene, box);
    set_all(p, p->scene, box, box.y + top, &ignored);
    scene_clip_pop(p->scene);
    if (height > box.h) { /* where in the text we are */
        Box bar = {box.x + box.w - 0.5 * p->u, box.y + box.h * -top / height, 0.4 * p->u, box.h * box.h / height};
        scene_rect(p->scene, bar, (Paint){.pattern = PATTERN_SOLID, .fill = p->theme->rule});
    }
}

/* --- below it --- */

static void draw_caret(const Panel *p, double x, double y, double line_px) {
    scene_line(p->scene, (Point){x, y - 0.75 * line_px}, (Point){x, y + 0.15 * line_px}, p->theme->accent,
               2 * p->theme->hairline_px);
}

/* What is typed, a line under another; where it does not fit, the caret's line stays in view. */
static void draw_typed(const Panel *p, Box box) {
    const Tutor *t = p->t;
    TextStyle style = theme_text(p->theme, TYPE_BODY);
    style.face = FACE_MONO;
    double line_px = 1.35 * style.size_px, y = box.y + 0.85 * line_px;
    int rows = (int)fmax(1, floor(box.h / line_px + 0.1)), caret_row = 0, row = 0;
    for (int i = 0; i < t->caret; i++) caret_row += t->text[i] == '\n';
    int first = caret_row >= rows && rows > 0 ? caret_row - rows + 1 : 0, at = 0;
    scene_clip_push(p->scene, box);
    for (char *rest = arena_copy_text(p->scene->arena, t->text), *line; (line = strsep(&rest, "\n")); row++) {
        int length = (int)strlen(line);
        if (row >= first) {
            scene_text(p->scene, box.x, y, style, line);
            if (t->is_typing && t->caret >= at && t->caret <= at + length)
                draw_caret(p,
                           box.x + scene_text_width(p->scene, style,
                                                    arena_format(p->scene->arena, "%.*s", t->caret - at, line)),
                           y, line_px);
            y += line_px;
        }
        at += length + 1;
    }
    scene_clip_pop(p->scene);
}

static const char *field_help(const LessonPart *part) {
    if (part->kind == LESSON_PREDICT) return "your guess: 1.5 GiB, 64x, 12 ms, 2*1024*64";
    return part->is_program ? "your program; Ctrl+Enter checks it" : "settings: block-q=64, block-k=128";
}

static void draw_field(const Panel *p, Box box) {
    const LessonPart *part = tutor_part(p->t);
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = p->theme->background,
                   .edge = p->t->is_typing ? p->theme->accent : p->theme->rule,
                   .edge_px = p->theme->hairline_px * (p->t->is_typing ? 2 : 1)};
    scene_rect(p->scene, box, paint);
    scene_hit(p->scene, box, region(TUTOR_FIELD, 0, "type here; Esc gives the keys back to the replay"));
    if (!*p->t->text)
        scene_text_cut(p->scene, box.x + 1.5 * p->u, box.y + 2.6 * p->u, box.w - 3 * p->u,
                       theme_text_soft(p->theme, TYPE_SMALL), field_help(part));
    draw_typed(p, box_inset(box, 0.8 * p->u));
}

static void draw_dial(const Panel *p, Box box) {
    double middle = box.y + 0.5 * box.h;
    scene_line(p->scene, (Point){box.x, middle}, (Point){box.x + box.w, middle}, p->theme->rule,
               2 * p->theme->hairline_px);
    for (int i = 0; i <= 5; i++) {
        double x = box.x + box.w * i / 5;
        scene_line(p->scene, (Point){x, middle - 0.5 * p->u}, (Point){x, middle + 0.5 * p->u}, p->theme->rule,
                   p->theme->hairline_px);
    }
    scene_disc(p->scene, (Point){box.x + box.w * p->t->dial, middle}, p->u,
               (Paint){.pattern = PATTERN_SOLID,
                       .fill = p->theme->accent,
                       .edge = p->theme->background,
                       .edge_px = p->theme->hairline_px});
    scene_hit(p->scene, box, region(TUTOR_DIAL, 0, "drag a guess: every mark is some powers of ten"));
}

static void draw_buttons(const Panel *p, Box box) {
    const LessonPart *part = tutor_part(p->t);
    bool is_open = tutor_is_open(p->t);
    double x = box.x;
    x += button(p, x, box.y, "< Back", false, region(TUTOR_BACK, 0, "the part before (Backspace)")) + p->u;
    if (is_open) {
        x += button(p, x, box.y, "Hint", false, region(TUTOR_HINT, 0, "a hint (type ?)")) + p->u;
        button(p, x, box.y, "Show", false, region(TUTOR_SHOW, 0, "the answer (type !)"));
    }
    if (!part) return;
    const char *text = is_open && *p->t->text                     ? "Check"
                       : is_open && part->kind == LESSON_EXERCISE ? "Later >"
                                                                  : "Next >";
    if (is_open && part->kind == LESSON_PREDICT && !*p->t->text) return;
    double width = scene_text_width(p->scene, theme_text(p->theme, TYPE_BODY), text) + 3 * p->u;
    button(p, box.x + box.w - width, box.y, text, true, region(TUTOR_CHECK, 0, "Enter"));
}

static void draw_head(const Panel *p, Box box) {
    const Lesson *lesson = p->t->c->lesson;
    TextStyle soft = text_right(theme_text_soft(p->theme, TYPE_SMALL));
    int part = p->t->lesson.part < lesson->part_count ? p->t->lesson.part + 1 : lesson->part_count;
    double count_px =
        scene_textf(p->scene, box.x + box.w, box.y + 2.6 * p->u, soft, "%d of %d", part, lesson->part_count);
    TextStyle title = theme_text_bold(p->theme, TYPE_HEADING);
    double room_px = box.w - count_px - 2 * p->u;
    if (scene_text_width(p->scene, title, lesson->title) > room_px) title = theme_text_bold(p->theme, TYPE_BODY);
    scene_text_cut(p->scene, box.x, box.y + 2.6 * p->u, room_px, title, lesson->title);
    scene_line(p->scene, (Point){box.x, box.y + 3.8 * p->u}, (Point){box.x + box.w, box.y + 3.8 * p->u}, p->theme->rule,
               p->theme->hairline_px);
}

void tutor_panel_draw(const Tutor *tutor, const Theme *theme, Box box, Scene *scene) {
    Panel panel = {tutor, theme, scene, theme->unit_px};
    const Panel *p = &panel;
    const LessonPart *part = tutor_part(tutor);
    scene_rect(scene, box, (Paint){.pattern = PATTERN_SOLID, .fill = theme->panel});
    scene_line(scene, (Point){box.x + box.w, box.y}, (Point){box.x + box.w, box.y + box.h}, theme->rule,
               theme->hairline_px);
    Box inner = box_inset(box, 2 * p->u);
    draw_head(p, box_cut_top(&inner, 5 * p->u));
    draw_buttons(p, box_cut_bottom(&inner, 4 * p->u));
    box_cut_bottom(&inner, p->u);
    bool is_open = tutor_is_open(tutor), is_choice = part && part->kind == LESSON_PREDICT && part->is_choice;
    if (is_open && !is_choice) {
        if (part->kind == LESSON_PREDICT) draw_dial(p, box_inset(box_cut_bottom(&inner, 3 * p->u), 0));
        draw_field(p, box_cut_bottom(&inner, part->is_program ? 0.42 * inner.h : 4.4 * p->u));
        box_cut_bottom(&inner, p->u);
    }
    draw_text(p, inner);
}
