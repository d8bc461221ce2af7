/* A real window on a virtual display, driven by real keys and a real pointer: its pixels are those of the frame's
 * scene drawn without a display, every one. Needs Xvfb, xdotool and ImageMagick's import; skipped where one is missing.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
/* cmocka.h needs the headers above. */
#include <cmocka.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/window/stage.h"
#include "viz/backends/raster.h"

enum { WIDTH_PX = 1280, HEIGHT_PX = 800, WAIT_TRIES = 60, WAIT_MS = 150 };

static pid_t server;
static char display[32];

static void wait_ms(long ms) { nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL); }

static bool has_program(const char *name) {
    char command[80];
    snprintf(command, sizeof command, "command -v %s >/dev/null 2>&1", name);
    return system(command) == 0;
}

static bool server_answers(void) {
    char command[120];
    snprintf(command, sizeof command, "DISPLAY=%s xdotool getmouselocation >/dev/null 2>&1", display);
    return system(command) == 0;
}

/* A display number of our own: servers that choose the first free one take it from each other when tests run at once.
 */
static int open_server(void **unused) {
    (void)unused;
    if (!has_program("Xvfb") || !has_program("xdotool") || !has_program("import")) return 0;
    snprintf(display, sizeof display, ":%d", 100 + (int)getpid() % 30000);
    server = fork();
    if (server == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(127);
        execlp("Xvfb", "Xvfb", display, "-screen", "0", "1280x800x24", "-nolisten", "tcp", "-noreset", (char *)NULL);
        _exit(127);
    }
    for (int i = 0; i < WAIT_TRIES && !server_answers(); i++) wait_ms(WAIT_MS);
    return 0;
}

static int close_server(void **unused) {
    (void)unused;
    if (server > 0) {
        kill(server, SIGTERM);
        waitpid(server, NULL, 0);
    }
    return 0;
}

static pid_t open_window(const char *arguments) {
    pid_t pid = fork();
    if (pid) return pid;
    char command[400];
    const char *program = getenv("HBMSCOPE") ? getenv("HBMSCOPE") : "build/hbmscope";
    snprintf(command, sizeof command, "exec %s show --width 1280 --height 800 %s", program, arguments);
    setenv("DISPLAY", display, 1);
    unsetenv("WAYLAND_DISPLAY");
    unsetenv("SDL_VIDEODRIVER");
    execl("/bin/sh", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void act(const char *xdotool_words) {
    char command[200];
    snprintf(command, sizeof command, "DISPLAY=%s xdotool %s", display, xdotool_words);
    if (system(command) != 0) fail_msg("xdotool %s failed", xdotool_words);
    wait_ms(60);
}

/* Pixels of the screen that differ from the wanted picture; -1 where no picture could be taken. */
static long differing_pixels(RasterTarget wanted) {
    char command[120];
    snprintf(command, sizeof command, "DISPLAY=%s import -silent -window root -depth 8 rgb:-", display);
    FILE *in = popen(command, "r");
    if (!in) return -1;
    static unsigned char rgb[WIDTH_PX * HEIGHT_PX * 3];
    size_t length = fread(rgb, 1, sizeof rgb, in);
    pclose(in);
    if (length != sizeof rgb) return -1;
    long count = 0;
    for (long i = 0; i < WIDTH_PX * HEIGHT_PX; i++) {
        uint32_t pixel = (uint32_t)rgb[3 * i] << 16 | (uint32_t)rgb[3 * i + 1] << 8 | rgb[3 * i + 2];
        count += pixel != (wanted.pixels[i] & 0xFFFFFF);
    }
    return count;
}

/* The full counts arrive from a thread, and windows appear when they like: the picture is waited for. */
static void expect_screen(const Stage *stage, RasterTarget wanted, const char *after) {
    long differing = -1;
    raster_draw(stage_scene(stage), &stage->fonts, RASTER_SCREEN, wanted, NULL);
    for (int i = 0; i < WAIT_TRIES && differing != 0; i++) {
        if (i) wait_ms(WAIT_MS);
        differing = differing_pixels(wanted);
    }
    if (differing != 0) fail_msg("after %s: want 0 differing pixels, got %ld", after, differing);
}

typedef struct Act {
    const char *words; /* to xdotool */
    Event event;       /* the same, to the state */
} Act;

/* Until a window is mapped: a pointer that is moved earlier is not told to it. */
static void wait_for_window(void) {
    char command[120];
    snprintf(command, sizeof command, "DISPLAY=%s xdotool search --onlyvisible --name hbmscope >/dev/null 2>&1",
             display);
    for (int i = 0; i < WAIT_TRIES && system(command) != 0; i++) wait_ms(WAIT_MS);
    wait_ms(WAIT_MS);
}

static void run_acts(const char *arguments, const char *scenario_text, const Act *acts, int act_count) {
    Stage stage;
    Err err;
    RasterTarget wanted;
    if (!display[0]) skip();
    static const Shelf lessons = {.open_index = -1}; /* `show` has them: their button stands in the header */
    stage_open(&stage, scenario_text, false);
    stage.state.shelf = &lessons;
    assert_true(raster_alloc(WIDTH_PX, HEIGHT_PX, &wanted, &err));
    pid_t window = open_window(arguments);
    wait_for_window();
    act("mousemove 3 3");
    act("mousemove 2 2");
    stage_apply(&stage, (Event){.kind = EVENT_POINTER_MOVE, .x_px = 2, .y_px = 2});
    expect_screen(&stage, wanted, "opening");
    for (int i = 0; i < act_count; i++) {
        act(acts[i].words);
        stage_apply(&stage, acts[i].event);
        expect_screen(&stage, wanted, acts[i].words);
    }
    act("key q");
    int status = -1;
    for (int i = 0; i < WAIT_TRIES && waitpid(window, &status, WNOHANG) == 0; i++) wait_ms(WAIT_MS);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    raster_free(&wanted);
    stage_close(&stage);
}

#define PRESS(words, code, mods)                                                                                       \
    {                                                                                                                  \
        "key " words, { .kind = EVENT_KEY, .key = code, .modifiers = mods }                                            \
    }

static void keys_show_what_the_scene_says(void **unused) {
    (void)unused;
    static const Act acts[] = {
        PRESS("Right", KEY_RIGHT, 0),
        PRESS("shift+Right", KEY_RIGHT, MODIFIER_SHIFT),
        PRESS("Next", KEY_PAGE_DOWN, 0),
        PRESS("m", 'm', 0),
        PRESS("shift+m", 'm', MODIFIER_SHIFT),
        PRESS("c", 'c', 0),
        PRESS("d", 'd', 0),
        PRESS("question", '?', 0),
        PRESS("Escape", KEY_ESCAPE, 0),
        PRESS("Tab", KEY_TAB, 0),
        PRESS("plus", '+', 0),
        PRESS("ctrl+plus", '+', MODIFIER_CONTROL),
        PRESS("i", 'i', 0),
        PRESS("Escape", KEY_ESCAPE, 0),
    };
    run_acts("--batch 1 --heads 2 --seq 512", "batch = 1\nheads = 2\nseq = 512\n", acts, sizeof acts / sizeof acts[0]);
}

static void every_plot_beside_the_replay(void **unused) {
    (void)unused;
    Act acts[FRAME_PLOTS_MAX + 1];
    int count = frame_plots().count + 1;
    for (int i = 0; i < count; i++) acts[i] = (Act)PRESS("v", 'v', 0);
    run_acts("--batch 1 --heads 2 --seq 512 --algorithm standard,flash1,flash2",
             "batch = 1\nheads = 2\nseq = 512\nalgorithm = standard,flash1,flash2\n", acts, count);
}

static void numbers_lens_and_sliders(void **unused) {
    (void)unused;
    static const Act acts[] = {
        PRESS("End", KEY_END, 0), PRESS("u", 'u', 0),      PRESS("Left", KEY_LEFT, 0), PRESS("u", 'u', 0),
        PRESS("x", 'x', 0),       PRESS("plus", '+', 0),   PRESS("plus", '+', 0),      PRESS("plus", '+', 0),
        PRESS("plus", '+', 0),    PRESS("period", '.', 0),
    };
    run_acts("--batch 1 --heads 2 --seq 512 --algorithm flash2",
             "batch = 1\nheads = 2\nseq = 512\nalgorithm = flash2\n", acts, sizeof acts / sizeof acts[0]);
}

static void a_real_pointer(void **unused) {
    (void)unused;
    static const Act acts[] = {
        {"mousemove 640 718", {.kind = EVENT_POINTER_MOVE, .x_px = 640, .y_px = 718}},
        {"mousedown 1", {.kind = EVENT_POINTER_DOWN, .x_px = 640, .y_px = 718}},
        {"mousemove 700 718", {.kind = EVENT_POINTER_MOVE, .x_px = 700, .y_px = 718}},
        {"mouseup 1", {.kind = EVENT_POINTER_UP, .x_px = 700, .y_px = 718}},
        {"mousemove 200 400", {.kind = EVENT_POINTER_MOVE, .x_px = 200, .y_px = 400}},
        {"click 4", {.kind = EVENT_WHEEL, .x_px = 200, .y_px = 400, .wheel_steps = 1}},
    };
    run_acts("--batch 1 --heads 2 --seq 512", "batch = 1\nheads = 2\nseq = 512\n", acts, sizeof acts / sizeof acts[0]);
}

/* P and S: the files appear, and `draw --from` draws the saved pictures again, to the pixel, zoomed as they are. */
static void saved_pictures_are_drawn_again(void **unused) {
    (void)unused;
    if (!display[0]) skip();
    char folder[] = "/tmp/hbmscope-save-XXXXXX", command[900], root[400];
    const char *program = getenv("HBMSCOPE") ? getenv("HBMSCOPE") : "build/hbmscope";
    assert_non_null(mkdtemp(folder));
    assert_non_null(getcwd(root, sizeof root));
    const char *path = program[0] == '/' ? "" : root, *slash = program[0] == '/' ? "" : "/";
    snprintf(command, sizeof command,
             "cd %s && (DISPLAY=%s %s%s%s show --batch 1 --heads 2 --seq 512 --plot memory --step 700 & echo $! >pid; "
             "wait $!)",
             folder, display, path, slash, program);
    pid_t window = fork();
    if (window == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    wait_for_window();
    wait_ms(1500); /* for the full counts */
    act("key p");  /* 1: replay, memory */
    act("key s");  /* 2: the same as SVG */
    act("mousemove 560 300");
    act("click 4");
    act("click 4");
    act("key a");
    act("key p"); /* 2: zoomed around the pointer, another algorithm leads */
    act("key v");
    act("key v");
    act("key v");
    act("key plus");
    act("key p"); /* 3: compare; one level nearer */
    wait_ms(1500);
    act("key q");
    int status = -1;
    for (int i = 0; i < WAIT_TRIES && waitpid(window, &status, WNOHANG) == 0; i++) wait_ms(WAIT_MS);
    assert_int_equal(status, 0);
    snprintf(
        command, sizeof command,
        "cd %s && test -s hbmscope-replay-1.svg && test -s hbmscope-memory-1.svg && "
        "for v in replay-1 memory-1 replay-2 replay-3 compare-3; do %s%s%s draw --from hbmscope-$v.png -o again.png && "
        "test \"$(compare -metric AE hbmscope-$v.png again.png null: 2>&1)\" = 0 || { echo $v differs; exit 1; }; "
        "done; grep -aq '^zoom = 2@' hbmscope-replay-2.png && grep -aq '^lead = ' hbmscope-replay-2.png",
        folder, path, slash, program);
    int is_same = system(command);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    int is_removed = system(command);
    assert_int_equal(is_removed, 0);
    assert_int_equal(is_same, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(saved_pictures_are_drawn_again),
        cmocka_unit_test(keys_show_what_the_scene_says),
        cmocka_unit_test(every_plot_beside_the_replay),
        cmocka_unit_test(numbers_lens_and_sliders),
        cmocka_unit_test(a_real_pointer),
    };
    return cmocka_run_group_tests(tests, open_server, close_server);
}
