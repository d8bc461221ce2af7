/* A scene: the flat list of everything on a picture, in painting order.
 *
 *     view (pure) -> Scene -> raster (window, PNG) | SVG | PDF | text dump
 *
 * Pure data and pure functions: no window, no pixels, no clock. A scene lives in the arena it was made
 * with (a frame's); texts are copied into it. Coordinates are pixels of the target, x to the right and
 * y down, as doubles; backends snap rectangles and axis-parallel lines to whole pixels.
 * Text is placed by its baseline. Nothing here can fail but memory.
 */
#ifndef VIZ_SCENE_H
#define VIZ_SCENE_H
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "sim/base/arena.h"
#include "viz/text.h"

typedef uint32_t Color; /* 0xRRGGBBAA, not premultiplied; 0 is nothing at all */

typedef struct Point {
    double x, y;
} Point;
typedef struct Box {
    double x, y, w, h;
} Box;

/* How a shape is filled. State is shown by pattern as well as by colour, never by colour alone. */
typedef enum Pattern {
    PATTERN_NONE, /* only the edge */
    PATTERN_SOLID,
    PATTERN_HATCH, /* diagonal lines in the fill colour */
    PATTERN_DOTS,  /* a grid of dots in the fill colour */
    PATTERN_COUNT
} Pattern;
typedef enum Dash { DASH_SOLID, DASH_DASHED, DASH_DOTTED, DASH_COUNT } Dash;

typedef struct Paint {
    Pattern pattern;
    Color fill;
    Color edge;     /* 0: no edge */
    double edge_px; /* edges of rectangles lie inside them, so that equal boxes look equal */
    Dash dash;
    double period_px; /* of hatch and dots; 0: 6 px */
} Paint;

typedef enum Align { ALIGN_LEFT, ALIGN_CENTER, ALIGN_RIGHT } Align;
typedef struct TextStyle {
    Face face;
    double size_px;
    Color color;
    Align align;
    Color halo; /* drawn around the glyphs so that text stays readable over lines; 0: none */
} TextStyle;

/* What lies under the pointer. `kind` and the indices are the view's own words (views.h);
 * `text` is what a hover shows: the exact number behind a rounded one. */
typedef struct SceneHit {
    int kind;
    int32_t index[3];
    uint64_t value;
    const char *text;
} SceneHit;

typedef enum SceneKind {
    SCENE_RECT,
    SCENE_LINE,     /* points[0] to points[1] */
    SCENE_POLYLINE, /* open, edge only */
    SCENE_POLYGON,  /* closed */
    SCENE_TEXT,
    SCENE_CLIP_PUSH, /* what follows is cut to box and to the clips around it */
    SCENE_CLIP_POP,
    SCENE_HIT, /* nothing to see: box answers to the pointer */
    SCENE_KIND_COUNT
} SceneKind;

typedef struct SceneCommand {
    SceneKind kind;
    Box touched; /* whole pixels that drawing it can change, cut to the clips around it; nothing for CLIP and HIT */
    Box box;     /* RECT, CLIP_PUSH, HIT; TEXT: x, y of the baseline's left end, w of the text */
    double radius_px;             /* RECT: of its corners */
    Paint paint;                  /* shapes */
    int point_first, point_count; /* LINE, POLYLINE, POLYGON: in Scene.points */
    const char *text;             /* TEXT */
    TextStyle style;              /* TEXT; align has been resolved into box.x but is kept for SVG */
    SceneHit hit;                 /* HIT */
} SceneCommand;

enum { SCENE_CLIP_DEPTH_MAX = 15 };

typedef struct Scene {
    Arena *arena;
    const FontMetrics *metrics;
    double width_px, height_px;
    Color background;
    SceneCommand *commands;
    int command_count, command_capacity;
    Point *points;
    int point_count, point_capacity;
    Box clips[SCENE_CLIP_DEPTH_MAX + 1]; /* the first is the picture, the last what is drawn now is cut to; pixels */
    int clip_depth;
} Scene;

Scene scene_make(Arena *arena, const FontMetrics *metrics, double width_px, double height_px, Color background);

void scene_rect(Scene *scene, Box box, Paint paint);
void scene_round_rect(Scene *scene, Box box, double radius_px, Paint paint);
void scene_line(Scene *scene, Point from, Point to, Color color, double width_px);
void scene_dash_line(Scene *scene, Point from, Point to, Color color, double width_px, Dash dash);
void scene_polyline(Scene *scene, const Point *points, int count, Color color, double width_px, Dash dash);
void scene_polygon(Scene *scene, const Point *points, int count, Paint paint);
/* A straight block arrow, its shaft width_px wide and its head about twice that; points at `to`. */
void scene_arrow(Scene *scene, Point from, Point to, double width_px, Paint paint);
/* The same from x0 to x1 in three legs: along y to middle_y, across, along y to `to`. Both verticals point the same
 * way. */
void scene_elbow_arrow(Scene *scene, Point from, double middle_y, Point to, double width_px, Paint paint);
/* A dot that is drawn as a polygon of 24 corners: hollow and filled marks of plots. */
void scene_disc(Scene *scene, Point center, double radius_px, Paint paint);
void scene_clip_push(Scene *scene, Box box);
void scene_clip_pop(Scene *scene);
void scene_hit(Scene *scene, Box box, SceneHit hit);

/* Text at its baseline: x is the left end, middle or right end as style.align says. Returns its width. */
double scene_text(Scene *scene, double x, double y, TextStyle style, const char *text);
double scene_textf(Scene *scene, double x, double y, TextStyle style, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
/* Shortened with an ellipsis where it is wider than width_px. */
double scene_text_cut(Scene *scene, double x, double y, double width_px, TextStyle style, const char *text);
/* The first of count wordings, the longest first, that is at most width_px wide; where none is, the last one shortened
 * ("" leaves it out). */
double scene_text_first(Scene *scene, double x, double y, double width_px, TextStyle style, const char *const *wordings,
                        int count);
/* Centred in a box, both ways, by capital height. Nothing is drawn where it would not fit; returns whether it was. */
bool scene_text_in(Scene *scene, Box box, TextStyle style, const char *text);
/* Broken into lines of at most width_px; the first baseline is at y. Returns the y of the baseline below the last. */
double scene_text_wrap(Scene *scene, double x, double y, double width_px, double line_px, TextStyle style,
                       const char *text);
/* How many lines scene_text_wrap would need. */
int scene_wrap_lines(const Scene *scene, double width_px, TextStyle style, const char *text);
double scene_text_width(const Scene *scene, TextStyle style, const char *text);

/* The topmost hit region at a point, or NULL. Regions count only inside the clips around them. */
const SceneHit *scene_hit_at(const Scene *scene, double x, double y);
/* One line a command, 3 decimals: what golden tests compare. */
void scene_dump(const Scene *scene, FILE *out);
/* Equal for scenes whose dumps are equal; a changed picture changes it. */
uint64_t scene_hash(const Scene *scene);

/* Boxes. The comparisons are spelt out because fmin and fmax are calls into libm, and these run for every command. */
static inline Box box_inset(Box box, double px) {
    return (Box){box.x + px, box.y + px, box.w - 2 * px, box.h - 2 * px};
}
/* Cuts a strip of px off the top (left, ...) of *box and returns it. */
Box box_cut_top(Box *box, double px);
Box box_cut_bottom(Box *box, double px);
Box box_cut_left(Box *box, double px);
Box box_cut_right(Box *box, double px);
static inline bool box_has(Box box, double x, double y) {
    return x >= box.x && y >= box.y && x < box.x + box.w && y < box.y + box.h;
}
static inline Box box_intersect(Box a, Box b) {
    double x = a.x > b.x ? a.x : b.x, right = a.x + a.w < b.x + b.w ? a.x + a.w : b.x + b.w;
    double y = a.y > b.y ? a.y : b.y, bottom = a.y + a.h < b.y + b.h ? a.y + a.h : b.y + b.h;
    return (Box){x, y, right > x ? right - x : 0, bottom > y ? bottom - y : 0};
}
static inline Box box_join(Box a, Box b) {
    double x = a.x < b.x ? a.x : b.x, right = a.x + a.w > b.x + b.w ? a.x + a.w : b.x + b.w;
    double y = a.y < b.y ? a.y : b.y, bottom = a.y + a.h > b.y + b.h ? a.y + a.h : b.y + b.h;
    return (Box){x, y, right - x, bottom - y};
}
/* As backends snap boxes to pixels: edges rounded, never thinner than one. */
Box box_snap(Box box);
static inline bool box_overlaps(Box a, Box b) {
    return a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h;
}
#endif
