/* The table of units: see guess_unit.h. */
#include "lessons/guess_unit.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define KIB 1024.0
static const GuessUnit units[] = {
    {"bytes", QUANTITY_BYTES, 1},
    {"B", QUANTITY_BYTES, 1},
    {"byte", QUANTITY_BYTES, 1},
    {"KB", QUANTITY_BYTES, 1e3},
    {"MB", QUANTITY_BYTES, 1e6},
    {"GB", QUANTITY_BYTES, 1e9},
    {"TB", QUANTITY_BYTES, 1e12},
    {"PB", QUANTITY_BYTES, 1e15},
    {"KiB", QUANTITY_BYTES, KIB},
    {"MiB", QUANTITY_BYTES, KIB *KIB},
    {"GiB", QUANTITY_BYTES, KIB *KIB *KIB},
    {"TiB", QUANTITY_BYTES, KIB *KIB *KIB *KIB},
    {"PiB", QUANTITY_BYTES, KIB *KIB *KIB *KIB *KIB},
    {"x", QUANTITY_RATIO, 1},
    {"times", QUANTITY_RATIO, 1},
    {"%", QUANTITY_RATIO, 0.01},
    {"percent", QUANTITY_RATIO, 0.01},
    {"s", QUANTITY_TIME, 1},
    {"ms", QUANTITY_TIME, 1e-3},
    {"us", QUANTITY_TIME, 1e-6},
    {"ns", QUANTITY_TIME, 1e-9},
    {"FLOP", QUANTITY_FLOPS, 1},
    {"FLOPs", QUANTITY_FLOPS, 1},
    {"MFLOP", QUANTITY_FLOPS, 1e6},
    {"GFLOP", QUANTITY_FLOPS, 1e9},
    {"TFLOP", QUANTITY_FLOPS, 1e12},
    {"PFLOP", QUANTITY_FLOPS, 1e15},
    {"FLOP/B", QUANTITY_INTENSITY, 1},
    {"GB/s", QUANTITY_RATE, 1e9},
    {"TB/s", QUANTITY_RATE, 1e12},
    {"count", QUANTITY_COUNT, 1},
    {"tokens", QUANTITY_COUNT, 1},
    {"length", QUANTITY_COUNT, 1},
    {"steps", QUANTITY_COUNT, 1},
    {"blocks", QUANTITY_COUNT, 1},
    {"threads", QUANTITY_COUNT, 1},
    {"warps", QUANTITY_COUNT, 1},
    {"layers", QUANTITY_COUNT, 1},
    {"keys", QUANTITY_COUNT, 1},
    {"rows", QUANTITY_COUNT, 1},
    {"sectors", QUANTITY_COUNT, 1},
    {"requests", QUANTITY_COUNT, 1},
    {"elements", QUANTITY_COUNT, 1},
    {"exponentials", QUANTITY_COUNT, 1},
    {"tiles", QUANTITY_COUNT, 1},
    {"strips", QUANTITY_COUNT, 1},
    {"GPUs", QUANTITY_COUNT, 1},
};
enum { UNIT_COUNT = sizeof units / sizeof units[0] };

const GuessUnit *guess_unit_find(const char *name) {
    for (int i = 0; i < UNIT_COUNT; i++)
        if (strcmp(units[i].name, name) == 0) return &units[i];
    for (int i = 0; i < UNIT_COUNT; i++)
        if (strcasecmp(units[i].name, name) == 0) return &units[i];
    for (int i = 0; i < UNIT_COUNT; i++) {
        const GuessUnit *unit = &units[i];
        size_t singular_chars = (size_t)guess_unit_chars(unit, 1);
        if (strlen(name) == singular_chars && strncasecmp(unit->name, name, singular_chars) == 0) return unit;
    }
    return NULL;
}

/* Things that are counted are named in the plural in the table. */
int guess_unit_chars(const GuessUnit *unit, double number) {
    int chars = (int)strlen(unit->name);
    bool is_one = unit->quantity == QUANTITY_COUNT && number == 1;
    return is_one && unit->name[chars - 1] == 's' ? chars - 1 : chars;
}

const GuessUnit *guess_unit_plain(const GuessUnit *unit) {
    for (int i = 0; i < UNIT_COUNT; i++)
        if (units[i].quantity == unit->quantity && units[i].factor == 1) return &units[i];
    return unit;
}
