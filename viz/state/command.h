/* Commands: everything a key or a button can ask for, as one table that drives the keyboard, the buttons and the
 * page of keys (`?`). Pure data. */
#ifndef VIZ_STATE_COMMAND_H
#define VIZ_STATE_COMMAND_H
#include <stdint.h>

/* Keys are Unicode characters, lower case; those without one lie above Unicode. */
typedef enum Key {
    KEY_NONE = 0,
    KEY_BACKSPACE = '\b',
    KEY_TAB = '\t',
    KEY_ENTER = '\r',
    KEY_ESCAPE = 27,
    KEY_SPACE = ' ',
    KEY_LEFT = 0x110000,
    KEY_RIGHT,
    KEY_UP,
    KEY_DOWN,
    KEY_HOME,
    KEY_END,
    KEY_PAGE_UP,
    KEY_PAGE_DOWN,
    KEY_F11,
    KEY_DELETE,
} Key;

typedef enum Modifier { MODIFIER_SHIFT = 1, MODIFIER_CONTROL = 2 } Modifier;

typedef enum CommandGroup { GROUP_MOVE, GROUP_PLAY, GROUP_LOOK, GROUP_SHOW, GROUP_FILE, GROUP_COUNT } CommandGroup;

/* X(ID, key, modifiers, key as people say it, label of a button, what it does, group) */
#define COMMAND_LIST(X)                                                                                                \
    X(STEP_NEXT, KEY_RIGHT, 0, "\xe2\x86\x92", ">", "one step", GROUP_MOVE)                                            \
    X(STEP_BACK, KEY_LEFT, 0, "\xe2\x86\x90", "<", "one step back", GROUP_MOVE)                                        \
    X(TILE_NEXT, KEY_RIGHT, MODIFIER_SHIFT, "Shift \xe2\x86\x92", "tile >", "next tile", GROUP_MOVE)                   \
    X(TILE_BACK, KEY_LEFT, MODIFIER_SHIFT, "Shift \xe2\x86\x90", "< tile", "tile back", GROUP_MOVE)                    \
    X(ROW_NEXT, KEY_RIGHT, MODIFIER_CONTROL, "Ctrl \xe2\x86\x92", "row >", "next row of tiles", GROUP_MOVE)            \
    X(ROW_BACK, KEY_LEFT, MODIFIER_CONTROL, "Ctrl \xe2\x86\x90", "< row", "row of tiles back", GROUP_MOVE)             \
    X(HEAD_NEXT, 'h', 0, "H", "head >", "next head", GROUP_MOVE)                                                       \
    X(HEAD_BACK, 'h', MODIFIER_SHIFT, "Shift H", "< head", "head back", GROUP_MOVE)                                    \
    X(KERNEL_NEXT, KEY_PAGE_DOWN, 0, "PgDn", "kernel >", "next kernel", GROUP_MOVE)                                    \
    X(KERNEL_BACK, KEY_PAGE_UP, 0, "PgUp", "< kernel", "kernel back", GROUP_MOVE)                                      \
    X(START, KEY_HOME, 0, "Home", "|<", "to the start", GROUP_MOVE)                                                    \
    X(END, KEY_END, 0, "End", ">|", "to the end", GROUP_MOVE)                                                          \
    X(MARK_NEXT, 'm', 0, "M", "mark >", "next bookmark", GROUP_MOVE)                                                   \
    X(MARK_BACK, 'm', MODIFIER_SHIFT, "Shift M", "< mark", "bookmark back", GROUP_MOVE)                                \
    X(PLAY, KEY_SPACE, 0, "Space", "play", "play or pause", GROUP_PLAY)                                                \
    X(FASTER, KEY_UP, 0, "\xe2\x86\x91", "faster", "faster", GROUP_PLAY)                                               \
    X(SLOWER, KEY_DOWN, 0, "\xe2\x86\x93", "slower", "slower", GROUP_PLAY)                                             \
    X(CLOCK, 'c', 0, "C", "clock", "clock: same time, bytes, step", GROUP_PLAY)                                        \
    X(LEAD, 'a', 0, "A", "lead", "which algorithm leads the clock", GROUP_PLAY)                                        \
    X(ZOOM_IN, '+', 0, "+", "+", "into the matrix, to a tile, a warp, a lane", GROUP_LOOK)                             \
    X(ZOOM_OUT, '-', 0, "-", "-", "out again", GROUP_LOOK)                                                             \
    X(ZOOM_RESET, '0', 0, "0", "whole", "the whole matrix", GROUP_LOOK)                                                \
    X(LENS_NEXT, '.', 0, ".", "request >", "lens: next warp request (or lane)", GROUP_LOOK)                            \
    X(LENS_BACK, ',', 0, ",", "< request", "lens: request (or lane) back", GROUP_LOOK)                                 \
    X(PLOT_NEXT, 'v', 0, "V", "plots", "next plot beside the replay", GROUP_SHOW)                                      \
    X(PLOT_BACK, 'v', MODIFIER_SHIFT, "Shift V", "plots", "plot back", GROUP_SHOW)                                     \
    X(SLIDERS, 'x', 0, "X", "sliders", "sliders: N, d, heads, tiles, SRAM, L2, GPU", GROUP_SHOW)                       \
    X(VALUES, 'u', 0, "U", "values", "the numbers themselves, at a small size", GROUP_SHOW)                            \
    X(FORMULA, 'i', 0, "I", "formula", "the formula behind the counters", GROUP_SHOW)                                  \
    X(LECTURE, 'l', 0, "L", "lecture", "lecture mode: full screen, large type, notes", GROUP_SHOW)                     \
    X(DARK, 'd', 0, "D", "dark", "light or dark", GROUP_SHOW)                                                          \
    X(SCALE_UP, '+', MODIFIER_CONTROL, "Ctrl +", "A+", "larger type", GROUP_SHOW)                                      \
    X(SCALE_DOWN, '-', MODIFIER_CONTROL, "Ctrl -", "A-", "smaller type", GROUP_SHOW)                                   \
    X(SAVE_PNG, 'p', 0, "P", "PNG", "save this view as a PNG picture", GROUP_FILE)                                     \
    X(SAVE_SVG, 's', 0, "S", "SVG", "save this view as an SVG drawing", GROUP_FILE)                                    \
    X(HELP, '?', 0, "?", "? keys", "this page", GROUP_FILE)                                                            \
    X(CLOSE, KEY_ESCAPE, 0, "Esc", "close", "close what is open, leave lecture mode", GROUP_FILE)                      \
    X(QUIT, 'q', 0, "Q", "quit", "quit", GROUP_FILE)                                                                   \
    X(SUMMED_NEXT, 'n', 0, "N", "summed >", "next of the steps that a formula sums", GROUP_MOVE)                       \
    X(SUMMED_BACK, 'n', MODIFIER_SHIFT, "Shift N", "< summed", "the one before", GROUP_MOVE)                           \
    X(LESSONS, 't', 0, "T", "lessons", "lessons: a text beside the replay, from a list", GROUP_SHOW)

typedef enum Command {
#define X(ID, key, modifiers, key_text, label, help, group) COMMAND_##ID,
    COMMAND_LIST(X)
#undef X
        COMMAND_COUNT,
    COMMAND_NONE = COMMAND_COUNT,
} Command;

typedef struct CommandInfo {
    uint32_t key;
    unsigned modifiers;
    const char *key_text, *label, *help;
    CommandGroup group;
} CommandInfo;
extern const CommandInfo command_info[COMMAND_COUNT];

/* COMMAND_NONE where the key means nothing. Shift is ignored for characters that need it ('+', '?'). */
Command command_find(uint32_t key, unsigned modifiers);
const char *command_group_title(CommandGroup group);
#endif
