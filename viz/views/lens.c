/* View `lens`: one request of one warp, from lanes to sectors and banks.
 *
 *     32 lanes        [0][1][2] ...                        [31]
 *                       \  \  \                             /
 *     lines, 128 B    [##|##|##|##] [##|##|  |  ] ...          solid: asked for, hatched: fetched beside it
 *     banks           wavefront 0  [0 0 0 0 1 1 1 1 ...]       which lane a bank serves
 *                     wavefront 1  [...]
 *
 * Addresses are counted from the tensor's first byte.
 */
#include "viz/views/lens.h"

#include <math.h>

#include "sim/base/checked.h"
#include "sim/memory/lens.h"
#include "sim/units.h"
#include "viz/narrate.h"
#include "viz/views/machine.h"
#include "viz/views/views.h"

enum {
    PANELS_MAX = 2,
    LINES_PER_ROW_MAX = 16,
    SECTORS_PER_LINE = WARP_LINE_BYTES / WARP_SECTOR_BYTES,
    WAVEFRONTS_DRAWN_MAX = 8
};

typedef struct Lens {
    const Theme *theme;
    Scene *scene;
    const Tensor *tensor;
    WarpRequest request;
    LensBanks banks;
    uint64_t request_index, request_count;
    int lane;               /* the chosen one, or LENS_NO_LANE */
    double names_x, bottom; /* the left edge of names, and where the lens ends */
    Box lanes, lines, wavefronts;
    uint64_t line[WARP_MAX_SECTORS]; /* numbers of the lines touched, ascending */
    int line_count, lines_per_row;
    double line_w_px, line_h_px, row_pitch_px;
} Lens;

static bool moves(const ReplayState *state) { return state->leaf->tensor != TENSOR_NONE; }

void lens_moving_step(const Program *program, uint64_t step_index, ReplayState *state) {
    enum { REACH_STEPS = 64 };
    uint64_t step_count = program_total(program)->value[COUNTER_STEP_COUNT];
    replay_seek(program, step_index, state);
    for (uint64_t back = 1; !moves(state) && back <= REACH_STEPS && back <= step_index; back++)
        replay_seek(program, step_index - back, state);
    for (uint64_t on = 1; !moves(state) && step_index + on < step_count; on++)
        replay_seek(program, step_index + on, state);
}

static bool is_shown(const Lens *lens, int lane) { return lens->lane == LENS_NO_LANE || lens->lane == lane; }

static Color tensor_color(const Lens *lens) { return lens->theme->tensor[lens->tensor->tensor_class]; }

static Box lane_box(const Lens *lens, int lane) {
    double pitch_px = lens->lanes.w / WARP_LANES;
    return (Box){lens->lanes.x + lane * pitch_px, lens->lanes.y, pitch_px * 0.86, lens->lanes.h};
}

/* Where an address lies on the picture: the line's box, and how far along it. */
static Box line_box(const Lens *lens, int index) {
    double pitch_px = lens->line_w_px + lens->theme->unit_px;
    return (Box){lens->lines.x + index % lens->lines_per_row * pitch_px,
                 lens->lines.y + index / lens->lines_per_row * lens->row_pitch_px, lens->line_w_px, lens->line_h_px};
}

static Box address_box(const Lens *lens, uint64_t address, uint64_t size_bytes) {
    int index = 0;
    while (index + 1 < lens->line_count && lens->line[index] != address / WARP_LINE_BYTES) index++;
    Box box = line_box(lens, index);
    double px_per_byte = box.w / WARP_LINE_BYTES, offset_bytes = (double)(address % WARP_LINE_BYTES);
    return (Box){box.x + offset_bytes * px_per_byte, box.y, fmax(1, (double)size_bytes * px_per_byte), box.h};
}

/* Every number inside its box, or, where two digits do not fit, every eighth above it. */
static void draw_lane_number(const Lens *lens, int lane, Box box, Color ink) {
    TextStyle style = text_color(theme_text(lens->theme, TYPE_SMALL), ink);
    const char *number = arena_format(lens->scene->arena, "%d", lane);
    if (scene_text_width(lens->scene, style, "31") <= box.w) {
        scene_text_in(lens->scene, box, style, number);
        return;
    }
    style = text_center(theme_text_soft(lens->theme, TYPE_SMALL));
    if (lane % 8 == 0 || lane == WARP_LANES - 1)
        scene_text(lens->scene, box.x + box.w / 2, box.y - 0.5 * lens->theme->unit_px, style, number);
}

static void draw_lanes(const Lens *lens) {
    const Theme *theme = lens->theme;
    for (int lane = 0; lane < WARP_LANES; lane++) {
        bool is_active = lane < lens->request.lane_count;
        Paint paint = {.edge = theme->rule, .edge_px = theme->hairline_px};
        if (is_active) paint = theme_area(theme, lens->tensor->tensor_class);
        if (is_active && !is_shown(lens, lane)) paint.fill = theme->tensor_tint[lens->tensor->tensor_class];
        Box box = lane_box(lens, lane);
        scene_rect(lens->scene, box, paint);
        Color ink = is_active && is_shown(lens, lane) ? theme->on_tensor[lens->tensor->tensor_class] : theme->ink;
        draw_lane_number(lens, lane, box, ink);
        if (!is_active) continue;
        uint64_t offset_bytes = lens->request.address[lane] - lens->tensor->base_bytes;
        const char *text = arena_format(lens->scene->arena, "lane %d: %llu bytes at %s + %s", lane,
                                        (unsigned long long)lens->request.lane_bytes, lens->tensor->name,
                                        units_exact(offset_bytes).text);
        scene_hit(lens->scene, box, (SceneHit){HIT_LENS_LANE, {lane, 0, 0}, lens->request.address[lane], text});
    }
}

/* From each lane to its bytes. */
static void draw_threads(const Lens *lens) {
    const Theme *theme = lens->theme;
    for (int lane = 0; lane < lens->request.lane_count; lane++) {
        if (!is_shown(lens, lane)) continue;
        Box from = lane_box(lens, lane), to = address_box(lens, lens->request.address[lane], lens->request.lane_bytes);
        Point corners[] = {
            {from.x, from.y + from.h}, {from.x + from.w, from.y + from.h}, {to.x + to.w, to.y}, {to.x, to.y}};
        Color tint = theme->tensor_tint[lens->tensor->tensor_class];
        scene_polygon(
            lens->scene, corners, 4,
            (Paint){.pattern = PATTERN_SOLID, .fill = tint, .edge = theme->background, .edge_px = 0.75 * theme->scale});
    }
}

static bool is_sector_touched(const Lens *lens, uint64_t sector) {
    for (int i = 0; i < lens->request.sector_count; i++)
        if (lens->request.sector[i] == sector) return true;
    return false;
}

static void draw_line(const Lens *lens, int index) {
    const Theme *theme = lens->theme;
    Box box = line_box(lens, index);
    for (int s = 0; s < SECTORS_PER_LINE; s++) {
        uint64_t sector = lens->line[index] * SECTORS_PER_LINE + (uint64_t)s;
        Box part = {box.x + s * box.w / SECTORS_PER_LINE, box.y, box.w / SECTORS_PER_LINE, box.h};
        Paint paint = {.edge = theme->rule, .edge_px = theme->hairline_px};
        bool is_touched = is_sector_touched(lens, sector);
        if (is_touched) paint.pattern = PATTERN_HATCH, paint.fill = theme->rule, paint.period_px = 6 * theme->scale;
        scene_rect(lens->scene, part, paint);
        if (is_touched)
            scene_hit(
                lens->scene, part,
                (SceneHit){
                    HIT_LENS_SECTOR, {index, s, 0}, sector * WARP_SECTOR_BYTES, "a sector that the request fetches"});
    }
    uint64_t start_bytes = lens->line[index] * WARP_LINE_BYTES;
    const char *name =
        start_bytes >= lens->tensor->base_bytes
            ? arena_format(lens->scene->arena, "+%s B", units_exact(start_bytes - lens->tensor->base_bytes).text)
            : "";
    TextStyle style = theme_text_soft(theme, TYPE_SMALL);
    if (scene_text_width(lens->scene, style, name) <= box.w + theme->unit_px / 2)
        scene_text(lens->scene, box.x, box.y + box.h + 2.4 * theme->unit_px, style, name);
}

/* A line is framed, its sectors are parted by hairlines of the same ink; what parts lanes is the background's colour.
 */
static void draw_line_frame(const Lens *lens, Box box) {
    const Theme *theme = lens->theme;
    for (int s = 1; s < SECTORS_PER_LINE; s++) {
        double x = box.x + s * box.w / SECTORS_PER_LINE;
        scene_line(lens->scene, (Point){x, box.y}, (Point){x, box.y + box.h + theme->unit_px / 2}, theme->ink,
                   theme->hairline_px);
    }
    scene_rect(lens->scene, box, (Paint){.edge = theme->ink, .edge_px = 1.5 * theme->hairline_px});
}

static void draw_lines(const Lens *lens) {
    const Theme *theme = lens->theme;
    for (int i = 0; i < lens->line_count; i++) draw_line(lens, i);
    for (int lane = 0; lane < lens->request.lane_count; lane++) {
        Paint paint = {.pattern = PATTERN_SOLID,
                       .fill =
                           is_shown(lens, lane) ? tensor_color(lens) : theme->tensor_tint[lens->tensor->tensor_class],
                       .edge = theme->background,
                       .edge_px = theme->hairline_px};
        Box box = address_box(lens, lens->request.address[lane], lens->request.lane_bytes);
        if (box.w < 5 * theme->hairline_px) paint.edge = 0;
        scene_rect(lens->scene, box, paint);
    }
    for (int i = 0; i < lens->line_count; i++) draw_line_frame(lens, line_box(lens, i));
}

/* One wavefront: banks that serve the same lane stand together and bear its number once. */
static void draw_wavefront(const Lens *lens, int wavefront, Box row) {
    const Theme *theme = lens->theme;
    const signed char *lanes = lens->banks.lane[wavefront];
    TensorClass tensor_class = lens->tensor->tensor_class;
    double pitch_px = row.w / LENS_BANKS;
    TextStyle style = theme_text(theme, TYPE_SMALL);
    for (int first = 0, next; first < LENS_BANKS; first = next) {
        int lane = lanes[first];
        for (next = first + 1; next < LENS_BANKS && lanes[next] == lane; next++) {
        }
        bool is_solid = lane >= 0 && (lens->lane == LENS_NO_LANE ? lane % 2 == 0 : lane == lens->lane);
        Paint paint = {.edge = theme->rule, .edge_px = theme->hairline_px};
        if (lane >= 0) paint = theme_area(theme, tensor_class);
        if (lane >= 0 && !is_solid) paint.fill = theme->tensor_tint[tensor_class];
        Box run = {row.x + first * pitch_px, row.y, (next - first - 0.08) * pitch_px, row.h};
        scene_rect(lens->scene, run, paint);
        for (int bank = first; bank < next; bank++) {
            Box box = {row.x + bank * pitch_px, row.y, pitch_px, row.h};
            double foot = row.y + row.h;
            if (bank > first)
                scene_line(lens->scene, (Point){box.x, lane < 0 ? row.y : foot - 0.25 * row.h}, (Point){box.x, foot},
                           paint.edge, theme->hairline_px);
            if (lane < 0) continue;
            const char *text =
                arena_format(lens->scene->arena, "wavefront %d: bank %d serves lane %d", wavefront, bank, lane);
            scene_hit(lens->scene, box, (SceneHit){HIT_LENS_BANK, {wavefront, bank, lane}, (uint64_t)bank, text});
        }
        if (lane < 0 || scene_text_width(lens->scene, style, "31") > run.w) continue;
        Color ink = is_solid ? theme->on_tensor[tensor_class] : theme->ink;
        scene_text_in(lens->scene, run, text_color(style, ink), arena_format(lens->scene->arena, "%d", lane));
    }
}

/* Returns where the last wavefront ends. */
static double draw_banks(const Lens *lens) {
    int drawn = lens->banks.wavefront_count < WAVEFRONTS_DRAWN_MAX ? lens->banks.wavefront_count : WAVEFRONTS_DRAWN_MAX;
    double u = lens->theme->unit_px, words_px = 8 * u; /* under them, see draw_column_case */
    double low_px = fmin(3.5 * u, lens->wavefronts.h / drawn),
           row_px = fmin(5.5 * u, fmax(low_px, (lens->wavefronts.h - words_px) / drawn));
    for (int w = 0; w < drawn; w++)
        draw_wavefront(lens, w,
                       (Box){lens->wavefronts.x, lens->wavefronts.y + w * row_px, lens->wavefronts.w, row_px * 0.88});
    return lens->wavefronts.y + drawn * row_px;
}

static void draw_name(const Lens *lens, double y, const char *name, const char *fact, const char *fact2) {
    const Theme *theme = lens->theme;
    double line_px = 2.1 * theme->unit_px;
    scene_text(lens->scene, lens->names_x, y + theme->type_px[TYPE_SMALL], theme_text_bold(theme, TYPE_SMALL), name);
    scene_text(lens->scene, lens->names_x, y + theme->type_px[TYPE_SMALL] + line_px, theme_text_soft(theme, TYPE_SMALL),
               fact);
    scene_text(lens->scene, lens->names_x, y + theme->type_px[TYPE_SMALL] + 2 * line_px,
               theme_text_soft(theme, TYPE_SMALL), fact2);
}

static uint64_t asked_bytes(const WarpRequest *request) { return (uint64_t)request->lane_count * request->lane_bytes; }
static uint64_t fetched_bytes(const WarpRequest *request) {
    return (uint64_t)request->sector_count * WARP_SECTOR_BYTES;
}

static void draw_names(const Lens *lens) {
    Arena *arena = lens->scene->arena;
    const WarpRequest *request = &lens->request;
    int conflicts = lens->banks.wavefront_count - lens->banks.phase_count;
    draw_name(lens, lens->lanes.y, "Lanes",
              arena_format(arena, "%d × %llu B", request->lane_count, (unsigned long long)request->lane_bytes), "");
    draw_name(lens, lens->lines.y, arena_format(arena, "%d line%s", lens->line_count, lens->line_count == 1 ? "" : "s"),
              arena_format(arena, "%d sectors", request->sector_count),
              arena_format(arena, "%s used",
                           units_percent((double)asked_bytes(request) / (double)fetched_bytes(request)).text));
    draw_name(
        lens, lens->wavefronts.y, "32 banks",
        arena_format(arena, "%d wavefront%s", lens->banks.wavefront_count, lens->banks.wavefront_count == 1 ? "" : "s"),
        conflicts ? arena_format(arena, "%d by conflict", conflicts) : "no conflict");
}

/* The same lanes reading a column of this tensor, one element each: what coalescing saves. */
static void draw_column_case(const Lens *lens, double y) {
    WarpTile column = {.base_bytes = lens->tensor->base_bytes,
                       .pitch_bytes = lens->tensor->cols * lens->tensor->elem_bytes,
                       .rows = WARP_LANES,
                       .row_bytes = lens->tensor->elem_bytes,
                       .lane_bytes = lens->tensor->elem_bytes};
    WarpRequest request;
    if (lens->tensor->rows < WARP_LANES || lens->tensor->cols < 2) return;
    warp_tile_request(&column, 0, &request);
    UnitText used = units_percent((double)asked_bytes(&request) / (double)fetched_bytes(&request));
    Arena *arena = lens->scene->arena;
    const char *saved =
        arena_format(arena, "Down a column of %s instead, 32 lanes would touch %d sectors and use %s of them.",
                     lens->tensor->name, request.sector_count, used.text);
    const char *wordings[] = {arena_format(arena, "A bank serves the lane of its number%s. %s",
                                           lens->lane == LENS_NO_LANE ? "; even ones are solid" : "", saved),
                              saved};
    TextStyle soft = theme_text_soft(lens->theme, TYPE_SMALL);
    double line_px = 2.1 * lens->theme->unit_px;
    for (int i = 0; i < 2; i++) {
        double last = y + (scene_wrap_lines(lens->scene, lens->lanes.w, soft, wordings[i]) - 1) * line_px;
        if (last > lens->bottom) continue;
        scene_text_wrap(lens->scene, lens->lanes.x, y, lens->lanes.w, line_px, soft, wordings[i]);
        return;
    }
}

/* Lines in rows of at most LINES_PER_ROW_MAX, as high as the room allows. */
static void lay_out(Lens *lens, Box box) {
    double unit_px = lens->theme->unit_px;
    lens->bottom = box.y + box.h;
    lens->names_x = box_cut_left(&box, 12 * unit_px).x;
    lens->lanes = box_cut_top(&box, 3 * unit_px);
    box_cut_top(&box, fmin(fmax(0.2 * box.h, 4 * unit_px), 14 * unit_px)); /* the threads between lanes and lines */
    for (int i = 0; i < lens->request.sector_count; i++) {
        uint64_t line = lens->request.sector[i] / SECTORS_PER_LINE;
        if (lens->line_count == 0 || lens->line[lens->line_count - 1] != line) lens->line[lens->line_count++] = line;
    }
    int rows = (lens->line_count + LINES_PER_ROW_MAX - 1) / LINES_PER_ROW_MAX;
    lens->lines_per_row = (lens->line_count + rows - 1) / rows;
    int slots = lens->lines_per_row > 4 ? lens->lines_per_row : 4;
    lens->line_w_px = (box.w - (slots - 1) * unit_px) / slots;
    double banks_px = fmax(fmin(0.6 * box.h, 34 * unit_px), 8.5 * unit_px); /* its name takes three lines */
    lens->row_pitch_px = fmin(14 * unit_px, (box.h - banks_px) / rows);
    lens->line_h_px = lens->row_pitch_px - 3 * unit_px;
    lens->lines = box_cut_top(&box, rows * lens->row_pitch_px);
    box_cut_top(&box, 2 * unit_px);
    lens->wavefronts = box;
}

void lens_draw(const Program *program, const ReplayState *state, uint64_t request_index, int lane, const Theme *theme,
               Box box, Scene *scene) {
    WarpTile tile = lens_tile(program, state);
    Lens lens = {.theme = theme, .scene = scene, .tensor = &program->tensors[state->leaf->tensor], .lane = lane};
    lens.request_count = warp_tile_requests(&tile);
    lens.request_index = request_index % lens.request_count;
    warp_tile_request(&tile, lens.request_index, &lens.request);
    lens.banks = lens_request_banks(lens.request_index, &lens.request);
    if (lane >= lens.request.lane_count) lens.lane = LENS_NO_LANE;
    const char *sentence = view_pretty(narrate_step(program, state, scene->arena), scene->arena);
    double line_px = 2.25 * theme->unit_px, y = box.y + 2 * theme->unit_px;
    int lines = scene_wrap_lines(scene, box.w, theme_text(theme, TYPE_BODY), sentence);
    Box words = box_cut_top(&box, fmin(9.5 * theme->unit_px, 0.1 * box.h + (lines + 1) * line_px));
    y = scene_text_wrap(scene, words.x, y, words.w, line_px, theme_text(theme, TYPE_BODY), sentence);
    bool is_by_tma = state->leaf->kind == STEP_LOAD && program->kernels[state->kernel].loads_by_tma;
    scene_textf(scene, words.x, y, theme_text_soft(theme, TYPE_SMALL), "request %s of %s %s",
                units_exact(lens.request_index + 1).text, units_exact(lens.request_count).text,
                is_by_tma ? "that warps would make; TMA takes one thread" : "of this step");
    lay_out(&lens, box);
    draw_names(&lens);
    draw_threads(&lens);
    draw_lanes(&lens);
    draw_lines(&lens);
    double banks_end = draw_banks(&lens);
    draw_column_case(&lens, banks_end + 3 * theme->unit_px);
}

static uint64_t asked_step(const ViewInput *input, const Count *count) {
    if (input->step_index == VIEW_STEP_DEFAULT) return machine_telling_step(count);
    return min_u64((uint64_t)input->step_index, count->totals.value[COUNTER_STEP_COUNT] - 1);
}

static int panel_count(const ViewInput *input) {
    return input->count_count < PANELS_MAX ? input->count_count : PANELS_MAX;
}

static void draw(const ViewInput *input, const Theme *theme, Box box, Scene *scene) {
    int count = panel_count(input);
    double gap_px = 5 * theme->unit_px, width_px = (box.w - (count - 1) * gap_px) / count;
    for (int i = 0; i < count; i++) {
        const Count *of = &input->counts[i];
        ReplayState state;
        lens_moving_step(of->program, asked_step(input, of), &state);
        Box part = {box.x + i * (width_px + gap_px), box.y, width_px, box.h};
        Box head = box_cut_top(&part, 4 * theme->unit_px);
        scene_text(scene, head.x, head.y + 2.5 * theme->unit_px, theme_text_bold(theme, TYPE_HEADING),
                   view_title(of->algorithm, scene->arena));
        scene_textf(scene, head.x + head.w, head.y + 2.5 * theme->unit_px, text_right(theme_text(theme, TYPE_SMALL)),
                    "step %s of %s", units_exact(state.step_index).text,
                    units_exact(of->totals.value[COUNTER_STEP_COUNT]).text);
        lens_draw(of->program, &state, 0, LENS_NO_LANE, theme, part, scene);
        double x = part.x - gap_px / 2;
        if (i > 0) scene_line(scene, (Point){x, box.y}, (Point){x, box.y + box.h}, theme->grid, theme->hairline_px);
    }
}

static ViewHeadline headline(const ViewInput *input, Arena *arena) {
    const char *title = "";
    for (int i = 0; i < panel_count(input); i++) {
        ReplayState state;
        WarpRequest request;
        lens_moving_step(input->counts[i].program, asked_step(input, &input->counts[i]), &state);
        WarpTile tile = lens_tile(input->counts[i].program, &state);
        warp_tile_request(&tile, 0, &request);
        const Algorithm *algorithm = input->counts[i].algorithm;
        title = arena_format(arena, i ? "%s; %s for %s and %s" : "%s%s asks for %s bytes and fetches %s", title,
                             i ? view_name(algorithm, arena) : view_title(algorithm, arena),
                             units_exact(asked_bytes(&request)).text, units_exact(fetched_bytes(&request)).text);
    }
    return (ViewHeadline){title, "32 lanes ask at once. Memory answers in sectors of 32 bytes: solid is asked for, "
                                 "hatched is fetched beside it."};
}

static const char *source(const ViewInput *input, Arena *arena) {
    return arena_format(arena,
                        "Replay, one warp’s first request of a step; addresses from the tensor’s first byte; %s.",
                        view_scenario_line(input->scenario, arena));
}

const View view_lens = {
    .name = "lens",
    .title = "One warp's request",
    .help = "a step's request lane by lane: 128-byte lines, 32-byte sectors, shared-memory banks",
    .needs = VIEW_NEEDS_COUNTS | VIEW_NEEDS_STEP,
    .least_width_units = 130,
    .least_height_units = 68,
    .headline = headline,
    .draw = draw,
    .source = source,
};
