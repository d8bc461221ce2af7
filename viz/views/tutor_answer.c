/* Below the lesson's text: the field, the dial, the buttons. See tutor_parts.h. */
#include <math.h>
#include <string.h>

#include "viz/state/tutor_dial.h"
#include "viz/state/tutor_text.h"
#include "viz/views/tutor_parts.h"

/* The field. */

static TextStyle mono(const Theme *theme, TypeSize size) {
    TextStyle style = theme_text(theme, size);
    style.face = FACE_MONO;
    return style;
}

static double typed_line_px(const Theme *theme) { return 1.35 * theme->type_px[TYPE_BODY]; }

static void draw_caret(const TutorPanel *p, double x, double y, double line_px) {
    scene_line(p->scene, (Point){x, y - 0.75 * line_px}, (Point){x, y + 0.15 * line_px}, p->theme->accent,
               2 * p->theme->hairline_px);
}

/* One line of what is typed, with the caret where it stands in it. */
static void draw_line(const TutorPanel *p, Box box, double baseline, TextStyle style, const char *line, int first) {
    double character_px = scene_text_width(p->scene, style, "0");
    int length = (int)strlen(line), caret_index = p->t->caret_index - first;
    scene_text(p->scene, box.x, baseline, style, line);
    if (p->t->is_typing && caret_index >= 0 && caret_index <= length)
        draw_caret(p, box.x + caret_index * character_px, baseline, box.h);
    SceneHit hit = tutor_region(TUTOR_LINE, first, NULL);
    hit.index[1] = length;
    hit.index[2] = (int32_t)lround(64 * character_px);
    scene_hit(p->scene, box, hit);
}

/* What is typed, a line under another; where it does not fit, the caret's line stays in view. A program's lines are
 * numbered: what is wrong with it is told by line. */
static void draw_typed(const TutorPanel *p, Box box, bool is_program) {
    const Tutor *t = p->t;
    TextStyle style = mono(p->theme, TYPE_BODY);
    double line_px = typed_line_px(p->theme), y = box.y;
    int rows = (int)fmax(1, floor(box.h / line_px + 0.1)), caret_row = 0, row = 0, at = 0;
    for (int i = 0; i < t->caret_index; i++) caret_row += t->text[i] == '\n';
    int first = caret_row >= rows ? caret_row - rows + 1 : 0;
    scene_clip_push(p->scene, box);
    Box gutter = is_program ? box_cut_left(&box, 3 * p->u) : (Box){0};
    for (char *rest = arena_copy_text(p->scene->arena, t->text), *line; (line = strsep(&rest, "\n")); row++) {
        if (row >= first) {
            double baseline = y + 0.85 * line_px;
            if (is_program)
                scene_textf(p->scene, gutter.x + gutter.w - p->u, baseline,
                            text_right(theme_text_soft(p->theme, TYPE_SMALL)), "%d", row + 1);
            draw_line(p, (Box){box.x, y, box.w, line_px}, baseline, style, line, at);
            y += line_px;
        }
        at += (int)strlen(line) + 1;
    }
    scene_clip_pop(p->scene);
}

static const char *guess_example(const GuessUnit *unit) {
    switch (unit ? unit->quantity : QUANTITY_COUNT) {
    case QUANTITY_BYTES: return "1.5 GiB, or 3*1024*64 bytes";
    case QUANTITY_RATIO: return strcmp(unit->name, "%") == 0 ? "12 %" : "64x, or 3/4";
    case QUANTITY_TIME: return "12 ms";
    case QUANTITY_FLOPS: return "3 GFLOP";
    case QUANTITY_RATE: return "900 GB/s";
    case QUANTITY_INTENSITY: return "12 FLOP/B, or 600/50";
    case QUANTITY_COUNT: break;
    }
    return "12, 4K, or 3*64";
}

/* "block-q = ..., block-k = ..." out of the names of what may be chosen. */
static const char *settings_example(const TutorPanel *p, const char *may) {
    const char *text = "";
    for (char *rest = arena_copy_text(p->scene->arena, may), *name; (name = strsep(&rest, " "));)
        if (*name) text = arena_format(p->scene->arena, "%s%s%s = ...", text, *text ? ", " : "", name);
    return text;
}

static const char *field_help(const TutorPanel *p, const LessonPart *part) {
    if (part->kind == LESSON_PREDICT)
        return arena_format(p->scene->arena, "your guess, like %s", guess_example(tutor_unit(part)));
    return settings_example(p, part->may);
}

static void draw_field(const TutorPanel *p, Box box) {
    const LessonPart *part = tutor_part(p->t);
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = p->theme->background,
                   .edge = p->t->is_typing ? p->theme->accent : p->theme->rule,
                   .edge_px = p->theme->hairline_px * (p->t->is_typing ? 2 : 1)};
    scene_rect(p->scene, box, paint);
    scene_hit(p->scene, box, tutor_region(TUTOR_FIELD, 0, NULL));
    if (!*p->t->text && !part->is_program)
        scene_text_cut(p->scene, box.x + 1.5 * p->u, box.y + 2.6 * p->u, box.w - 3 * p->u,
                       theme_text_soft(p->theme, TYPE_SMALL), field_help(p, part));
    draw_typed(p, box_inset(box, 0.8 * p->u), part->is_program);
}

/* The dial. */

/* Least and most stand at its ends; the knob is hollow until it has been moved. */
static void draw_dial(const TutorPanel *p, Box box) {
    char least[64], most[64];
    tutor_dial_text(p->t, 0, least, sizeof least);
    tutor_dial_text(p->t, 1, most, sizeof most);
    TextStyle style = theme_text_soft(p->theme, TYPE_SMALL);
    double middle = box.y + 0.5 * box.h, baseline = middle + 0.35 * style.size_px;
    scene_text(p->scene, box.x, baseline, style, least);
    scene_text(p->scene, box.x + box.w, baseline, text_right(style), most);
    box.x += scene_text_width(p->scene, style, least) + 2 * p->u;
    box.w -= scene_text_width(p->scene, style, least) + scene_text_width(p->scene, style, most) + 4 * p->u;
    scene_line(p->scene, (Point){box.x, middle}, (Point){box.x + box.w, middle}, p->theme->rule,
               2 * p->theme->hairline_px);
    for (int i = 0; i <= 5; i++) {
        double x = box.x + box.w * i / 5;
        scene_line(p->scene, (Point){x, middle - 0.5 * p->u}, (Point){x, middle + 0.5 * p->u}, p->theme->rule,
                   p->theme->hairline_px);
    }
    scene_disc(p->scene, (Point){box.x + box.w * p->t->dial, middle}, p->u,
               (Paint){.pattern = PATTERN_SOLID,
                       .fill = *p->t->text ? p->theme->accent : p->theme->background,
                       .edge = p->theme->accent,
                       .edge_px = 2 * p->theme->hairline_px});
    const char *help = *p->t->text ? NULL : "drag a guess: every mark is some powers of ten"; /* not in a drag's way */
    scene_hit(p->scene, box, tutor_region(TUTOR_DIAL, 0, help));
}

static void draw_keys(const TutorPanel *p, Box box, const char *text) {
    scene_text_cut(p->scene, box.x, box.y + 1.6 * p->u, box.w, theme_text_soft(p->theme, TYPE_SMALL), text);
}

/* All lines of a program, and the field's edge. The field has two heights only: it must not move under the pointer. */
static double program_px(const TutorPanel *p) {
    int lines = 1;
    for (const char *c = p->t->text; *c; c++) lines += *c == '\n';
    return lines * typed_line_px(p->theme) + 1.6 * p->u;
}

void tutor_draw_answer(const TutorPanel *p, Box *box) {
    const LessonPart *part = tutor_part(p->t);
    if (!tutor_is_open(p->t) || (part->kind == LESSON_PREDICT && part->is_choice)) return;
    if (part->kind == LESSON_PREDICT) draw_dial(p, box_cut_bottom(box, 3 * p->u));
    if (part->is_program)
        draw_keys(p, box_cut_bottom(box, 2.2 * p->u),
                  "Enter: a new line   Ctrl+Enter: check   Esc: keys to the replay");
    double height_px = 4.4 * p->u;
    if (part->is_program) height_px = fmax(height_px, (program_px(p) > 0.42 * box->h ? 0.56 : 0.42) * box->h);
    draw_field(p, box_cut_bottom(box, height_px));
    box_cut_bottom(box, p->u);
}

/* The buttons. */

static double button_px(const TutorPanel *p, const char *label) {
    return scene_text_width(p->scene, theme_text(p->theme, TYPE_BODY), label) + 3 * p->u;
}

static double button(const TutorPanel *p, double x, double y, const char *label, bool is_main, SceneHit hit) {
    TextStyle style = theme_text(p->theme, TYPE_BODY);
    Box box = {x, y, button_px(p, label), 3.6 * p->u};
    Paint paint = {.pattern = PATTERN_SOLID,
                   .fill = is_main ? p->theme->accent : p->theme->background,
                   .edge = p->theme->rule,
                   .edge_px = p->theme->hairline_px};
    scene_round_rect(p->scene, box, 0.5 * p->u, paint);
    if (is_main) style = text_color(style, p->theme->background);
    scene_text_in(p->scene, box, style, label);
    scene_hit(p->scene, box, hit);
    return box.w;
}

static void draw_end_buttons(const TutorPanel *p, Box box, double x) {
    button(p, x, box.y, "From the start", false,
           tutor_region(TUTOR_AGAIN, 0, "the lesson from its first page; answers are kept"));
    if (!p->t->next_title) return;
    const char *text = "Next lesson >";
    button(p, box.x + box.w - button_px(p, text), box.y, text, true, tutor_region(TUTOR_NEXT_LESSON, 0, "Enter"));
}

void tutor_draw_buttons(const TutorPanel *p, Box box) {
    const LessonPart *part = tutor_part(p->t);
    bool is_open = tutor_is_open(p->t), is_exercise = is_open && part->kind == LESSON_EXERCISE;
    double x = box.x, right = box.x + box.w;
    int page_count;
    if (tutor_page(p->t, &page_count) > 1)
        x += button(p, x, box.y, "< Back", false, tutor_region(TUTOR_BACK, 0, "the page before (Backspace)")) + p->u;
    if (!part) {
        draw_end_buttons(p, box, x);
        return;
    }
    if (is_open && part->hint_count > 0)
        x += button(p, x, box.y, "Hint", false, tutor_region(TUTOR_HINT, 0, "a hint (type ?)")) + p->u;
    if (is_open) button(p, x, box.y, "Show", false, tutor_region(TUTOR_SHOW, 0, "the answer (type !)"));
    if (!is_open || *p->t->text) {
        const char *text = is_open ? "Check" : p->has_more ? "More \xe2\x86\x93" : "Next >";
        const char *keys = is_exercise && part->is_program ? "Ctrl+Enter" : "Enter";
        right -= button_px(p, text);
        button(p, right, box.y, text, true, tutor_region(TUTOR_CHECK, 0, keys));
        right -= p->u;
    }
    if (is_exercise)
        button(p, right - button_px(p, "Later >"), box.y, "Later >", false,
               tutor_region(TUTOR_LATER, 0, "go on; Back returns to the exercise as you left it"));
}
