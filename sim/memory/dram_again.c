/* Loops whose tiles stand still, and passes one after another: see dram_again.h. */
#include "sim/memory/dram_again.h"

#include "sim/base/checked.h"
#include "sim/memory/dram_region.h"

/* Whether an earlier family moves the same part of the same tensor: a store to where a load came from. */
static bool is_told_before(const KernelShape *s, const ShapeRegion *regions, int f) {
    const ShapeFamily *own = &s->families[f];
    for (int g = 0; g < f; g++) {
        const ShapeFamily *other = &s->families[g];
        if (other->tensor == own->tensor && other->dim_mask == own->dim_mask && other->row_axis == own->row_axis &&
            other->col_axis == own->col_axis && other->slice_axis == own->slice_axis &&
            regions[g].row_first == regions[f].row_first && regions[g].row_end == regions[f].row_end &&
            regions[g].col_first == regions[f].col_first && regions[g].col_end == regions[f].col_end &&
            regions[g].slices == regions[f].slices)
            return true;
    }
    return false;
}

/* Bytes of regions, at least (tensors of blocks' own, loads and stores of one tensor once) or at most. */
static uint64_t sum_regions(const KernelShape *s, const ShapeRegion *regions, bool is_upper) {
    uint64_t sum = 0, of_tensor[PROGRAM_TENSORS_MAX] = {0};
    for (int f = 0; f < s->family_count; f++) {
        uint64_t *largest = &of_tensor[s->families[f].tensor], bytes = dram_region_bytes(s, f, &regions[f]);
        if (is_upper)
            sum += is_told_before(s, regions, f) ? 0 : bytes;
        else if (dram_shape_is_own(s, &s->families[f]))
            *largest = max_u64(*largest, bytes);
    }
    for (int t = 0; t < PROGRAM_TENSORS_MAX; t++) sum += of_tensor[t];
    return sum;
}

static void note_again(ShapeAgain *again, uint64_t lo_bytes, uint64_t hi_bytes) {
    again->lo_bytes = again->is_again ? min_u64(again->lo_bytes, lo_bytes) : lo_bytes;
    again->hi_bytes = max_u64(again->hi_bytes, hi_bytes);
    again->is_again = true;
}

/* Looks at every loop under `number`, innermost first: a tensor whose tiles do not move with the loop is touched again
 * after one iteration. is_done: tensors that an inner loop has answered for. */
static bool find_again(KernelShape *s, uint32_t number, bool *is_done) {
    const ProgramNode *node = &s->program->nodes[number];
    if (node->kind == NODE_LEAF) return true;
    for (uint32_t c = 0; c < node->child_count; c++)
        if (!find_again(s, s->program->children[node->child_first + c].node, is_done)) return false;
    if (node->trip_count < 2 || node->axis == AXIS_NONE) return true;
    ShapeRegion all[SHAPE_FAMILIES_MAX] = {0};
    uint64_t lo_bytes = UINT64_MAX, hi_bytes = 0;
    for (uint32_t c = 0; c < node->child_count; c++) {
        ShapeRegion one[SHAPE_FAMILIES_MAX] = {0};
        bool is_whole_body = node->kind == NODE_LOOP; /* a LOOP's children make one iteration together */
        ShapeRegion *into = is_whole_body ? all : one;
        if (!dram_region_collect(s, s->program->children[node->child_first + c].node, into)) return false;
        if (is_whole_body && c + 1 < node->child_count) continue;
        lo_bytes = min_u64(lo_bytes, sum_regions(s, into, false));
        hi_bytes = max_u64(hi_bytes, sum_regions(s, into, true));
        for (int f = 0; f < s->family_count && !is_whole_body; f++)
            if (one[f].accessed_bytes) dram_region_widen(&all[f], &one[f]);
    }
    for (int f = 0; f < s->family_count; f++) {
        const ShapeFamily *family = &s->families[f];
        bool is_moving =
            family->row_axis == node->axis || family->col_axis == node->axis || family->slice_axis == node->axis;
        if (!all[f].accessed_bytes || is_moving || is_done[family->tensor]) continue;
        note_again(&s->again[family->tensor], lo_bytes, hi_bytes);
        is_done[family->tensor] = true;
    }
    return true;
}

/* A tensor that no loop repeats but that the block moves more often than its region is large: passes one after another.
 */
static void find_passes(KernelShape *s, const ShapeType *type, const bool *is_done) {
    for (int t = 0; t < s->program->tensor_count; t++) {
        ShapeRegion all = {0};
        int family = -1;
        for (int f = 0; f < s->family_count; f++) {
            if (s->families[f].tensor != t || !type->regions[f].accessed_bytes) continue;
            dram_region_widen(&all, &type->regions[f]);
            family = f;
        }
        if (family < 0 || is_done[t] || all.accessed_bytes <= dram_region_bytes(s, family, &all)) continue;
        uint64_t own_bytes = dram_shape_is_own(s, &s->families[family]) ? dram_region_bytes(s, family, &all) : 0;
        note_again(&s->again[t], own_bytes, sum_regions(s, type->regions, true));
    }
}

bool dram_again_note(KernelShape *s, const ShapeType *type) {
    bool is_done[PROGRAM_TENSORS_MAX] = {false};
    if (!find_again(s, type->node, is_done)) return false;
    find_passes(s, type, is_done);
    return true;
}
