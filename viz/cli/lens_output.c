/* Requests as text or JSON: see lens_output.h. */
#include "viz/cli/lens_output.h"

#include "sim/memory/lens.h"
#include "viz/cli/json_out.h"

/* One request and who makes it. */
typedef struct LensLine {
    uint64_t block, warp, round, index; /* block: of the kernel, in this layer */
    WarpRequest request;
    LensBanks banks;
} LensLine;

static uint64_t block_of(const Count *count, const ReplayState *state) {
    const Program *program = count->program;
    uint64_t layer_blocks = program_total(program)->value[COUNTER_BLOCK_COUNT] / program->scenario.layer_count;
    uint64_t block = state->before.value[COUNTER_BLOCK_COUNT] - state->index[AXIS_LAYER] * layer_blocks;
    for (int k = 0; k < state->kernel; k++) block -= program->kernels[k].block_count;
    return block;
}

static void fill_line(const Count *count, const ReplayState *state, const WarpTile *tile, uint64_t index,
                      LensLine *line) {
    uint64_t warp_count = (count->program->kernels[state->kernel].threads_per_block + WARP_LANES - 1) / WARP_LANES;
    *line = (LensLine){
        .block = block_of(count, state), .warp = index % warp_count, .round = index / warp_count, .index = index};
    warp_tile_request(tile, index, &line->request);
    line->banks = lens_request_banks(index, &line->request);
}

/* Runs of neighbouring lanes: "32 lanes x 4 B from 0x200000", ", " between runs that do not touch. */
static void print_lanes(const WarpRequest *request, Output *output) {
    int first = 0;
    for (int lane = 1; lane <= request->lane_count; lane++) {
        bool is_next =
            lane < request->lane_count && request->address[lane] == request->address[lane - 1] + request->lane_bytes;
        if (is_next) continue;
        output_format(output, "%s%d x %llu B at 0x%llx", first ? ", " : "", lane - first,
                      (unsigned long long)request->lane_bytes, (unsigned long long)request->address[first]);
        first = lane;
    }
}

void lens_print_text(const Count *count, const ReplayState *state, Output *output) {
    if (state->leaf->tensor == TENSOR_NONE) return;
    WarpTile tile = lens_tile(count->program, state);
    uint64_t request_count = warp_tile_requests(&tile);
    for (uint64_t i = 0; i < request_count; i++) {
        LensLine line;
        fill_line(count, state, &tile, i, &line);
        output_format(
            output, "    request %llu: block %llu warp %llu round %llu: %d sectors in %d lines, %d wavefronts; lanes ",
            (unsigned long long)i, (unsigned long long)line.block, (unsigned long long)line.warp,
            (unsigned long long)line.round, line.request.sector_count, line.request.line_count,
            line.banks.wavefront_count);
        print_lanes(&line.request, output);
        output_format(output, "\n");
    }
}

static json_t *u64_list(const uint64_t *values, int count) {
    json_t *list = json_array();
    for (int i = 0; i < count; i++) json_array_append_new(list, json_out_u64(values[i]));
    return list;
}

/* First bank of each lane, as the tile lies in shared memory. */
static json_t *bank_list(const LensLine *line) {
    json_t *list = json_array();
    for (int lane = 0; lane < line->request.lane_count; lane++) {
        uint64_t smem_address = (line->index * WARP_LANES + (uint64_t)lane) * line->request.lane_bytes;
        json_array_append_new(list, json_integer((json_int_t)(smem_address / LENS_BANK_BYTES % LENS_BANKS)));
    }
    return list;
}

void lens_print_json(const Count *count, const ReplayState *state, Output *output) {
    if (state->leaf->tensor == TENSOR_NONE) return;
    WarpTile tile = lens_tile(count->program, state);
    uint64_t request_count = warp_tile_requests(&tile);
    for (uint64_t i = 0; i < request_count; i++) {
        LensLine line;
        fill_line(count, state, &tile, i, &line);
        const WarpRequest *request = &line.request;
        json_t *object =
            json_pack("{s:s, s:s, s:o, s:s, s:o, s:o, s:o, s:o}", "format", "hbmscope.lens/1", "algorithm",
                      count->algorithm->name, "step", json_out_u64(state->step_index), "kernel",
                      count->program->kernels[state->kernel].name, "block", json_out_u64(line.block), "warp",
                      json_out_u64(line.warp), "round", json_out_u64(line.round), "request", json_out_u64(i));
        json_object_set_new(object, "lane_bytes", json_out_u64(request->lane_bytes));
        json_object_set_new(object, "lane_addresses", u64_list(request->address, request->lane_count));
        json_object_set_new(object, "sectors", u64_list(request->sector, request->sector_count));
        json_object_set_new(object, "line_count", json_integer(request->line_count));
        json_object_set_new(object, "lane_banks", bank_list(&line));
        json_object_set_new(object, "wavefront_count", json_integer(line.banks.wavefront_count));
        json_out_line(output, object);
    }
}
