/* Two lists of commands compared: see damage.h.
 *
 * Commands equal at the same distance from the start or from the end are the same; of those between, every command
 * that the other list does not hold as often has changed. Commands that merely changed places are taken as equal:
 * scenes are drawn by the same code in the same order.
 */
#include "viz/window/damage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool boxes_equal(Box a, Box b) { return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h; }
static bool paints_equal(const Paint *a, const Paint *b) {
    return a->pattern == b->pattern && a->fill == b->fill && a->edge == b->edge && a->edge_px == b->edge_px &&
           a->dash == b->dash && a->period_px == b->period_px;
}

static bool commands_equal(const Scene *sa, const SceneCommand *a, const Scene *sb, const SceneCommand *b) {
    if (a->kind != b->kind) return false;
    switch (a->kind) {
    case SCENE_HIT:
    case SCENE_CLIP_POP: return true; /* nothing to see */
    case SCENE_CLIP_PUSH: return boxes_equal(a->box, b->box);
    case SCENE_TEXT:
        return boxes_equal(a->box, b->box) && a->style.face == b->style.face && a->style.size_px == b->style.size_px &&
               a->style.color == b->style.color && a->style.halo == b->style.halo && strcmp(a->text, b->text) == 0;
    case SCENE_RECT:
        return boxes_equal(a->box, b->box) && a->radius_px == b->radius_px && paints_equal(&a->paint, &b->paint);
    default:
        return a->point_count == b->point_count && paints_equal(&a->paint, &b->paint) &&
               memcmp(sa->points + a->point_first, sb->points + b->point_first,
                      sizeof(Point) * (size_t)a->point_count) == 0;
    }
}

/* ---- collecting boxes ---- */

static Box joined(Box a, Box b) {
    double x = fmin(a.x, b.x), y = fmin(a.y, b.y);
    return (Box){x, y, fmax(a.x + a.w, b.x + b.w) - x, fmax(a.y + a.h, b.y + b.h) - y};
}
static double area(Box box) { return box.w * box.h; }

/* Joins what overlaps; when the list is full, the pair that wastes least. */
static void add_box(Damage *damage, Box box) {
    for (int i = 0; i < damage->box_count; i++) {
        if (!box_overlaps(damage->boxes[i], box)) continue;
        Box both = joined(damage->boxes[i], box);
        damage->boxes[i] = damage->boxes[--damage->box_count];
        add_box(damage, both);
        return;
    }
    if (damage->box_count < DAMAGE_BOXES_MAX) {
        damage->boxes[damage->box_count++] = box;
        return;
    }
    int best = 0;
    double least = INFINITY;
    for (int i = 0; i < damage->box_count; i++) {
        double waste = area(joined(damage->boxes[i], box)) - area(damage->boxes[i]);
        if (waste < least) least = waste, best = i;
    }
    Box both = joined(damage->boxes[best], box);
    damage->boxes[best] = damage->boxes[--damage->box_count];
    add_box(damage, both);
}

/* Whole pixels of the picture that a command can touch; may be empty. */
static Box pixels_of(const Scene *scene, const SceneCommand *command) {
    Box box = scene_bounds(scene, command);
    double left = fmax(0, floor(box.x)), top = fmax(0, floor(box.y));
    double right = fmin(scene->width_px, ceil(box.x + box.w)), bottom = fmin(scene->height_px, ceil(box.y + box.h));
    return (Box){left, top, fmax(0, right - left), fmax(0, bottom - top)};
}

static void add_command(Damage *damage, const Scene *scene, const SceneCommand *command) {
    if (command->kind == SCENE_HIT || command->kind == SCENE_CLIP_POP) return;
    Box box = pixels_of(scene, command);
    if (box.w > 0 && box.h > 0) add_box(damage, box);
}

/* ---- the middle: what one list holds and the other does not ---- */

/* Eight bytes at a time, then what is left (splitmix's multiplier; not for anything but telling commands apart). */
static uint64_t mix(uint64_t hash, const void *bytes, size_t size_bytes) {
    const unsigned char *at = bytes;
    for (; size_bytes >= sizeof hash; at += sizeof hash, size_bytes -= sizeof hash) {
        uint64_t word;
        memcpy(&word, at, sizeof word);
        hash = (hash ^ word) * 0xBF58476D1CE4E5B9u;
        hash ^= hash >> 29;
    }
    for (size_t i = 0; i < size_bytes; i++) hash = (hash ^ at[i]) * 0xBF58476D1CE4E5B9u;
    return hash ^ hash >> 32;
}

static uint64_t command_hash(const Scene *scene, const SceneCommand *c) {
    uint64_t hash = mix(1, &c->kind, sizeof c->kind);
    if (c->kind == SCENE_HIT || c->kind == SCENE_CLIP_POP) return hash;
    hash = mix(hash, &c->box, sizeof c->box);
    hash = mix(hash, &c->paint.fill, sizeof c->paint.fill);
    hash = mix(hash, &c->paint.edge, sizeof c->paint.edge);
    hash = mix(hash, &c->paint.pattern, sizeof c->paint.pattern);
    hash = mix(hash, &c->paint.edge_px, sizeof c->paint.edge_px);
    hash = mix(hash, &c->style.color, sizeof c->style.color);
    hash = mix(hash, &c->style.face, sizeof c->style.face);
    if (c->text) hash = mix(hash, c->text, strlen(c->text));
    if (c->point_count) hash = mix(hash, scene->points + c->point_first, sizeof(Point) * (size_t)c->point_count);
    return hash;
}

typedef struct Entry {
    uint64_t hash;
    int index;
} Entry;
static int by_hash(const void *a, const void *b) {
    uint64_t left = ((const Entry *)a)->hash, right = ((const Entry *)b)->hash;
    return left < right ? -1 : left > right;
}

static Entry *sorted(const Scene *scene, int first, int count, Arena *arena) {
    Entry *entries = ARENA_ARRAY(arena, Entry, count ? count : 1);
    for (int i = 0; i < count; i++) entries[i] = (Entry){command_hash(scene, &scene->commands[first + i]), first + i};
    qsort(entries, (size_t)count, sizeof *entries, by_hash);
    return entries;
}

static void add_differences(Damage *damage, const Scene *a, int a_count, const Scene *b, int b_count, int first) {
    Entry *left = sorted(a, first, a_count, b->arena), *right = sorted(b, first, b_count, b->arena);
    int i = 0, j = 0;
    while (i < a_count || j < b_count) {
        if (i < a_count && j < b_count && left[i].hash == right[j].hash)
            i++, j++;
        else if (j == b_count || (i < a_count && left[i].hash < right[j].hash))
            add_command(damage, a, &a->commands[left[i++].index]);
        else
            add_command(damage, b, &b->commands[right[j++].index]);
    }
}

/* ---- slanted edges ---- */

/* cairo's coverage of a slanted edge depends, by a shade, on where it is clipped. */
static bool has_slanted_edge(const SceneCommand *command) {
    return command->kind == SCENE_POLYGON || command->kind == SCENE_POLYLINE || command->kind == SCENE_LINE ||
           (command->kind == SCENE_RECT && command->radius_px > 0);
}

static bool is_inside(Box inner, Box outer) {
    return inner.x >= outer.x && inner.y >= outer.y && inner.x + inner.w <= outer.x + outer.w &&
           inner.y + inner.h <= outer.y + outer.h;
}

static bool is_axis_parallel(const Scene *scene, const SceneCommand *command) {
    const Point *points = scene->points + command->point_first;
    return command->kind == SCENE_LINE && (points[0].x == points[1].x || points[0].y == points[1].y);
}

/* Grows the boxes until whatever has slanted edges lies in one of them whole or not at all. */
static void include_slanted(Damage *damage, const Scene *scene) {
    for (bool has_grown = damage->box_count > 0; has_grown;) {
        has_grown = false;
        for (int i = 0; i < scene->command_count; i++) {
            const SceneCommand *command = &scene->commands[i];
            if (!has_slanted_edge(command) || is_axis_parallel(scene, command)) continue;
            Box box = pixels_of(scene, command);
            for (int b = 0; b < damage->box_count; b++) {
                if (!box_overlaps(box, damage->boxes[b]) || is_inside(box, damage->boxes[b])) continue;
                add_command(damage, scene, command);
                has_grown = true;
                break;
            }
        }
    }
}

Damage damage_between(const Scene *a, const Scene *b) {
    Damage damage = {0};
    if (!a || a->width_px != b->width_px || a->height_px != b->height_px || a->background != b->background) {
        damage.is_all = true;
        return damage;
    }
    int least = a->command_count < b->command_count ? a->command_count : b->command_count, first = 0, last = 0;
    while (first < least && commands_equal(a, &a->commands[first], b, &b->commands[first])) first++;
    while (last < least - first &&
           commands_equal(a, &a->commands[a->command_count - 1 - last], b, &b->commands[b->command_count - 1 - last]))
        last++;
    int a_middle = a->command_count - first - last, b_middle = b->command_count - first - last;
    if (a_middle != b_middle) {
        add_differences(&damage, a, a_middle, b, b_middle, first);
        include_slanted(&damage, b);
        return damage;
    }
    for (int i = first; i < first + a_middle; i++) {
        if (commands_equal(a, &a->commands[i], b, &b->commands[i])) continue;
        add_command(&damage, a, &a->commands[i]);
        add_command(&damage, b, &b->commands[i]);
    }
    include_slanted(&damage, b);
    return damage;
}
