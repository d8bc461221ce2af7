/* A place on the dial -> a guess in words: see tutor_dial.h. */
#include "viz/state/tutor_dial.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "sim/units.h"

const GuessUnit *tutor_unit(const LessonPart *part) {
    const char *as = part ? strstr(part->answer, " as ") : NULL;
    return as ? guess_unit_find(as + 4) : NULL;
}

/* What the dial spans, in base units: of things counted by name no fewer than one, and of some never many. */
static void dial_range(const GuessUnit *unit, double *low, double *high) {
    static const char *const few[] = {"layers", "GPUs", "tiles", "warps"};
    *low = 1e-3, *high = 1e6;
    switch (unit ? unit->quantity : QUANTITY_COUNT) {
    case QUANTITY_BYTES: *low = 1, *high = 1e15; break;
    case QUANTITY_RATIO:
        if (strcmp(unit->name, "%") == 0) *low = 1e-4, *high = 10;
        break;
    case QUANTITY_TIME: *low = 1e-9, *high = 1e3; break;
    case QUANTITY_FLOPS: *low = 1, *high = 1e18; break;
    case QUANTITY_RATE: *low = 1e6, *high = 1e14; break;
    case QUANTITY_INTENSITY: *low = 1e-2, *high = 1e5; break;
    case QUANTITY_COUNT:
        if (!unit || strcmp(unit->name, "count") == 0) break;
        *low = 1, *high = 1e9;
        for (size_t i = 0; i < sizeof few / sizeof few[0]; i++)
            if (strcmp(unit->name, few[i]) == 0) *high = 1e4;
    }
}

void tutor_dial_text(const Tutor *t, double part, char *text, int text_bytes) {
    const GuessUnit *unit = tutor_unit(tutor_part(t));
    double low, high;
    dial_range(unit, &low, &high);
    double value = low * pow(high / low, fmin(fmax(part, 0), 1));
    double digit = pow(10, floor(log10(value) + 1e-9) - 1); /* two digits: a guess */
    bool is_things = low == 1 && unit && unit->quantity == QUANTITY_COUNT;
    value = is_things ? round(round(value / digit) * digit) : round(value / digit) * digit;
    if (unit && unit->quantity == QUANTITY_BYTES)
        snprintf(text, (size_t)text_bytes, "%.30s", units_gb((uint64_t)value).text);
    else if (unit && unit->quantity == QUANTITY_TIME)
        snprintf(text, (size_t)text_bytes, "%.30s", units_time(value * 1e9).text);
    else if (unit && unit->quantity == QUANTITY_FLOPS)
        snprintf(text, (size_t)text_bytes, "%.30s", units_flops((uint64_t)value).text);
    else {
        double number = value / (unit ? unit->factor : 1);
        bool is_named = unit && strcmp(unit->name, "count") != 0;
        int length = number < 1e5 ? snprintf(text, (size_t)text_bytes, "%.6g", number)
                                  : snprintf(text, (size_t)text_bytes, "%.30s", units_number(number).text);
        if (is_named && length < text_bytes)
            snprintf(text + length, (size_t)(text_bytes - length), "%s%.*s",
                     unit->quantity == QUANTITY_RATIO ? "" : " ", guess_unit_chars(unit, number), unit->name);
    }
}
