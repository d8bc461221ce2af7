/* UTF-8 text against tables of advances: see text.h. */
#include "viz/text.h"

#include <stdbool.h>
#include <string.h>

static bool is_continuation(unsigned char byte) { return (byte & 0xC0) == 0x80; }

uint32_t text_next(const char **text) {
    const unsigned char *at = (const unsigned char *)*text;
    if (!*at) return 0;
    int more = *at < 0x80                  ? 0
               : *at >= 0xC2 && *at < 0xE0 ? 1
               : *at >= 0xE0 && *at < 0xF0 ? 2
               : *at >= 0xF0 && *at < 0xF5 ? 3
                                           : -1;
    uint32_t code_point = more <= 0 ? *at : *at & (0x3Fu >> more);
    for (int i = 1; i <= more; i++) {
        if (!is_continuation(at[i]))
            more = -1;
        else
            code_point = code_point << 6 | (at[i] & 0x3Fu);
    }
    *text += more < 0 ? 1 : more + 1;
    return more < 0 ? 0xFFFD : code_point;
}

static uint32_t advance_units(const FaceMetrics *face, uint32_t code_point) {
    if (code_point < 128) return face->ascii_advance_units[code_point];
    int low = 0, high = face->wide_count;
    while (low < high) {
        int middle = (low + high) / 2;
        if (face->wide[middle].code_point < code_point)
            low = middle + 1;
        else
            high = middle;
    }
    bool is_found = low < face->wide_count && face->wide[low].code_point == code_point;
    return is_found ? face->wide[low].advance_units : face->missing_advance_units;
}

double text_advance_px(const FontMetrics *metrics, Face face, double size_px, uint32_t code_point) {
    const FaceMetrics *table = &metrics->face[face];
    return size_px * advance_units(table, code_point) / table->units_per_em;
}

double text_width_px(const FontMetrics *metrics, Face face, double size_px, const char *text) {
    const FaceMetrics *table = &metrics->face[face];
    uint64_t sum_units = 0;
    for (uint32_t code_point; (code_point = text_next(&text)) != 0;) sum_units += advance_units(table, code_point);
    return size_px * (double)sum_units / table->units_per_em;
}

double text_cap_height_px(const FontMetrics *metrics, Face face, double size_px) {
    return size_px * metrics->face[face].cap_height_units / metrics->face[face].units_per_em;
}

/* Whether a space after `before` and in front of `next` joins a number to its unit, and so is no place to break. */
static bool joins_unit(const char *before, const char *next) {
    static const char *const units[] = {"B",    "kB",    "MB",    "GB",    "TB",      "PB",    "KiB", "MiB",
                                        "GiB",  "TiB",   "PiB",   "ns",    "us",      "ms",    "s",   "GB/s",
                                        "FLOP", "MFLOP", "GFLOP", "TFLOP", "TFLOP/s", "FLOP/B"};
    if (*before < '0' || *before > '9') return false;
    size_t length = strcspn(next, " ,;:.)\n");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strlen(units[i]) == length && memcmp(units[i], next, length) == 0) return true;
    return false;
}

int text_word_bytes(const char *text) {
    const char *at = text;
    while (*at && *at != '\n' && (*at != ' ' || (at > text && joins_unit(at - 1, at + 1)))) at++;
    return (int)(at - text);
}

int text_fit_bytes(const FontMetrics *metrics, Face face, double size_px, const char *text, double width_px) {
    const char *at = text, *after_space = NULL;
    double pen_px = 0;
    for (;;) {
        const char *before = at;
        uint32_t code_point = text_next(&at);
        if (!code_point) return (int)(before - text);
        if (code_point == '\n') return (int)(at - text);
        pen_px += text_advance_px(metrics, face, size_px, code_point);
        if (code_point == ' ') {
            if (before == text || !joins_unit(before - 1, at)) after_space = at;
            continue;
        }
        if (pen_px > width_px && before > text) return (int)((after_space ? after_space : before) - text);
    }
}
