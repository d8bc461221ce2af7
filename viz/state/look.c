/* A view state's look to words and back: see look.h. */
#include "viz/state/look.h"

#include <math.h>
#include <string.h>

#include "sim/base/checked.h"
#include "sim/base/parse.h"
#include "sim/memory/warp.h"

enum { ROW_NAME_BYTES = 160 };

static bool read_lead(const char *text, const Race *race, ViewState *state, Err *err) {
    Nearest nearest = {.word = text};
    for (int i = 0; i < race->runner_count; i++) {
        const char *name = race->runners[i].count->algorithm->name;
        nearest_try(&nearest, name);
        if (strcmp(name, text) != 0) continue;
        state->step_index = race_step(race, state->clock, state->lead, state->step_index, i);
        state->lead = i;
        state->is_lead_chosen = true;
        return true;
    }
    return err_set(err, ERR_USAGE, "--lead is '%s'; it must be one of the algorithms that run%s",
                   parse_quote(text).text, nearest_hint(&nearest).text);
}

/* What stands before `mark`, and what stands behind it or NULL; the text is cut at the mark. */
static char *split(char *text, char mark) {
    char *at = strchr(text, mark);
    if (!at) return NULL;
    *at = 0;
    return at + 1;
}

static bool read_zoom(const char *text, ViewState *state, Err *err) {
    if (strcmp(text, "warp") == 0) return state->zoom = ZOOM_WARP, true;
    if (strcmp(text, "lane") == 0) return state->zoom = ZOOM_LANE, true;
    char words[64];
    uint64_t level;
    snprintf(words, sizeof words, "%s", text);
    char *centre = split(words, '@');
    if (!parse_size(words, "--zoom", 0, (uint64_t)state->zoom_tile_max, &level, NULL))
        return err_set(err, ERR_USAGE,
                       "--zoom is '%s'; it must be 0 to %d (where a tile fills the square), warp or lane",
                       parse_quote(text).text, state->zoom_tile_max);
    if (centre) {
        const char *col = split(centre, ',');
        if (!col)
            return err_set(err, ERR_USAGE,
                           "--zoom is '%s'; behind @ stand a row and a column, each from 0 to 1: %d@0.5,0.5",
                           parse_quote(text).text, (int)level);
        if (!parse_real(centre, "the row of --zoom", 0, 1, &state->zoom_row, err) ||
            !parse_real(col, "the column of --zoom", 0, 1, &state->zoom_col, err))
            return false;
        state->is_zoom_fixed = true;
    }
    state->zoom = (int)level;
    return true;
}

static bool read_values(const char *text, ViewState *state, Err *err) {
    if (!parse_on_off(text, "--values", &state->has_values, err)) return false;
    if (state->has_values && !view_state_fits_values(&state->scenario))
        return err_set(err, ERR_USAGE,
                       "--values shows every number, which has room for --seq up to 16 and --head-dim up to 8");
    return true;
}

/* A formula's row by what it is about; counter, kernel and tensor name it. */
static void row_name(const FormulaRow *row, char *name, size_t name_bytes) {
    snprintf(name, name_bytes, "%s/%s/%s", counter_info[row->counter].key, row->kernel, row->tensor);
}

static bool read_summed(const char *text, const Race *race, ViewState *state, Err *err) {
    const Formula *formula = race->runners[state->lead].count->formula;
    for (int i = 0; i < formula->row_count; i++) {
        char name[ROW_NAME_BYTES];
        row_name(&formula->rows[i], name, sizeof name);
        if (strcmp(name, text) != 0) continue;
        state->summed_row = i;
        state->summed_runner = state->lead;
        return true;
    }
    return err_set(err, ERR_USAGE,
                   "--summed is '%s'; it must be counter/kernel/tensor of a row of the formula (count --explain)",
                   parse_quote(text).text);
}

bool look_read(const LookTexts *texts, const Race *race, ViewState *state, Err *err) {
    ViewState read = *state;
    uint64_t lane = 0;
    if (texts->lead && !read_lead(texts->lead, race, &read, err)) return false;
    if (texts->zoom && !read_zoom(texts->zoom, &read, err)) return false;
    if (texts->request && !parse_size(texts->request, "--request", 0, CHECKED_MAX, &read.lens_index, err)) return false;
    if (texts->lane && !parse_size(texts->lane, "--lane", 0, WARP_LANES - 1, &lane, err)) return false;
    if (texts->values && !read_values(texts->values, &read, err)) return false;
    if (texts->summed && !read_summed(texts->summed, race, &read, err)) return false;
    read.lens_lane = (int)lane;
    *state = read;
    return true;
}

/* A window that is moved against the matrix's edge shows the same from any centre beyond it. */
static Quoted centre_text(double part) { return parse_real_text(fmin(fmax(part, 0), 1)); }

void look_write(const ViewState *state, const Race *race, FILE *out) {
    if (state->lead != race_longest(race, state->clock))
        fprintf(out, "lead = %s\n", race->runners[state->lead].count->algorithm->name);
    if (state->zoom >= ZOOM_WARP)
        fprintf(out, "zoom = %s\nrequest = %llu\nlane = %d\n", state->zoom == ZOOM_LANE ? "lane" : "warp",
                (unsigned long long)state->lens_index, state->lens_lane);
    else if (state->zoom > 0 && state->is_zoom_fixed)
        fprintf(out, "zoom = %d@%s,%s\n", state->zoom, centre_text(state->zoom_row).text,
                centre_text(state->zoom_col).text);
    else if (state->zoom > 0)
        fprintf(out, "zoom = %d\n", state->zoom);
    if (state->has_values) fprintf(out, "values = on\n");
    if (state->summed_row >= 0 && state->summed_runner == state->lead) {
        char name[ROW_NAME_BYTES];
        row_name(&race->runners[state->lead].count->formula->rows[state->summed_row], name, sizeof name);
        fprintf(out, "summed = %s\n", name);
    }
}
