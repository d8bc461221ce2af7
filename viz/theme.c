/* Okabe-Ito by tensor class, light and dark: see theme.h. */
#include "viz/theme.h"

#include <math.h>

/* M. Okabe, K. Ito, "Color Universal Design", 2008. Yellow is left out: it has no place on white. */
#define OKABE_BLACK 0x000000FFu
#define OKABE_ORANGE 0xE69F00FFu
#define OKABE_SKY 0x56B4E9FFu
#define OKABE_GREEN 0x009E73FFu
#define OKABE_BLUE 0x0072B2FFu
#define OKABE_VERMILION 0xD55E00FFu
#define OKABE_PURPLE 0xCC79A7FFu
#define GREY 0x8C8C8CFFu

static const Color class_color[TENSOR_CLASS_COUNT] = {
    [TENSOR_Q] = OKABE_BLUE,
    [TENSOR_K] = OKABE_ORANGE,
    [TENSOR_V] = OKABE_GREEN,
    [TENSOR_S] = OKABE_VERMILION,
    [TENSOR_P] = OKABE_VERMILION,
    [TENSOR_O] = OKABE_PURPLE,
    [TENSOR_GRADIENT_Q] = OKABE_BLUE,
    [TENSOR_GRADIENT_K] = OKABE_ORANGE,
    [TENSOR_GRADIENT_V] = OKABE_GREEN,
    [TENSOR_GRADIENT_O] = OKABE_PURPLE,
    [TENSOR_GRADIENT_S] = OKABE_VERMILION,
    [TENSOR_STATISTICS] = OKABE_SKY,
    [TENSOR_MASK] = GREY,
    [TENSOR_OTHER] = GREY,
};

static double channel(Color color, int shift) { return (color >> shift & 0xFF) / 255.0; }

Color color_mix(Color a, Color b, double part) {
    Color mixed = 0xFF;
    for (int shift = 8; shift <= 24; shift += 8) {
        double value = channel(a, shift) * (1 - part) + channel(b, shift) * part;
        mixed |= (Color)lround(value * 255) << shift;
    }
    return mixed;
}

static double luminance(Color color) {
    static const double weight[3] = {0.2126, 0.7152, 0.0722};
    double sum = 0;
    for (int i = 0; i < 3; i++) {
        double c = channel(color, 24 - 8 * i);
        sum += weight[i] * (c <= 0.03928 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4));
    }
    return sum;
}

double color_contrast(Color a, Color b) {
    double la = luminance(a), lb = luminance(b);
    return (fmax(la, lb) + 0.05) / (fmin(la, lb) + 0.05);
}

static const double text_contrast = 4.5; /* WCAG 2.1, 1.4.3 */

/* color, moved towards `pole` until it stands out against ground by the ratio. */
static Color readable(Color color, Color ground, Color pole, double ratio) {
    for (double part = 0; part < 1; part += 0.04) {
        Color mixed = color_mix(color, pole, part);
        if (color_contrast(mixed, ground) >= ratio) return mixed;
    }
    return pole;
}

static void fill_tensor_colors(Theme *theme, Color pole) {
    for (int i = 0; i < TENSOR_CLASS_COUNT; i++) {
        Color solid = class_color[i];
        theme->tensor[i] = solid;
        theme->tensor_edge[i] = readable(color_mix(solid, pole, 0.25), theme->background, pole, 3);
        theme->tensor_tint[i] = color_mix(solid, theme->background, theme->is_dark ? 0.68 : 0.75);
        theme->tensor_ink[i] = readable(solid, theme->grid, pole, text_contrast);
        theme->on_tensor[i] = color_contrast(solid, 0xFFFFFFFF) >= text_contrast ? 0xFFFFFFFF : 0x111111FF;
    }
}

Theme theme_make(bool is_dark, double scale) {
    Theme theme = {
        .is_dark = is_dark,
        .scale = scale,
        .type_px = {28 * scale, 20 * scale, 16 * scale, 13 * scale},
        .unit_px = 8 * scale,
        .hairline_px = fmax(1, floor(scale + 0.5)),
        .background = is_dark ? 0x16191EFF : 0xFFFFFFFF,
        .panel = is_dark ? 0x20252CFF : 0xF5F6F8FF,
        .ink = is_dark ? 0xECEEF1FF : 0x1A1C20FF,
        .ink_soft = is_dark ? 0xA9B0BAFF : 0x5A6068FF,
        .rule = is_dark ? 0x7C8590FF : 0x8A9099FF,
        .grid = is_dark ? 0x2E343CFF : 0xE6E8EBFF,
        .accent = is_dark ? 0xF0E442FF : 0x1A1C20FF,
    };
    fill_tensor_colors(&theme, is_dark ? 0xFFFFFFFF : OKABE_BLACK);
    return theme;
}

double theme_scale_for(double width_px, double height_px, double user_scale) {
    return fmin(width_px / 1280, height_px / 720) * user_scale;
}

TextStyle theme_text(const Theme *theme, TypeSize size) {
    return (TextStyle){.face = FACE_REGULAR, .size_px = theme->type_px[size], .color = theme->ink};
}
TextStyle theme_text_soft(const Theme *theme, TypeSize size) {
    return text_color(theme_text(theme, size), theme->ink_soft);
}
TextStyle theme_text_bold(const Theme *theme, TypeSize size) {
    TextStyle style = theme_text(theme, size);
    style.face = FACE_BOLD;
    return style;
}

Paint theme_tile(const Theme *theme, TensorClass tensor_class, TileState state) {
    Paint paint = {
        .edge = theme->tensor_edge[tensor_class], .edge_px = theme->hairline_px, .period_px = 6 * theme->scale};
    switch (state) {
    case TILE_TODO: break;
    case TILE_NOW:
        paint.pattern = PATTERN_SOLID;
        paint.fill = theme->tensor[tensor_class];
        paint.edge = theme->accent;
        paint.edge_px = 2 * theme->hairline_px;
        break;
    case TILE_DONE:
        paint.pattern = PATTERN_SOLID;
        paint.fill = theme->tensor_tint[tensor_class];
        break;
    case TILE_SKIPPED:
        paint.pattern = PATTERN_HATCH;
        paint.fill = theme->rule;
        paint.edge = theme->rule;
        break;
    case TILE_NEVER:
        paint.pattern = PATTERN_DOTS;
        paint.fill = theme->tensor_edge[tensor_class];
        paint.dash = DASH_DOTTED;
        break;
    case TILE_STATE_COUNT: break;
    }
    return paint;
}

Paint theme_area(const Theme *theme, TensorClass tensor_class) {
    return (Paint){.pattern = PATTERN_SOLID,
                   .fill = theme->tensor[tensor_class],
                   .edge = theme->tensor_edge[tensor_class],
                   .edge_px = theme->hairline_px};
}

Color theme_series(const Theme *theme, int series) {
    static const Color order[] = {OKABE_VERMILION, OKABE_BLUE, OKABE_GREEN, OKABE_PURPLE, OKABE_ORANGE, OKABE_SKY};
    Color pole = theme->is_dark ? 0xFFFFFFFF : OKABE_BLACK;
    return readable(order[series % 6], theme->grid, pole, text_contrast); /* names are written in it */
}
