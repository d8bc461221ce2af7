/* HBM as the floor of the machine view: one head's matrices, all at one scale, area = bytes.
 *
 * Strips N x d stand beside squares N x N. A matrix that the program never makes in HBM (S in flash
 * attention) is drawn dotted. A side that would be thinner than 3 pixels is drawn 3 pixels wide.
 */
#include <math.h>

#include "sim/base/checked.h"
#include "sim/units.h"
#include "viz/views/machine_panel.h"

enum { SLOTS_MAX = PROGRAM_TENSORS_MAX + 1, NO_TENSOR = -1 };

typedef struct Slot {
    int tensor; /* NO_TENSOR: the scores that are never made */
    const char *name;
    TensorClass tensor_class;
    double rows, cols; /* columns in elements of the scenario's dtype, so that area is bytes */
    double label_px;
    Box box;
    double label_y; /* its name's baseline */
} Slot;

static bool is_scores(TensorClass tensor_class) {
    return tensor_class == TENSOR_S || tensor_class == TENSOR_P || tensor_class == TENSOR_GRADIENT_S;
}

static int list_slots(const MachinePanel *panel, Slot *slots) {
    const Program *program = panel->program;
    double unit_bytes = (double)dtype_elem_bytes(program->scenario.dtype);
    int count = 0;
    bool has_scores = false;
    for (int i = 0; i < program->tensor_count; i++) {
        const Tensor *tensor = &program->tensors[i];
        if (!tensor->is_accessed) continue;
        has_scores |= is_scores(tensor->tensor_class);
        slots[count++] = (Slot){.tensor = i,
                                .name = tensor->name,
                                .tensor_class = tensor->tensor_class,
                                .rows = (double)tensor->rows,
                                .cols = (double)tensor->cols * (double)tensor->elem_bytes / unit_bytes};
    }
    if (!has_scores)
        slots[count++] = (Slot){.tensor = NO_TENSOR,
                                .name = "S: never here",
                                .tensor_class = TENSOR_S,
                                .rows = (double)program->scenario.query_rows,
                                .cols = (double)program->scenario.key_rows};
    for (int i = 0; i < count; i++)
        slots[i].label_px = scene_text_width(panel->scene, theme_text(panel->theme, TYPE_SMALL), slots[i].name);
    return count;
}

static double side_px(double elems, double px_per_elem) { return fmax(3, elems * px_per_elem); }

/* Slots side by side, in as many rows as they need at this scale, names under each row. Returns the height. */
static double flow_slots(Slot *slots, int count, Box area, double px_per_elem, const Theme *theme) {
    double gap_px = 1.25 * theme->unit_px, label_px = 2.25 * theme->unit_px, y = area.y;
    for (int first = 0, next; first < count; first = next) {
        double x = area.x, tallest_px = 0;
        for (next = first; next < count; next++) {
            double w = side_px(slots[next].cols, px_per_elem), slot_px = fmax(w, slots[next].label_px);
            if (next > first && x + slot_px > area.x + area.w) break;
            slots[next].box = (Box){x + (slot_px - w) / 2, y, w, side_px(slots[next].rows, px_per_elem)};
            tallest_px = fmax(tallest_px, slots[next].box.h);
            x += slot_px + gap_px;
        }
        double rest_px = area.x + area.w - (x - gap_px), extra_px = next - first > 1 ? rest_px / (next - first - 1) : 0;
        for (int i = first; i < next; i++) {
            slots[i].box.x += (i - first) * fmax(0, fmin(8 * gap_px, extra_px));
            slots[i].label_y = y + tallest_px + 0.85 * label_px;
        }
        y += tallest_px + label_px + (next < count ? theme->unit_px : 0);
    }
    return y - area.y;
}

static bool is_too_wide(const Slot *slots, int count, Box area) {
    for (int i = 0; i < count; i++)
        if (slots[i].box.w > area.w) return true;
    return false;
}

double machine_hbm_scale(const MachinePanel *panel) {
    Slot slots[SLOTS_MAX];
    double longest = 1, low = 0;
    int count = list_slots(panel, slots);
    for (int i = 0; i < count; i++) longest = fmax(longest, slots[i].rows);
    double high = panel->hbm.h / longest;
    for (int i = 0; i < 32; i++) {
        double middle = (low + high) / 2, height_px = flow_slots(slots, count, panel->hbm, middle, panel->theme);
        *(height_px <= panel->hbm.h && !is_too_wide(slots, count, panel->hbm) ? &low : &high) = middle;
    }
    return low;
}

/* Rows first to first + rows of the matrix, as a box in its slot, never thinner than it can be seen. */
static Box tile_box(const Slot *slot, const Tensor *tensor, uint64_t row_first, uint64_t rows, uint64_t col_first,
                    uint64_t cols) {
    double y = slot->box.h * (double)row_first / (double)tensor->rows,
           h = slot->box.h * (double)rows / (double)tensor->rows;
    double x = slot->box.w * (double)col_first / (double)tensor->cols,
           w = slot->box.w * (double)cols / (double)tensor->cols;
    double least_px = 4;
    w = fmin(slot->box.w, fmax(w, least_px));
    h = fmin(slot->box.h, fmax(h, least_px));
    return (Box){slot->box.x + fmin(x, slot->box.w - w), slot->box.y + fmin(y, slot->box.h - h), w, h};
}

/* The leaf of the running kernel that stores this tensor, or NULL: its axes say how far the kernel has come. */
static const ProgramLeaf *store_leaf(const MachinePanel *panel, int tensor) {
    const Program *program = panel->program;
    for (uint32_t i = 0; i < program->node_count; i++) {
        const ProgramNode *node = &program->nodes[i];
        if (node->kind != NODE_LEAF || node->kernel != panel->state.kernel) continue;
        const ProgramLeaf *leaf = &program->leaves[node->leaf];
        if (leaf->kind == STEP_STORE && leaf->tensor == tensor) return leaf;
    }
    return NULL;
}

/* A tensor that is being made in this kernel: whole rows above the running tile row are there already. */
static void draw_made(const MachinePanel *panel, const Slot *slot, const Tensor *tensor) {
    const ProgramLeaf *leaf = store_leaf(panel, slot->tensor);
    scene_rect(panel->scene, slot->box, theme_tile(panel->theme, slot->tensor_class, TILE_TODO));
    if (!leaf || leaf->row_axis == AXIS_NONE) return;
    uint64_t row = min_u64(tensor->rows, panel->state.index[leaf->row_axis] * leaf->row_stride);
    uint64_t col =
        leaf->col_axis == AXIS_NONE ? 0 : min_u64(tensor->cols, panel->state.index[leaf->col_axis] * leaf->col_stride);
    Paint done = theme_tile(panel->theme, slot->tensor_class, TILE_DONE);
    Box above = slot->box, before = slot->box;
    above.h = slot->box.h * (double)row / (double)tensor->rows;
    before.y += above.h;
    before.h = slot->box.h * (double)min_u64(leaf->rows, tensor->rows - row) / (double)tensor->rows;
    before.w = slot->box.w * (double)col / (double)tensor->cols;
    scene_rect(panel->scene, above, done);
    scene_rect(panel->scene, before, done);
}

static void draw_slot(const MachinePanel *panel, const Slot *slot) {
    const Theme *theme = panel->theme;
    const Tensor *tensor = slot->tensor == NO_TENSOR ? NULL : &panel->program->tensors[slot->tensor];
    bool is_future = tensor && tensor->alloc_kernel > panel->state.kernel,
         is_gone = tensor && tensor->free_kernel < panel->state.kernel;
    bool is_made_now = tensor && store_leaf(panel, slot->tensor) && tensor->alloc_kernel == panel->state.kernel;
    if (!tensor)
        scene_rect(panel->scene, slot->box, theme_tile(theme, slot->tensor_class, TILE_NEVER));
    else if (is_made_now)
        draw_made(panel, slot, tensor);
    else
        scene_rect(panel->scene, slot->box,
                   theme_tile(theme, slot->tensor_class, is_future || is_gone ? TILE_TODO : TILE_DONE));
    TextStyle label = text_color(theme_text(theme, TYPE_SMALL), theme->tensor_ink[slot->tensor_class]);
    scene_text(panel->scene, slot->box.x + slot->box.w / 2, slot->label_y, text_center(label), slot->name);
    if (!tensor) return;
    const char *text = arena_format(panel->scene->arena, "%s: %s × %s a head, %s bytes in all", tensor->name,
                                    units_exact(tensor->rows).text, units_exact(tensor->cols).text,
                                    units_exact(tensor->size_bytes).text);
    scene_hit(panel->scene, slot->box,
              (SceneHit){HIT_MACHINE_TENSOR, {panel->panel_index, slot->tensor, 0}, tensor->size_bytes, text});
}

/* Where the tiles that lie in SRAM come from. */
static void draw_resident(const MachinePanel *panel, const Slot *slot) {
    const Residency *residency = &panel->residency;
    for (int b = 0; b < panel->kernel->buffer_count; b++) {
        if (!residency->is_loaded[b] || panel->kernel->buffers[b].tensor != slot->tensor || residency->rows[b] == 0)
            continue;
        Box box = tile_box(slot, &panel->program->tensors[slot->tensor], residency->row_first[b], residency->rows[b],
                           residency->col_first[b], residency->cols[b]);
        scene_rect(panel->scene, box, theme_area(panel->theme, slot->tensor_class));
    }
}

Point machine_hbm_draw(const MachinePanel *panel) {
    Slot slots[SLOTS_MAX];
    const Theme *theme = panel->theme;
    int count = list_slots(panel, slots);
    flow_slots(slots, count, panel->hbm, panel->px_per_elem, theme);
    Point from = {NAN, NAN};
    for (int i = 0; i < count; i++) {
        draw_slot(panel, &slots[i]);
        if (slots[i].tensor == NO_TENSOR) continue;
        draw_resident(panel, &slots[i]);
        const ProgramLeaf *leaf = panel->state.leaf;
        if (leaf->tensor != slots[i].tensor) continue;
        TilePlace place = replay_tile(panel->program, &panel->state);
        Box box = tile_box(&slots[i], &panel->program->tensors[leaf->tensor], place.row_first, leaf->rows,
                           place.col_first, leaf->cols);
        scene_rect(panel->scene, box, theme_tile(theme, slots[i].tensor_class, TILE_NOW));
        from = (Point){box.x + box.w / 2, box.y};
    }
    return from;
}
