/* hbmscope: argv -> the verb's function -> standard output, or one sentence on standard error and an exit status. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "viz/cli/help.h"
#include "viz/cli/verbs.h"
#include "viz/window/window.h"

static bool print_help(const char *verb_name, Err *err) {
    const Verb *verb = verb_name ? help_find_verb(verb_name, err) : NULL;
    if (verb_name && !verb) return false;
    Output output = {0};
    help_print(verb, &output);
    return output_flush(&output, err);
}

static bool print_version(Err *err) {
    Output output = {0};
    help_print_version(&output);
    return output_flush(&output, err);
}

static bool is_help(const char *word) { return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0; }

static bool run(int argc, char **argv, Err *err) {
    if (argc < 2) return window_is_possible() ? verb_show(argc, argv, err) : verb_summary(err);
    if (is_help(argv[1])) return print_help(NULL, err);
    if (strcmp(argv[1], "help") == 0) return print_help(argc > 2 ? argv[2] : NULL, err);
    if (strcmp(argv[1], "--version") == 0) return print_version(err);
    const Verb *verb = help_find_verb(argv[1], err);
    if (!verb) return false;
    for (int i = 2; i < argc; i++)
        if (is_help(argv[i])) return print_help(verb->name, err);
    return verb->run(argc - 1, argv + 1, err);
}

/* Lessons and the quiz write as they go, not through an Output. */
static bool is_all_written(Err *err) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) return true;
    return err_cannot_write(err, "the output", errno ? errno : EIO);
}

int main(int argc, char **argv) {
    Err err = {0};
    if (run(argc, argv, &err) && is_all_written(&err)) return 0;
    fprintf(stderr, "hbmscope: %s\n", err.text);
    return err.code ? (int)err.code : ERR_OTHER;
}
