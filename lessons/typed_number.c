/* A recursive descent over the grammar in typed_number.h, a function a rule. */
#include "lessons/typed_number.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "sim/base/parse.h"

#define KIB 1024.0
static const struct {
    const char *name;
    double factor;
} scale_words[] = {
    {"K", KIB},        {"M", KIB *KIB},  {"G", KIB *KIB *KIB}, {"T", KIB *KIB *KIB *KIB},
    {"thousand", 1e3}, {"million", 1e6}, {"billion", 1e9},     {"trillion", 1e12},
};

/* One number: digits with , or _ between them, a decimal point, an exponent. */
static const char *read_number(const char *p, double *value) {
    char digits[64];
    int length = 0;
    for (p = parse_skip_space(p); *p && length < (int)sizeof digits - 2; p++) {
        bool is_group = (*p == ',' || *p == '_') && isdigit((unsigned char)p[1]) && length > 0;
        if (is_group) continue;
        bool is_exponent = length > 0 && (*p == 'e' || *p == 'E');
        bool has_sign = is_exponent && (p[1] == '+' || p[1] == '-');
        if (is_exponent ? !isdigit((unsigned char)p[has_sign ? 2 : 1]) : !isdigit((unsigned char)*p) && *p != '.')
            break;
        digits[length++] = *p;
        if (has_sign) digits[length++] = *++p;
    }
    digits[length] = '\0';
    char *end;
    *value = strtod(digits, &end);
    return length > 0 && *end == '\0' && strcmp(digits, ".") != 0 ? p : NULL;
}

const char *typed_number_word(const char *p, char word[TYPED_WORD_BYTES]) {
    int length = 0;
    for (; (isalpha((unsigned char)*p) || *p == '%' || (*p == '/' && length > 0 && isalpha((unsigned char)p[1]))) &&
           length < TYPED_WORD_BYTES - 1;
         p++)
        word[length++] = *p;
    word[length] = '\0';
    return p;
}

static bool find_scale(const char *word, double *factor) {
    for (size_t i = 0; i < sizeof scale_words / sizeof scale_words[0]; i++)
        if (strcasecmp(word, scale_words[i].name) == 0) {
            *factor = scale_words[i].factor;
            return true;
        }
    return false;
}

enum { DEPTH_MAX = 8 };
static const char *read_sum(const char *p, int depth, double *value);

/* "(sum)"; NULL where it is not closed. */
static const char *read_parentheses(const char *p, int depth, double *value) {
    p = parse_skip_space(p);
    if (*p != '(' || depth == DEPTH_MAX) return NULL;
    p = read_sum(p + 1, depth + 1, value);
    if (!p) return NULL;
    p = parse_skip_space(p);
    return *p == ')' ? p + 1 : NULL;
}

/* exp(..), sqrt(..), the constant e, (..), or a number with its K M G T or "million". */
static const char *read_atom(const char *p, int depth, double *value) {
    char word[TYPED_WORD_BYTES];
    const char *end = typed_number_word(p, word);
    bool is_exp = strcmp(word, "exp") == 0;
    if (is_exp || strcmp(word, "sqrt") == 0) {
        end = read_parentheses(end, depth, value);
        *value = is_exp ? exp(*value) : sqrt(*value);
        return end;
    }
    if (strcmp(word, "e") == 0) {
        *value = exp(1);
        return end;
    }
    if (*p == '(') return read_parentheses(p, depth, value);
    p = read_number(p, value);
    if (!p) return NULL;
    end = typed_number_word(parse_skip_space(p), word);
    double scale;
    if (!word[0] || !find_scale(word, &scale)) return p;
    *value *= scale;
    return end;
}

/* -atom, atom ^ factor */
static const char *read_factor(const char *p, int depth, double *value) {
    p = parse_skip_space(p);
    if (depth == DEPTH_MAX) return NULL;
    if (*p == '-') {
        p = read_factor(p + 1, depth + 1, value);
        *value = -*value;
        return p;
    }
    p = read_atom(p, depth, value);
    const char *after = p ? parse_skip_space(p) : NULL;
    if (!p || *after != '^') return p;
    double power;
    p = read_factor(after + 1, depth + 1, &power);
    *value = p ? pow(*value, power) : 0;
    return p;
}

/* Whether an operand follows an operator: "GB/s" divides nothing, "64x" multiplies nothing. */
static bool is_operand(const char *p) {
    p = parse_skip_space(p);
    return isdigit((unsigned char)*p) || *p == '(' || *p == '.' || strncmp(p, "exp", 3) == 0 ||
           strncmp(p, "sqrt", 4) == 0;
}

static const char *read_product(const char *p, int depth, double *value) {
    p = read_factor(p, depth, value);
    for (; p;) {
        const char *sign = parse_skip_space(p);
        if (!(*sign == '*' || ((*sign == 'x' || *sign == '/') && is_operand(sign + 1)))) return p;
        double next;
        p = read_factor(sign + 1, depth, &next);
        if (p) *value = *sign == '/' ? *value / next : *value * next;
    }
    return NULL;
}

static const char *read_sum(const char *p, int depth, double *value) {
    p = read_product(p, depth, value);
    for (; p;) {
        const char *sign = parse_skip_space(p);
        if (*sign != '+' && *sign != '-') return p;
        double next;
        p = read_product(sign + 1, depth, &next);
        if (p) *value += *sign == '-' ? -next : next;
    }
    return NULL;
}

const char *typed_number_read(const char *text, double *value) { return read_sum(text, 0, value); }
