/* A lesson played in a terminal: lines in, what they make of it out. See learn.h. */
#include "viz/cli/learn.h"

#include <errno.h>
#include <string.h>

#include "lessons/student.h"
#include "sim/base/parse.h"
#include "viz/cli/learn_part.h"

enum { LINE_MAX_BYTES = 1000 };

typedef struct Player {
    LearnOpened *opened;
    LessonState state;
    Terminal terminal;
    FILE *in;
    bool is_ended, is_keeping_hopeless;
    Arena arena;         /* of: */
    const char *program; /* handed in last at this part, or NULL */
} Player;

static bool read_line(Player *player, char line[LINE_MAX_BYTES], const char *prompt) {
    player->is_ended = !terminal_read_line(&player->terminal, player->in, prompt, line, LINE_MAX_BYTES);
    return !player->is_ended;
}

static void send(Player *player, LessonEvent event) {
    player->state = lesson_state_step(&player->opened->opened, player->state, event);
    if (!*player->state.feedback) return;
    fputc('\n', player->terminal.out);
    terminal_markdown(&player->terminal, player->state.feedback, LEARN_INDENT);
}

/* A program: "file PATH", or lines up to one with a single dot. */
static const char *read_program(Player *player, const char *first_line, Arena *arena) {
    char line[LINE_MAX_BYTES];
    if (strncmp(first_line, "file ", 5) == 0) {
        FILE *in = fopen(first_line + 5, "rb");
        if (!in) {
            fprintf(player->terminal.out, "  %s: %s\n", first_line + 5, strerror(errno));
            return NULL;
        }
        char *text = arena_alloc_bytes(arena, STUDENT_MAX_BYTES + 2);
        text[fread(text, 1, STUDENT_MAX_BYTES + 1, in)] = '\0';
        fclose(in);
        return text;
    }
    char *text = arena_format(arena, "%s\n", first_line);
    for (int number = 2; read_line(player, line, arena_format(arena, "%2d| ", number)) && strcmp(line, ".") != 0 &&
                         strlen(text) <= STUDENT_MAX_BYTES;
         number++)
        text = arena_format(arena, "%s%s\n", text, line);
    return text;
}

static const char help_question[] = "  a guess such as 1.5 GiB, 64x, 12 ms or 2*1024*64 (or the number of an option);\n"
                                    "  ? hint   ! show me   < back   q leave (progress is kept)\n";
static const char help_exercise[] =
    "  settings: block-q=64, block-k=128\n"
    "  ? hint   ! show a solution   Enter: leave it for later   < back   q leave (progress is kept)\n";
static const char help_program[] =
    "  your program line by line, then a line with one dot\n"
    "  save PATH: into a file, to be edited   file PATH: hands it in\n"
    "  steps, steps N: the replay of what you handed in\n"
    "  ? hint   ! show a solution   Enter: leave it for later   < back   q leave (progress is kept)\n\n";
static const char help_text[] = "  Enter: go on   < back   q leave (progress is kept)\n";

static void print_help(const LessonPart *part, const Terminal *terminal) {
    bool is_exercise = part->kind == LESSON_EXERCISE, is_program = is_exercise && part->is_program;
    fputs(part->kind == LESSON_PREDICT ? help_question
          : is_program                 ? help_program
          : is_exercise                ? help_exercise
                                       : help_text,
          terminal->out);
    if (is_program) fputs(student_language, terminal->out);
}

static bool is_word(const char *line, const char *sign, const char *word) {
    return strcmp(line, sign) == 0 || strcmp(line, word) == 0;
}

static void answer(Player *player, const LessonPart *part, char *line) {
    Arena arena = {0};
    const char *text = part->kind == LESSON_EXERCISE && part->is_program ? read_program(player, line, &arena) : line;
    if (text) send(player, (LessonEvent){.kind = LESSON_ANSWER, .text = text});
    if (text && part->kind == LESSON_EXERCISE && part->is_program)
        player->program = arena_copy_text(&player->arena, text);
    arena_free(&arena);
}

/* "save PATH" at a program exercise: what was handed in last, or what is there to begin with, for an editor. */
static bool take_save(Player *player, const LessonPart *part, const char *word) {
    if (strncmp(word, "save ", 5) != 0 || part->kind != LESSON_EXERCISE || !part->is_program) return false;
    const char *path = word + 5 + strspn(word + 5, " "), *text = player->program ? player->program : part->start;
    FILE *out = fopen(path, "wx"); /* never over a file that is there */
    bool is_written = out && fputs(text, out) >= 0;
    if (out && fclose(out) != 0) is_written = false;
    if (is_written)
        fprintf(player->terminal.out, "  saved; `file %s` hands it in when you have changed it\n", path);
    else
        fprintf(player->terminal.out, "  %s: %s\n", path, strerror(errno));
    return true;
}

/* "steps" or "steps 100" at a program exercise: the replay of what was handed in. */
static bool take_steps(Player *player, const LessonPart *part, const char *word) {
    if (strncmp(word, "steps", 5) != 0 || part->kind != LESSON_EXERCISE || !part->is_program) return false;
    uint64_t from = 0;
    Err err;
    const char *number = word + 5 + strspn(word + 5, " ");
    if (*number && !scenario_parse_size(number, "steps", 0, UINT64_C(1) << 62, &from, &err))
        fprintf(player->terminal.out, "  %s\n", err.text);
    else if (!player->program)
        fputs("  hand in a program first; its steps are then shown here\n", player->terminal.out);
    else
        learn_print_steps(&player->opened->opened, part, player->program, from, &player->terminal);
    return true;
}

/* Right or shown: the part is settled and Enter leads on. */
static bool is_settled(const Player *player) {
    const LessonPartState *done = &player->state.parts[player->state.part];
    return done->is_right || done->is_shown;
}

/* A question met again: its answer is there again. The state is a value, so that asking changes nothing. */
static void show_settled(const Player *player, const LessonPart *part) {
    if (!lesson_kind_is_asked(part->kind) || !is_settled(player)) return;
    LessonState shown = lesson_state_step(&player->opened->opened, player->state, (LessonEvent){.kind = LESSON_SHOW});
    fputc('\n', player->terminal.out);
    terminal_markdown(&player->terminal, shown.feedback, LEARN_INDENT);
}

/* One line at a part; true when another part is to be shown. */
static bool take_line(Player *player, const LessonPart *part) {
    char line[LINE_MAX_BYTES];
    bool is_open = lesson_kind_is_asked(part->kind) && !is_settled(player);
    int before = player->state.part;
    if (!read_line(player, line, is_open ? "\n> " : "\n[Enter] ")) return false;
    char *word = parse_trim(line);
    if (is_word(word, "q", "quit"))
        player->is_ended = true;
    else if (is_word(word, "h", "help"))
        print_help(part, &player->terminal);
    else if (is_word(word, "<", "back"))
        send(player, (LessonEvent){.kind = LESSON_BACK});
    else if (is_word(word, "?", "hint"))
        send(player, (LessonEvent){.kind = LESSON_HINT});
    else if (is_word(word, "!", "show"))
        send(player, (LessonEvent){.kind = LESSON_SHOW});
    else if (!*word)
        send(player, (LessonEvent){.kind = LESSON_NEXT});
    else if (take_steps(player, part, word) || take_save(player, part, word))
        return false;
    else if (lesson_kind_is_asked(part->kind))
        answer(player, part, part->is_program ? line : word);
    return player->state.part != before;
}

/* A heading and a line or two before a question or a figure: shown together with it. */
static bool is_lead_in(const Lesson *lesson, int part) {
    return lesson->parts[part].kind == LESSON_PROSE && strlen(lesson->parts[part].text) < 240 &&
           part + 1 < lesson->part_count && lesson->parts[part + 1].kind != LESSON_PROSE &&
           lesson->parts[part + 1].kind != LESSON_NOTES;
}

/* Where to go on: the next built-in lesson, and after the last the drill. */
static void print_next(const Player *player) {
    Arena arena = {0};
    const char *ids[LESSON_FILES_MAX];
    int count = lesson_list(&lesson_files, ids, LESSON_FILES_MAX, &arena);
    for (int i = 0; i < count; i++) {
        if (strcmp(ids[i], player->opened->lesson.id) != 0) continue;
        const char *next = i + 1 < count ? arena_format(&arena, "hbmscope learn %d", i + 2) : "hbmscope quiz";
        fprintf(player->terminal.out, "Next: `%s`.\n", next);
    }
    arena_free(&arena);
}

static void print_score(const Player *player) {
    LessonScore score = lesson_state_score(&player->opened->opened, &player->state);
    fprintf(player->terminal.out, "\nEnd of the lesson: %d of %d answered by yourself", score.right_count,
            score.question_count);
    if (score.shown_count) fprintf(player->terminal.out, ", %d shown", score.shown_count);
    fputs(".\n", player->terminal.out);
    print_next(player);
}

/* Says once that it cannot be kept, and goes on. */
static void keep(Player *player, const char *path, Progress *progress) {
    Err err;
    progress_put(progress, &player->opened->opened, &player->state);
    if (!*path || player->is_keeping_hopeless || progress_save(path, progress, &err)) return;
    fprintf(stderr, "hbmscope: progress is not kept: %s\n", err.text);
    player->is_keeping_hopeless = true;
}

bool learn_play(LearnOpened *opened, const char *path, Progress *progress, FILE *in, Terminal terminal, Err *err) {
    Player player = {.opened = opened, .terminal = terminal, .in = in};
    const LessonCase *c = &opened->opened;
    player.state = progress_get(progress, c);
    learn_show_head(&opened->lesson, &terminal);
    bool is_resumed = player.state.part != lesson_state_start(c).part;
    fprintf(terminal.out, "\n%s  help: what can be typed.\n",
            is_resumed ? "You go on where you left; < goes back." : "Enter leads on.");
    while (!player.is_ended && !lesson_state_is_over(c, &player.state)) {
        const LessonPart *part = &opened->lesson.parts[player.state.part];
        player.program = NULL;
        learn_show_part(c, part, &terminal);
        show_settled(&player, part);
        if (is_lead_in(c->lesson, player.state.part)) {
            send(&player, (LessonEvent){.kind = LESSON_NEXT});
            continue;
        }
        while (!player.is_ended && !take_line(&player, part)) {
            keep(&player, path, progress);
        }
        keep(&player, path, progress);
    }
    if (lesson_state_is_over(c, &player.state))
        print_score(&player);
    else
        fprintf(terminal.out,
                *path && !player.is_keeping_hopeless ? "Progress is kept; `hbmscope learn %s` goes on here.\n"
                                                     : "Until next time; `hbmscope learn %s`.\n",
                opened->lesson.id);
    arena_free(&player.arena);
    return terminal_flush(&terminal, err);
}
