/* Expressions over names and numbers: see ask.h.
 * Values are doubles: exact up to 2^53 (9 PB), beyond that the last digits of a product may be off. */
#include "lessons/ask_parts.h"

#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/base/parse.h"

typedef struct Parser {
    const Ask *ask;
    const Scenario *scenario; /* unfinished, with the settings of enclosing brackets */
    const char *p;
    int depth;
    Err *err;
} Parser;

static bool parse_expr(Parser *parser, double *value);

static void skip_space(Parser *parser) { parser->p = parse_skip_space(parser->p); }

static bool fail(Parser *parser, const char *what) {
    return err_set(parser->err, ERR_OTHER, "%s at '%.40s'", what, *parser->p ? parser->p : "the end");
}

/* [a=b, c=d] after a name: moves past it. */
static bool read_settings(Parser *parser, char settings[ASK_SETTINGS_MAX]) {
    settings[0] = '\0';
    if (*parser->p != '[') return true;
    const char *end = strchr(parser->p, ']');
    if (!end) return fail(parser, "a [ without its ]");
    size_t length = (size_t)(end - parser->p - 1);
    if (length >= ASK_SETTINGS_MAX) return fail(parser, "settings too long");
    memcpy(settings, parser->p + 1, length);
    settings[length] = '\0';
    parser->p = end + 1;
    return true;
}

static bool read_part(Parser *parser, char part[ASK_PART_MAX]) {
    size_t length = 0;
    bool is_quoted = *parser->p == '"';
    if (is_quoted) parser->p++;
    while (*parser->p && length < ASK_PART_MAX - 1 &&
           (is_quoted ? *parser->p != '"' : isalnum((unsigned char)*parser->p) || *parser->p == '_'))
        part[length++] = *parser->p++;
    part[length] = '\0';
    if (is_quoted && *parser->p != '"') return fail(parser, "a name that does not end");
    if (is_quoted) parser->p++;
    return length > 0 || fail(parser, "a name was expected");
}

static bool parse_name(Parser *parser, double *value) {
    const char *start = parser->p;
    AskName name = {0};
    char settings[ASK_SETTINGS_MAX];
    do {
        if (name.part_count == ASK_PARTS_MAX) return fail(parser, "a name of too many parts");
        if (name.part_count > 0) parser->p++;
        if (!read_part(parser, name.parts[name.part_count++])) return false;
    } while (*parser->p == '.');
    snprintf(name.text, sizeof name.text, "%.*s", (int)(parser->p - start), start);
    return read_settings(parser, settings) &&
           ask_name_value(parser->ask, parser->scenario, &name, settings, value, parser->err);
}

/* Expressions. */

static bool parse_number(Parser *parser, double *value) {
    char *end;
    *value = strtod(parser->p, &end);
    if (end == parser->p) return fail(parser, "a number was expected");
    const char *scale = *end ? strchr("KMGT", *end) : NULL;
    if (scale && !isalnum((unsigned char)end[1])) {
        *value *= pow(1024, (double)(scale - "KMGT" + 1));
        end++;
    }
    parser->p = end;
    return true;
}

/* The inside of (...) may carry settings after its ). */
static bool parse_group(Parser *parser, double *value) {
    const char *start = ++parser->p;
    int open_count = 1;
    const char *end = start;
    for (; *end && open_count > 0; end++) open_count += (*end == '(') - (*end == ')');
    if (open_count > 0) return fail(parser, "a ( without its )");
    parser->p = end;
    char settings[ASK_SETTINGS_MAX], inside[ASK_TEXT_BYTES];
    if (!read_settings(parser, settings)) return false;
    snprintf(inside, sizeof inside, "%.*s", (int)(end - start - 1), start);
    Scenario scenario = *parser->scenario;
    if (!ask_settings(&scenario, settings, parser->err)) return false;
    Parser inner = {parser->ask, &scenario, inside, parser->depth + 1, parser->err};
    if (!parse_expr(&inner, value)) return false;
    skip_space(&inner);
    return !*inner.p || fail(&inner, "something left over");
}

static bool parse_function(Parser *parser, double *value, bool *is_function) {
    static const char *const names[] = {"ceil(", "min(", "max(", "sqrt(", "log2(", "log10(", "floor(", "exp("};
    int found = -1;
    for (int i = 0; i < (int)(sizeof names / sizeof names[0]); i++)
        if (strncmp(parser->p, names[i], strlen(names[i])) == 0) found = i;
    *is_function = found >= 0;
    if (found < 0) return true;
    parser->p += strlen(names[found]);
    double a, b = 0;
    if (!parse_expr(parser, &a)) return false;
    skip_space(parser);
    if (found == 1 || found == 2) {
        if (*parser->p++ != ',') return fail(parser, "min and max take two values");
        if (!parse_expr(parser, &b)) return false;
        skip_space(parser);
    }
    if (*parser->p != ')') return fail(parser, "a function without its )");
    parser->p++;
    switch (found) {
    case 0: *value = ceil(a); break;
    case 1: *value = fmin(a, b); break;
    case 2: *value = fmax(a, b); break;
    case 3: *value = sqrt(a); break;
    case 4: *value = log2(a); break;
    case 5: *value = log10(a); break;
    case 6: *value = floor(a); break;
    default: *value = exp(a); break;
    }
    return true;
}

static bool parse_power(Parser *parser, double *value) {
    skip_space(parser);
    if (*parser->p == '(') return parse_group(parser, value);
    bool is_function;
    if (!parse_function(parser, value, &is_function)) return false;
    if (is_function) return true;
    if (isdigit((unsigned char)*parser->p) || *parser->p == '.') return parse_number(parser, value);
    if (isalpha((unsigned char)*parser->p)) return parse_name(parser, value);
    return fail(parser, "a value was expected");
}

static bool parse_factor(Parser *parser, double *value) {
    if (!parse_power(parser, value)) return false;
    skip_space(parser);
    if (*parser->p != '^') return true;
    parser->p++;
    double power;
    if (!parse_power(parser, &power)) return false;
    *value = pow(*value, power);
    return true;
}

static bool parse_term(Parser *parser, double *value) {
    if (!parse_factor(parser, value)) return false;
    for (skip_space(parser); *parser->p == '*' || *parser->p == '/'; skip_space(parser)) {
        char sign = *parser->p++;
        double next;
        if (!parse_factor(parser, &next)) return false;
        if (sign == '/' && next == 0) return fail(parser, "a division by zero");
        *value = sign == '*' ? *value * next : *value / next;
    }
    return true;
}

static bool parse_expr(Parser *parser, double *value) {
    if (++parser->depth > ASK_DEPTH_MAX) return fail(parser, "brackets too deep");
    if (!parse_term(parser, value)) return false;
    for (skip_space(parser); *parser->p == '+' || *parser->p == '-'; skip_space(parser)) {
        char sign = *parser->p++;
        double next;
        if (!parse_term(parser, &next)) return false;
        *value += sign == '+' ? next : -next;
    }
    parser->depth--;
    return true;
}

bool ask_number(const Ask *ask, const char *expression, double *value, Err *err) {
    if (strlen(expression) >= ASK_TEXT_BYTES)
        return err_set(err, ERR_OTHER, "an expression of %zu characters is too long", strlen(expression));
    Parser parser = {ask, ask->scenario, expression, 0, err};
    double result;
    if (!parse_expr(&parser, &result)) return false;
    skip_space(&parser);
    if (*parser.p) return fail(&parser, "something left over");
    if (!isfinite(result)) return err_set(err, ERR_OTHER, "'%.80s' is not a finite number", expression);
    *value = result;
    return true;
}

bool ask_claim(const Ask *ask, const char *text, bool *is_true, Err *err) {
    static const char *const signs[] = {"<=", ">=", "<", ">", "="};
    char left[ASK_TEXT_BYTES];
    double a, b;
    if (strlen(text) >= sizeof left)
        return err_set(err, ERR_OTHER, "a claim of %zu characters is too long", strlen(text));
    strcpy(left, text);
    int brackets = 0; /* an = inside [settings] or a quoted name is no claim */
    bool is_quoted = false;
    char *sign = left;
    for (; *sign && (is_quoted || brackets > 0 || !strchr("<>=", *sign)); sign++) {
        if (*sign == '"') is_quoted = !is_quoted;
        brackets += (*sign == '[') - (*sign == ']');
    }
    int kind = -1;
    for (int i = 0; i < 5 && kind < 0 && *sign; i++)
        if (strncmp(sign, signs[i], strlen(signs[i])) == 0) kind = i;
    if (kind < 0) return err_set(err, ERR_OTHER, "'%.60s' claims nothing; write A < B", text);
    const char *right = sign + strlen(signs[kind]);
    *sign = '\0';
    if (!ask_number(ask, left, &a, err) || !ask_number(ask, right, &b, err)) return false;
    bool is_equal = fabs(a - b) <= 1e-6 * fmax(fabs(a), fabs(b));
    *is_true = kind == 0   ? a < b || is_equal
               : kind == 1 ? a > b || is_equal
               : kind == 2 ? a < b
               : kind == 3 ? a > b
                           : is_equal;
    return true;
}

bool ask_quantity(const Ask *ask, const char *text, double *value, const GuessUnit **unit, Err *err) {
    char expression[ASK_TEXT_BYTES];
    if (strlen(text) >= sizeof expression)
        return err_set(err, ERR_OTHER, "an expression of %zu characters is too long", strlen(text));
    strcpy(expression, text);
    const char *unit_name = "count";
    char *as = NULL;
    for (char *at = strstr(expression, " as "); at; at = strstr(at + 1, " as ")) as = at;
    if (as) {
        *as = '\0';
        unit_name = parse_trim(as + 4);
    }
    const GuessUnit *found = guess_unit_find(unit_name);
    if (!found) return err_set(err, ERR_OTHER, "'%.20s' is not a unit", unit_name);
    if (!ask_number(ask, expression, value, err)) return false;
    *unit = found;
    return true;
}
