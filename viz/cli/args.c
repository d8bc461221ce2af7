/* argv as options and words: see args.h. */
#include "viz/cli/args.h"

#include <stdio.h>
#include <string.h>

#include "sim/base/parse.h"

bool arg_next(ArgReader *reader, Arg *arg) {
    if (reader->index + 1 >= reader->argc) return false;
    const char *word = reader->argv[++reader->index];
    *arg = (Arg){.text = word};
    if (word[0] != '-' || word[1] == 0) return true;
    word += word[1] == '-' ? 2 : 1;
    const char *equals = strchr(word, '=');
    int length = equals ? (int)(equals - word) : (int)strlen(word);
    snprintf(arg->name, sizeof arg->name, "%.*s", length, word);
    if (!length) arg->name[0] = '-'; /* a bare "--" is an option that nobody knows, not a word */
    arg->text = equals ? equals + 1 : NULL;
    return true;
}

static const char *dashes(const Arg *arg) { return arg->name[1] ? "--" : "-"; }

bool arg_take_value(ArgReader *reader, Arg *arg, Err *err) {
    if (arg->text) return true;
    const char *next = reader->index + 1 < reader->argc ? reader->argv[reader->index + 1] : NULL;
    if (!next || strncmp(next, "--", 2) == 0)
        return err_set(err, ERR_USAGE, "%s%s needs a value", dashes(arg), parse_quote(arg->name).text);
    arg->text = next;
    reader->index++;
    return true;
}

/* Fails where a switch was given a value. */
static bool check_switch(const Arg *arg, Err *err) {
    if (!arg->text) return true;
    return err_set(err, ERR_USAGE, "%s%s is a switch; it takes no value, but '%s' was given", dashes(arg), arg->name,
                   parse_quote(arg->text).text);
}

static bool take_format(const Arg *arg, OutputFormat *format, Err *err) {
    OutputFormat wanted = strcmp(arg->name, "json") == 0 ? OUTPUT_JSON : OUTPUT_CSV;
    if (*format != OUTPUT_TEXT && *format != wanted)
        return err_set(err, ERR_USAGE, "--json and --csv exclude each other; give one of them");
    *format = wanted;
    return check_switch(arg, err);
}

bool arg_take_own(ArgReader *reader, Arg *arg, const VerbOption *own, int own_count, OutputFormat *format,
                  bool *is_taken, Err *err) {
    *is_taken = true;
    for (int i = 0; i < own_count; i++) {
        if (strcmp(own[i].name, arg->name) != 0) continue;
        if (!own[i].value && !check_switch(arg, err)) return false;
        if (own[i].value && !arg_take_value(reader, arg, err)) return false;
        if (own[i].value) *own[i].value = arg->text;
        if (own[i].is_set) *own[i].is_set = true;
        return true;
    }
    if (strcmp(arg->name, "json") == 0 || strcmp(arg->name, "csv") == 0) return take_format(arg, format, err);
    *is_taken = false;
    return true;
}

bool arg_read_theme(const char *text, bool *is_dark, Err *err) {
    if (!text) return true;
    bool is_named = strcmp(text, "dark") == 0;
    if (!is_named && strcmp(text, "light") != 0)
        return err_set(err, ERR_USAGE, "--theme is '%s'; it must be light or dark", parse_quote(text).text);
    *is_dark = is_named;
    return true;
}

bool arg_unknown(const Arg *arg, const VerbOption *own, int own_count, bool with_scenario, Err *err) {
    Nearest nearest = {.word = arg->name};
    for (int i = 0; with_scenario && i < scenario_option_count; i++) nearest_try(&nearest, scenario_options[i].key);
    for (int i = 0; i < own_count; i++) nearest_try(&nearest, own[i].name);
    nearest_try(&nearest, "json");
    nearest_try(&nearest, "csv");
    char hint[80] = "";
    if (nearest.best) snprintf(hint, sizeof hint, "; did you mean --%.60s?", nearest.best);
    return err_set(err, ERR_USAGE, "unknown option %s%s%s", dashes(arg), parse_quote(arg->name).text, hint);
}
