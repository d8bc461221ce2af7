/* Text on a terminal: Markdown wrapped to a width, with bold and dim where the terminal shows them.
 *
 * Writes to any FILE; nothing is read from the environment here (the caller says width and colour).
 */
#ifndef VIZ_CLI_TERMINAL_H
#define VIZ_CLI_TERMINAL_H
#include <stdbool.h>
#include <stdio.h>

#include "sim/base/arena.h"
#include "sim/base/err.h"

typedef struct Terminal {
    FILE *out;
    int width_chars; /* lines are at most this long, but for words that are longer */
    bool has_style;  /* bold, dim and underline by ANSI sequences */
} Terminal;

/* For standard output: width from COLUMNS or the window (40..100, else 80), style where it is a terminal and NO_COLOR
 * is not set. */
Terminal terminal_stdout(void);
/* Markdown, every line indented by indent_chars. Text that is no Markdown is printed as it is. */
void terminal_markdown(const Terminal *terminal, const char *text, int indent_chars);
/* A prompt, then one line from in without its newline; what is longer than line_bytes is cut. False at the end. */
bool terminal_read_line(const Terminal *terminal, FILE *in, const char *prompt, char *line, int line_bytes);
/* One line across, with a word in it. */
void terminal_rule(const Terminal *terminal, const char *word);
/* What is still held back is written; fails where the disk is full or the reader gone. */
bool terminal_flush(const Terminal *terminal, Err *err);
#endif
