/* Each scene command as one SVG element: see svg.h. */
#include "viz/backends/svg.h"

#include <math.h>

#include "viz/backends/font.h"

static void put_text(const char *text, FILE *out) {
    for (; *text; text++) {
        if (*text == '&')
            fputs("&amp;", out);
        else if (*text == '<')
            fputs("&lt;", out);
        else if (*text == '>')
            fputs("&gt;", out);
        else if (*text == '"')
            fputs("&quot;", out);
        else if ((unsigned char)*text >= ' ' || *text == '\n')
            fputc(*text, out);
    }
}

static void put_color(const char *attribute, Color color, FILE *out) {
    fprintf(out, " %s=\"#%06x\"", attribute, color >> 8);
    if ((color & 0xFF) != 0xFF) fprintf(out, " %s-opacity=\"%.3f\"", attribute, (color & 0xFF) / 255.0);
}

/* Hatch and dots are defined where they are first used; their name says all about them. */
static void put_pattern(Paint paint, FILE *out) {
    double period_px = paint.period_px > 0 ? paint.period_px : 6;
    const char *kind = paint.pattern == PATTERN_HATCH ? "h" : "d";
    fprintf(out, "<pattern id=\"%s%08x-%.0f\" width=\"%.3f\" height=\"%.3f\" patternUnits=\"userSpaceOnUse\"", kind,
            paint.fill, period_px * 100, period_px, period_px);
    if (paint.pattern == PATTERN_HATCH) {
        fprintf(out, " patternTransform=\"rotate(45)\"><rect width=\"%.3f\" height=\"%.3f\"", period_px / 6, period_px);
    } else {
        fprintf(out, "><circle cx=\"%.3f\" cy=\"%.3f\" r=\"%.3f\"", period_px / 2, period_px / 2, period_px / 8);
    }
    put_color("fill", paint.fill, out);
    fputs("/></pattern>\n", out);
}

static bool is_patterned(Paint paint) { return paint.pattern == PATTERN_HATCH || paint.pattern == PATTERN_DOTS; }

static bool is_same_pattern(Paint a, Paint b) {
    return a.pattern == b.pattern && a.fill == b.fill && a.period_px == b.period_px;
}

static void put_defs(const Scene *scene, FILE *out) {
    fputs("<defs>\n", out);
    for (int i = 0; i < scene->command_count; i++) {
        Paint paint = scene->commands[i].paint;
        bool is_new = is_patterned(paint);
        for (int j = 0; j < i && is_new; j++) is_new = !is_same_pattern(scene->commands[j].paint, paint);
        if (is_new) put_pattern(paint, out);
        if (scene->commands[i].kind == SCENE_CLIP_PUSH) {
            Box box = scene->commands[i].box;
            fprintf(out,
                    "<clipPath id=\"c%d\"><rect x=\"%.3f\" y=\"%.3f\" width=\"%.3f\" height=\"%.3f\"/></clipPath>\n", i,
                    box.x, box.y, box.w, box.h);
        }
    }
    fputs("</defs>\n", out);
}

static void put_paint(Paint paint, bool is_filled, FILE *out) {
    if (!is_filled || paint.pattern == PATTERN_NONE)
        fputs(" fill=\"none\"", out);
    else if (paint.pattern == PATTERN_SOLID)
        put_color("fill", paint.fill, out);
    else
        fprintf(out, " fill=\"url(#%s%08x-%.0f)\"", paint.pattern == PATTERN_HATCH ? "h" : "d", paint.fill,
                (paint.period_px > 0 ? paint.period_px : 6) * 100);
    if (!paint.edge) return;
    put_color("stroke", paint.edge, out);
    fprintf(out, " stroke-width=\"%.3f\"", paint.edge_px);
    if (paint.dash == DASH_DASHED)
        fprintf(out, " stroke-dasharray=\"%.3f %.3f\"", 4 * paint.edge_px, 3 * paint.edge_px);
    if (paint.dash == DASH_DOTTED) fprintf(out, " stroke-dasharray=\"%.3f %.3f\"", paint.edge_px, 2 * paint.edge_px);
}

static void put_rect(const SceneCommand *command, FILE *out) {
    double inset_px = command->paint.edge ? fmin(command->paint.edge_px, fmin(command->box.w, command->box.h)) / 2 : 0;
    Box box = box_inset(command->box, inset_px);
    fprintf(out, "<rect x=\"%.3f\" y=\"%.3f\" width=\"%.3f\" height=\"%.3f\"", box.x, box.y, box.w, box.h);
    if (command->radius_px > inset_px) fprintf(out, " rx=\"%.3f\"", command->radius_px - inset_px);
    put_paint(command->paint, true, out);
    fputs("/>\n", out);
}

static void put_path(const Scene *scene, const SceneCommand *command, FILE *out) {
    fputs("<path d=\"", out);
    for (int i = 0; i < command->point_count; i++) {
        Point point = scene->points[command->point_first + i];
        fprintf(out, "%s%.3f %.3f", i ? "L" : "M", point.x, point.y);
    }
    fputs(command->kind == SCENE_POLYGON ? "Z\"" : "\"", out);
    put_paint(command->paint, command->kind == SCENE_POLYGON, out);
    fputs("/>\n", out);
}

static void put_words(const SceneCommand *command, FILE *out) {
    TextStyle style = command->style;
    static const char *const anchor[] = {"start", "middle", "end"};
    double part = style.align == ALIGN_LEFT ? 0 : style.align == ALIGN_CENTER ? 0.5 : 1;
    fprintf(out, "<text x=\"%.3f\" y=\"%.3f\" font-family=\"%s, %s\" font-size=\"%.3f\"",
            command->box.x + part * command->box.w, command->box.y, fonts_family(style.face),
            style.face == FACE_MONO ? "monospace" : "sans-serif", style.size_px);
    if (style.align != ALIGN_LEFT) fprintf(out, " text-anchor=\"%s\"", anchor[style.align]);
    if (style.face == FACE_BOLD) fputs(" font-weight=\"bold\"", out);
    if (style.face == FACE_ITALIC) fputs(" font-style=\"italic\"", out);
    if (style.halo) {
        put_color("stroke", style.halo, out);
        fprintf(out, " stroke-width=\"%.3f\" paint-order=\"stroke\"", style.size_px / 4);
    }
    put_color("fill", style.color, out);
    fprintf(out, " textLength=\"%.3f\" xml:space=\"preserve\">", command->box.w);
    put_text(command->text, out);
    fputs("</text>\n", out);
}

static void put_command(const Scene *scene, int i, FILE *out) {
    const SceneCommand *command = &scene->commands[i];
    switch (command->kind) {
    case SCENE_RECT: put_rect(command, out); break;
    case SCENE_LINE:
    case SCENE_POLYLINE:
    case SCENE_POLYGON: put_path(scene, command, out); break;
    case SCENE_TEXT: put_words(command, out); break;
    case SCENE_CLIP_PUSH: fprintf(out, "<g clip-path=\"url(#c%d)\">\n", i); break;
    case SCENE_CLIP_POP: fputs("</g>\n", out); break;
    case SCENE_HIT:
        if (!*command->hit.text) break; /* the exact number, as a tooltip */
        fprintf(out, "<rect x=\"%.3f\" y=\"%.3f\" width=\"%.3f\" height=\"%.3f\" fill-opacity=\"0\"><title>",
                command->box.x, command->box.y, command->box.w, command->box.h);
        put_text(command->hit.text, out);
        fputs("</title></rect>\n", out);
        break;
    case SCENE_KIND_COUNT: break;
    }
}

void svg_write(const Scene *scene, const char *title, const char *recipe, FILE *out) {
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.3f %.3f\" "
            "stroke-linejoin=\"bevel\">\n<title>",
            scene->width_px, scene->height_px, scene->width_px, scene->height_px);
    put_text(title, out);
    fputs("</title>\n", out);
    if (*recipe) {
        fputs("<metadata>", out);
        put_text(recipe, out);
        fputs("</metadata>\n", out);
    }
    put_defs(scene, out);
    fputs("<rect width=\"100%\" height=\"100%\"", out);
    put_color("fill", scene->background, out);
    fputs("/>\n", out);
    for (int i = 0; i < scene->command_count; i++) put_command(scene, i, out);
    fputs("</svg>\n", out);
}
