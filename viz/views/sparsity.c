/* View `sparsity`: six ways of leaving keys out, at one budget, on the same numbers.
 *
 *     window | longformer | moba      queries go down, keys to the right; a cell is a tile: the darker, the more of its
 *     nsa    | quest      | dsa       pairs are kept; dotted: not allowed (causal); under each: mask and tile density
 */
#include <math.h>

#include "sim/units.h"
#include "viz/views/views.h"

enum { COLUMNS = 3, HIT_TILE = 1 };

static const ChoicePanel *extreme(const ChoiceData *d, bool is_most) {
    const ChoicePanel *best = &d->panels[0];
    for (int i = 1; i < d->panel_count; i++)
        if ((d->panels[i].tile_fraction > best->tile_fraction) == is_most) best = &d->panels[i];
    return best;
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const ChoiceData *d = input->choice;
    const ChoicePanel *most = extreme(d, true), *least = extreme(d, false);
    const char *low = arena_copy_text(arena, units_percent(most->mask_fraction).text),
               *high = arena_copy_text(arena, units_percent(most->tile_fraction).text);
    return (ViewHeadline){arena_format(arena, "%s keeps %s of the pairs and still touches %s of the tiles",
                                       view_title(algorithm_find(select_method_name(most->options.method)), arena), low,
                                       high),
                          arena_format(arena,
                                       "A tile is loaded if one of its queries wants it. Windows touch few (%s: %s); "
                                       "learned choices save bytes in decoding, "
                                       "one query a tile, or when queries are regrouped (MoBA) or rows gathered (DSA).",
                                       view_name_of(select_method_name(least->options.method), arena),
                                       units_percent(least->tile_fraction).text)};
}

static const char *source(const ViewInput *input, Arena *arena) {
    const ChoiceData *d = input->choice;
    return arena_format(arena,
                        "Rows are queries, columns keys; the fuller a tile’s colour, the more of its pairs are "
                        "kept; dotted ones lie in the future. Mass: attention probability on kept keys. Selection run "
                        "on %s: one head, %llu × %llu, "
                        "causal, tiles of %llu × %llu. What training would teach is not modelled.",
                        d->input.origin, (unsigned long long)d->input.n_rows, (unsigned long long)d->input.dim_elems,
                        (unsigned long long)d->tile_rows, (unsigned long long)d->tile_rows);
}

static const char *settings(const SelectOptions *o, Arena *arena) {
    unsigned long long block = o->block_rows, count = o->select_count, window = o->window_keys;
    switch (o->method) {
    case SELECT_WINDOW: return arena_format(arena, "%llu keys behind", window);
    case SELECT_LONGFORMER:
        return arena_format(arena, "%llu keys behind, %llu global", window, (unsigned long long)o->global_token_count);
    case SELECT_MOBA: return arena_format(arena, "%llu blocks of %llu", count, block);
    case SELECT_NSA: return arena_format(arena, "%llu blocks of %llu and %llu behind", count, block, window);
    case SELECT_QUEST: return arena_format(arena, "%llu pages of %llu", count, block);
    default: return arena_format(arena, "%llu tokens", count);
    }
}

/* Cells of a row that are alike are one rectangle. */
static void draw_cells(const ChoicePanel *panel, const Theme *theme, Box box, Scene *scene) {
    double side = box.w / CHOICE_GRID;
    for (int i = 0; i < CHOICE_GRID; i++)
        for (int j = 0, end; j < CHOICE_GRID; j = end) {
            uint8_t density = panel->density[i][j];
            for (end = j + 1; end < CHOICE_GRID && panel->density[i][end] == density;) end++;
            if (!density) continue;
            double part = 0.25 + 0.75 * sqrt((double)density / 255);
            double left = floor(box.x + j * side), top = floor(box.y + i * side);
            Box cell = {left, top, floor(box.x + end * side) - left, floor(box.y + (i + 1) * side) - top};
            scene_rect(
                scene, cell,
                (Paint){.pattern = PATTERN_SOLID, .fill = color_mix(theme->background, theme->tensor[TENSOR_S], part)});
        }
}

static void draw_panel(const ChoicePanel *panel, const Theme *theme, Box box, Scene *scene) {
    double unit = theme->unit_px, text_px = 18 * unit,
           side = floor(fmax(CHOICE_GRID, fmin(box.h - 3 * unit, box.w - text_px)));
    scene_text(scene, box.x, box.y + 1.8 * unit, theme_text_bold(theme, TYPE_BODY),
               view_title(algorithm_find(select_method_name(panel->options.method)), scene->arena));
    Box grid = {floor(box.x), floor(box.y + 2.6 * unit), side, side};
    /* What causality forbids, as one triangle. */
    const Point corner[3] = {{grid.x + side / CHOICE_GRID, grid.y},
                             {grid.x + side, grid.y},
                             {grid.x + side, grid.y + side - side / CHOICE_GRID}};
    scene_polygon(scene, corner, 3,
                  (Paint){.pattern = PATTERN_DOTS, .fill = theme->grid, .period_px = 6 * theme->scale});
    draw_cells(panel, theme, grid, scene);
    scene_rect(scene, (Box){grid.x - 1, grid.y - 1, side + 2, side + 2},
               (Paint){.edge = theme->rule, .edge_px = theme->hairline_px});
    double x = grid.x + side + 1.4 * unit, room_px = box.x + box.w - x;
    TypeSize type = room_px >= 18.5 * unit ? TYPE_BODY : TYPE_SMALL;
    double y = grid.y + 0.9 * theme->type_px[type], line = 1.4 * theme->type_px[type],
           right = x + fmin(room_px, 1.25 * 8 * theme->type_px[type]);
    TextStyle soft = theme_text_soft(theme, type), text = theme_text(theme, type);
    y = scene_text_wrap(scene, x, y, box.x + box.w - x, line, soft, settings(&panel->options, scene->arena)) +
        0.4 * unit;
    const struct {
        const char *what;
        UnitText value;
    } rows[] = {{"pairs kept", units_percent(panel->mask_fraction)},
                {"tiles touched", units_percent(panel->tile_fraction)},
                {"mass kept", units_percent(panel->quality.mass_kept)},
                {"output error", units_percent(panel->quality.output_error)}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++, y += line) {
        scene_text(scene, x, y, text, rows[i].what);
        scene_text(scene, right, y, text_right(theme_text_bold(theme, type)), rows[i].value.text);
    }
    scene_hit(scene, grid,
              (SceneHit){HIT_TILE, {(int32_t)panel->options.method}, 0, select_method_name(panel->options.method)});
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    const ChoiceData *d = input->choice;
    int rows = (d->panel_count + COLUMNS - 1) / COLUMNS;
    double gap = 3 * theme->unit_px, width = (box.w - (COLUMNS - 1) * gap) / COLUMNS,
           height = (box.h - (rows - 1) * gap) / rows;
    for (int i = 0; i < d->panel_count; i++)
        draw_panel(&d->panels[i], theme,
                   (Box){box.x + (i % COLUMNS) * (width + gap), box.y + (i / COLUMNS) * (height + gap), width, height},
                   scene);
}

const View view_sparsity = {
    .name = "sparsity",
    .title = "Which keys are kept",
    .help = "windows, global tokens and learned choices on the same numbers: pairs kept, tiles touched, mass kept (--q "
            "--k --v, --seed)",
    .needs = VIEW_NEEDS_CHOICE,
    .least_width_units = 140,
    .least_height_units = 56,
    .headline = headline,
    .draw = draw,
    .source = source,
};
