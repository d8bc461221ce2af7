/* The look of every picture: colours by meaning, four sizes of type, one grid.
 *
 * Colours are Okabe-Ito's (M. Okabe, K. Ito, "Color Universal Design", 2008), which stay apart under
 * every common colour blindness. A tensor keeps its colour everywhere; a state is a pattern (see
 * theme_tile). Pure values; a theme is made once a frame.
 */
#ifndef VIZ_THEME_H
#define VIZ_THEME_H
#include <stdbool.h>

#include "sim/program.h"
#include "viz/scene.h"

/* A tile's state, always shown by pattern. */
typedef enum TileState {
    TILE_TODO,    /* outline */
    TILE_NOW,     /* solid with a bold edge: on chip now */
    TILE_DONE,    /* light tint */
    TILE_SKIPPED, /* hatch: a mask leaves it out */
    TILE_NEVER,   /* dotted: no algorithm step ever makes it in HBM */
    TILE_STATE_COUNT
} TileState;

typedef enum TypeSize { TYPE_TITLE, TYPE_HEADING, TYPE_BODY, TYPE_SMALL, TYPE_SIZE_COUNT } TypeSize;

typedef struct Theme {
    bool is_dark;
    double scale;                          /* 1 at 1280 x 800 */
    double type_px[TYPE_SIZE_COUNT];       /* 28, 20, 16, 13 times scale */
    double unit_px;                        /* the 8-pixel grid times scale */
    double hairline_px;                    /* 1 times scale, at least 1 whole pixel */
    Color background, panel;               /* the page, and an area set off from it */
    Color ink, ink_soft;                   /* text, secondary text (both at least 4.5:1 on background) */
    Color rule, grid;                      /* axes and frames; gridlines, fainter than any data */
    Color accent;                          /* the one thing that moves now, and what to notice */
    Color tensor[TENSOR_CLASS_COUNT];      /* the solid colour */
    Color tensor_edge[TENSOR_CLASS_COUNT]; /* darker (lighter on dark): 3:1 against the background */
    Color tensor_tint[TENSOR_CLASS_COUNT]; /* light tint of it, opaque */
    Color tensor_ink[TENSOR_CLASS_COUNT];  /* text in the tensor's colour, 4.5:1 against background, panel and grid */
    Color on_tensor[TENSOR_CLASS_COUNT];   /* text upon the solid colour, 4.5:1 */
} Theme;

/* scale 1 is 1280 x 800; see theme_scale_for. */
Theme theme_make(bool is_dark, double scale);
/* The scale at which a picture of this size has the proportions of 1280 x 720, times the user's --scale. */
double theme_scale_for(double width_px, double height_px, double user_scale);

TextStyle theme_text(const Theme *theme, TypeSize size);
TextStyle theme_text_soft(const Theme *theme, TypeSize size);
TextStyle theme_text_bold(const Theme *theme, TypeSize size);
static inline TextStyle text_right(TextStyle style) {
    style.align = ALIGN_RIGHT;
    return style;
}
static inline TextStyle text_center(TextStyle style) {
    style.align = ALIGN_CENTER;
    return style;
}
static inline TextStyle text_color(TextStyle style, Color color) {
    style.color = color;
    return style;
}

Paint theme_tile(const Theme *theme, TensorClass tensor_class, TileState state);
/* A solid area with a hairline edge: bars, tensors in HBM. */
Paint theme_area(const Theme *theme, TensorClass tensor_class);
/* Colours of algorithms in plots, by their place in the list: distinct from each other and labelled. */
Color theme_series(const Theme *theme, int series);
/* a moved towards b by `part` (0..1), opaque. */
Color color_mix(Color a, Color b, double part);
/* WCAG contrast ratio, 1..21. */
double color_contrast(Color a, Color b);
#endif
