/* Typesetting of a lesson: see handout.h. Pure.
 * Not done: widows; a figure or a box that does not fit begins a new page.
 */
#include "viz/views/handout.h"

#include <string.h>

#include "lessons/hardware.h"
#include "viz/views/lens.h"
#include "viz/views/markdown_set.h"
#include "viz/views/replay.h"
#include "viz/views/views.h"

static const double MARGIN_PX = 54, LINE_PX = 21, GAP_PX = 9, FOOT_PX = 40, FIGURE_PX = 384, LENS_PX = 250,
                    NOTE_PX = 28;
enum { FIGURE_NOTES = 1 }; /* lines to write on: two figures fill a page */

typedef struct Pages {
    const LessonCase *c;
    const FontMetrics *metrics;
    Handout *handout;
    Arena *arena;
    Theme theme;
    MarkdownSetter setter;
    bool has_solutions, is_full;
    Err *err;
} Pages;

/* Pages. */

static void page_begin(Pages *p) {
    if (p->handout->page_count == HANDOUT_PAGES_MAX) { /* the last page is overwritten; handout_make refuses */
        p->is_full = true;
        p->handout->page_count--;
    }
    Scene *page = &p->handout->pages[p->handout->page_count++];
    *page = scene_make(p->arena, p->metrics, HANDOUT_WIDTH_PX, HANDOUT_HEIGHT_PX, p->theme.background);
    p->setter.scene = page;
    p->setter.y = MARGIN_PX;
    TextStyle soft = theme_text_soft(&p->theme, TYPE_SMALL);
    scene_text(page, MARGIN_PX, HANDOUT_HEIGHT_PX - FOOT_PX, soft, p->c->lesson->title);
    scene_textf(page, HANDOUT_WIDTH_PX - MARGIN_PX, HANDOUT_HEIGHT_PX - FOOT_PX, text_right(soft), "%d",
                p->handout->page_count);
}

static double room_px(const Pages *p) { return HANDOUT_HEIGHT_PX - FOOT_PX - LINE_PX - p->setter.y; }

static void need(MarkdownSetter *setter, double height_px) {
    Pages *p = setter->owner;
    if (room_px(p) < height_px) page_begin(p);
}

static bool set_text(Pages *p, const char *text) {
    const char *expanded;
    Markdown markdown;
    if (!lesson_case_text(p->c, text, &expanded, p->arena, p->err) ||
        !markdown_read(expanded, &markdown, p->arena, p->err))
        return false;
    markdown_set(&p->setter, &markdown);
    return true;
}

static void set_rules(Pages *p, int count) {
    MarkdownSetter *s = &p->setter;
    for (int i = 0; i < count; i++) {
        markdown_need(s, NOTE_PX);
        s->y += NOTE_PX;
        scene_line(s->scene, (Point){s->left_px, s->y}, (Point){s->left_px + s->width_px, s->y}, p->theme.grid,
                   p->theme.hairline_px);
    }
    s->y += GAP_PX;
}

/* Parts. */

/* A bar at the left edge marks what the reader is to do. */
static void begin_bar(Pages *p, const char *label) {
    markdown_need(&p->setter, 6 * LINE_PX);
    p->setter.y += GAP_PX;
    scene_text(p->setter.scene, p->setter.left_px, p->setter.y + 12,
               text_color(theme_text_bold(&p->theme, TYPE_SMALL), p->theme.accent), label);
    p->setter.y += LINE_PX;
}

static bool set_predict(Pages *p, const LessonPart *part) {
    LessonTruth truth;
    begin_bar(p, "PREDICT");
    if (!set_text(p, part->text)) return false;
    const char *options = "";
    for (int i = 0; part->is_choice && i < part->slip_count; i++)
        options = arena_format(p->arena, "%s%d. %s\n", options, i + 1, part->slips[i].expression);
    if (*options && !set_text(p, options)) return false;
    if (!p->has_solutions) {
        set_rules(p, part->is_choice ? 1 : 2);
        return true;
    }
    if (!part->is_choice && !lesson_case_truth(p->c, part, &truth, p->arena, p->err)) return false;
    const char *answer = part->is_choice ? part->answer : truth.shown, *why = part->reveal;
    for (int i = 0; part->is_choice && i < part->slip_count; i++)
        if (strcmp(part->slips[i].expression, part->answer) == 0)
            why = arena_format(p->arena, "%s %s", part->slips[i].sentence, part->reveal);
    return set_text(p, arena_format(p->arena, "**%s.** %s", answer, why));
}

static bool bookmark_scenario(const Pages *p, const LessonPart *part, Scenario *scenario) {
    Scenario base = p->c->scenario;
    const Algorithm *algorithm = algorithm_find(part->algorithm);
    if (!ask_scenario(&base, part->settings, scenario, p->err)) return false;
    scenario->algorithms[0] = algorithm->name;
    scenario->algorithm_count = 1;
    return true;
}

/* The step on the machine: threads, registers, SRAM, L2, HBM. */
static bool draw_machine(Pages *p, const LessonPart *part, const LessonPlace *place, Box box) {
    const View *view = view_find("machine");
    Scenario *scenario = ARENA_NEW(p->arena, Scenario);
    ViewInput input;
    if (!bookmark_scenario(p, part, scenario) ||
        !view_prepare(view, scenario, (int64_t)place->state.step_index, p->arena, &input, p->err))
        return false;
    /* one panel needs the view's height, not its width: small type is then 9 px, 6.8 pt */
    Theme theme = theme_make(false, box.h / (view->least_height_units * 8));
    view->draw(&input, &theme, box, p->setter.scene);
    return true;
}

/* The numbers of the step, as the window shows them. */
static void draw_values(Pages *p, const LessonPlace *place, Box box) {
    Race *race = ARENA_NEW(p->arena, Race);
    ViewState *state = ARENA_NEW(p->arena, ViewState);
    Theme theme = theme_make(false, 1);
    race_make(&place->count->program->scenario, place->count, 1, p->arena, race);
    *state = view_state_make(&place->count->program->scenario, race, (int)box.w, (int)box.h, 0);
    state->step_index = place->state.step_index;
    state->has_values = true;
    ReplayScene replay = replay_scene(race, state, &theme, p->setter.scene);
    replay_draw_values(&replay, 0, box);
}

/* What the bookmark's look asks for, else the machine. */
static bool draw_figure(Pages *p, const LessonPart *part, const LessonPlace *place, Box box) {
    int request = lesson_lens_request(part->look);
    if (request && place->state.leaf->tensor != TENSOR_NONE) {
        Theme theme = theme_make(false, FIGURE_PX / (view_find("lens")->least_height_units * 8));
        lens_draw(place->count->program, &place->state, (uint64_t)request - 1, LENS_NO_LANE, &theme, box,
                  p->setter.scene);
    } else if (*part->look && !request) {
        draw_values(p, place, box);
    } else {
        return draw_machine(p, part, place, box);
    }
    return true;
}

static bool set_figure(Pages *p, const LessonPart *part, int number) {
    LessonPlace place;
    if (!lesson_case_bookmark(p->c, part, &place, p->err)) return false;
    double height_px = lesson_lens_request(part->look) ? LENS_PX : FIGURE_PX;
    markdown_need(&p->setter, height_px + 3 * LINE_PX + FIGURE_NOTES * NOTE_PX);
    p->setter.y += GAP_PX;
    Box box = {p->setter.left_px, p->setter.y, p->setter.width_px, height_px};
    if (!draw_figure(p, part, &place, box)) return false;
    p->setter.y += height_px + GAP_PX;
    if (!set_text(p, arena_format(p->arena, "**Figure %d.** %s", number, part->text))) return false;
    set_rules(p, FIGURE_NOTES);
    return true;
}

/* Exercises are a sheet of their own; with solutions, several may share a page. */
static bool set_exercise(Pages *p, const LessonPart *part, bool is_first) {
    if (is_first || !p->has_solutions || room_px(p) < HANDOUT_HEIGHT_PX / 3.0) page_begin(p);
    begin_bar(p, "EXERCISE");
    if (!set_text(p, part->text)) return false;
    if (*part->start && !set_text(p, arena_format(p->arena, "To begin with:\n\n```\n%s```\n", part->start)))
        return false;
    if (!set_text(p, arena_format(p->arena, "Check it: `hbmscope learn %s --exercise %s --answer FILE`",
                                  p->c->lesson->id, part->name)))
        return false;
    if (p->has_solutions) return set_text(p, arena_format(p->arena, "**A solution**\n\n```\n%s```\n", part->solution));
    set_rules(p, (int)(room_px(p) / NOTE_PX) - 1);
    return true;
}

static bool set_hardware(Pages *p, const LessonPart *part) {
    begin_bar(p, "HARDWARE");
    return (!*part->text || set_text(p, part->text)) && set_text(p, hardware_text(p->c, part, p->arena));
}

static bool set_part(Pages *p, const LessonPart *part, int *figure_count) {
    switch (part->kind) {
    case LESSON_PROSE: return set_text(p, part->text);
    case LESSON_PREDICT: return set_predict(p, part);
    case LESSON_BOOKMARK: return set_figure(p, part, ++*figure_count);
    case LESSON_HARDWARE: return set_hardware(p, part);
    case LESSON_EXERCISE:
    case LESSON_NOTES:
    case LESSON_CHECK:
    case LESSON_QUESTION: break;
    }
    return true;
}

static void set_head(Pages *p) {
    const Lesson *lesson = p->c->lesson;
    scene_text(p->setter.scene, p->setter.left_px, p->setter.y + 24, theme_text_bold(&p->theme, TYPE_TITLE),
               lesson->title);
    p->setter.y += 44;
    p->setter.y = scene_text_wrap(p->setter.scene, p->setter.left_px, p->setter.y + 12, p->setter.width_px, LINE_PX,
                                  theme_text_soft(&p->theme, TYPE_BODY), lesson->question);
    scene_textf(p->setter.scene, p->setter.left_px, p->setter.y, theme_text_soft(&p->theme, TYPE_SMALL),
                "Lesson %.2s, %d minutes. Name:", lesson->id, lesson->minutes);
    scene_line(p->setter.scene, (Point){p->setter.left_px + 170, p->setter.y + 2},
               (Point){p->setter.left_px + p->setter.width_px, p->setter.y + 2}, p->theme.grid, p->theme.hairline_px);
    p->setter.y += 2 * LINE_PX;
}

bool handout_make(const LessonCase *c, bool has_solutions, const FontMetrics *metrics, Handout *handout, Arena *arena,
                  Err *err) {
    Pages p = {.c = c,
               .metrics = metrics,
               .handout = handout,
               .arena = arena,
               .theme = theme_make(false, 1),
               .has_solutions = has_solutions,
               .err = err};
    int figure_count = 0;
    p.theme.type_px[TYPE_TITLE] = 26;
    p.theme.type_px[TYPE_HEADING] = 18;
    p.theme.type_px[TYPE_BODY] = 15;
    p.setter = markdown_setter(NULL, &p.theme, MARGIN_PX, HANDOUT_WIDTH_PX - 2 * MARGIN_PX, 0);
    p.setter.need = need;
    p.setter.owner = &p;
    handout->page_count = 0;
    page_begin(&p);
    set_head(&p);
    for (int i = 0; i < c->lesson->part_count; i++)
        if (!set_part(&p, &c->lesson->parts[i], &figure_count))
            return err_prefix(err, "%s:%d: ", c->lesson->id, c->lesson->parts[i].line);
    int exercise_count = 0;
    for (int i = 0; i < c->lesson->part_count; i++)
        if (c->lesson->parts[i].kind == LESSON_EXERCISE &&
            !set_exercise(&p, &c->lesson->parts[i], exercise_count++ == 0))
            return false;
    return !p.is_full ||
           err_set(err, ERR_OTHER, "the handout of %s has more than %d pages", c->lesson->id, HANDOUT_PAGES_MAX);
}
