/* Values and texts as people read them: see ask.h. */
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lessons/ask_parts.h"
#include "sim/base/parse.h"
#include "sim/units.h"

const char *ask_format(double value, const GuessUnit *unit, Arena *arena) {
    double number = value / unit->factor;
    bool is_whole = number >= 0 && number < 9e18 && fabs(number - round(number)) < 1e-9 * fmax(1, number);
    UnitText digits = is_whole ? units_exact((uint64_t)llround(number)) : units_number(number);
    if (is_whole && strcmp(unit->name, "length") == 0)
        return arena_copy_text(arena, units_tokens((uint64_t)llround(number)).text);
    if (strcmp(unit->name, "count") == 0) return arena_copy_text(arena, digits.text);
    if (unit->quantity == QUANTITY_RATIO) return arena_format(arena, "%s%s", digits.text, unit->name);
    return arena_format(arena, "%s %.*s", digits.text, guess_unit_chars(unit, number), unit->name);
}

/* "cite FIGURE | SOURCE" */
static const char *cite_text(const char *inside, Arena *arena) {
    const char *bar = strchr(inside, '|');
    char figure[ASK_TEXT_BYTES], source[ASK_TEXT_BYTES];
    if (!bar) return NULL;
    snprintf(figure, sizeof figure, "%.*s", (int)(bar - inside), inside);
    snprintf(source, sizeof source, "%s", bar + 1);
    return arena_format(arena, "%s (%s)", parse_trim(figure), parse_trim(source));
}

static bool expand_one(const Ask *ask, const char *inside, const char **shown, Arena *arena, Err *err) {
    if (strncmp(inside, "cite ", 5) == 0) {
        *shown = cite_text(inside + 5, arena);
        return *shown ||
               err_set(err, ERR_OTHER, "'%.40s' cites without a source: write {{cite FIGURE | SOURCE}}", inside);
    }
    if (strcmp(inside, "dtype") == 0 || strcmp(inside, "gpu") == 0) {
        *shown = *inside == 'd' ? dtype_name(ask->scenario->dtype) : ask->scenario->machine.title;
        return true;
    }
    double value;
    const GuessUnit *unit;
    if (!ask_quantity(ask, inside, &value, &unit, err)) return false;
    *shown = ask_format(value, unit, arena);
    return true;
}

bool ask_expand(const Ask *ask, const char *text, const char **expanded, Arena *arena, Err *err) {
    char *out = NULL;
    size_t length;
    FILE *stream = open_memstream(&out, &length);
    if (!stream) return err_no_memory(err, "a text");
    bool is_good = true;
    while (is_good) {
        const char *open = strstr(text, "{{");
        fprintf(stream, "%.*s", (int)(open ? open - text : (ptrdiff_t)strlen(text)), text);
        if (!open) break;
        const char *close = strstr(open, "}}");
        char inside[ASK_TEXT_BYTES];
        const char *shown = "";
        if (!close || close - open >= ASK_TEXT_BYTES) {
            is_good = err_set(err, ERR_OTHER, "'%.40s' has no }} within %d characters", open, ASK_TEXT_BYTES);
            break;
        }
        snprintf(inside, sizeof inside, "%.*s", (int)(close - open - 2), open + 2);
        is_good = expand_one(ask, inside, &shown, arena, err);
        if (is_good)
            fputs(shown, stream);
        else
            err_prefix(err, "{{%s}}: ", inside);
        text = close + 2;
    }
    fclose(stream);
    if (is_good) *expanded = arena_copy_text(arena, out);
    free(out);
    return is_good;
}
