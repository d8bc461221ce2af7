/* Two lists of commands compared: see damage.h.
 *
 * Both are walked at once. Where they differ, the nearest place where they agree again is looked for; what lies before
 * it in either list has changed. Scenes are drawn by the same code in the same order, so agreement is near: a command
 * replaced, or a few more or less. A command is the same where its geometry, paint and text are, and the pixels that
 * clips leave of it.
 */
#include "viz/window/damage.h"

#include <math.h>
#include <string.h>

#include "viz/backends/raster.h"

/* How many commands of both lists together may lie between two places that agree; past that all the rest has changed.
 */
enum { GAP_MAX = 160 };

static bool boxes_equal(Box a, Box b) { return a.x == b.x && a.y == b.y && a.w == b.w && a.h == b.h; }
static bool paints_equal(const Paint *a, const Paint *b) {
    return a->pattern == b->pattern && a->fill == b->fill && a->edge == b->edge && a->edge_px == b->edge_px &&
           a->dash == b->dash && a->period_px == b->period_px;
}

/* Neither edge nor round corners: any part of it looks like any other. */
static bool is_plain(const SceneCommand *rect) { return !rect->paint.edge && rect->radius_px <= 0; }

static bool commands_equal(const Scene *sa, const SceneCommand *a, const Scene *sb, const SceneCommand *b) {
    if (a->kind != b->kind || !boxes_equal(a->touched, b->touched)) return false;
    switch (a->kind) {
    case SCENE_TEXT:
        return boxes_equal(a->box, b->box) && a->style.face == b->style.face && a->style.size_px == b->style.size_px &&
               a->style.color == b->style.color && a->style.halo == b->style.halo && strcmp(a->text, b->text) == 0;
    case SCENE_RECT:
        /* on the same pixels; what clips leave of an edge depends on where they cut it */
        return a->radius_px == b->radius_px && paints_equal(&a->paint, &b->paint) &&
               (is_plain(a) || boxes_equal(box_snap(a->box), box_snap(b->box)));
    default:
        return a->point_count == b->point_count && paints_equal(&a->paint, &b->paint) &&
               memcmp(sa->points + a->point_first, sb->points + b->point_first,
                      sizeof(Point) * (size_t)a->point_count) == 0;
    }
}

/* What is seen of a scene. */

typedef struct Seen {
    const Scene *scene;
    const SceneCommand **commands; /* that change pixels, in order */
    int count;
} Seen;

static Seen seen_of(const Scene *scene, Arena *arena) {
    Seen seen = {scene, ARENA_ARRAY(arena, const SceneCommand *, scene->command_count + 1), 0};
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *command = &scene->commands[i];
        if (command->kind <= SCENE_TEXT && command->touched.w > 0 && command->touched.h > 0)
            seen.commands[seen.count++] = command;
    }
    return seen;
}

static bool agree(const Seen *a, int i, const Seen *b, int j) {
    return commands_equal(a->scene, a->commands[i], b->scene, b->commands[j]);
}

/* Collecting boxes. */

static double area(Box box) { return box.w * box.h; }

/* Joins what overlaps; when the list is full, the pair that wastes least. */
static void add_box(Damage *damage, Box box) {
    for (int i = 0; i < damage->box_count; i++) {
        if (!box_overlaps(damage->boxes[i], box)) continue;
        Box both = box_join(damage->boxes[i], box);
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
        double waste = area(box_join(damage->boxes[i], box)) - area(damage->boxes[i]);
        if (waste < least) least = waste, best = i;
    }
    Box both = box_join(damage->boxes[best], box);
    damage->boxes[best] = damage->boxes[--damage->box_count];
    add_box(damage, both);
}

/* A rectangle that grew or shrank at one side. */

/* What two boxes that share three sides do not share; false where they do not. */
static bool changed_side(Box a, Box b, Box *changed) {
    bool is_column = a.y == b.y && a.h == b.h, is_row = a.x == b.x && a.w == b.w;
    double x = fmin(a.x, b.x), right = fmax(a.x + a.w, b.x + b.w);
    double y = fmin(a.y, b.y), bottom = fmax(a.y + a.h, b.y + b.h);
    *changed = (Box){x, y, right - x, bottom - y};
    if (is_column && a.x == b.x)
        changed->x = fmin(a.x + a.w, b.x + b.w), changed->w = right - changed->x;
    else if (is_column && a.x + a.w == b.x + b.w)
        changed->w = fmax(a.x, b.x) - x;
    else if (is_row && a.y == b.y)
        changed->y = fmin(a.y + a.h, b.y + b.h), changed->h = bottom - changed->y;
    else if (is_row && a.y + a.h == b.y + b.h)
        changed->h = fmax(a.y, b.y) - y;
    else
        return false;
    return true;
}

/* The pixels in which two plain rectangles of one paint differ: patterns lie still under them. */
static bool add_resized(Damage *damage, const SceneCommand *a, const SceneCommand *b) {
    Box changed;
    if (a->kind != SCENE_RECT || b->kind != SCENE_RECT || !is_plain(a) || !is_plain(b)) return false;
    if (!paints_equal(&a->paint, &b->paint) || !changed_side(a->touched, b->touched, &changed)) return false;
    add_box(damage, changed);
    return true;
}

/* What stood at a place of the list and what stands there now; as many of both are taken as pairs. */
static void add_changed(Damage *damage, const SceneCommand *const *a, int a_count, const SceneCommand *const *b,
                        int b_count) {
    for (int i = 0; i < a_count || i < b_count; i++) {
        if (a_count == b_count && add_resized(damage, a[i], b[i])) continue;
        if (i < a_count) add_box(damage, a[i]->touched);
        if (i < b_count) add_box(damage, b[i]->touched);
    }
}

/* The walk. */

/* The nearest agreement from (i, j) on: the fewest commands skipped in both lists together. Past GAP_MAX: both ends. */
static void find_agreement(const Seen *a, const Seen *b, int *i, int *j) {
    int rest = a->count - *i + b->count - *j, gap_end = rest < GAP_MAX ? rest : GAP_MAX;
    for (int gap = 1; gap <= gap_end; gap++)
        for (int skip = 0; skip <= gap; skip++) {
            int left = *i + skip, right = *j + gap - skip;
            if (left >= a->count || right >= b->count || !agree(a, left, b, right)) continue;
            *i = left, *j = right;
            return;
        }
    *i = a->count, *j = b->count;
}

static void add_differences(Damage *damage, const Seen *a, const Seen *b) {
    for (int i = 0, j = 0; i < a->count || j < b->count; i++, j++) {
        if (i < a->count && j < b->count && agree(a, i, b, j)) continue;
        int i_first = i, j_first = j;
        find_agreement(a, b, &i, &j);
        add_changed(damage, a->commands + i_first, i - i_first, b->commands + j_first, j - j_first);
    }
}

/* What must not be cut. */

/* cairo's coverage of a slanted edge depends, by a shade, on where it is clipped; and glyphs far outside the clip are
 * dropped from a text, which changes how those that touch each other are mixed. */
static bool is_whole_or_not_at_all(const Scene *scene, const SceneCommand *command) {
    const Point *points = scene->points + command->point_first;
    switch (command->kind) {
    case SCENE_LINE: return points[0].x != points[1].x && points[0].y != points[1].y;
    case SCENE_RECT: return command->radius_px > 0;
    default: return true;
    }
}

static bool is_inside(Box inner, Box outer) { return boxes_equal(box_join(inner, outer), outer); }

static bool is_cut(Box box, const Damage *damage) {
    for (int i = 0; i < damage->box_count; i++)
        if (box_overlaps(box, damage->boxes[i]) && !is_inside(box, damage->boxes[i])) return true;
    return false;
}

/* Adds the command, or those strips of it that are drawn each for itself, where a box cuts it. */
static bool add_cut(Damage *damage, const SceneCommand *command) {
    if (!is_cut(command->touched, damage)) return false;
    if (!raster_is_in_strips(command)) {
        add_box(damage, command->touched);
        return true;
    }
    bool is_any = false;
    for (int i = 0; i < raster_strip_count(command); i++) {
        Box strip = raster_strip(command, i);
        if (!is_cut(strip, damage)) continue;
        add_box(damage, strip);
        is_any = true;
    }
    return is_any;
}

/* Grows the boxes until such a command lies in one of them whole or not at all. */
static void include_whole(Damage *damage, const Seen *seen) {
    for (bool has_grown = damage->box_count > 0; has_grown;) {
        has_grown = false;
        for (int i = 0; i < seen->count; i++) {
            const SceneCommand *command = seen->commands[i];
            if (is_whole_or_not_at_all(seen->scene, command)) has_grown |= add_cut(damage, command);
        }
    }
}

Damage damage_between(const Scene *old_scene, const Scene *new_scene) {
    Damage damage = {0};
    if (!old_scene || old_scene->width_px != new_scene->width_px || old_scene->height_px != new_scene->height_px ||
        old_scene->background != new_scene->background) {
        damage.is_all = true;
        return damage;
    }
    Seen before = seen_of(old_scene, new_scene->arena), now = seen_of(new_scene, new_scene->arena);
    add_differences(&damage, &before, &now);
    include_whole(&damage, &now);
    return damage;
}
