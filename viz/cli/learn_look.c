/* What a bookmark wants to be looked at (lesson.h: look), in a terminal: a request byte by byte, or the numbers. */
#include "sim/memory/lens.h"
#include "sim/values.h"
#include "viz/cli/learn.h"

/* A sector's bytes: # is wanted by some lane, . comes along. */
static void print_sector(const WarpRequest *request, int index, const Terminal *terminal) {
    char bytes[WARP_SECTOR_BYTES + 1];
    for (uint64_t b = 0; b < WARP_SECTOR_BYTES; b++) {
        uint64_t address = request->sector[index] * WARP_SECTOR_BYTES + b;
        bytes[b] = '.';
        for (int lane = 0; lane < request->lane_count; lane++)
            if (address - request->address[lane] < request->lane_bytes) bytes[b] = '#';
    }
    bytes[WARP_SECTOR_BYTES] = '\0';
    fprintf(terminal->out, "    %s\n", bytes);
}

static void print_request(const LessonPlace *place, uint64_t number, const Terminal *terminal) {
    WarpTile tile = lens_tile(place->count->program, &place->state);
    WarpRequest request;
    uint64_t request_count = warp_tile_requests(&tile);
    warp_tile_request(&tile, (number - 1) % request_count, &request);
    fprintf(terminal->out, "\n  request %llu of %llu: %d lanes want %llu bytes each, %d sectors move %d bytes\n",
            (unsigned long long)number, (unsigned long long)request_count, request.lane_count,
            (unsigned long long)request.lane_bytes, request.sector_count, request.sector_count * WARP_SECTOR_BYTES);
    fprintf(terminal->out, "  (a line a sector: # is wanted, . comes along)\n");
    for (int i = 0; i < request.sector_count; i++) print_sector(&request, i, terminal);
}

/* The rows of the step's tile: its scores (or P, once there is one), m, l and the factor of the last rescaling. */
static void print_values(const LessonPlace *place, const Terminal *terminal) {
    const Program *program = place->count->program;
    const ReplayState *state = &place->state;
    Arena arena = {0};
    ValuesInput input;
    ValuesState values;
    Err err;
    if (!values_make(program, &arena, &input, &err)) {
        fprintf(terminal->out, "  %s\n", err.text);
        arena_free(&arena);
        return;
    }
    values_at(program, &input, state, &arena, &values);
    uint64_t row_first = state->index[AXIS_Q_BLOCK] * program->tile_rows[AXIS_Q_BLOCK],
             key_first = state->index[AXIS_K_BLOCK] * program->tile_rows[AXIS_K_BLOCK];
    fprintf(terminal->out, "\n  query   P of keys %llu to %llu%*s     m      l    factor\n",
            (unsigned long long)key_first, (unsigned long long)(key_first + state->leaf->cols - 1),
            (int)(7 * state->leaf->cols) - 14, "");
    for (uint64_t r = row_first; r < row_first + state->leaf->rows; r++) {
        fprintf(terminal->out, "  %5llu  ", (unsigned long long)r);
        for (uint64_t k = key_first; k < key_first + state->leaf->cols; k++)
            fprintf(terminal->out, "%7.2f", (double)values.probabilities[r * input.keys + k]);
        fprintf(terminal->out, "  %7.2f%7.2f%10.2f\n", (double)values.row_max[r], (double)values.row_sum[r],
                (double)values.rescale[r]);
    }
    arena_free(&arena);
}

void learn_print_look(const LessonPart *part, const LessonPlace *place, const Terminal *terminal) {
    int request = lesson_lens_request(part->look);
    if (request && place->state.leaf->tensor != TENSOR_NONE)
        print_request(place, (uint64_t)request, terminal);
    else if (*part->look && !request)
        print_values(place, terminal);
}
