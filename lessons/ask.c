/* Expressions over what the tool counts: see ask.h.
 * Values are doubles: exact up to 2^53 (9 PB), beyond that the last digits of a product may be off. */
#include "lessons/ask.h"

#include <assert.h>
#include <ctype.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/units.h"

enum { PARTS_MAX = 5, PART_MAX = 48, SETTINGS_MAX = 200 };

typedef struct Parser {
    const Ask *ask;
    const Scenario *scenario; /* unfinished, with the settings of enclosing brackets */
    const char *p;
    int depth;
    Err *err;
} Parser;

static bool parse_expr(Parser *parser, double *value);

static void skip_space(Parser *parser) {
    while (isspace((unsigned char)*parser->p)) parser->p++;
}

static bool fail(Parser *parser, const char *what) {
    return err_set(parser->err, ERR_OTHER, "%s at '%.40s'", what, *parser->p ? parser->p : "the end");
}

void ask_memory_free(AskMemory *memory) {
    arena_free(&memory->arena);
    memory->counted_count = 0;
}

/* --- settings --- */

static char *trim(char *text) {
    while (isspace((unsigned char)*text)) text++;
    char *end = text + strlen(text);
    while (end > text && isspace((unsigned char)end[-1])) *--end = '\0';
    return text;
}

bool ask_settings(Scenario *scenario, const char *settings, Err *err) {
    char copy[SETTINGS_MAX];
    if (strlen(settings) >= sizeof copy) return err_set(err, ERR_OTHER, "settings of %zu characters are too long", strlen(settings));
    strcpy(copy, settings);
    char *rest = copy;
    for (char *item = strsep(&rest, ","); item; item = strsep(&rest, ",")) {
        char *value = strchr(item, '=');
        if (value) *value++ = '\0';
        if (*trim(item) && !scenario_set(scenario, trim(item), value ? trim(value) : "", err)) return false;
    }
    return true;
}

bool ask_scenario(const Scenario *base, const char *settings, Scenario *out, Err *err) {
    Scenario scenario = *base;
    if (!ask_settings(&scenario, settings, err) || !scenario_finish(&scenario, err)) return false;
    *out = scenario;
    return true;
}

/* [a=b, c=d] after a name: moves past it. */
static bool read_settings(Parser *parser, char settings[SETTINGS_MAX]) {
    settings[0] = '\0';
    if (*parser->p != '[') return true;
    const char *end = strchr(parser->p, ']');
    if (!end) return fail(parser, "a [ without its ]");
    size_t length = (size_t)(end - parser->p - 1);
    if (length >= SETTINGS_MAX) return fail(parser, "settings too long");
    memcpy(settings, parser->p + 1, length);
    settings[length] = '\0';
    parser->p = end + 1;
    return true;
}

/* --- counting --- */

static const char *scenario_text(const Scenario *scenario, Arena *arena) {
    char *text = NULL;
    size_t length;
    FILE *out = open_memstream(&text, &length);
    if (!out) return NULL;
    scenario_write(scenario, out);
    fclose(out);
    const char *copy = arena_copy_text(arena, text);
    free(text);
    return copy;
}

static const Count *count_of(const Ask *ask, const Algorithm *algorithm, const Scenario *finished, bool needs_dram, Err *err) {
    AskMemory *memory = ask->memory;
    Arena scratch = {0};
    const char *scenario = scenario_text(finished, &scratch);
    if (!scenario) {
        arena_free(&scratch);
        err_set(err, ERR_OTHER, "out of memory");
        return NULL;
    }
    const char *key = arena_format(&scratch, "%s %d\n%s", algorithm->name, needs_dram, scenario);
    const Count *found = NULL;
    for (int i = 0; i < memory->counted_count && !found; i++)
        if (strcmp(memory->counted[i].key, key) == 0) found = memory->counted[i].count;
    if (!found && memory->counted_count == ASK_COUNTS_MAX) {
        err_set(err, ERR_OTHER, "a text asks for more than %d different counts", ASK_COUNTS_MAX);
    } else if (!found) {
        Count *count = ARENA_NEW(&memory->arena, Count);
        CountOptions options = {.is_dram_skipped = !needs_dram};
        if (count_algorithm(algorithm, finished, options, count, &memory->arena, err)) {
            memory->counted[memory->counted_count++] = (AskCounted){arena_copy_text(&memory->arena, key), count};
            found = count;
        }
    }
    arena_free(&scratch);
    return found;
}

const Count *ask_count(const Ask *ask, const char *algorithm, const char *settings, bool needs_dram, Err *err) {
    Scenario finished;
    const Algorithm *found = algorithm_find(algorithm);
    if (!found) {
        err_set(err, ERR_OTHER, "'%.40s' is no algorithm", algorithm);
        return NULL;
    }
    return ask_scenario(ask->scenario, settings, &finished, err) ? count_of(ask, found, &finished, needs_dram, err) : NULL;
}

bool ask_needs_dram(const char *expression) { return strstr(expression, ".dram_") || strstr(expression, ".time"); }

static bool totals_value(const Totals *totals, const char *name, double *value) {
    const uint64_t *v = totals->value;
    if (strcmp(name, "issued_bytes") == 0) *value = (double)(v[COUNTER_ISSUED_READ_BYTES] + v[COUNTER_ISSUED_WRITE_BYTES]);
    else if (strcmp(name, "l2_bytes") == 0) *value = (double)(v[COUNTER_L2_READ_BYTES] + v[COUNTER_L2_WRITE_BYTES]);
    else if (strcmp(name, "dram_bytes") == 0) *value = (double)(v[COUNTER_DRAM_READ_BYTES] + v[COUNTER_DRAM_WRITE_BYTES]);
    else if (strcmp(name, "l1_sectors") == 0) *value = (double)(v[COUNTER_L1_READ_SECTORS] + v[COUNTER_L1_WRITE_SECTORS]);
    else if (strcmp(name, "time") == 0) *value = totals->time_ns * 1e-9;
    else if (counter_find(name) >= 0) *value = (double)v[counter_find(name)];
    else return false;
    return true;
}

/* Whether a counter comes from the models of L2 and time, which cost more than the tree. */
static bool is_modelled(const char *name) {
    int id = counter_find(name);
    return strcmp(name, "time") == 0 || strncmp(name, "dram_", 5) == 0 || (id >= 0 && counter_info[id].counter_class == COUNTER_CLASS_MODEL);
}

static const CountKernel *find_kernel(const Count *count, const char *name) {
    for (int i = 0; i < count->kernel_count; i++)
        if (strcmp(count->kernels[i].name, name) == 0) return &count->kernels[i];
    return NULL;
}

static double tensor_size_bytes(const Count *count, const char *name) {
    for (int i = 0; i < count->program->tensor_count; i++)
        if (strcmp(count->program->tensors[i].name, name) == 0) return (double)count->program->tensors[i].size_bytes;
    return -1;
}

/* A tensor's counter in one kernel, or summed over all. */
static bool tensor_value(const Count *count, const CountKernel *kernel, const char *tensor, const char *counter, double *value) {
    bool is_found = false;
    double sum = 0;
    for (int k = 0; k < count->kernel_count; k++) {
        if (kernel && kernel != &count->kernels[k]) continue;
        for (int t = 0; t < count->kernels[k].tensor_count; t++) {
            double part;
            if (strcmp(count->kernels[k].tensors[t].name, tensor) != 0) continue;
            if (!totals_value(&count->kernels[k].tensors[t].totals, counter, &part)) return false;
            sum += part;
            is_found = true;
        }
    }
    *value = sum;
    return is_found;
}

static bool kernel_value(const CountKernel *kernel, const char *name, double *value) {
    if (strcmp(name, "threads_per_block") == 0) *value = kernel->threads_per_block;
    else if (strcmp(name, "block_count") == 0) *value = (double)kernel->block_count;
    else return totals_value(&kernel->totals, name, value);
    return true;
}

static bool symbol_value(const Count *count, const char *name, double *value) {
    for (int i = 0; i < count->formula->symbol_count; i++)
        if (strcmp(count->formula->symbols[i].name, name) == 0) {
            *value = (double)count->formula->symbols[i].value;
            return true;
        }
    return false;
}

/* parts after the algorithm's name. */
static bool count_value(const Count *count, char parts[][PART_MAX], int part_count, double *value) {
    if (part_count == 1) {
        if (strcmp(parts[0], "threads_per_block") == 0) return count->kernel_count == 1 && kernel_value(&count->kernels[0], parts[0], value);
        return totals_value(&count->totals, parts[0], value);
    }
    const CountKernel *kernel = find_kernel(count, parts[0]);
    if (part_count == 2 && kernel) return kernel_value(kernel, parts[1], value);
    if (part_count == 2 && strcmp(parts[0], "symbol") == 0) return symbol_value(count, parts[1], value);
    if (part_count == 2 && strcmp(parts[1], "size_bytes") == 0) return (*value = tensor_size_bytes(count, parts[0])) >= 0;
    if (part_count == 2) return tensor_value(count, NULL, parts[0], parts[1], value);
    return part_count == 3 && kernel && tensor_value(count, kernel, parts[1], parts[2], value);
}

/* --- names --- */

static bool machine_value(const Machine *machine, const char *name, double *value) {
    struct { const char *name; double value; } fields[] = {
        {"sm_count", machine->sm_count},
        {"l2_bytes", (double)machine->l2_bytes},
        {"hbm_bytes", (double)machine->hbm_bytes},
        {"hbm_bytes_per_s", machine->hbm_bytes_per_s},
        {"clock_hz", machine->clock_hz},
        {"fp32_flops_per_s", machine->fp32_flops_per_s},
        {"tensor_fp16_flops_per_s", machine->tensor_fp16_flops_per_s},
        {"smem_per_sm_bytes", (double)machine->smem_per_sm_bytes},
        {"smem_per_block_bytes", (double)machine->smem_per_block_bytes},
        {"threads_per_sm_max", machine->threads_per_sm_max},
        {"threads_per_block_max", machine->threads_per_block_max},
        {"registers_per_sm", machine->registers_per_sm},
        {"registers_per_thread_max", machine->registers_per_thread_max},
    };
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++)
        if (strcmp(fields[i].name, name) == 0) { *value = fields[i].value; return true; }
    return false;
}

static bool scenario_value(const Scenario *s, const char *name, double *value) {
    struct { const char *name; uint64_t value; } symbols[] = {
        {"N", s->query_rows}, {"N_k", s->key_rows}, {"d", s->head_dim_elems}, {"B", s->batch_count}, {"h", s->head_count},
        {"h_k", s->kv_head_count}, {"e", dtype_elem_bytes(s->dtype)}, {"L", s->layer_count}, {"w", s->window_keys},
    };
    for (size_t i = 0; i < sizeof symbols / sizeof symbols[0]; i++)
        if (strcmp(symbols[i].name, name) == 0) { *value = (double)symbols[i].value; return true; }
    return false;
}

static bool read_part(Parser *parser, char part[PART_MAX]) {
    size_t length = 0;
    bool is_quoted = *parser->p == '"';
    if (is_quoted) parser->p++;
    while (*parser->p && length < PART_MAX - 1 && (is_quoted ? *parser->p != '"' : isalnum((unsigned char)*parser->p) || *parser->p == '_'))
        part[length++] = *parser->p++;
    part[length] = '\0';
    if (is_quoted && *parser->p != '"') return fail(parser, "a name that does not end");
    if (is_quoted) parser->p++;
    return length > 0 || fail(parser, "a name was expected");
}

static bool resolve(Parser *parser, const char *name, char parts[][PART_MAX], int part_count, const char *settings, double *value) {
    Scenario finished;
    if (strcmp(parts[0], "mine") == 0) {
        if (!parser->ask->mine) return err_set(parser->err, ERR_OTHER, "'%s' asks for a student's program where there is none", name);
        if (part_count == 2 && totals_value(parser->ask->mine, parts[1], value)) return true;
        return err_set(parser->err, ERR_OTHER, "'%s' is not a number the tool knows", name);
    }
    if (!ask_scenario(parser->scenario, settings, &finished, parser->err)) return err_prefix(parser->err, "%s: ", name);
    if (part_count == 1 && scenario_value(&finished, parts[0], value)) return true;
    if (part_count == 2 && strcmp(parts[0], "gpu") == 0 && machine_value(&finished.machine, parts[1], value)) return true;
    const Algorithm *algorithm = algorithm_find(parts[0]);
    if (algorithm && part_count >= 2) {
        const Count *count = count_of(parser->ask, algorithm, &finished, is_modelled(parts[part_count - 1]), parser->err);
        if (!count) return err_prefix(parser->err, "%s: ", name);
        if (strncmp(parts[part_count - 1], "dram_", 5) == 0 && !*count->dram_engine)
            return err_set(parser->err, ERR_OTHER, "'%s': DRAM is not modelled for this case", name);
        if (count_value(count, parts + 1, part_count - 1, value)) return true;
    }
    return err_set(parser->err, ERR_OTHER, "'%s' is not a number the tool knows", name);
}

static bool parse_name(Parser *parser, double *value) {
    const char *start = parser->p;
    char parts[PARTS_MAX][PART_MAX], settings[SETTINGS_MAX], name[ASK_TEXT_MAX];
    int part_count = 0;
    do {
        if (part_count == PARTS_MAX) return fail(parser, "a name of too many parts");
        if (part_count > 0) parser->p++;
        if (!read_part(parser, parts[part_count++])) return false;
    } while (*parser->p == '.');
    snprintf(name, sizeof name, "%.*s", (int)(parser->p - start), start);
    return read_settings(parser, settings) && resolve(parser, name, parts, part_count, settings, value);
}

/* --- expressions --- */

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
    char settings[SETTINGS_MAX], inside[ASK_TEXT_MAX];
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
    if (strlen(expression) >= ASK_TEXT_MAX) return err_set(err, ERR_OTHER, "an expression of %zu characters is too long", strlen(expression));
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
    char left[ASK_TEXT_MAX];
    double a, b;
    if (strlen(text) >= sizeof left) return err_set(err, ERR_OTHER, "a claim of %zu characters is too long", strlen(text));
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
    *is_true = kind == 0 ? a < b || is_equal : kind == 1 ? a > b || is_equal : kind == 2 ? a < b : kind == 3 ? a > b : is_equal;
    return true;
}

bool ask_quantity(const Ask *ask, const char *text, double *value, const GuessUnit **unit, Err *err) {
    char expression[ASK_TEXT_MAX];
    if (strlen(text) >= sizeof expression) return err_set(err, ERR_OTHER, "an expression of %zu characters is too long", strlen(text));
    strcpy(expression, text);
    const char *unit_name = "count";
    char *as = NULL;
    for (char *at = strstr(expression, " as "); at; at = strstr(at + 1, " as ")) as = at;
    if (as) {
        *as = '\0';
        unit_name = trim(as + 4);
    }
    const GuessUnit *found = guess_unit_find(unit_name);
    if (!found) return err_set(err, ERR_OTHER, "'%.20s' is not a unit", unit_name);
    if (!ask_number(ask, expression, value, err)) return false;
    *unit = found;
    return true;
}

/* --- showing --- */

const char *ask_format(double value, const GuessUnit *unit, Arena *arena) {
    double number = value / unit->factor;
    bool is_whole = number >= 0 && number < 9e18 && fabs(number - round(number)) < 1e-9 * fmax(1, number);
    UnitText digits = is_whole ? units_exact((uint64_t)llround(number)) : units_number(number);
    if (is_whole && strcmp(unit->name, "length") == 0) return arena_copy_text(arena, units_tokens((uint64_t)llround(number)).text);
    if (strcmp(unit->name, "count") == 0) return arena_copy_text(arena, digits.text);
    if (unit->quantity == QUANTITY_RATIO) return arena_format(arena, "%s%s", digits.text, unit->name);
    return arena_format(arena, "%s %s", digits.text, unit->name);
}

/* "cite FIGURE | SOURCE" */
static const char *cite_text(const char *inside, Arena *arena) {
    const char *bar = strchr(inside, '|');
    char figure[ASK_TEXT_MAX], source[ASK_TEXT_MAX];
    if (!bar) return NULL;
    snprintf(figure, sizeof figure, "%.*s", (int)(bar - inside), inside);
    snprintf(source, sizeof source, "%s", bar + 1);
    return arena_format(arena, "%s (%s)", trim(figure), trim(source));
}

static bool expand_one(const Ask *ask, const char *inside, const char **shown, Arena *arena, Err *err) {
    if (strncmp(inside, "cite ", 5) == 0) {
        *shown = cite_text(inside + 5, arena);
        return *shown || err_set(err, ERR_OTHER, "'%.40s' cites without a source: write {{cite FIGURE | SOURCE}}", inside);
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
    if (!stream) return err_set(err, ERR_OTHER, "out of memory");
    bool is_good = true;
    while (is_good) {
        const char *open = strstr(text, "{{");
        fprintf(stream, "%.*s", (int)(open ? open - text : (ptrdiff_t)strlen(text)), text);
        if (!open) break;
        const char *close = strstr(open, "}}");
        char inside[ASK_TEXT_MAX];
        const char *shown = "";
        if (!close || close - open >= ASK_TEXT_MAX) {
            is_good = err_set(err, ERR_OTHER, "'%.40s' has no }} within %d characters", open, ASK_TEXT_MAX);
            break;
        }
        snprintf(inside, sizeof inside, "%.*s", (int)(close - open - 2), open + 2);
        is_good = expand_one(ask, inside, &shown, arena, err);
        if (is_good) fputs(shown, stream);
        else err_prefix(err, "{{%s}}: ", inside);
        text = close + 2;
    }
    fclose(stream);
    if (is_good) *expanded = arena_copy_text(arena, out);
    free(out);
    return is_good;
}
