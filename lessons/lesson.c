/* lesson.md into parts: see lesson.h. */
#include "lessons/lesson.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "lessons/lesson_block.h"
#include "lessons/markdown.h"
#include "sim/base/parse.h"

typedef struct Reader {
    LessonBlock block; /* being read, and where everything goes */
    const char *rest;
    char line[LESSON_LINE_MAX_BYTES + 1];
    int line_number;
    bool is_block;          /* inside one of our blocks */
    bool is_foreign_fence;  /* inside a fence that is plain Markdown */
    bool has_head;          /* the ```lesson block was read */
    const char *line_start; /* of line, in the text */
    const char *block_text; /* first byte after the block's fence */
    const char *prose; /* first byte since the last block, NULL: none yet; prose and notes are slices of the text */
    int prose_line;
} Reader;

static bool add_part(Reader *r, LessonPart part) {
    if (r->block.lesson->part_count == LESSON_PARTS_MAX)
        return lesson_block_fail(&r->block, r->line_number, "a lesson has too many parts", "");
    for (int i = 0; i < r->block.lesson->part_count; i++)
        if (*part.name && strcmp(r->block.lesson->parts[i].name, part.name) == 0)
            return lesson_block_fail(&r->block, part.line, "is the name of two blocks", part.name);
    r->block.lesson->parts[r->block.lesson->part_count++] = part;
    return true;
}

/* What lies between the start of the prose and the current line becomes a part. */
static bool flush_prose(Reader *r, const char *end) {
    bool is_blank = true;
    for (const char *p = r->prose; p && p < end; p++) is_blank = is_blank && isspace((unsigned char)*p);
    if (r->prose && !is_blank) {
        LessonPart part = lesson_part_make(LESSON_PROSE, "", r->prose_line);
        part.text = arena_format(r->block.arena, "%.*s", (int)(end - r->prose), r->prose);
        if (!add_part(r, part)) return false;
    }
    r->prose = NULL;
    return true;
}

/* A line ```word name: opens a block of ours, or a plain fence. */
static bool open_fence(Reader *r) {
    char *word = parse_trim(r->line + 3);
    char *name = word;
    while (*name && !isspace((unsigned char)*name)) name++;
    if (*name) *name++ = '\0';
    LessonPartKind kind;
    if (!lesson_block_kind(word, &kind)) {
        r->is_foreign_fence = true;
        return true;
    }
    if (kind == LESSON_PROSE && r->has_head)
        return lesson_block_fail(&r->block, r->line_number, "a second lesson block", "");
    bool needs_name = kind != LESSON_PROSE && !lesson_block_is_text(kind);
    if (needs_name && !*parse_trim(name)) return lesson_block_fail(&r->block, r->line_number, "needs a name:", word);
    r->is_block = true;
    r->has_head = r->has_head || kind == LESSON_PROSE;
    r->block.part = lesson_part_make(kind, arena_copy_text(r->block.arena, parse_trim(name)), r->line_number);
    r->block_text = r->rest;
    return flush_prose(r, r->line_start);
}

static bool close_block(Reader *r) {
    if (lesson_block_is_text(r->block.part.kind))
        r->block.part.text = arena_format(r->block.arena, "%.*s", (int)(r->line_start - r->block_text), r->block_text);
    if (!lesson_block_end(&r->block)) return false;
    r->is_block = false;
    return r->block.part.kind == LESSON_PROSE || add_part(r, r->block.part);
}

static bool take_line(Reader *r) {
    bool is_fence = strncmp(r->line, "```", 3) == 0;
    if (r->is_block) return is_fence ? close_block(r) : lesson_block_line(&r->block, r->line, r->line_number);
    if (r->is_foreign_fence && is_fence)
        r->is_foreign_fence = false;
    else if (is_fence) {
        if (!open_fence(r)) return false;
        if (r->is_block) return true;
    }
    if (!r->is_foreign_fence && !r->block.lesson->title && strncmp(r->line, "# ", 2) == 0) {
        r->block.lesson->title = arena_copy_text(r->block.arena, parse_trim(r->line + 2));
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
    if (length > LESSON_LINE_MAX_BYTES) return lesson_block_fail(&r->block, r->line_number, "a line is too long", "");
    r->line_start = r->rest;
    memcpy(r->line, r->rest, length);
    r->line[length] = '\0';
    r->rest += length + (r->rest[length] == '\n');
    return true;
}

static bool check_lesson(Reader *r) {
    const Lesson *lesson = r->block.lesson;
    if (r->is_block)
        return lesson_block_fail(&r->block, r->block.part.line, "a block is not closed with ```", r->block.part.name);
    if (!lesson->title) return lesson_block_fail(&r->block, 1, "a lesson begins with '# Title'", "");
    if (!lesson->question || !lesson->minutes)
        return lesson_block_fail(&r->block, 1, "a lesson needs a block ```lesson with question and minutes", "");
    return true;
}

static Reader reader_make(const LessonFiles *files, const char *id, const char *file_name, const char *text,
                          Lesson *lesson, Arena *arena, Err *err) {
    *lesson = (Lesson){.id = arena_copy_text(arena, id), .scenario_text = ""};
    return (Reader){.block = {.files = files,
                              .file_name = arena_format(arena, "%s/%s", id, file_name),
                              .lesson = lesson,
                              .arena = arena,
                              .err = err},
                    .rest = text};
}

static bool parse(const LessonFiles *files, const char *id, const char *file_name, const char *text, Lesson *lesson,
                  Arena *arena, Err *err) {
    Lesson read;
    Reader r = reader_make(files, id, file_name, text, &read, arena, err);
    if (strlen(text) > LESSON_MAX_BYTES) return lesson_block_fail(&r.block, 1, "a lesson is longer than 64 KiB", "");
    Markdown markdown;
    Arena scratch = {0};
    bool is_text = markdown_read(text, &markdown, &scratch, err);
    arena_free(&scratch);
    if (!is_text) return err_prefix(err, "%s:1: ", r.block.file_name);
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

static const char *find_text(const LessonFiles *files, const char *id, Err *err) {
    const char *text = lesson_file(files, id, "lesson.md");
    if (!text) err_set(err, ERR_USAGE, "there is no lesson '%.60s'; --list shows them", id);
    return text;
}

bool lesson_read(const LessonFiles *files, const char *id, Lesson *lesson, Arena *arena, Err *err) {
    const char *text = find_text(files, id, err);
    return text && lesson_parse(files, id, text, lesson, arena, err);
}

bool lesson_read_head(const LessonFiles *files, const char *id, LessonHead *head, Arena *arena, Err *err) {
    const char *text = find_text(files, id, err);
    if (!text) return false;
    Lesson read;
    Reader r = reader_make(files, id, "lesson.md", text, &read, arena, err);
    bool is_end = false;
    while (!is_end && !(read.title && read.question && read.minutes))
        if (!next_line(&r, &is_end) || (!is_end && !take_line(&r))) return false;
    if (is_end && !check_lesson(&r)) return false;
    *head = (LessonHead){read.title, read.question, read.minutes};
    return true;
}

bool lesson_kind_is_asked(LessonPartKind kind) { return kind == LESSON_PREDICT || kind == LESSON_EXERCISE; }

bool lesson_kind_is_shown(LessonPartKind kind) {
    return kind != LESSON_NOTES && kind != LESSON_CHECK && kind != LESSON_QUESTION;
}

int lesson_lens_request(const char *look) {
    int number, length = 0;
    bool is_lens = sscanf(look, "lens %6d%n", &number, &length) == 1 && !look[length];
    return is_lens && number > 0 ? number : 0;
}
