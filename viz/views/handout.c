/* Typesetting of a lesson: see handout.h. Pure.
 * Not done: hyphenation, widows; a figure or a box that does not fit begins a new page. */
#include "viz/views/handout.h"

#include <math.h>
#include <string.h>

#include "lessons/markdown.h"
#include "viz/views/views.h"

static const double MARGIN_PX = 64, LINE_PX = 21, GAP_PX = 9, FOOT_PX = 40, FIGURE_PX = 304, NOTE_PX = 28, CODE_LINE_PX = 18;

typedef struct Setter {
    const LessonCase *c;
    const FontMetrics *metrics;
    Handout *handout;
    Arena *arena;
    Theme theme;
    Scene *page;
    double y, left_px, width_px;
    bool has_solutions, is_full;
    Err *err;
} Setter;

/* --- pages --- */

static void page_begin(Setter *s) {
    if (s->handout->page_count == HANDOUT_PAGES_MAX) { /* the last page is overwritten; handout_make refuses */
        s->is_full = true;
        s->handout->page_count--;
    }
    s->page = &s->handout->pages[s->handout->page_count++];
    *s->page = scene_make(s->arena, s->metrics, HANDOUT_WIDTH_PX, HANDOUT_HEIGHT_PX, s->theme.background);
    s->y = MARGIN_PX;
    TextStyle soft = theme_text_soft(&s->theme, TYPE_SMALL);
    scene_text(s->page, MARGIN_PX, HANDOUT_HEIGHT_PX - FOOT_PX, soft, s->c->lesson->title);
    scene_textf(s->page, HANDOUT_WIDTH_PX - MARGIN_PX, HANDOUT_HEIGHT_PX - FOOT_PX, text_right(soft), "%d", s->handout->page_count);
}

static double room_px(const Setter *s) { return HANDOUT_HEIGHT_PX - FOOT_PX - LINE_PX - s->y; }

static void need(Setter *s, double height_px) {
    if (room_px(s) < height_px) page_begin(s);
}

/* --- text --- */

static TextStyle span_style(const Setter *s, MarkdownStyle style, TypeSize size) {
    TextStyle text = theme_text(&s->theme, size);
    if (style == MARKDOWN_STYLE_STRONG || size == TYPE_HEADING) text.face = FACE_BOLD;
    if (style == MARKDOWN_STYLE_EMPHASIS) text.face = FACE_ITALIC;
    if (style == MARKDOWN_STYLE_CODE) text.face = FACE_MONO, text.size_px *= 0.92;
    return text;
}

/* Words of all spans, one after another, broken at the right edge; punctuation after a styled word stays with it. */
static void set_spans(Setter *s, const MarkdownBlock *block, double left_px, TypeSize size) {
    double right_px = s->left_px + s->width_px, x = left_px, space_px = scene_text_width(s->page, theme_text(&s->theme, size), " ");
    bool needs_space = false;
    need(s, LINE_PX);
    for (int i = 0; i < block->span_count; i++) {
        TextStyle style = span_style(s, block->spans[i].style, size);
        for (const char *p = block->spans[i].text; *p;) {
            if (*p == ' ' || *p == '\n') { needs_space = x > left_px; p++; continue; }
            size_t length = strcspn(p, " \n");
            const char *word = arena_format(s->arena, "%.*s", (int)length, p);
            double width_px = scene_text_width(s->page, style, word);
            if (needs_space && x + space_px + width_px > right_px) {
                s->y += LINE_PX;
                need(s, LINE_PX);
                x = left_px;
                needs_space = false;
            }
            x += needs_space ? space_px : 0;
            x += scene_text(s->page, x, s->y + 15, style, word);
            needs_space = false;
            p += length;
        }
    }
    s->y += LINE_PX;
}

static void set_code(Setter *s, const MarkdownBlock *block) {
    TextStyle style = span_style(s, MARKDOWN_STYLE_CODE, TYPE_SMALL);
    char *rest = arena_copy_text(s->arena, markdown_plain(block, -1, s->arena));
    for (char *line; (line = strsep(&rest, "\n"));) {
        if (!*line && !rest) break;
        need(s, CODE_LINE_PX);
        scene_text_cut(s->page, s->left_px + 20, s->y + 13, s->width_px - 20, style, line);
        s->y += CODE_LINE_PX;
    }
    s->y += GAP_PX / 2;
}

static int set_table(Setter *s, const Markdown *markdown, int first) {
    TextStyle body = theme_text(&s->theme, TYPE_SMALL), head = theme_text_bold(&s->theme, TYPE_SMALL);
    double column_px[MARKDOWN_CELLS_MAX] = {0}, sum_px = 0;
    int end = first, cell_count = 0;
    for (; end < markdown->block_count && markdown->blocks[end].kind == MARKDOWN_ROW && (end == first || markdown->blocks[end].level); end++)
        for (int cell = 0; cell < markdown->blocks[end].cell_count && cell < MARKDOWN_CELLS_MAX; cell++) {
            column_px[cell] = fmax(column_px[cell], 24 + scene_text_width(s->page, end == first ? head : body, markdown_plain(&markdown->blocks[end], cell, s->arena)));
            cell_count = cell >= cell_count ? cell + 1 : cell_count;
        }
    for (int cell = 0; cell < cell_count; cell++) sum_px += column_px[cell];
    double shrink = sum_px > s->width_px ? s->width_px / sum_px : 1;
    for (int row = first; row < end; row++) {
        double x = s->left_px;
        need(s, LINE_PX);
        for (int cell = 0; cell < markdown->blocks[row].cell_count && cell < cell_count; x += column_px[cell++] * shrink)
            scene_text_cut(s->page, x, s->y + 14, column_px[cell] * shrink - 6, row == first ? head : body, markdown_plain(&markdown->blocks[row], cell, s->arena));
        s->y += LINE_PX;
        scene_line(s->page, (Point){s->left_px, s->y}, (Point){s->left_px + fmin(sum_px, s->width_px), s->y}, row == first ? s->theme.ink : s->theme.grid, s->theme.hairline_px);
    }
    s->y += GAP_PX;
    return end;
}

static void set_block(Setter *s, const MarkdownBlock *block) {
    double left_px = s->left_px;
    TypeSize size = TYPE_BODY;
    if (block->kind == MARKDOWN_HEADING) {
        size = TYPE_HEADING;
        s->y += GAP_PX;
        need(s, 5 * LINE_PX); /* a heading stays with what follows */
    }
    if (block->kind == MARKDOWN_ITEM) {
        left_px += 18 * (block->level + 1);
        need(s, LINE_PX);
        const char *mark = block->item_number ? arena_format(s->arena, "%d.", block->item_number) : "\u2013";
        if (!block->is_continued) scene_text(s->page, left_px - 18, s->y + 15, theme_text(&s->theme, TYPE_BODY), mark);
    }
    set_spans(s, block, left_px, size);
    s->y += block->kind == MARKDOWN_ITEM ? 2 : GAP_PX;
}

static bool set_markdown(Setter *s, const char *text) {
    const char *expanded;
    Markdown markdown;
    if (!lesson_case_text(s->c, text, &expanded, s->arena, s->err) || !markdown_read(expanded, &markdown, s->arena, s->err)) return false;
    for (int i = 0; i < markdown.block_count;) {
        const MarkdownBlock *block = &markdown.blocks[i];
        if (block->kind == MARKDOWN_ROW) { i = set_table(s, &markdown, i); continue; }
        if (block->kind == MARKDOWN_CODE) set_code(s, block);
        else set_block(s, block);
        i++;
    }
    return true;
}

static void set_rules(Setter *s, int count) {
    for (int i = 0; i < count; i++) {
        need(s, NOTE_PX);
        s->y += NOTE_PX;
        scene_line(s->page, (Point){s->left_px, s->y}, (Point){s->left_px + s->width_px, s->y}, s->theme.grid, s->theme.hairline_px);
    }
    s->y += GAP_PX;
}

/* --- parts --- */

/* A bar at the left edge marks what the reader is to do. */
static void begin_bar(Setter *s, const char *label) {
    need(s, 6 * LINE_PX);
    s->y += GAP_PX;
    scene_text(s->page, s->left_px, s->y + 12, text_color(theme_text_bold(&s->theme, TYPE_SMALL), s->theme.accent), label);
    s->y += LINE_PX;
}

static bool set_predict(Setter *s, const LessonPart *part) {
    LessonTruth truth;
    begin_bar(s, "PREDICT");
    if (!set_markdown(s, part->text)) return false;
    for (int i = 0; part->is_choice && i < part->slip_count; i++)
        if (!set_markdown(s, arena_format(s->arena, "%d. %s", i + 1, part->slips[i].expression))) return false;
    if (!s->has_solutions) {
        set_rules(s, part->is_choice ? 1 : 2);
        return true;
    }
    if (!part->is_choice && !lesson_case_truth(s->c, part, &truth, s->arena, s->err)) return false;
    const char *answer = part->is_choice ? part->answer : truth.shown;
    return set_markdown(s, arena_format(s->arena, "**%s** %s", answer, part->reveal));
}

static bool bookmark_scenario(const Setter *s, const LessonPart *part, Scenario *scenario) {
    Scenario base = s->c->scenario;
    const Algorithm *algorithm = algorithm_find(part->algorithm);
    if (!ask_scenario(&base, part->settings, scenario, s->err)) return false;
    scenario->algorithms[0] = algorithm->name;
    scenario->algorithm_count = 1;
    return true;
}

static bool set_figure(Setter *s, const LessonPart *part, int number) {
    const View *view = view_find("machine");
    Scenario *scenario = ARENA_NEW(s->arena, Scenario);
    LessonPlace place;
    ViewInput input;
    if (!bookmark_scenario(s, part, scenario) || !lesson_case_bookmark(s->c, part, &place, s->err) ||
        !view_prepare(view, scenario, (int64_t)place.state.step_index, s->arena, &input, s->err))
        return false;
    need(s, FIGURE_PX + 4 * LINE_PX + 3 * NOTE_PX);
    s->y += GAP_PX;
    Box box = {s->left_px, s->y, s->width_px, FIGURE_PX};
    double scale = 0.75;
    if (view->least_width_units > 0) scale = fmin(scale, box.w / (view->least_width_units * 8));
    if (view->least_height_units > 0) scale = fmin(scale, box.h / (view->least_height_units * 8));
    Theme theme = theme_make(false, scale);
    view->draw(&input, &theme, box, s->page);
    s->y += FIGURE_PX + GAP_PX;
    if (!set_markdown(s, arena_format(s->arena, "**Figure %d.** %s", number, part->text))) return false;
    set_rules(s, 3);
    return true;
}

static bool set_exercise(Setter *s, const LessonPart *part) {
    page_begin(s);
    begin_bar(s, "EXERCISE");
    if (!set_markdown(s, part->text)) return false;
    if (*part->start && !set_markdown(s, arena_format(s->arena, "To begin with:\n\n```\n%s```\n", part->start))) return false;
    if (!set_markdown(s, arena_format(s->arena, "Check it: `hbmscope learn %s --exercise %s --answer FILE`", s->c->lesson->id, part->name))) return false;
    if (s->has_solutions) return set_markdown(s, arena_format(s->arena, "**A solution**\n\n```\n%s```\n", part->solution));
    set_rules(s, (int)(room_px(s) / NOTE_PX) - 1);
    return true;
}

static bool set_hardware(Setter *s, const LessonPart *part) {
    begin_bar(s, "HARDWARE");
    return !*part->text || set_markdown(s, part->text);
}

static bool set_part(Setter *s, const LessonPart *part, int *figure_count) {
    switch (part->kind) {
    case LESSON_PROSE: return set_markdown(s, part->text);
    case LESSON_PREDICT: return set_predict(s, part);
    case LESSON_BOOKMARK: return set_figure(s, part, ++*figure_count);
    case LESSON_HARDWARE: return set_hardware(s, part);
    case LESSON_EXERCISE: case LESSON_NOTES: case LESSON_CHECK: case LESSON_QUESTION: break;
    }
    return true;
}

static void set_head(Setter *s) {
    const Lesson *lesson = s->c->lesson;
    scene_text(s->page, s->left_px, s->y + 24, theme_text_bold(&s->theme, TYPE_TITLE), lesson->title);
    s->y += 44;
    s->y = scene_text_wrap(s->page, s->left_px, s->y + 12, s->width_px, LINE_PX, theme_text_soft(&s->theme, TYPE_BODY), lesson->question);
    scene_textf(s->page, s->left_px, s->y, theme_text_soft(&s->theme, TYPE_SMALL), "Lesson %.2s, %d minutes. Name:", lesson->id, lesson->minutes);
    scene_line(s->page, (Point){s->left_px + 170, s->y + 2}, (Point){s->left_px + s->width_px, s->y + 2}, s->theme.grid, s->theme.hairline_px);
    s->y += 2 * LINE_PX;
}

bool handout_make(const LessonCase *c, bool has_solutions, const FontMetrics *metrics, Handout *handout, Arena *arena, Err *err) {
    Setter s = {.c = c, .metrics = metrics, .handout = handout, .arena = arena, .theme = theme_make(false, 1), .left_px = MARGIN_PX,
                .width_px = HANDOUT_WIDTH_PX - 2 * MARGIN_PX, .has_solutions = has_solutions, .err = err};
    int figure_count = 0;
    s.theme.type_px[TYPE_TITLE] = 26;
    s.theme.type_px[TYPE_HEADING] = 18;
    s.theme.type_px[TYPE_BODY] = 15;
    handout->page_count = 0;
    page_begin(&s);
    set_head(&s);
    for (int i = 0; i < c->lesson->part_count; i++)
        if (!set_part(&s, &c->lesson->parts[i], &figure_count)) return err_prefix(err, "%s:%d: ", c->lesson->id, c->lesson->parts[i].line);
    for (int i = 0; i < c->lesson->part_count; i++)
        if (c->lesson->parts[i].kind == LESSON_EXERCISE && !set_exercise(&s, &c->lesson->parts[i])) return false;
    return !s.is_full || err_set(err, ERR_OTHER, "the handout of %s has more than %d pages", c->lesson->id, HANDOUT_PAGES_MAX);
}
