/* Questions about a whole tree: see program.h. */
#include "sim/program.h"

#include <string.h>

void program_run_counts(const Program *program, uint64_t *out) {
    memset(out, 0, program->node_count * sizeof *out);
    out[program->root] = 1;
    for (uint32_t n = program->root + 1; n-- > 0;) { /* parents stand after their children */
        const ProgramNode *node = &program->nodes[n];
        uint64_t runs = node->kind == NODE_LOOP ? out[n] * node->trip_count : out[n];
        for (uint32_t c = 0; c < node->child_count; c++) out[program->children[node->child_first + c].node] += runs;
    }
}

bool program_starts_on_sectors(const Tensor *tensor, const ProgramLeaf *leaf) {
    uint64_t pitch_bytes = tensor->cols * tensor->elem_bytes;
    bool is_slice_ok = tensor->slice_count <= 1 || tensor->rows * pitch_bytes % 32 == 0;
    bool is_row_ok = leaf->row_axis == AXIS_NONE || leaf->row_stride * pitch_bytes % 32 == 0;
    bool is_col_ok = leaf->col_axis == AXIS_NONE || leaf->col_stride * tensor->elem_bytes % 32 == 0;
    return is_slice_ok && is_row_ok && is_col_ok;
}
