/* What a reader cannot read in a scene: texts that lie on each other, are cut, too small, or too faint.
 *
 *     LintList list = {0};
 *     scene_lint(&scene, &fonts, (LintRules){.least_px = 13}, &list);      every offence, by the ink of real glyphs
 *
 * A text's ink is the box around its glyphs' outlines, taken from the font file, so that a line of capitals and a line
 * with tails are each as tall as they are drawn. What lies under a text is found by going through the scene in painting
 * order at points of that ink, mixing colours as the drawing does. A text that a card (a rectangle whose hit region
 * has no kind) lies over is not looked at: the card is meant to be in front.
 *
 * Not seen: text that is left out because it does not fit, and pairs of colours that differ by hue alone.
 */
#ifndef TESTS_VIZ_SCENE_LINT_H
#define TESTS_VIZ_SCENE_LINT_H
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ft2build.h>
#include FT_FREETYPE_H

#include "viz/backends/font.h"
#include "viz/theme.h"

enum { LINT_OFFENCES_MAX = 400, LINT_LINE_BYTES = 200, LINT_TEXTS_MAX = 4000, LINT_CLIPS_MAX = 16 };

typedef struct LintRules {
    double least_px;           /* no text is set smaller than this in the regular face */
    bool is_scrolling_allowed; /* a column that scrolls cuts lines at its top and bottom */
} LintRules;

typedef struct LintList {
    int count; /* of all; the first LINT_OFFENCES_MAX are kept */
    char lines[LINT_OFFENCES_MAX][LINT_LINE_BYTES];
} LintList;

/* WCAG 2.1's contrast of text; a shape under a text is passed over where it is no more than a gridline. */
static const double lint_text_contrast = 4.5, lint_faint_contrast = 1.6;

static void lint_add(LintList *list, const char *rule, const SceneCommand *text, const char *what) {
    if (list->count < LINT_OFFENCES_MAX)
        snprintf(list->lines[list->count], LINT_LINE_BYTES, "%s: '%.70s' at %.0f %.0f, %.1f px%s%.90s", rule,
                 text->text, text->box.x, text->box.y, text->style.size_px, what[0] ? ": " : "", what);
    list->count++;
}

/* Ink. */

typedef struct LintGlyph {
    bool is_known;
    int16_t left, right, top, bottom; /* font units, y up; right <= left: no ink */
} LintGlyph;

static LintGlyph lint_glyph(const Fonts *fonts, Face face, uint32_t code_point) {
    enum { CODE_POINTS = 0x2800 };
    static LintGlyph known[FACE_COUNT][CODE_POINTS]; /* glyphs of the one font, the same for every test */
    LintGlyph *glyph = code_point < CODE_POINTS ? &known[face][code_point] : NULL;
    if (glyph && glyph->is_known) return *glyph;
    LintGlyph read = {.is_known = true};
    if (FT_Load_Glyph(fonts->file[face], fonts_glyph(fonts, face, code_point), FT_LOAD_NO_SCALE) == 0) {
        const FT_Glyph_Metrics *metrics = &fonts->file[face]->glyph->metrics;
        read.left = (int16_t)metrics->horiBearingX;
        read.right = (int16_t)(metrics->horiBearingX + metrics->width);
        read.top = (int16_t)metrics->horiBearingY;
        read.bottom = (int16_t)(metrics->horiBearingY - metrics->height);
    }
    if (glyph) *glyph = read;
    return read;
}

/* The box around what is drawn of a text; empty (w 0) where it is all spaces. */
static Box lint_ink(const Fonts *fonts, const SceneCommand *command) {
    const FaceMetrics *table = &fonts->metrics.face[command->style.face];
    double em_px = command->style.size_px / table->units_per_em, pen_px = command->box.x;
    double left = INFINITY, right = -INFINITY, top = INFINITY, bottom = -INFINITY;
    const char *at = command->text;
    for (uint32_t code_point; (code_point = text_next(&at)) != 0;) {
        LintGlyph glyph = lint_glyph(fonts, command->style.face, code_point);
        if (glyph.right > glyph.left) {
            left = fmin(left, pen_px + glyph.left * em_px), right = fmax(right, pen_px + glyph.right * em_px);
            top = fmin(top, command->box.y - glyph.top * em_px);
            bottom = fmax(bottom, command->box.y - glyph.bottom * em_px);
        }
        pen_px += text_advance_px(&fonts->metrics, command->style.face, command->style.size_px, code_point);
    }
    return right > left ? (Box){left, top, right - left, bottom - top} : (Box){command->box.x, command->box.y, 0, 0};
}

/* What is on the page: every command with the clip in force. */

static Box lint_both(Box a, Box b) {
    double x = fmax(a.x, b.x), y = fmax(a.y, b.y);
    return (Box){x, y, fmax(0, fmin(a.x + a.w, b.x + b.w) - x), fmax(0, fmin(a.y + a.h, b.y + b.h) - y)};
}
static bool lint_holds(Box outer, Box inner, double slack_px) {
    return inner.x >= outer.x - slack_px && inner.y >= outer.y - slack_px &&
           inner.x + inner.w <= outer.x + outer.w + slack_px && inner.y + inner.h <= outer.y + outer.h + slack_px;
}

typedef struct LintText {
    int command;
    Box ink;
} LintText;

typedef struct LintPage {
    const Scene *scene;
    Box *clips; /* of each command */
    LintText texts[LINT_TEXTS_MAX];
    int text_count;
} LintPage;

static void lint_fill_clips(LintPage *page) {
    const Scene *scene = page->scene;
    Box stack[LINT_CLIPS_MAX + 1] = {{0, 0, scene->width_px, scene->height_px}};
    int depth = 0;
    page->clips = calloc((size_t)scene->command_count + 1, sizeof *page->clips);
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *command = &scene->commands[i];
        if (command->kind == SCENE_CLIP_PUSH && depth < LINT_CLIPS_MAX)
            depth++, stack[depth] = lint_both(stack[depth - 1], command->box);
        else if (command->kind == SCENE_CLIP_POP && depth > 0)
            depth--;
        page->clips[i] = stack[depth];
    }
}

static bool lint_is_opaque(const SceneCommand *command) {
    return command->kind == SCENE_RECT && command->paint.pattern == PATTERN_SOLID &&
           (command->paint.fill & 0xFF) == 255;
}

/* Whether something opaque is painted over all of a box later, or a card over a part of it. */
static bool lint_is_hidden(const LintPage *page, int command, Box ink) {
    const Scene *scene = page->scene;
    for (int i = command + 1; i < scene->command_count; i++) {
        if (!lint_is_opaque(&scene->commands[i])) continue;
        Box seen = lint_both(scene->commands[i].box, page->clips[i]);
        const SceneCommand *next = i + 1 < scene->command_count ? &scene->commands[i + 1] : NULL;
        bool is_card = next && next->kind == SCENE_HIT && next->hit.kind == 0;
        if (lint_holds(seen, ink, 0) || (is_card && box_overlaps(seen, ink))) return true;
    }
    return false;
}

static void lint_fill_texts(LintPage *page, const Fonts *fonts, LintRules rules) {
    for (int i = 0; i < page->scene->command_count && page->text_count < LINT_TEXTS_MAX; i++) {
        const SceneCommand *command = &page->scene->commands[i];
        if (command->kind != SCENE_TEXT) continue;
        Box ink = lint_ink(fonts, command);
        if (rules.is_scrolling_allowed) ink = lint_both(ink, page->clips[i]); /* what is seen of it */
        if (ink.w > 0 && box_overlaps(ink, page->clips[i]) && !lint_is_hidden(page, i, ink))
            page->texts[page->text_count++] = (LintText){i, ink};
    }
}

/* Colours under a text. */

static Color lint_over(Color below, Color above) {
    return (above & 0xFF) == 0xFF ? above : color_mix(below, above | 0xFF, (above & 0xFF) / 255.0);
}

static double lint_segment_px(Point from, Point to, Point at) {
    double dx = to.x - from.x, dy = to.y - from.y, square = dx * dx + dy * dy;
    double part = square > 0 ? fmin(1, fmax(0, ((at.x - from.x) * dx + (at.y - from.y) * dy) / square)) : 0;
    return hypot(from.x + part * dx - at.x, from.y + part * dy - at.y);
}

static bool lint_is_in_polygon(const Point *corners, int count, Point at) {
    bool is_in = false;
    for (int i = 0, k = count - 1; i < count; k = i++)
        if ((corners[i].y > at.y) != (corners[k].y > at.y) &&
            at.x < (corners[k].x - corners[i].x) * (at.y - corners[i].y) / (corners[k].y - corners[i].y) + corners[i].x)
            is_in = !is_in;
    return is_in;
}

/* The colour of a point after a command, `color` before it. Hatches and dots count as solid: some glyph meets them. */
static Color lint_paint(const Scene *scene, const SceneCommand *command, Point at, Color color) {
    const Paint *paint = &command->paint;
    const Point *points = scene->points + command->point_first;
    bool is_on_edge = false, is_inside = false;
    if (command->kind == SCENE_RECT) {
        is_inside = box_has(command->box, at.x, at.y);
        is_on_edge = is_inside && !box_has(box_inset(command->box, paint->edge_px), at.x, at.y);
    } else {
        bool is_closed = command->kind == SCENE_POLYGON;
        is_inside = is_closed && lint_is_in_polygon(points, command->point_count, at);
        for (int i = is_closed ? 0 : 1; i < command->point_count && paint->edge; i++)
            is_on_edge |= lint_segment_px(points[(i + command->point_count - 1) % command->point_count], points[i],
                                          at) <= fmax(0.5, paint->edge_px / 2);
    }
    if (is_inside && paint->pattern != PATTERN_NONE) color = lint_over(color, paint->fill);
    if (is_on_edge && paint->edge) color = lint_over(color, paint->edge);
    return color;
}

typedef struct LintGround {
    double least_contrast; /* of the text against what is right under it */
    Color worst;
    double crossed_part; /* of its height or width that another colour than most of the ground has */
} LintGround;

/* Whether there is one colour of it under the whole ink. */
static bool lint_covers(const SceneCommand *command, Box ink) {
    return lint_is_opaque(command) && lint_holds(box_inset(command->box, command->paint.edge_px), ink, 0);
}

/* Commands that can lie under the text, in painting order; returns their number. */
static int lint_shapes_under(const LintPage *page, const LintText *text, int *shapes, int most) {
    int count = 0;
    for (int i = 0; i < text->command; i++) {
        const SceneCommand *command = &page->scene->commands[i];
        if (command->kind > SCENE_POLYGON) continue;
        Box seen = command->touched;
        if (!box_overlaps(seen, text->ink)) continue;
        if (lint_covers(command, text->ink)) count = 0; /* what came before is covered */
        if (count < most) shapes[count++] = i;
    }
    return count;
}

static Color lint_color_at(const LintPage *page, const int *shapes, int count, Point at) {
    Color color = page->scene->background;
    for (int i = 0; i < count; i++)
        if (box_has(page->clips[shapes[i]], at.x, at.y))
            color = lint_paint(page->scene, &page->scene->commands[shapes[i]], at, color);
    return color;
}

/* Every pixel of the ink. */
static void lint_check_ground(const LintPage *page, const LintText *text, LintList *list) {
    enum { SHAPES_MAX = 512 };
    const SceneCommand *command = &page->scene->commands[text->command];
    int shapes[SHAPES_MAX] = {0}, count = lint_shapes_under(page, text, shapes, SHAPES_MAX);
    Box ink = box_inset(text->ink, 0.75);
    Point middle = {ink.x + 0.5, ink.y + ink.h / 2};
    Color usual = lint_color_at(page, shapes, count, middle), worst = usual, crossing = usual;
    double least = color_contrast(command->style.color, usual), most_crossing = 1;
    bool is_even = count == 0 || (count == 1 && lint_covers(&page->scene->commands[shapes[0]], text->ink));
    int columns = is_even ? 1 : (int)fmax(1, ink.w), rows = is_even ? 1 : (int)fmax(1, ink.h);
    for (int x = 0; x < columns; x++)
        for (int y = 0; y < rows; y++) {
            Point at = {ink.x + (x + 0.5) * ink.w / columns, ink.y + (y + 0.5) * ink.h / rows};
            Color under = lint_color_at(page, shapes, count, at);
            if (under == usual) continue;
            double contrast = color_contrast(command->style.color, under), apart = color_contrast(under, usual);
            if (contrast < least) least = contrast, worst = under;
            if (apart > most_crossing) most_crossing = apart, crossing = under;
        }
    char what[80];
    snprintf(what, sizeof what, "#%06x on #%06x is %.2f", command->style.color >> 8, worst >> 8, least);
    if (least < lint_text_contrast) lint_add(list, "too faint", command, what);
    snprintf(what, sizeof what, "lies half on #%06x, half on #%06x", usual >> 8, crossing >> 8);
    if (least >= lint_text_contrast && most_crossing > lint_faint_contrast) lint_add(list, "crossed", command, what);
}

/* The rules. */

/* What is read is the small letters: a face whose are taller may be set smaller. */
static double lint_x_height(const Fonts *fonts, Face face) {
    return (double)lint_glyph(fonts, face, 'x').top / fonts->metrics.face[face].units_per_em;
}

static void lint_check_place(const LintPage *page, const LintText *text, const Fonts *fonts, LintRules rules,
                             LintList *list) {
    const SceneCommand *command = &page->scene->commands[text->command];
    Box picture = {0, 0, page->scene->width_px, page->scene->height_px}, clip = page->clips[text->command];
    if (rules.is_scrolling_allowed) clip.y = 0, clip.h = picture.h;
    if (!lint_holds(picture, text->ink, 0))
        lint_add(list, "runs out of the picture", command, "");
    else if (!lint_holds(clip, text->ink, 0.5))
        lint_add(list, "is cut", command, "");
    double least_px = rules.least_px * lint_x_height(fonts, FACE_REGULAR) / lint_x_height(fonts, command->style.face);
    if (command->style.size_px < 0.99 * least_px) lint_add(list, "too small", command, "");
    if (strstr(command->text, "…")) lint_add(list, "shortened", command, "");
}

/* On one line, less than a fifth of an em between two texts reads as one word. */
static void lint_check_overlap(const LintPage *page, int first, LintList *list) {
    const SceneCommand *a = &page->scene->commands[page->texts[first].command];
    for (int i = first + 1; i < page->text_count; i++) {
        const SceneCommand *b = &page->scene->commands[page->texts[i].command];
        if (box_overlaps(box_inset(page->texts[first].ink, 0.25), page->texts[i].ink))
            lint_add(list, "overlap", a, arena_format(page->scene->arena, "'%s'", b->text));
    }
}

static void scene_lint(const Scene *scene, const Fonts *fonts, LintRules rules, LintList *list) {
    LintPage *page = calloc(1, sizeof *page);
    page->scene = scene;
    lint_fill_clips(page);
    lint_fill_texts(page, fonts, rules);
    for (int i = 0; i < page->text_count; i++) {
        lint_check_place(page, &page->texts[i], fonts, rules, list);
        lint_check_ground(page, &page->texts[i], list);
        lint_check_overlap(page, i, list);
    }
    free(page->clips);
    free(page);
}
#endif
