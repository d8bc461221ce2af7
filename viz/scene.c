/* Building a scene, command by command: see scene.h. Reading it back is scene_read.c. */
#include "viz/scene.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

Scene scene_make(Arena *arena, const FontMetrics *metrics, double width_px, double height_px, Color background) {
    return (Scene){.arena = arena,
                   .metrics = metrics,
                   .width_px = width_px,
                   .height_px = height_px,
                   .background = background,
                   .clips = {{0, 0, ceil(width_px), ceil(height_px)}}};
}

/* What a command can touch. */

Box box_snap(Box box) {
    double x = floor(box.x + 0.5), y = floor(box.y + 0.5);
    double w = floor(box.x + box.w + 0.5) - x, h = floor(box.y + box.h + 0.5) - y;
    return (Box){x, y, w > 1 ? w : 1, h > 1 ? h : 1};
}

/* Edges, overhanging glyphs and the rounding of backends included. */
static Box reach(const Scene *scene, const SceneCommand *command) {
    if (command->kind == SCENE_TEXT) {
        /* both families rise less than 1 em and fall less than 0.25 em; a halo is drawn 0.125 em around */
        double size_px = command->style.size_px, halo_px = command->style.halo ? size_px / 8 : 0;
        Box box = {command->box.x - 0.2 * size_px, command->box.y - size_px, command->box.w + 0.4 * size_px,
                   1.25 * size_px};
        return box_inset(box, -halo_px - 1);
    }
    if (command->kind == SCENE_RECT) return box_snap(command->box); /* edges lie inside */
    const Point *points = scene->points + command->point_first;
    double left = points[0].x, right = left, top = points[0].y, bottom = top;
    for (int i = 1; i < command->point_count; i++) {
        if (points[i].x < left) left = points[i].x;
        if (points[i].x > right) right = points[i].x;
        if (points[i].y < top) top = points[i].y;
        if (points[i].y > bottom) bottom = points[i].y;
    }
    return box_inset((Box){left, top, right - left, bottom - top}, -command->paint.edge_px - 1);
}

static void settle(const Scene *scene, SceneCommand *command) {
    Box box = reach(scene, command);
    double left = floor(box.x), top = floor(box.y);
    Box pixels = {left, top, ceil(box.x + box.w) - left, ceil(box.y + box.h) - top};
    command->touched = box_intersect(pixels, scene->clips[scene->clip_depth]);
}

/* Commands. */

static void *grown(Arena *arena, const void *old, int count, int capacity, size_t item_bytes) {
    void *more = arena_alloc_bytes(arena, (size_t)capacity * item_bytes);
    if (count) memcpy(more, old, (size_t)count * item_bytes);
    return more;
}

static SceneCommand *push(Scene *scene, SceneKind kind) {
    if (scene->command_count == scene->command_capacity) {
        scene->command_capacity = scene->command_capacity ? 2 * scene->command_capacity : 256;
        scene->commands = grown(scene->arena, scene->commands, scene->command_count, scene->command_capacity,
                                sizeof *scene->commands);
    }
    SceneCommand *command = &scene->commands[scene->command_count++];
    *command = (SceneCommand){.kind = kind};
    return command;
}

static void push_points(Scene *scene, SceneKind kind, const Point *points, int count, Paint paint) {
    while (scene->point_count + count > scene->point_capacity) {
        scene->point_capacity = scene->point_capacity ? 2 * scene->point_capacity : 512;
        scene->points =
            grown(scene->arena, scene->points, scene->point_count, scene->point_capacity, sizeof *scene->points);
    }
    memcpy(scene->points + scene->point_count, points, (size_t)count * sizeof *points);
    SceneCommand *command = push(scene, kind);
    command->point_first = scene->point_count;
    command->point_count = count;
    command->paint = paint;
    scene->point_count += count;
    settle(scene, command);
}

void scene_rect(Scene *scene, Box box, Paint paint) { scene_round_rect(scene, box, 0, paint); }

void scene_round_rect(Scene *scene, Box box, double radius_px, Paint paint) {
    if (!(box.w > 0 && box.h > 0)) return;
    SceneCommand *command = push(scene, SCENE_RECT);
    command->box = box;
    command->radius_px = radius_px;
    command->paint = paint;
    settle(scene, command);
}

void scene_dash_line(Scene *scene, Point from, Point to, Color color, double width_px, Dash dash) {
    push_points(scene, SCENE_LINE, (Point[]){from, to}, 2, (Paint){.edge = color, .edge_px = width_px, .dash = dash});
}

void scene_line(Scene *scene, Point from, Point to, Color color, double width_px) {
    scene_dash_line(scene, from, to, color, width_px, DASH_SOLID);
}

void scene_polyline(Scene *scene, const Point *points, int count, Color color, double width_px, Dash dash) {
    if (count < 2) return;
    push_points(scene, SCENE_POLYLINE, points, count, (Paint){.edge = color, .edge_px = width_px, .dash = dash});
}

void scene_polygon(Scene *scene, const Point *points, int count, Paint paint) {
    if (count < 3) return;
    push_points(scene, SCENE_POLYGON, points, count, paint);
}

void scene_arrow(Scene *scene, Point from, Point to, double width_px, Paint paint) {
    double dx = to.x - from.x, dy = to.y - from.y, length_px = hypot(dx, dy);
    if (!(length_px > 0)) return;
    double ux = dx / length_px, uy = dy / length_px;
    double head_half_px = width_px / 2 + fmax(4, width_px / 2), shaft_half_px = width_px / 2;
    double head_px = fmin(head_half_px * 1.3, length_px);
    Point neck = {to.x - ux * head_px, to.y - uy * head_px};
#define ASIDE(at, side_px) {(at).x - uy * (side_px), (at).y + ux * (side_px)}
    Point outline[] = {ASIDE(from, shaft_half_px), ASIDE(neck, shaft_half_px),  ASIDE(neck, head_half_px),  to,
                       ASIDE(neck, -head_half_px), ASIDE(neck, -shaft_half_px), ASIDE(from, -shaft_half_px)};
#undef ASIDE
    scene_polygon(scene, outline, 7, paint);
}

void scene_elbow_arrow(Scene *scene, Point from, double middle_y, Point to, double width_px, Paint paint) {
    if (fabs(to.x - from.x) < width_px) {
        scene_arrow(scene, (Point){to.x, from.y}, to, width_px, paint);
        return;
    }
    double half_px = width_px / 2, head_half_px = half_px + fmax(4, half_px), down = to.y > from.y ? 1 : -1,
           right = to.x > from.x ? 1 : -1;
    double neck_y = to.y - down * fmin(head_half_px * 1.3, fabs(to.y - middle_y));
    /* Outer and inner corners of the two bends: the side that the path turns to is the inner one. */
    double before = middle_y - down * half_px, after = middle_y + down * half_px;
    Point outline[] = {
        {from.x - right * half_px, from.y},    {from.x - right * half_px, after},     {to.x - right * half_px, after},
        {to.x - right * half_px, neck_y},      {to.x - right * head_half_px, neck_y}, {to.x, to.y},
        {to.x + right * head_half_px, neck_y}, {to.x + right * half_px, neck_y},      {to.x + right * half_px, before},
        {from.x + right * half_px, before},    {from.x + right * half_px, from.y}};
    scene_polygon(scene, outline, 11, paint);
}

void scene_disc(Scene *scene, Point center, double radius_px, Paint paint) {
    enum { CORNERS = 24 };
    Point corners[CORNERS];
    for (int i = 0; i < CORNERS; i++) {
        double angle = 2 * M_PI * i / CORNERS;
        corners[i] = (Point){center.x + radius_px * cos(angle), center.y + radius_px * sin(angle)};
    }
    scene_polygon(scene, corners, CORNERS, paint);
}

void scene_clip_push(Scene *scene, Box box) {
    assert(scene->clip_depth < SCENE_CLIP_DEPTH_MAX);
    push(scene, SCENE_CLIP_PUSH)->box = box;
    Box around = scene->clips[scene->clip_depth++];
    scene->clips[scene->clip_depth] = box_intersect(around, box_snap(box));
}
void scene_clip_pop(Scene *scene) {
    assert(scene->clip_depth > 0);
    push(scene, SCENE_CLIP_POP);
    scene->clip_depth--;
}

void scene_hit(Scene *scene, Box box, SceneHit hit) {
    SceneCommand *command = push(scene, SCENE_HIT);
    command->box = box;
    command->hit = hit;
    command->hit.text = arena_copy_text(scene->arena, hit.text ? hit.text : "");
}

double scene_text_width(const Scene *scene, TextStyle style, const char *text) {
    return text_width_px(scene->metrics, style.face, style.size_px, text);
}

/* text already lives in the arena. */
static double push_text(Scene *scene, double x, double y, TextStyle style, const char *text) {
    double width_px = scene_text_width(scene, style, text);
    if (!*text) return 0;
    double left = style.align == ALIGN_CENTER ? x - width_px / 2 : style.align == ALIGN_RIGHT ? x - width_px : x;
    SceneCommand *command = push(scene, SCENE_TEXT);
    command->box = (Box){left, y, width_px, style.size_px};
    command->style = style;
    command->text = text;
    settle(scene, command);
    return width_px;
}

double scene_text(Scene *scene, double x, double y, TextStyle style, const char *text) {
    return push_text(scene, x, y, style, arena_copy_text(scene->arena, text));
}

double scene_textf(Scene *scene, double x, double y, TextStyle style, const char *format, ...) {
    char text[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert(length >= 0 && (size_t)length < sizeof text);
    return scene_text(scene, x, y, style, text);
}

double scene_text_cut(Scene *scene, double x, double y, double width_px, TextStyle style, const char *text) {
    if (scene_text_width(scene, style, text) <= width_px) return scene_text(scene, x, y, style, text);
    const char *ellipsis = "…";
    double room_px = width_px - scene_text_width(scene, style, ellipsis);
    if (room_px <= 0) return 0;
    const char *end = text;
    for (const char *at = text; room_px > 0 && *at; end = room_px >= 0 ? at : end)
        room_px -= text_advance_px(scene->metrics, style.face, style.size_px, text_next(&at));
    while (end > text && end[-1] == ' ') end--;
    return push_text(scene, x, y, style, arena_format(scene->arena, "%.*s%s", (int)(end - text), text, ellipsis));
}

double scene_text_first(Scene *scene, double x, double y, double width_px, TextStyle style, const char *const *wordings,
                        int count) {
    for (int i = 0; i < count; i++)
        if (scene_text_width(scene, style, wordings[i]) <= width_px) return scene_text(scene, x, y, style, wordings[i]);
    return scene_text_cut(scene, x, y, width_px, style, wordings[count - 1]);
}

bool scene_text_in(Scene *scene, Box box, TextStyle style, const char *text) {
    double cap_px = text_cap_height_px(scene->metrics, style.face, style.size_px);
    if (scene_text_width(scene, style, text) > box.w || cap_px > box.h) return false;
    style.align = ALIGN_CENTER;
    scene_text(scene, box.x + box.w / 2, box.y + (box.h + cap_px) / 2, style, text);
    return true;
}

/* Takes the next line of at most width_px off *text; its length without the space at its end. */
static int take_line(const Scene *scene, double width_px, TextStyle style, const char **text) {
    int length = text_fit_bytes(scene->metrics, style.face, style.size_px, *text, width_px);
    const char *line = *text;
    *text += length;
    while (length > 0 && (line[length - 1] == ' ' || line[length - 1] == '\n')) length--;
    return length;
}

double scene_text_wrap(Scene *scene, double x, double y, double width_px, double line_px, TextStyle style,
                       const char *text) {
    for (; *text; y += line_px) {
        const char *line = text;
        int length = take_line(scene, width_px, style, &text);
        push_text(scene, x, y, style, arena_format(scene->arena, "%.*s", length, line));
    }
    return y;
}

int scene_wrap_lines(const Scene *scene, double width_px, TextStyle style, const char *text) {
    int lines = 0;
    for (; *text; lines++) take_line(scene, width_px, style, &text);
    return lines;
}

Box box_cut_top(Box *box, double px) {
    Box strip = {box->x, box->y, box->w, px};
    box->y += px;
    box->h -= px;
    return strip;
}

Box box_cut_bottom(Box *box, double px) {
    box->h -= px;
    return (Box){box->x, box->y + box->h, box->w, px};
}

Box box_cut_left(Box *box, double px) {
    Box strip = {box->x, box->y, px, box->h};
    box->x += px;
    box->w -= px;
    return strip;
}

Box box_cut_right(Box *box, double px) {
    box->w -= px;
    return (Box){box->x + box->w, box->y, px, box->h};
}
