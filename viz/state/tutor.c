/* Events -> Tutor: see tutor.h. */
#include "viz/state/tutor.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lessons/hardware.h"
#include "sim/units.h"
#include "viz/state/zoom.h"

static const double WHEEL_PX = 60, PAGE_PART = 0.85; /* of the panel's height: the last lines stay in view */

const LessonPart *tutor_part(const Tutor *t) {
    return t->lesson.part < t->c->lesson->part_count ? &t->c->lesson->parts[t->lesson.part] : NULL;
}

static bool is_question(const LessonPart *part) {
    return part && (part->kind == LESSON_PREDICT || part->kind == LESSON_EXERCISE);
}

bool tutor_is_open(const Tutor *t) {
    const LessonPartState *done = &t->lesson.parts[t->lesson.part];
    return is_question(tutor_part(t)) && !done->is_right && !done->is_shown;
}

const GuessUnit *tutor_unit(const LessonPart *part) {
    const char *as = part ? strstr(part->answer, " as ") : NULL;
    return as ? guess_unit_find(as + 4) : NULL;
}

/* --- pages --- */

static bool is_hidden(LessonPartKind kind) {
    return kind == LESSON_NOTES || kind == LESSON_CHECK || kind == LESSON_QUESTION;
}

bool tutor_is_heading(const Tutor *t, int index) {
    const Markdown *text = &t->texts[index];
    if (t->c->lesson->parts[index].kind != LESSON_PROSE) return false;
    for (int i = 0; i < text->block_count; i++)
        if (text->blocks[i].kind != MARKDOWN_HEADING) return false;
    return index + 1 < t->c->lesson->part_count;
}

int tutor_page(const Tutor *t, int *page_count) {
    int page = 0;
    *page_count = 0;
    for (int i = 0; i < t->c->lesson->part_count; i++) {
        if (is_hidden(t->c->lesson->parts[i].kind) || tutor_is_heading(t, i)) continue;
        ++*page_count;
        page += i <= t->lesson.part;
    }
    return page;
}

/* --- texts, made once --- */

static bool make_text(Tutor *t, int index, Arena *arena, Err *err) {
    const LessonPart *part = &t->c->lesson->parts[index];
    const char *text;
    if (part->kind == LESSON_CHECK) return true;
    return lesson_case_text(t->c, part->text, &text, arena, err) && markdown_read(text, &t->texts[index], arena, err);
}

/* Why the right option of a choice is right. */
static const char *right_sentence(const LessonPart *part) {
    for (int i = 0; i < part->slip_count; i++)
        if (strcmp(part->slips[i].expression, part->answer) == 0) return part->slips[i].sentence;
    return "";
}

static bool make_answer(Tutor *t, int index, Arena *arena, Err *err) {
    const LessonPart *part = &t->c->lesson->parts[index];
    LessonTruth truth;
    t->answers[index] = part->kind == LESSON_HARDWARE ? hardware_text(t->c, part, arena) : "";
    if (part->kind != LESSON_PREDICT) return true;
    if (part->is_choice)
        return lesson_case_text(t->c,
                                arena_format(arena, "**%s.** %s %s", part->answer, right_sentence(part), part->reveal),
                                &t->answers[index], arena, err);
    return lesson_case_truth(t->c, part, &truth, arena, err) &&
           lesson_case_text(t->c, arena_format(arena, "**%s.** %s", truth.shown, part->reveal), &t->answers[index],
                            arena, err);
}

/* The nearest bookmark at or before a part. */
static int bookmark_before(const Tutor *t, int part) {
    for (int i = part; i >= 0; i--)
        if (i < t->c->lesson->part_count && t->c->lesson->parts[i].kind == LESSON_BOOKMARK) return i;
    return -1;
}

static void set_text(Tutor *t, const char *text) {
    snprintf(t->text, sizeof t->text, "%s", text);
    t->caret = (int)strlen(t->text);
}

/* Another part is worked on: the field is its own, the text's end in view. */
static void arrive(Tutor *t) {
    const LessonPart *part = tutor_part(t);
    set_text(t, part && part->kind == LESSON_EXERCISE ? t->drafts[t->lesson.part] : "");
    t->is_typing = tutor_is_open(t) && !(part->kind == LESSON_PREDICT && part->is_choice);
    t->scroll_px = 0;
    t->dial = 0.5;
}

bool tutor_make(const LessonCase *c, LessonState lesson, Tutor *tutor, Arena *arena, Err *err) {
    *tutor = (Tutor){.c = c, .lesson = lesson};
    for (int i = 0; i < c->lesson->part_count; i++) {
        const LessonPart *part = &c->lesson->parts[i];
        if (!make_text(tutor, i, arena, err) || !make_answer(tutor, i, arena, err))
            return err_prefix(err, "%s:%d: ", c->lesson->id, part->line);
        if (part->kind != LESSON_EXERCISE) continue;
        tutor->drafts[i] = arena_alloc_bytes(arena, TUTOR_TEXT_MAX);
        snprintf(tutor->drafts[i], TUTOR_TEXT_MAX, "%s", part->start);
    }
    tutor->bookmark = bookmark_before(tutor, lesson.part);
    arrive(tutor);
    return true;
}

const char *tutor_draft(const Tutor *t, int part) {
    const LessonPart *exercise = &t->c->lesson->parts[part];
    if (exercise->kind != LESSON_EXERCISE || !exercise->is_program) return NULL;
    return part == t->lesson.part && tutor_is_open(t) ? t->text : t->drafts[part];
}

void tutor_set_draft(Tutor *t, int part, const char *text) {
    snprintf(t->drafts[part], TUTOR_TEXT_MAX, "%s", text);
    if (part == t->lesson.part) set_text(t, t->drafts[part]);
}

bool tutor_place(const Tutor *tutor, int part, Scenario *scenario, uint64_t *step_index, Err *err) {
    const LessonPart *bookmark = &tutor->c->lesson->parts[part];
    LessonPlace place;
    if (!ask_scenario(&tutor->c->scenario, bookmark->settings, scenario, err) ||
        !lesson_case_bookmark(tutor->c, bookmark, &place, err))
        return false;
    scenario->algorithms[0] = place.count->algorithm->name;
    scenario->algorithm_count = 1;
    *step_index = place.state.step_index;
    return true;
}

void tutor_look(const Tutor *tutor, ViewState *state) {
    const char *look = tutor->bookmark >= 0 ? tutor->c->lesson->parts[tutor->bookmark].look : "";
    int request = lesson_lens_request(look);
    zoom_reset(state);
    if (request) state->zoom = ZOOM_WARP;
    state->lens_index = request ? (uint64_t)request - 1 : 0;
    state->lens_lane = 0;
    state->has_values = strcmp(look, "values") == 0;
}

/* --- the text turned --- */

static const SceneCommand *find_region(const Scene *scene, int kind) {
    for (int i = scene ? scene->command_count : 0; i-- > 0;)
        if (scene->commands[i].kind == SCENE_HIT && scene->commands[i].hit.kind == kind) return &scene->commands[i];
    return NULL;
}

/* Within what the panel drawn last allows. */
static void scroll(Tutor *t, const Scene *scene, double by_px) {
    const SceneCommand *panel = find_region(scene, TUTOR_PANEL);
    t->scroll_px += by_px;
    if (panel) t->scroll_px = fmin(fmax(t->scroll_px, panel->hit.index[1]), panel->hit.index[0]);
}

/* A page up (1) or down (-1); false where nothing is below. */
static bool turn_page(Tutor *t, const Scene *scene, int direction) {
    const SceneCommand *panel = find_region(scene, TUTOR_PANEL);
    if (!panel || (direction < 0 && !panel->hit.index[2])) return false;
    scroll(t, scene, direction * fmax(WHEEL_PX, PAGE_PART * panel->box.h));
    return true;
}

/* --- the lesson moves --- */

static void send(Tutor *t, LessonEvent event, TutorEffects *effects) {
    int before = t->lesson.part;
    const LessonPart *left = tutor_part(t);
    if (left && t->drafts[before]) strcpy(t->drafts[before], t->text);
    bool is_guess = left && left->kind == LESSON_PREDICT && event.kind == LESSON_ANSWER;
    snprintf(t->handed, sizeof t->handed, "%.*s", GUESS_TEXT_MAX, is_guess ? event.text : "");
    t->lesson = lesson_state_step(t->c, t->lesson, event);
    while (t->lesson.part != before && t->lesson.part > 0 && tutor_part(t) && tutor_is_heading(t, t->lesson.part))
        t->lesson = lesson_state_step(t->c, t->lesson, event);
    effects->is_progress = true;
    t->scroll_px = 0;
    if (t->lesson.part == before) {
        t->is_typing = tutor_is_open(t) && t->is_typing;
        return;
    }
    arrive(t);
    const LessonPart *part = tutor_part(t);
    if (part && part->kind == LESSON_BOOKMARK) {
        t->bookmark = t->lesson.part;
        effects->is_place_changed = true;
    }
}

static bool is_program(const Tutor *t) {
    const LessonPart *part = tutor_part(t);
    return part && part->kind == LESSON_EXERCISE && part->is_program;
}

/* What is typed is handed in; nothing typed goes on. */
static void check(Tutor *t, TutorEffects *effects) {
    const LessonPart *part = tutor_part(t);
    char text[TUTOR_TEXT_MAX];
    snprintf(text, sizeof text, "%s", t->text);
    if (*text && !text[1] && strchr("?!<", *text)) set_text(t, ""); /* no draft to be kept */
    if (!tutor_is_open(t) || !*text)
        send(t, (LessonEvent){.kind = LESSON_NEXT}, effects);
    else if (strcmp(text, "?") == 0)
        send(t, (LessonEvent){.kind = LESSON_HINT}, effects);
    else if (strcmp(text, "!") == 0)
        send(t, (LessonEvent){.kind = LESSON_SHOW}, effects);
    else if (strcmp(text, "<") == 0)
        send(t, (LessonEvent){.kind = LESSON_BACK}, effects);
    else {
        effects->is_program = is_program(t);
        if (effects->is_program) memcpy(t->program, text, sizeof text);
        send(t, (LessonEvent){.kind = LESSON_ANSWER, .text = text}, effects);
    }
    bool is_kept = part && part->kind == LESSON_EXERCISE && tutor_part(t) == part &&
                   text[1]; /* a wrong program is mended, not typed again */
    if (tutor_part(t) == part && !is_kept) set_text(t, "");
}

static void answer_option(Tutor *t, int option, TutorEffects *effects) {
    char number[16];
    snprintf(number, sizeof number, "%d", option + 1);
    if (tutor_is_open(t)) send(t, (LessonEvent){.kind = LESSON_ANSWER, .text = number}, effects);
}

/* --- the field --- */

static void insert(Tutor *t, uint32_t character) {
    size_t length = strlen(t->text);
    if (length + 1 >= sizeof t->text || character >= 127) return;
    memmove(t->text + t->caret + 1, t->text + t->caret, length - (size_t)t->caret + 1);
    t->text[t->caret++] = (char)character;
}

/* A new line is indented as the one before it. */
static void insert_line(Tutor *t) {
    int start = t->caret;
    while (start > 0 && t->text[start - 1] != '\n') start--;
    int indent = 0;
    while (t->text[start + indent] == ' ' && start + indent < t->caret) indent++;
    insert(t, '\n');
    while (indent-- > 0) insert(t, ' ');
}

static void erase(Tutor *t) {
    if (t->caret == 0) return;
    memmove(t->text + t->caret - 1, t->text + t->caret, strlen(t->text + t->caret) + 1);
    t->caret--;
}

static int line_start(const Tutor *t, int at) {
    while (at > 0 && t->text[at - 1] != '\n') at--;
    return at;
}
static int line_end(const Tutor *t, int at) {
    while (t->text[at] && t->text[at] != '\n') at++;
    return at;
}

/* The caret a line up or down, in the same column where there is one. */
static void move_line(Tutor *t, int direction) {
    int start = line_start(t, t->caret), column = t->caret - start;
    if (direction < 0 && start == 0) return;
    if (direction > 0 && !t->text[line_end(t, t->caret)]) return;
    int other = direction < 0 ? line_start(t, start - 1) : line_end(t, t->caret) + 1;
    int end = line_end(t, other);
    t->caret = other + column < end ? other + column : end;
}

static void type_key(Tutor *t, const Event *event, TutorEffects *effects) {
    effects->is_taken = true;
    switch (event->key) {
    case KEY_ESCAPE:
    case KEY_TAB:
        t->is_typing = false;
        effects->is_progress = is_program(t);
        break;
    case KEY_ENTER:
        if (is_program(t) && !(event->modifiers & MODIFIER_CONTROL) && *t->text) {
            insert_line(t);
            effects->is_progress = true; /* a line that is written is worth keeping */
        } else
            check(t, effects);
        break;
    case KEY_BACKSPACE: erase(t); break;
    case KEY_DELETE:
        if (t->text[t->caret]) t->caret++, erase(t);
        break;
    case KEY_LEFT: t->caret -= t->caret > 0; break;
    case KEY_RIGHT: t->caret += t->text[t->caret] != '\0'; break;
    case KEY_UP: move_line(t, -1); break;
    case KEY_DOWN: move_line(t, 1); break;
    case KEY_HOME: t->caret = line_start(t, t->caret); break;
    case KEY_END: t->caret = line_end(t, t->caret); break;
    default: {
        bool is_upper = event->key >= 'a' && event->key <= 'z' && event->modifiers & MODIFIER_SHIFT;
        bool is_character = event->key >= ' ' && event->key < 127 && !(event->modifiers & MODIFIER_CONTROL);
        if (is_character) insert(t, is_upper ? event->key - 'a' + 'A' : event->key);
        effects->is_taken = is_character; /* Ctrl +, F11 and their like stay the window's */
        break;
    }
    }
}

/* --- the dial --- */

/* What the dial spans, in base units: of things counted by name no fewer than one, and of some never many. */
static void dial_range(const GuessUnit *unit, double *low, double *high) {
    static const char *const few[] = {"layers", "GPUs", "tiles", "warps"};
    *low = 1e-3, *high = 1e6;
    switch (unit ? unit->quantity : QUANTITY_COUNT) {
    case QUANTITY_BYTES: *low = 1, *high = 1e15; break;
    case QUANTITY_RATIO:
        if (strcmp(unit->name, "%") == 0) *low = 1e-4, *high = 10;
        break;
    case QUANTITY_TIME: *low = 1e-9, *high = 1e3; break;
    case QUANTITY_FLOPS: *low = 1, *high = 1e18; break;
    case QUANTITY_RATE: *low = 1e6, *high = 1e14; break;
    case QUANTITY_INTENSITY: *low = 1e-2, *high = 1e5; break;
    case QUANTITY_COUNT:
        if (!unit || strcmp(unit->name, "count") == 0) break;
        *low = 1, *high = 1e9;
        for (size_t i = 0; i < sizeof few / sizeof few[0]; i++)
            if (strcmp(unit->name, few[i]) == 0) *high = 1e4;
    }
}

void tutor_dial_text(const Tutor *t, double part, char *text, int text_bytes) {
    const GuessUnit *unit = tutor_unit(tutor_part(t));
    double low, high;
    dial_range(unit, &low, &high);
    double value = low * pow(high / low, fmin(fmax(part, 0), 1));
    double digit = pow(10, floor(log10(value) + 1e-9) - 1); /* two digits: a guess */
    bool is_things = low == 1 && unit && unit->quantity == QUANTITY_COUNT;
    value = is_things ? round(round(value / digit) * digit) : round(value / digit) * digit;
    if (unit && unit->quantity == QUANTITY_BYTES)
        snprintf(text, (size_t)text_bytes, "%.30s", units_gb((uint64_t)value).text);
    else if (unit && unit->quantity == QUANTITY_TIME)
        snprintf(text, (size_t)text_bytes, "%.30s", units_time(value * 1e9).text);
    else if (unit && unit->quantity == QUANTITY_FLOPS)
        snprintf(text, (size_t)text_bytes, "%.30s", units_flops((uint64_t)value).text);
    else {
        double number = value / (unit ? unit->factor : 1);
        bool is_named = unit && strcmp(unit->name, "count") != 0;
        int length = number < 1e5 ? snprintf(text, (size_t)text_bytes, "%.6g", number)
                                  : snprintf(text, (size_t)text_bytes, "%.30s", units_number(number).text);
        if (is_named && length < text_bytes)
            snprintf(text + length, (size_t)(text_bytes - length), "%s%.*s",
                     unit->quantity == QUANTITY_RATIO ? "" : " ", guess_unit_chars(unit, number), unit->name);
    }
}

static void drag_dial(Tutor *t, const Scene *scene, double x_px) {
    const SceneCommand *dial = find_region(scene, TUTOR_DIAL);
    char text[64];
    if (!dial || dial->box.w <= 0) return;
    t->dial = fmin(fmax((x_px - dial->box.x) / dial->box.w, 0), 1);
    tutor_dial_text(t, t->dial, text, sizeof text);
    set_text(t, text);
    t->is_typing = true;
}

/* --- pointer and keys --- */

static int region_at(const Scene *scene, double x_px, double y_px, int *index) {
    const SceneHit *hit = scene ? scene_hit_at(scene, x_px, y_px) : NULL;
    bool is_ours = hit && hit->kind >= TUTOR_PANEL && hit->kind < TUTOR_CONTROL_END;
    *index = is_ours ? hit->index[0] : 0;
    return is_ours ? hit->kind : 0;
}

/* The caret goes to the gap between characters that is nearest. */
static void point_caret(Tutor *t, const Scene *scene, double x_px, double y_px) {
    for (int i = scene->command_count; i-- > 0;) {
        const SceneCommand *line = &scene->commands[i];
        bool is_line = line->kind == SCENE_HIT && line->hit.kind == TUTOR_LINE && line->hit.index[2] > 0;
        if (!is_line || y_px < line->box.y || y_px >= line->box.y + line->box.h) continue;
        double column = round((x_px - line->box.x) * 64 / line->hit.index[2]);
        t->caret = line->hit.index[0] + (int)fmin(fmax(column, 0), line->hit.index[1]);
        return;
    }
}

static void press_region(Tutor *t, const Scene *scene, int region, int index, TutorEffects *effects) {
    switch (region) {
    case TUTOR_CHECK:
        if (tutor_is_open(t) || !turn_page(t, scene, -1)) check(t, effects);
        break;
    case TUTOR_LATER: send(t, (LessonEvent){.kind = LESSON_NEXT}, effects); break;
    case TUTOR_AGAIN: send(t, (LessonEvent){.kind = LESSON_GO, .part = lesson_state_start(t->c).part}, effects); break;
    case TUTOR_NEXT_LESSON: effects->is_next_lesson = true; break;
    case TUTOR_BACK: send(t, (LessonEvent){.kind = LESSON_BACK}, effects); break;
    case TUTOR_HINT: send(t, (LessonEvent){.kind = LESSON_HINT}, effects); break;
    case TUTOR_SHOW: send(t, (LessonEvent){.kind = LESSON_SHOW}, effects); break;
    case TUTOR_OPTION: answer_option(t, index, effects); break;
    case TUTOR_BOOKMARK:
        t->bookmark = index;
        effects->is_place_changed = true;
        break;
    default: break;
    }
}

static TutorEffects take_pointer(Tutor *t, const Scene *scene, const Event *event) {
    TutorEffects effects = {0};
    int index, region = region_at(scene, event->x_px, event->y_px, &index);
    effects.is_taken = region != 0;
    if (event->kind == EVENT_POINTER_DOWN) {
        t->pressed = region;
        if (region == TUTOR_FIELD || region == TUTOR_LINE)
            t->is_typing = true;
        else if (region == 0)
            t->is_typing = false;
        if (region == TUTOR_LINE) point_caret(t, scene, event->x_px, event->y_px);
        if (region == TUTOR_DIAL) drag_dial(t, scene, event->x_px);
    } else if (event->kind == EVENT_POINTER_MOVE) {
        if (t->pressed == TUTOR_DIAL) drag_dial(t, scene, event->x_px);
        effects.is_taken = t->pressed == TUTOR_DIAL;
    } else if (event->kind == EVENT_POINTER_UP) {
        if (region && region == t->pressed) press_region(t, scene, region, index, &effects);
        effects.is_taken = effects.is_taken || t->pressed;
        t->pressed = 0;
    } else if (event->kind == EVENT_WHEEL && region) {
        scroll(t, scene, WHEEL_PX * event->wheel_steps);
    }
    return effects;
}

static bool is_page_key(const Tutor *t, const Event *event) {
    return (event->key == KEY_PAGE_UP || event->key == KEY_PAGE_DOWN) &&
           (t->is_typing || event->modifiers & MODIFIER_SHIFT);
}

static TutorEffects take_key(Tutor *t, bool has_replay_focus, const Scene *scene, const Event *event) {
    TutorEffects effects = {0};
    const LessonPart *part = tutor_part(t);
    if (is_page_key(t, event)) {
        turn_page(t, scene, event->key == KEY_PAGE_UP ? 1 : -1);
        effects.is_taken = true;
        return effects;
    }
    if (t->is_typing) {
        type_key(t, event, &effects);
        return effects;
    }
    bool is_choice = part && part->kind == LESSON_PREDICT && part->is_choice && tutor_is_open(t);
    if (event->key == KEY_ENTER && !has_replay_focus) {
        effects.is_taken = true;
        if (tutor_is_open(t) && !is_choice && part->kind == LESSON_PREDICT)
            t->is_typing = true; /* back into the field */
        else if (!part && t->next_title)
            effects.is_next_lesson = true;
        else if (tutor_is_open(t) || !turn_page(t, scene, -1))
            send(t, (LessonEvent){.kind = LESSON_NEXT}, &effects);
    } else if (event->key == KEY_BACKSPACE) {
        effects.is_taken = true;
        send(t, (LessonEvent){.kind = LESSON_BACK}, &effects);
    } else if (is_choice && event->key >= '1' && event->key < '1' + (uint32_t)part->slip_count) {
        effects.is_taken = true;
        answer_option(t, (int)(event->key - '1'), &effects);
    }
    return effects;
}

TutorEffects tutor_apply(Tutor *t, bool has_replay_focus, const Scene *scene, const Event *event) {
    switch (event->kind) {
    case EVENT_KEY: return take_key(t, has_replay_focus, scene, event);
    case EVENT_POINTER_MOVE:
    case EVENT_POINTER_DOWN:
    case EVENT_POINTER_UP:
    case EVENT_WHEEL: return take_pointer(t, scene, event);
    case EVENT_RESIZE:
    case EVENT_TICK:
    case EVENT_QUIT:
    case EVENT_KIND_COUNT: break;
    }
    return (TutorEffects){0};
}

/* --- lecture mode --- */

TutorEffects tutor_apply_lecture(Tutor *t, const Event *event) {
    int direction = event->kind != EVENT_KEY ? 0 : event->key == KEY_ENTER ? 1 : event->key == KEY_BACKSPACE ? -1 : 0;
    for (int i = t->bookmark + direction; direction && i >= 0 && i < t->c->lesson->part_count; i += direction)
        if (t->c->lesson->parts[i].kind == LESSON_BOOKMARK) {
            t->bookmark = i;
            return (TutorEffects){.is_taken = true, .is_place_changed = true};
        }
    return (TutorEffects){.is_taken = direction != 0};
}

const char *tutor_note(const Tutor *t, Arena *arena) {
    if (t->bookmark < 0 || t->texts[t->bookmark].block_count == 0) return NULL;
    return markdown_plain(&t->texts[t->bookmark].blocks[0], -1, arena);
}

const char *tutor_note_place(const Tutor *t, Arena *arena) {
    int number = 0, count = 0;
    for (int i = 0; i < t->c->lesson->part_count; i++) {
        bool is_bookmark = t->c->lesson->parts[i].kind == LESSON_BOOKMARK;
        count += is_bookmark;
        number += is_bookmark && i <= t->bookmark;
    }
    const char *keys = count == 0        ? "L: back to the text"
                       : number == 0     ? "Enter begins"
                       : number == count ? "the last; L: back to the text"
                                         : "Enter goes on";
    return count ? arena_format(arena, "%d of %d, %s", number, count, keys) : keys;
}
