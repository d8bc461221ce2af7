/* A block's lines into a part: see lesson_block.h. */
#include "lessons/lesson_block.h"

#include <stdlib.h>
#include <string.h>

#include "sim/base/parse.h"

bool lesson_block_fail(LessonBlock *b, int line, const char *what, const char *value) {
    return err_set(b->err, ERR_OTHER, "%s:%d: %s%s%.60s%s", b->file_name, line, what, *value ? " '" : "", value,
                   *value ? "'" : "");
}

bool lesson_block_kind(const char *word, LessonPartKind *kind) {
    static const struct {
        const char *word;
        LessonPartKind kind;
    } kinds[] = {{"lesson", LESSON_PROSE},      {"predict", LESSON_PREDICT},   {"bookmark", LESSON_BOOKMARK},
                 {"exercise", LESSON_EXERCISE}, {"hardware", LESSON_HARDWARE}, {"notes", LESSON_NOTES},
                 {"check", LESSON_CHECK},       {"question", LESSON_QUESTION}};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (strcmp(kinds[i].word, word) == 0) {
            *kind = kinds[i].kind;
            return true;
        }
    return false;
}

static bool split_arrow(LessonBlock *b, const char *value, LessonSlip *slip) {
    const char *arrow = strstr(value, "->");
    if (!arrow) return lesson_block_fail(b, b->key_line, "needs 'WHAT -> what to say', got", value);
    char *left = arena_format(b->arena, "%.*s", (int)(arrow - value), value);
    slip->expression = parse_trim(left);
    slip->sentence = parse_trim(arena_copy_text(b->arena, arrow + 2));
    if (!*slip->expression || !*slip->sentence)
        return lesson_block_fail(b, b->key_line, "needs something on both sides of ->, got", value);
    return true;
}

static bool add_slip(LessonBlock *b, LessonSlip *rows, int *count, int max, const char *value) {
    if (*count == max) return lesson_block_fail(b, b->key_line, "is one too many of its kind", value);
    return split_arrow(b, value, &rows[*count]) && ++*count;
}

static bool set_head(LessonBlock *b, const char *key, const char *value) {
    if (strcmp(key, "question") == 0) {
        b->lesson->question = value;
        return true;
    }
    if (strcmp(key, "minutes") != 0) return lesson_block_fail(b, b->key_line, "is no key of a lesson block", key);
    char *end;
    long minutes = strtol(value, &end, 10);
    if (*end || minutes < 1 || minutes > 120)
        return lesson_block_fail(b, b->key_line, "minutes must be 1 to 120, not", value);
    b->lesson->minutes = (int)minutes;
    return true;
}

static bool set_tolerance(LessonBlock *b, const char *value) {
    char *end;
    double percent = strtod(value, &end);
    if (*end || end == value || !(percent >= 0 && percent <= 30))
        return lesson_block_fail(b, b->key_line, "tolerance must be 0 to 30 percent, not", value);
    b->part.tolerance = percent / 100;
    return true;
}

static bool set_kind(LessonBlock *b, const char *value) {
    b->part.is_program = strcmp(value, "program") == 0;
    return b->part.is_program || strcmp(value, "settings") == 0 ||
           lesson_block_fail(b, b->key_line, "kind must be settings or program, not", value);
}

static bool add_hint(LessonBlock *b, const char *value) {
    if (b->part.hint_count == LESSON_HINTS_MAX) return lesson_block_fail(b, b->key_line, "is one hint too many", value);
    b->part.hints[b->part.hint_count++] = value;
    return true;
}

static bool set_predict(LessonBlock *b, const char *key, char *value) {
    LessonPart *part = &b->part;
    if (strcmp(key, "ask") == 0)
        part->text = value;
    else if (strcmp(key, "answer") == 0)
        part->answer = value;
    else if (strcmp(key, "tolerance") == 0)
        return set_tolerance(b, value);
    else if (strcmp(key, "reveal") == 0)
        part->reveal = value;
    else if (strcmp(key, "hint") == 0)
        return add_hint(b, value);
    else if (strcmp(key, "slip") == 0)
        return add_slip(b, part->slips, &part->slip_count, LESSON_SLIPS_MAX, value);
    else if (strcmp(key, "choice") == 0 || strcmp(key, "right") == 0) {
        if (!add_slip(b, part->slips, &part->slip_count, LESSON_SLIPS_MAX, value)) return false;
        part->is_choice = true;
        if (*key == 'r') part->answer = part->slips[part->slip_count - 1].expression;
    } else
        return lesson_block_fail(b, b->key_line, "is no key of a predict block", key);
    return true;
}

static bool set_bookmark(LessonBlock *b, const char *key, char *value) {
    LessonPart *part = &b->part;
    if (strcmp(key, "algorithm") == 0)
        part->algorithm = value;
    else if (strcmp(key, "settings") == 0)
        part->settings = value;
    else if (strcmp(key, "at") == 0)
        part->at = value;
    else if (strcmp(key, "look") == 0) {
        part->look = value;
        return lesson_lens_request(value) > 0 || strcmp(value, "values") == 0 ||
               lesson_block_fail(b, b->key_line, "look must be lens N or values, not", value);
    } else if (strcmp(key, "say") == 0)
        part->text = value;
    else
        return lesson_block_fail(b, b->key_line, "is no key of a bookmark block", key);
    return true;
}

static bool set_exercise(LessonBlock *b, const char *key, char *value) {
    LessonPart *part = &b->part;
    if (strcmp(key, "kind") == 0) return set_kind(b, value);
    if (strcmp(key, "ask") == 0)
        part->text = value;
    else if (strcmp(key, "algorithm") == 0)
        part->algorithm = value;
    else if (strcmp(key, "settings") == 0)
        part->settings = value;
    else if (strcmp(key, "may") == 0)
        part->may = value;
    else if (strcmp(key, "budget") == 0)
        return add_slip(b, part->budgets, &part->budget_count, LESSON_BUDGETS_MAX, value);
    else if (strcmp(key, "hint") == 0)
        return add_hint(b, value);
    else
        return lesson_block_fail(b, b->key_line, "is no key of an exercise block", key);
    return true;
}

static bool set_question(LessonBlock *b, const char *key, char *value) {
    LessonPart *part = &b->part;
    if (strcmp(key, "topic") == 0)
        part->topic = value;
    else if (strcmp(key, "draw") == 0)
        part->draw = value;
    else if (strcmp(key, "check") == 0)
        part->check = value;
    else if (strcmp(key, "follow") == 0)
        return split_arrow(b, value, &part->follow);
    else if (strcmp(key, "point") == 0)
        return add_slip(b, part->points, &part->point_count, LESSON_SLIPS_MAX, value);
    else if (strcmp(key, "option") == 0) {
        part->is_choice = true;
        return add_slip(b, part->slips, &part->slip_count, LESSON_SLIPS_MAX, value);
    } else
        return set_predict(b, key, value);
    return true;
}

static bool set_hardware(LessonBlock *b, const char *key, char *value) {
    LessonPart *part = &b->part;
    if (strcmp(key, "algorithm") == 0)
        part->algorithm = value;
    else if (strcmp(key, "settings") == 0)
        part->settings = value;
    else if (strcmp(key, "counter") == 0)
        part->answer = value;
    else if (strcmp(key, "say") == 0)
        part->text = value;
    else
        return lesson_block_fail(b, b->key_line, "is no key of a hardware block", key);
    return true;
}

/* The gathered key is complete: stores it. */
static bool flush_key(LessonBlock *b) {
    if (!b->key) return true;
    char *key = b->key, *value = parse_trim(b->value);
    b->key = NULL;
    if (!*value) return lesson_block_fail(b, b->key_line, "has no value", key);
    switch (b->part.kind) {
    case LESSON_PROSE: return set_head(b, key, value);
    case LESSON_PREDICT: return set_predict(b, key, value);
    case LESSON_BOOKMARK: return set_bookmark(b, key, value);
    case LESSON_EXERCISE: return set_exercise(b, key, value);
    case LESSON_HARDWARE: return set_hardware(b, key, value);
    case LESSON_QUESTION: return set_question(b, key, value);
    case LESSON_NOTES:
    case LESSON_CHECK: break;
    }
    return true;
}

bool lesson_block_is_text(LessonPartKind kind) { return kind == LESSON_NOTES || kind == LESSON_CHECK; }

bool lesson_block_line(LessonBlock *b, char *text, int line_number) {
    if (lesson_block_is_text(b->part.kind)) return true;
    if (strncmp(text, "  ", 2) == 0 && b->key) {
        char *more = parse_trim(text);
        bool is_break = strcmp(more, ".") == 0;
        if (strlen(b->value) > LESSON_VALUE_MAX)
            return lesson_block_fail(b, line_number, "a value is too long:", b->key);
        b->value = arena_format(b->arena, "%s%s%s", b->value, is_break ? "\n\n" : " ", is_break ? "" : more);
        return true;
    }
    if (!flush_key(b)) return false;
    char *line = parse_trim(text);
    if (!*line) return true;
    char *equals = strchr(line, '=');
    if (!equals) return lesson_block_fail(b, line_number, "expected 'key = value', got", line);
    *equals = '\0';
    b->key = arena_copy_text(b->arena, parse_trim(line));
    b->value = arena_copy_text(b->arena, parse_trim(equals + 1));
    b->key_line = line_number;
    return true;
}

static bool check_predict(LessonBlock *b) {
    const LessonPart *part = &b->part;
    if (!*part->text || !*part->answer)
        return lesson_block_fail(b, part->line,
                                 "a predict block needs ask and answer (or choices, one of them right):", part->name);
    if (part->is_choice && part->slip_count < 2)
        return lesson_block_fail(b, part->line, "a choice needs at least two options:", part->name);
    return true;
}

static bool check_exercise(LessonBlock *b) {
    LessonPart *part = &b->part;
    if (!*part->text || part->budget_count == 0)
        return lesson_block_fail(b, part->line, "an exercise needs ask and at least one budget:", part->name);
    if (!part->is_program && (!*part->algorithm || !*part->may))
        return lesson_block_fail(b, part->line, "an exercise by settings needs algorithm and may:", part->name);
    const char *const endings[] = {"start", "solution", "wrong"};
    const char **const texts[] = {&part->start, &part->solution, &part->wrong};
    for (int i = 0; i < 3; i++) {
        const char *found =
            lesson_file(b->files, b->lesson->id, arena_format(b->arena, "%s.%s", part->name, endings[i]));
        *texts[i] = found ? found : "";
    }
    if (!*part->solution || !*part->wrong)
        return lesson_block_fail(b, part->line,
                                 "an exercise needs its files NAME.solution and NAME.wrong:", part->name);
    return true;
}

/* A number with its second formula, options with claims, or points to be made. */
static bool check_question(LessonBlock *b) {
    const LessonPart *part = &b->part;
    bool is_number = *part->answer && *part->check, is_choice = part->is_choice && part->slip_count >= 2;
    if (!*part->text || !*part->topic || (!is_number && !is_choice && part->point_count == 0))
        return lesson_block_fail(
            b, part->line, "a question needs topic, ask, and answer with check, or options, or points:", part->name);
    return true;
}

static bool check_part(LessonBlock *b) {
    switch (b->part.kind) {
    case LESSON_PREDICT: return check_predict(b);
    case LESSON_EXERCISE: return check_exercise(b);
    case LESSON_QUESTION: return check_question(b);
    case LESSON_BOOKMARK:
        return (*b->part.algorithm && *b->part.at && *b->part.text) ||
               lesson_block_fail(b, b->part.line, "a bookmark needs algorithm, at and say:", b->part.name);
    case LESSON_HARDWARE:
        return (*b->part.algorithm && *b->part.answer) ||
               lesson_block_fail(b, b->part.line, "a hardware block needs algorithm and counter:", b->part.name);
    case LESSON_PROSE:
    case LESSON_NOTES:
    case LESSON_CHECK: break;
    }
    return true;
}

bool lesson_block_end(LessonBlock *b) { return flush_key(b) && check_part(b); }

LessonPart lesson_part_make(LessonPartKind kind, const char *name, int line) {
    return (LessonPart){.kind = kind,
                        .name = name,
                        .line = line,
                        .text = "",
                        .answer = "",
                        .tolerance = 0.05,
                        .reveal = "",
                        .algorithm = "",
                        .settings = "",
                        .look = "",
                        .topic = "",
                        .draw = "",
                        .check = "",
                        .at = "",
                        .may = "",
                        .start = "",
                        .solution = "",
                        .wrong = ""};
}
