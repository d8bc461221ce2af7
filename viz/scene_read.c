/* What can be asked of a finished scene: what lies at a point, its dump, its hash. See scene.h. */
#include "viz/scene.h"

#include <math.h>

const SceneHit *scene_hit_at(const Scene *scene, double x, double y) {
    Box clips[SCENE_CLIP_DEPTH_MAX + 1] = {{0, 0, scene->width_px, scene->height_px}};
    int depth = 0;
    const SceneHit *found = NULL;
    for (int i = 0; i < scene->command_count; i++) {
        const SceneCommand *command = &scene->commands[i];
        if (command->kind == SCENE_CLIP_PUSH && depth < SCENE_CLIP_DEPTH_MAX) {
            clips[depth + 1] = box_intersect(clips[depth], command->box);
            depth++;
        } else if (command->kind == SCENE_CLIP_POP && depth > 0) {
            depth--;
        } else if (command->kind == SCENE_HIT && box_has(command->box, x, y) && box_has(clips[depth], x, y)) {
            found = &command->hit;
        }
    }
    return found;
}

/* -0.000 and 0.000 are the same place. */
static double rounded(double value) {
    double thousandths = nearbyint(value * 1000);
    return thousandths == 0 ? 0 : thousandths / 1000;
}

static const char *const kind_name[SCENE_KIND_COUNT] = {"rect", "line",      "polyline", "polygon",
                                                        "text", "clip-push", "clip-pop", "hit"};
static const char *const pattern_name[PATTERN_COUNT] = {"none", "solid", "hatch", "dots"};
static const char *const dash_name[DASH_COUNT] = {"solid", "dashed", "dotted"};
static const char *const face_name[FACE_COUNT] = {"regular", "bold", "italic", "mono"};
static const char *const align_name[] = {"left", "center", "right"};

static void dump_box(Box box, FILE *out) {
    fprintf(out, " %.3f %.3f %.3f %.3f", rounded(box.x), rounded(box.y), rounded(box.w), rounded(box.h));
}

static void dump_paint(Paint paint, FILE *out) {
    if (paint.pattern != PATTERN_NONE) fprintf(out, " %s #%08x", pattern_name[paint.pattern], paint.fill);
    if (paint.period_px > 0) fprintf(out, " period %.3f", rounded(paint.period_px));
    if (paint.edge) fprintf(out, " edge #%08x %.3f", paint.edge, rounded(paint.edge_px));
    if (paint.edge && paint.dash != DASH_SOLID) fprintf(out, " %s", dash_name[paint.dash]);
}

static void dump_text(const SceneCommand *command, FILE *out) {
    fprintf(out, " %.3f %.3f %.3f %s %.3f #%08x %s", rounded(command->box.x), rounded(command->box.y),
            rounded(command->box.w), face_name[command->style.face], rounded(command->style.size_px),
            command->style.color, align_name[command->style.align]);
    if (command->style.halo) fprintf(out, " halo #%08x", command->style.halo);
    fprintf(out, " \"%s\"", command->text);
}

static void dump_command(const Scene *scene, const SceneCommand *command, FILE *out) {
    fputs(kind_name[command->kind], out);
    switch (command->kind) {
    case SCENE_RECT:
        dump_box(command->box, out);
        if (command->radius_px > 0) fprintf(out, " radius %.3f", rounded(command->radius_px));
        dump_paint(command->paint, out);
        break;
    case SCENE_LINE:
    case SCENE_POLYLINE:
    case SCENE_POLYGON:
        for (int i = 0; i < command->point_count; i++) {
            Point point = scene->points[command->point_first + i];
            fprintf(out, " %.3f,%.3f", rounded(point.x), rounded(point.y));
        }
        dump_paint(command->paint, out);
        break;
    case SCENE_TEXT: dump_text(command, out); break;
    case SCENE_CLIP_PUSH: dump_box(command->box, out); break;
    case SCENE_HIT:
        dump_box(command->box, out);
        fprintf(out, " %d %d %d %d %llu \"%s\"", command->hit.kind, command->hit.index[0], command->hit.index[1],
                command->hit.index[2], (unsigned long long)command->hit.value, command->hit.text);
        break;
    case SCENE_CLIP_POP:
    case SCENE_KIND_COUNT: break;
    }
    fputc('\n', out);
}

void scene_dump(const Scene *scene, FILE *out) {
    fprintf(out, "scene %.3f %.3f #%08x\n", rounded(scene->width_px), rounded(scene->height_px), scene->background);
    for (int i = 0; i < scene->command_count; i++) dump_command(scene, &scene->commands[i], out);
}

/* FNV-1a over 64-bit words: fast enough for a scene of thousands of commands in every frame. */
static uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * 0x100000001b3ull;
    return hash ^ hash >> 29;
}
static uint64_t mix_px(uint64_t hash, double px) { return mix(hash, (uint64_t)(int64_t)nearbyint(px * 1000)); }
static uint64_t mix_box(uint64_t hash, Box box) {
    return mix_px(mix_px(mix_px(mix_px(hash, box.x), box.y), box.w), box.h);
}
static uint64_t mix_text(uint64_t hash, const char *text) {
    for (; text && *text; text++) hash = mix(hash, (unsigned char)*text);
    return mix(hash, 0x100);
}

static uint64_t mix_command(uint64_t hash, const Scene *scene, const SceneCommand *command) {
    const Paint *paint = &command->paint;
    hash = mix_box(mix(hash, (uint64_t)command->kind), command->box);
    hash = mix_px(mix_px(mix_px(hash, command->radius_px), paint->edge_px), paint->period_px);
    hash = mix(hash, (uint64_t)paint->fill << 32 | paint->edge);
    hash = mix(hash, (uint64_t)paint->pattern << 8 | (uint64_t)paint->dash);
    for (int i = 0; i < command->point_count; i++) {
        Point point = scene->points[command->point_first + i];
        hash = mix_px(mix_px(hash, point.x), point.y);
    }
    if (command->kind == SCENE_TEXT) {
        hash = mix(hash, (uint64_t)command->style.color << 32 | command->style.halo);
        hash = mix(hash, (uint64_t)command->style.face << 8 | (uint64_t)command->style.align);
        hash = mix_text(hash, command->text);
    }
    if (command->kind == SCENE_HIT) {
        hash = mix(mix(hash, (uint64_t)command->hit.kind), command->hit.value);
        for (int i = 0; i < 3; i++) hash = mix(hash, (uint64_t)command->hit.index[i]);
        hash = mix_text(hash, command->hit.text);
    }
    return hash;
}

uint64_t scene_hash(const Scene *scene) {
    uint64_t hash = mix(mix_px(mix_px(0xcbf29ce484222325ull, scene->width_px), scene->height_px), scene->background);
    for (int i = 0; i < scene->command_count; i++) hash = mix_command(hash, scene, &scene->commands[i]);
    return hash;
}
