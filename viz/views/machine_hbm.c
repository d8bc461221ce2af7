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

static double row_width_px(const Slot *slots, int count, double px_per_elem, double gap_px) {
    double sum_px = (count - 1) * gap_px;
    for (int i = 0; i < count; i++) sum_px += fmax(side_px(slots[i].cols, px_per_elem), slots[i].label_px);
    return sum_px;
}

/* The largest scale at which all slots stand side by side in the area. */
static double fit_scale(const Slot *slots, int count, Box area, double gap_px) {
    double longest = 1;
    for (int i = 0; i < count; i++) longest = fmax(longest, slots[i].rows);
    double low = 0, high = area.h / longest;
    for (int i = 0; i < 40; i++) {
        double middle = i == 0 ? high : (low + high) / 2;
        if (row_width_px(slots, count, middle, gap_px) <= area.w)
            low = middle;
        else
            high = middle;
        if (i == 0 && low == high) break;
    }
    return low;
}

static void place_slots(Slot *slots, int count, Box area, double gap_px) {
    double px_per_elem = fit_scale(slots, count, area, gap_px);
    double used_px = row_width_px(slots, count, px_per_elem, gap_px);
    double extra_px = count > 1 ? fmin(8 * gap_px, (area.w - used_px) / (count - 1)) : 0, x = area.x;
    for (int i = 0; i < count; i++) {
        double w = side_px(slots[i].cols, px_per_elem), h = fmin(area.h, side_px(slots[i].rows, px_per_elem));
        double slot_px = fmax(w, slots[i].label_px);
        slots[i].box = (Box){x + (slot_px - w) / 2, area.y, w, h};
        x += slot_px + gap_px + fmax(0, extra_px);
    }
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

/* label_y: names' baseline below the area's top, under the tallest matrix. */
static void draw_slot(const MachinePanel *panel, const Slot *slot, double label_y) {
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
    scene_text(panel->scene, slot->box.x + slot->box.w / 2, panel->hbm.y + label_y, text_center(label), slot->name);
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
    Box area = panel->hbm;
    const Theme *theme = panel->theme;
    box_cut_bottom(&area, 2.25 * theme->unit_px);
    int count = list_slots(panel, slots);
    place_slots(slots, count, area, 1.25 * theme->unit_px);
    Point from = {NAN, NAN};
    double tallest_px = 0;
    for (int i = 0; i < count; i++) tallest_px = fmax(tallest_px, slots[i].box.h);
    for (int i = 0; i < count; i++) {
        draw_slot(panel, &slots[i], tallest_px + 2 * theme->unit_px);
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
