/* lesson.md into parts: see lesson.h. */
#include "lessons/lesson.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/markdown.h"

typedef struct Reader {
    const LessonFiles *files;
    const char *file_name; /* for messages */
    Lesson *lesson;
    Arena *arena;
    Err *err;
    const char *rest;
    char line[LESSON_LINE_MAX + 1];
    int line_number;
    bool is_block;          /* inside one of our blocks */
    bool is_foreign_fence;  /* inside a fence that is plain Markdown */
    bool has_head;          /* the ```lesson block was read */
    LessonPart part;        /* block being read; kind PROSE with is_block: the head */
    const char *line_start; /* of line, in the text */
    const char *block_text; /* first byte after the block's fence */
    const char *prose; /* first byte since the last block, NULL: none yet; prose and notes are slices of the text */
    int prose_line;
    char *key, *value; /* of the block's last line, to be continued */
    int key_line;
} Reader;

static bool fail(Reader *r, int line, const char *what, const char *value) {
    return err_set(r->err, ERR_OTHER, "%s:%d: %s%s%.60s%s", r->file_name, line, what, *value ? " '" : "", value,
                   *value ? "'" : "");
}

static char *trim(char *text) {
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
    return text;
}

/* --- key = value --- */

static bool split_arrow(Reader *r, const char *value, LessonSlip *slip) {
    const char *arrow = strstr(value, "->");
    if (!arrow) return fail(r, r->key_line, "needs 'WHAT -> what to say', got", value);
    char *left = arena_format(r->arena, "%.*s", (int)(arrow - value), value);
    slip->expression = trim(left);
    slip->sentence = trim(arena_copy_text(r->arena, arrow + 2));
    if (!*slip->expression || !*slip->sentence)
        return fail(r, r->key_line, "needs something on both sides of ->, got", value);
    return true;
}

static bool add_slip(Reader *r, LessonSlip *rows, int *count, int max, const char *value) {
    if (*count == max) return fail(r, r->key_line, "is one too many of its kind", value);
    return split_arrow(r, value, &rows[*count]) && ++*count;
}

static bool set_head(Reader *r, const char *key, const char *value) {
    if (strcmp(key, "question") == 0) {
        r->lesson->question = value;
        return true;
    }
    if (strcmp(key, "minutes") != 0) return fail(r, r->key_line, "is no key of a lesson block", key);
    char *end;
    long minutes = strtol(value, &end, 10);
    if (*end || minutes < 1 || minutes > 120) return fail(r, r->key_line, "minutes must be 1 to 120, not", value);
    r->lesson->minutes = (int)minutes;
    return true;
}

static bool set_tolerance(Reader *r, const char *value) {
    char *end;
    double percent = strtod(value, &end);
    if (*end || end == value || !(percent >= 0 && percent <= 30))
        return fail(r, r->key_line, "tolerance must be 0 to 30 percent, not", value);
    r->part.tolerance = percent / 100;
    return true;
}

static bool set_kind(Reader *r, const char *value) {
    r->part.is_program = strcmp(value, "program") == 0;
    return r->part.is_program || strcmp(value, "settings") == 0 ||
           fail(r, r->key_line, "kind must be settings or program, not", value);
}

static bool add_hint(Reader *r, const char *value) {
    if (r->part.hint_count == LESSON_HINTS_MAX) return fail(r, r->key_line, "is one hint too many", value);
    r->part.hints[r->part.hint_count++] = value;
    return true;
}

static bool set_predict(Reader *r, const char *key, char *value) {
    LessonPart *part = &r->part;
    if (strcmp(key, "ask") == 0)
        part->text = value;
    else if (strcmp(key, "answer") == 0)
        part->answer = value;
    else if (strcmp(key, "tolerance") == 0)
        return set_tolerance(r, value);
    else if (strcmp(key, "reveal") == 0)
        part->reveal = value;
    else if (strcmp(key, "hint") == 0)
        return add_hint(r, value);
    else if (strcmp(key, "slip") == 0)
        return add_slip(r, part->slips, &part->slip_count, LESSON_SLIPS_MAX, value);
    else if (strcmp(key, "choice") == 0 || strcmp(key, "right") == 0) {
        if (!add_slip(r, part->slips, &part->slip_count, LESSON_SLIPS_MAX, value)) return false;
        part->is_choice = true;
        if (*key == 'r') part->answer = part->slips[part->slip_count - 1].expression;
    } else
        return fail(r, r->key_line, "is no key of a predict block", key);
    return true;
}

int lesson_lens_request(const char *look) {
    int number, length = 0;
    bool is_lens = sscanf(look, "lens %6d%n", &number, &length) == 1 && !look[length];
    return is_lens && number > 0 ? number : 0;
}

static bool set_bookmark(Reader *r, const char *key, char *value) {
    LessonPart *part = &r->part;
    if (strcmp(key, "algorithm") == 0)
        part->algorithm = value;
    else if (strcmp(key, "settings") == 0)
        part->settings = value;
    else if (strcmp(key, "at") == 0)
        part->at = value;
    else if (strcmp(key, "look") == 0) {
        part->look = value;
        return lesson_lens_request(value) > 0 || strcmp(value, "values") == 0 ||
               fail(r, r->key_line, "look must be lens N or values, not", value);
    } else if (strcmp(key, "say") == 0)
        part->text = value;
    else
        return fail(r, r->key_line, "is no key of a bookmark block", key);
    return true;
}

static bool set_exercise(Reader *r, const char *key, char *value) {
    LessonPart *part = &r->part;
    if (strcmp(key, "kind") == 0) return set_kind(r, value);
    if (strcmp(key, "ask") == 0)
        part->text = value;
    else if (strcmp(key, "algorithm") == 0)
        part->algorithm = value;
    else if (strcmp(key, "settings") == 0)
        part->settings = value;
    else if (strcmp(key, "may") == 0)
        part->may = value;
    else if (strcmp(key, "budget") == 0)
        return add_slip(r, part->budgets, &part->budget_count, LESSON_BUDGETS_MAX, value);
    else if (strcmp(key, "hint") == 0)
        return add_hint(r, value);
    else
        return fail(r, r->key_line, "is no key of an exercise block", key);
    return true;
}

static bool set_question(Reader *r, const char *key, char *value) {
    LessonPart *part = &r->part;
    if (strcmp(key, "topic") == 0)
        part->topic = value;
    else if (strcmp(key, "draw") == 0)
        part->draw = value;
    else if (strcmp(key, "check") == 0)
        part->check = value;
    else if (strcmp(key, "follow") == 0)
        return split_arrow(r, value, &part->follow);
    else if (strcmp(key, "point") == 0)
        return add_slip(r, part->points, &part->point_count, LESSON_SLIPS_MAX, value);
    else if (strcmp(key, "option") == 0) {
        part->is_choice = true;
        return add_slip(r, part->slips, &part->slip_count, LESSON_SLIPS_MAX, value);
    } else
        return set_predict(r, key, value);
    return true;
}

static bool set_hardware(Reader *r, const char *key, char *value) {
    LessonPart *part = &r->part;
    if (strcmp(key, "algorithm") == 0)
        part->algorithm = value;
    else if (strcmp(key, "settings") == 0)
        part->settings = value;
    else if (strcmp(key, "counter") == 0)
        part->answer = value;
    else if (strcmp(key, "say") == 0)
        part->text = value;
    else
        return fail(r, r->key_line, "is no key of a hardware block", key);
    return true;
}

/* The gathered key is complete: stores it. */
static bool flush_key(Reader *r) {
    if (!r->key) return true;
    char *key = r->key, *value = trim(r->value);
    r->key = NULL;
    if (!*value) return fail(r, r->key_line, "has no value", key);
    switch (r->part.kind) {
    case LESSON_PROSE: return set_head(r, key, value);
    case LESSON_PREDICT: return set_predict(r, key, value);
    case LESSON_BOOKMARK: return set_bookmark(r, key, value);
    case LESSON_EXERCISE: return set_exercise(r, key, value);
    case LESSON_HARDWARE: return set_hardware(r, key, value);
    case LESSON_QUESTION: return set_question(r, key, value);
    case LESSON_NOTES:
    case LESSON_CHECK: break;
    }
    return true;
}

static bool is_free_text(LessonPartKind kind) { return kind == LESSON_NOTES || kind == LESSON_CHECK; }

static bool block_line(Reader *r) {
    if (is_free_text(r->part.kind)) return true;
    if (strncmp(r->line, "  ", 2) == 0 && r->key) {
        char *more = trim(r->line);
        bool is_break = strcmp(more, ".") == 0;
        if (strlen(r->value) > LESSON_VALUE_MAX) return fail(r, r->line_number, "a value is too long:", r->key);
        r->value = arena_format(r->arena, "%s%s%s", r->value, is_break ? "\n\n" : " ", is_break ? "" : more);
        return true;
    }
    if (!flush_key(r)) return false;
    char *line = trim(r->line);
    if (!*line) return true;
    char *equals = strchr(line, '=');
    if (!equals) return fail(r, r->line_number, "expected 'key = value', got", line);
    *equals = '\0';
    r->key = arena_copy_text(r->arena, trim(line));
    r->value = arena_copy_text(r->arena, trim(equals + 1));
    r->key_line = r->line_number;
    return true;
}

/* --- blocks --- */

static bool check_predict(Reader *r) {
    const LessonPart *part = &r->part;
    if (!*part->text || !*part->answer)
        return fail(r, part->line, "a predict block needs ask and answer (or choices, one of them right):", part->name);
    if (part->is_choice && part->slip_count < 2)
        return fail(r, part->line, "a choice needs at least two options:", part->name);
    return true;
}

static bool check_exercise(Reader *r) {
    LessonPart *part = &r->part;
    if (!*part->text || part->budget_count == 0)
        return fail(r, part->line, "an exercise needs ask and at least one budget:", part->name);
    if (!part->is_program && (!*part->algorithm || !*part->may))
        return fail(r, part->line, "an exercise by settings needs algorithm and may:", part->name);
    const char *const endings[] = {"start", "solution", "wrong"};
    const char **const texts[] = {&part->start, &part->solution, &part->wrong};
    for (int i = 0; i < 3; i++) {
        const char *found =
            lesson_file(r->files, r->lesson->id, arena_format(r->arena, "%s.%s", part->name, endings[i]));
        *texts[i] = found ? found : "";
    }
    if (!*part->solution || !*part->wrong)
        return fail(r, part->line, "an exercise needs its files NAME.solution and NAME.wrong:", part->name);
    return true;
}

/* A number with its second formula, options with claims, or points to be made. */
static bool check_question(Reader *r) {
    const LessonPart *part = &r->part;
    bool is_number = *part->answer && *part->check, is_choice = part->is_choice && part->slip_count >= 2;
    if (!*part->text || !*part->topic || (!is_number && !is_choice && part->point_count == 0))
        return fail(r, part->line,
                    "a question needs topic, ask, and answer with check, or options, or points:", part->name);
    return true;
}

static bool check_part(Reader *r) {
    switch (r->part.kind) {
    case LESSON_PREDICT: return check_predict(r);
    case LESSON_EXERCISE: return check_exercise(r);
    case LESSON_QUESTION: return check_question(r);
    case LESSON_BOOKMARK:
        return (*r->part.algorithm && *r->part.at && *r->part.text) ||
               fail(r, r->part.line, "a bookmark needs algorithm, at and say:", r->part.name);
    case LESSON_HARDWARE:
        return (*r->part.algorithm && *r->part.answer) ||
               fail(r, r->part.line, "a hardware block needs algorithm and counter:", r->part.name);
    case LESSON_PROSE:
    case LESSON_NOTES:
    case LESSON_CHECK: break;
    }
    return true;
}

static bool add_part(Reader *r, LessonPart part) {
    if (r->lesson->part_count == LESSON_PARTS_MAX) return fail(r, r->line_number, "a lesson has too many parts", "");
    for (int i = 0; i < r->lesson->part_count; i++)
        if (*part.name && strcmp(r->lesson->parts[i].name, part.name) == 0)
            return fail(r, part.line, "is the name of two blocks", part.name);
    r->lesson->parts[r->lesson->part_count++] = part;
    return true;
}

static LessonPart part_make(LessonPartKind kind, const char *name, int line) {
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

/* What lies between the start of the prose and the current line becomes a part. */
static bool flush_prose(Reader *r, const char *end) {
    bool is_blank = true;
    for (const char *p = r->prose; p && p < end; p++) is_blank = is_blank && isspace((unsigned char)*p);
    if (r->prose && !is_blank) {
        LessonPart part = part_make(LESSON_PROSE, "", r->prose_line);
        part.text = arena_format(r->arena, "%.*s", (int)(end - r->prose), r->prose);
        if (!add_part(r, part)) return false;
    }
    r->prose = NULL;
    return true;
}

static bool find_kind(const char *word, LessonPartKind *kind) {
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

/* A line ```word name: opens a block of ours, or a plain fence. */
static bool open_fence(Reader *r) {
    char *word = trim(r->line + 3);
    char *name = word;
    while (*name && !isspace((unsigned char)*name)) name++;
    if (*name) *name++ = '\0';
    LessonPartKind kind;
    if (!find_kind(word, &kind)) {
        r->is_foreign_fence = true;
        return true;
    }
    if (kind == LESSON_PROSE && r->has_head) return fail(r, r->line_number, "a second lesson block", "");
    bool needs_name = kind != LESSON_PROSE && !is_free_text(kind);
    if (needs_name && !*trim(name)) return fail(r, r->line_number, "needs a name:", word);
    r->is_block = true;
    r->has_head = r->has_head || kind == LESSON_PROSE;
    r->part = part_make(kind, arena_copy_text(r->arena, trim(name)), r->line_number);
    r->block_text = r->rest;
    return flush_prose(r, r->line_start);
}

static bool close_block(Reader *r) {
    if (is_free_text(r->part.kind))
        r->part.text = arena_format(r->arena, "%.*s", (int)(r->line_start - r->block_text), r->block_text);
    if (!flush_key(r) || !check_part(r)) return false;
    r->is_block = false;
    return r->part.kind == LESSON_PROSE || add_part(r, r->part);
}

static bool take_line(Reader *r) {
    bool is_fence = strncmp(r->line, "```", 3) == 0;
    if (r->is_block) return is_fence ? close_block(r) : block_line(r);
    if (r->is_foreign_fence && is_fence)
        r->is_foreign_fence = false;
    else if (is_fence) {
        if (!open_fence(r)) return false;
        if (r->is_block) return true;
    }
    if (!r->is_foreign_fence && !r->lesson->title && strncmp(r->line, "# ", 2) == 0) {
        r->lesson->title = arena_copy_text(r->arena, trim(r->line + 2));
        return flush_prose(r, r->line_start);
    }
    if (r->prose) return true;
    r->prose = r->line_start;
    r->prose_line = r->line_number;
    return true;
}

static bool next_line(Reader *r, bool *is_end) {
    *is_end = !*r->rest;
    if (*is_end) return true;
    size_t length = strcspn(r->rest, "\n");
    r->line_number++;
    if (length > LESSON_LINE_MAX) return fail(r, r->line_number, "a line is too long", "");
    r->line_start = r->rest;
    memcpy(r->line, r->rest, length);
    r->line[length] = '\0';
    r->rest += length + (r->rest[length] == '\n');
    return true;
}

static bool check_lesson(Reader *r) {
    const Lesson *lesson = r->lesson;
    if (r->is_block) return fail(r, r->part.line, "a block is not closed with ```", r->part.name);
    if (!lesson->title) return fail(r, 1, "a lesson begins with '# Title'", "");
    if (!lesson->question || !lesson->minutes)
        return fail(r, 1, "a lesson needs a block ```lesson with question and minutes", "");
    return true;
}

static bool parse(const LessonFiles *files, const char *id, const char *file_name, const char *text, Lesson *lesson,
                  Arena *arena, Err *err) {
    Lesson read = {.id = arena_copy_text(arena, id), .scenario_text = ""};
    Reader r = {.files = files,
                .file_name = arena_format(arena, "%s/%s", id, file_name),
                .lesson = &read,
                .arena = arena,
                .err = err,
                .rest = text};
    if (strlen(text) > LESSON_TEXT_MAX) return fail(&r, 1, "a lesson is longer than 64 KiB", "");
    Markdown markdown;
    Arena scratch = {0};
    bool is_text = markdown_read(text, &markdown, &scratch, err);
    arena_free(&scratch);
    if (!is_text) return err_prefix(err, "%s:1: ", r.file_name);
    for (bool is_end;;) {
        if (!next_line(&r, &is_end)) return false;
        if (is_end) break;
        if (!take_line(&r)) return false;
    }
    if (!check_lesson(&r) || !flush_prose(&r, r.rest)) return false;
    const char *scenario = lesson_file(files, id, "scenario.txt");
    if (scenario) read.scenario_text = scenario;
    *lesson = read;
    return true;
}

bool lesson_parse(const LessonFiles *files, const char *id, const char *text, Lesson *lesson, Arena *arena, Err *err) {
    return parse(files, id, "lesson.md", text, lesson, arena, err);
}

bool lesson_read_quiz(const LessonFiles *files, Lesson *quiz, Arena *arena, Err *err) {
    const char *text = lesson_file(files, "quiz", "quiz.md");
    if (!text) return err_set(err, ERR_OTHER, "there is no quiz among the lessons' files");
    return parse(files, "quiz", "quiz.md", text, quiz, arena, err);
}

bool lesson_read(const LessonFiles *files, const char *id, Lesson *lesson, Arena *arena, Err *err) {
    const char *text = lesson_file(files, id, "lesson.md");
    if (!text) return err_set(err, ERR_USAGE, "there is no lesson '%.60s'; --list shows them", id);
    return lesson_parse(files, id, text, lesson, arena, err);
}
