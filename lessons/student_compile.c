/* A student's program, lines -> sim Program: see student.h.
 *
 * Batch and head loops are put around every kernel. A loop's range is cut into runs of equal tiles, the first and the
 * last apart where a line asks for them. Registers: what is kept there is counted against the SM's file for one block.
 * Not modelled: that a row's first visit needs no rescale factor (one exponential a
 * row and visit is counted); the row statistics' own traffic on chip; the threads' layout beyond 128 threads a block.
 */
#include <stdio.h>
#include <string.h>

#include "lessons/student.h"
#include "sim/base/checked.h"
#include "sim/count.h"
#include "sim/program_builder.h"
#include "sim/units.h"

enum { THREADS_PER_BLOCK = 128, RUNS_MAX = 4 };

typedef struct Extent {
    uint64_t stride, rows; /* tile's full size, and this run's */
    bool is_first, is_last, is_open;
} Extent;

typedef struct Compiler {
    ProgramBuilder builder;
    const StudentProgram *student;
    const Scenario *scenario;
    uint8_t tensor[STUDENT_VALUE_COUNT];
    uint8_t buffer[STUDENT_VALUE_COUNT];
    Extent extent[STUDENT_AXIS_COUNT];
    uint64_t held_q_rows, held_k_rows, score_rows, score_cols, online_rows; /* of the tiles on chip */
    Err *err;
} Compiler;

static const Axis axis_of[STUDENT_AXIS_COUNT] = {AXIS_Q_BLOCK, AXIS_K_BLOCK};

static uint64_t length_of(const Compiler *c, StudentAxis axis) {
    return axis == STUDENT_AXIS_Q ? c->scenario->query_rows : c->scenario->key_rows;
}
static bool has_query_rows(StudentValue v) { return v != STUDENT_K && v != STUDENT_V; }
static bool has_key_cols(StudentValue v) { return v == STUDENT_S || v == STUDENT_P; }
static bool is_statistic(StudentValue v) { return v == STUDENT_M || v == STUDENT_L; }
/* P lives in S's buffer. */
static StudentValue home_of(StudentValue v) { return v == STUDENT_P ? STUDENT_S : v; }

static const struct {
    TensorClass tensor_class;
    const char *name;
} value_info[STUDENT_VALUE_COUNT] = {{TENSOR_Q, "Q"},          {TENSOR_K, "K"},         {TENSOR_V, "V"},
                                     {TENSOR_S, "S"},          {TENSOR_P, "P"},         {TENSOR_O, "O"},
                                     {TENSOR_STATISTICS, "m"}, {TENSOR_STATISTICS, "l"}};

/* --- tensors: the inputs, O, and whatever the program stores --- */

/* First and last kernel that touch a value in global memory. */
static bool find_life(const StudentProgram *student, StudentValue value, int *first, int *last) {
    int kernel = -1;
    bool is_found = false;
    for (int i = 0; i < student->line_count; i++) {
        const StudentLine *line = &student->lines[i];
        if (line->op == STUDENT_KERNEL) kernel++;
        bool is_access = (line->op == STUDENT_LOAD || line->op == STUDENT_STORE) && line->value == value;
        if (is_access && !is_found) *first = kernel;
        if (is_access) *last = kernel;
        is_found = is_found || is_access;
    }
    return is_found;
}

static void add_tensors(Compiler *c) {
    int kernel_count = 0;
    for (int i = 0; i < c->student->line_count; i++) kernel_count += c->student->lines[i].op == STUDENT_KERNEL;
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++) {
        int first = 0, last = kernel_count - 1;
        bool is_argument = v == STUDENT_Q || v == STUDENT_K || v == STUDENT_V || v == STUDENT_O;
        c->tensor[v] = TENSOR_NONE;
        bool is_accessed = find_life(c->student, (StudentValue)v, &first, &last);
        if (!is_accessed && !is_argument) continue;
        StudentValue value = (StudentValue)v;
        c->tensor[v] = builder_tensor(
            &c->builder, (Tensor){.name = value_info[v].name,
                                  .tensor_class = value_info[v].tensor_class,
                                  .sharing = v == STUDENT_K || v == STUDENT_V ? TENSOR_PER_KV_HEAD : TENSOR_PER_HEAD,
                                  .rows = has_query_rows(value) ? c->scenario->query_rows : c->scenario->key_rows,
                                  .cols = has_key_cols(value)   ? c->scenario->key_rows
                                          : is_statistic(value) ? 1
                                                                : c->scenario->head_dim_elems,
                                  .elem_bytes = is_statistic(value) ? 4 : dtype_elem_bytes(c->scenario->dtype),
                                  .is_accessed = is_accessed,
                                  .alloc_kernel = is_argument ? 0 : first,
                                  .free_kernel = is_argument ? kernel_count - 1 : last});
    }
}

/* --- buffers: the largest tile of each value in a kernel --- */

typedef struct Need {
    uint64_t rows, cols;
    const StudentLine *line; /* that asks for the most */
} Need;

static void need_more(Need *need, uint64_t rows, uint64_t cols, const StudentLine *line) {
    if (rows * cols <= need->rows * need->cols) return;
    *need = (Need){rows, cols, line};
}

/* Tile sizes as the loops around a line say; tile[] is 0 outside a loop. */
static void find_needs(const Compiler *c, int first, int end, uint64_t tile[STUDENT_AXIS_COUNT],
                       Need needs[STUDENT_VALUE_COUNT]) {
    uint64_t d = c->scenario->head_dim_elems;
    for (int i = first; i < end;) {
        const StudentLine *line = &c->student->lines[i];
        if (line->op == STUDENT_GRID || line->op == STUDENT_FOR) {
            tile[line->axis] = min_u64(line->tile_rows, length_of(c, line->axis));
            find_needs(c, i + 1, line->body_end, tile, needs);
            tile[line->axis] = 0;
            i = line->body_end;
            continue;
        }
        uint64_t q = tile[0] ? tile[0] : c->scenario->query_rows, k = tile[1] ? tile[1] : c->scenario->key_rows;
        if (line->op == STUDENT_LOAD) {
            StudentValue v = line->value;
            uint64_t rows_q = line->is_all[STUDENT_AXIS_Q] ? c->scenario->query_rows : q,
                     rows_k = line->is_all[STUDENT_AXIS_K] ? c->scenario->key_rows : k;
            need_more(&needs[home_of(v)], has_query_rows(v) ? rows_q : rows_k,
                      has_key_cols(v)   ? rows_k
                      : is_statistic(v) ? 1
                                        : d,
                      line);
        } else if (line->op == STUDENT_ZERO) {
            for (int v = 0; v < STUDENT_VALUE_COUNT; v++)
                if (line->values & 1u << v) need_more(&needs[v], q, is_statistic((StudentValue)v) ? 1 : d, line);
        } else if (line->op == STUDENT_SCORES) {
            need_more(&needs[STUDENT_S], needs[STUDENT_Q].rows ? needs[STUDENT_Q].rows : q,
                      needs[STUDENT_K].rows ? needs[STUDENT_K].rows : k, line);
        }
        i++;
    }
}

static uint32_t kept_in_registers(const StudentProgram *student, int first, int end) {
    uint32_t values = 0;
    for (int i = first; i < end; i++)
        if (student->lines[i].op == STUDENT_KEEP) values |= student->lines[i].values;
    return values & 1u << STUDENT_P ? values | 1u << STUDENT_S : values;
}

static uint64_t buffer_bytes(const Compiler *c, StudentValue v, const Need *need) {
    bool is_input = v == STUDENT_Q || v == STUDENT_K || v == STUDENT_V;
    return need->rows * need->cols * (is_input ? dtype_elem_bytes(c->scenario->dtype) : 4);
}

/* What holds the tiles, as text: "Q 16 KiB, K 8 KiB". */
static void describe(const Compiler *c, const Need needs[], uint32_t values, char *out, size_t out_bytes) {
    size_t used = 0;
    out[0] = '\0';
    for (int v = 0; v < STUDENT_VALUE_COUNT && used < out_bytes; v++)
        if (needs[v].line && values & 1u << v)
            used += (size_t)snprintf(out + used, out_bytes - used, "%s%s %s", used ? ", " : "", value_info[v].name,
                                     units_kib_short(buffer_bytes(c, (StudentValue)v, &needs[v])).text);
}

/* Sums what lies in one place and refuses more than limit_bytes, at the line that asked for the largest tile. */
static bool check_fits(const Compiler *c, const Need needs[], uint32_t values, uint64_t limit_bytes, const char *where,
                       uint64_t *sum_bytes) {
    const StudentLine *line = NULL;
    uint64_t largest_bytes = 0;
    *sum_bytes = 0;
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++) {
        if (!needs[v].line || !(values & 1u << v)) continue;
        uint64_t bytes = buffer_bytes(c, (StudentValue)v, &needs[v]);
        *sum_bytes += bytes;
        if (bytes > largest_bytes) line = needs[v].line;
        largest_bytes = max_u64(largest_bytes, bytes);
    }
    if (*sum_bytes <= limit_bytes) return true;
    char parts[200];
    describe(c, needs, values, parts, sizeof parts);
    return err_set(c->err, ERR_USAGE, "%s:%d: the tiles do not fit: a block needs %s of %s (%s), %s gives it %s",
                   c->student->name, line->line, units_kib_short(*sum_bytes).text, where, parts,
                   c->scenario->machine.title, units_kib_short(limit_bytes).text);
}

static bool check_buffers(Compiler *c, int first, int end, Need needs[STUDENT_VALUE_COUNT], uint32_t *registers) {
    uint64_t tile[STUDENT_AXIS_COUNT] = {0}, smem_bytes, register_bytes;
    find_needs(c, first, end, tile, needs);
    *registers = kept_in_registers(c->student, first, end);
    const Machine *machine = &c->scenario->machine;
    uint64_t register_limit_bytes = 4 * min_u64(machine->registers_per_sm, (uint64_t)machine->registers_per_thread_max *
                                                                               machine->threads_per_block_max);
    if (!check_fits(c, needs, ~*registers, machine->smem_per_block_bytes, "SRAM", &smem_bytes)) return false;
    if (!check_fits(c, needs, *registers, register_limit_bytes, "registers", &register_bytes)) return false;
    return true;
}

static void declare_buffers(Compiler *c, const Need needs[], uint32_t registers) {
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++) {
        c->buffer[v] = BUFFER_NONE;
        if (!needs[v].line) continue;
        bool is_input = v == STUDENT_Q || v == STUDENT_K || v == STUDENT_V;
        c->buffer[v] =
            builder_buffer(&c->builder, (Buffer){.name = value_info[v].name,
                                                 .tensor = c->tensor[v],
                                                 .tensor_class = value_info[v].tensor_class,
                                                 .rows = needs[v].rows,
                                                 .cols = needs[v].cols,
                                                 .elem_bytes = is_input ? dtype_elem_bytes(c->scenario->dtype) : 4,
                                                 .size_bytes = buffer_bytes(c, (StudentValue)v, &needs[v]),
                                                 .is_register = (registers & 1u << v) != 0});
    }
    c->buffer[STUDENT_P] = c->buffer[STUDENT_S];
}

/* --- steps --- */

static uint64_t rows_now(const Compiler *c, StudentAxis axis) {
    return c->extent[axis].is_open ? c->extent[axis].rows : length_of(c, axis);
}

static TileAt tile_of(const Compiler *c, const StudentLine *line) {
    StudentValue v = line->value;
    StudentAxis row_axis = has_query_rows(v) ? STUDENT_AXIS_Q : STUDENT_AXIS_K;
    bool is_all_rows = line->is_all[row_axis], is_all_cols = line->is_all[STUDENT_AXIS_K];
    TileAt at = {.row_axis = is_all_rows ? AXIS_NONE : axis_of[row_axis],
                 .row_stride = is_all_rows ? 0 : c->extent[row_axis].stride,
                 .rows = is_all_rows ? length_of(c, row_axis) : rows_now(c, row_axis),
                 .col_axis = AXIS_NONE,
                 .cols = is_statistic(v) ? 1 : c->scenario->head_dim_elems};
    if (has_key_cols(v)) {
        at.col_axis = is_all_cols ? AXIS_NONE : AXIS_K_BLOCK;
        at.col_stride = is_all_cols ? 0 : c->extent[STUDENT_AXIS_K].stride;
        at.cols = is_all_cols ? c->scenario->key_rows : rows_now(c, STUDENT_AXIS_K);
    }
    return at;
}

static const char *phrase(Compiler *c, const char *verb, StudentValue v) {
    return arena_format(c->builder.arena, "%s %s", verb, value_info[v].name);
}

static void compile_load(Compiler *c, const StudentLine *line) {
    StudentValue v = line->value;
    TileAt at = tile_of(c, line);
    if (v == STUDENT_Q) c->held_q_rows = at.rows;
    if (v == STUDENT_K) c->held_k_rows = at.rows;
    if (has_key_cols(v)) c->score_rows = at.rows, c->score_cols = at.cols;
    builder_load(&c->builder, c->tensor[v], c->buffer[v], at, phrase(c, "load", v));
}

static void compile_zero(Compiler *c, const StudentLine *line) {
    for (int v = 0; v < STUDENT_VALUE_COUNT; v++)
        if (line->values & 1u << v)
            builder_map(&c->builder, c->buffer[v], rows_now(c, STUDENT_AXIS_Q),
                        is_statistic((StudentValue)v) ? 1 : c->scenario->head_dim_elems,
                        phrase(c, "start", (StudentValue)v));
}

static void compile_line(Compiler *c, const StudentLine *line) {
    ProgramBuilder *b = &c->builder;
    uint64_t d = c->scenario->head_dim_elems;
    switch (line->op) {
    case STUDENT_LOAD: compile_load(c, line); break;
    case STUDENT_STORE:
        builder_store(b, c->tensor[line->value], c->buffer[line->value], tile_of(c, line),
                      phrase(c, "store", line->value));
        break;
    case STUDENT_ZERO: compile_zero(c, line); break;
    case STUDENT_SCORES:
        c->score_rows = c->held_q_rows;
        c->score_cols = c->held_k_rows;
        builder_matmul(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols, d, "S = Q K^T");
        break;
    case STUDENT_SOFTMAX:
        builder_softmax(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols, c->score_rows * c->score_cols,
                        "P = softmax S");
        break;
    case STUDENT_ONLINE:
        builder_softmax(b, c->buffer[STUDENT_S], c->score_rows, c->score_cols,
                        c->score_rows * c->score_cols + c->score_rows, "P = online softmax S: rescale O, l");
        break;
    case STUDENT_OUTPUT: builder_matmul(b, c->buffer[STUDENT_O], c->score_rows, d, c->score_cols, "O += P V"); break;
    case STUDENT_DIVIDE: builder_map(b, c->buffer[STUDENT_O], rows_now(c, STUDENT_AXIS_Q), d, "O /= l"); break;
    case STUDENT_KEEP:
    case STUDENT_KERNEL:
    case STUDENT_GRID:
    case STUDENT_FOR: break;
    }
}

static bool is_now(const Compiler *c, const StudentLine *line) {
    const Extent *extent = &c->extent[line->when_axis];
    switch (line->when) {
    case STUDENT_ALWAYS: return true;
    case STUDENT_WHEN_FIRST: return extent->is_first;
    case STUDENT_WHEN_NOT_FIRST: return !extent->is_first;
    case STUDENT_WHEN_LAST: return extent->is_last;
    }
    return true;
}

/* --- loops --- */

typedef struct Runs {
    struct {
        uint64_t first_index, trip_count, rows;
    } run[RUNS_MAX];
    int count;
} Runs;

static void runs_add(Runs *runs, uint64_t first_index, uint64_t trip_count, uint64_t rows) {
    if (trip_count == 0) return;
    runs->run[runs->count].first_index = first_index;
    runs->run[runs->count].trip_count = trip_count;
    runs->run[runs->count++].rows = rows;
}

/* [0, length) in tiles: the first apart, equal ones, the last full one apart, the ragged one. */
static Runs runs_make(uint64_t length, uint64_t tile, bool has_when) {
    Runs runs = {0};
    uint64_t full_count = length / tile, ragged = length % tile;
    uint64_t first_count = has_when ? min_u64(1, full_count) : 0;
    uint64_t last_count = has_when && ragged == 0 && full_count > 1 ? 1 : 0;
    runs_add(&runs, 0, first_count, tile);
    runs_add(&runs, first_count, full_count - first_count - last_count, tile);
    runs_add(&runs, full_count - last_count, last_count, tile);
    runs_add(&runs, full_count, ragged ? 1 : 0, ragged);
    return runs;
}

static bool has_when(const StudentProgram *student, int first, int end, StudentAxis axis) {
    for (int i = first; i < end; i++)
        if (student->lines[i].when != STUDENT_ALWAYS && student->lines[i].when_axis == axis) return true;
    return false;
}

static void compile_range(Compiler *c, int first, int end);

static void compile_loop(Compiler *c, int at) {
    const StudentLine *loop = &c->student->lines[at];
    uint64_t length = length_of(c, loop->axis), tile = min_u64(loop->tile_rows, length),
             tile_count = ceil_div(length, tile);
    bool is_innermost_grid = loop->op == STUDENT_GRID && c->student->lines[at + 1].op != STUDENT_GRID;
    Runs runs = runs_make(length, tile, has_when(c->student, at + 1, loop->body_end, loop->axis));
    if (!c->builder.program->tile_rows[axis_of[loop->axis]]) c->builder.program->tile_rows[axis_of[loop->axis]] = tile;
    for (int i = 0; i < runs.count; i++) {
        uint64_t first = runs.run[i].first_index, trips = runs.run[i].trip_count;
        c->extent[loop->axis] =
            (Extent){tile, runs.run[i].rows, first == 0 && trips == 1, first + trips == tile_count && trips == 1, true};
        builder_loop_begin(&c->builder, axis_of[loop->axis], trips, first);
        if (is_innermost_grid) builder_block_begin(&c->builder);
        compile_range(c, at + 1, loop->body_end);
        if (is_innermost_grid) builder_end(&c->builder);
        builder_end(&c->builder);
    }
    c->extent[loop->axis] = (Extent){0};
}

static void compile_range(Compiler *c, int first, int end) {
    for (int i = first; i < end;) {
        const StudentLine *line = &c->student->lines[i];
        bool is_loop = line->op == STUDENT_GRID || line->op == STUDENT_FOR;
        if (is_loop)
            compile_loop(c, i);
        else if (is_now(c, line))
            compile_line(c, line);
        i = is_loop ? line->body_end : i + 1;
    }
}

static bool compile_kernel(Compiler *c, int at) {
    const StudentLine *line = &c->student->lines[at];
    Kernel kernel = {.name = arena_copy_text(c->builder.arena, line->name),
                     .pass = PASS_FORWARD,
                     .threads_per_block = THREADS_PER_BLOCK,
                     .registers_per_thread = 128,
                     .uses_tensor_cores = c->scenario->dtype != DTYPE_FP32};
    Need needs[STUDENT_VALUE_COUNT] = {0};
    uint32_t registers;
    if (!check_buffers(c, at + 1, line->body_end, needs, &registers)) return false;
    builder_kernel_begin(&c->builder, kernel);
    declare_buffers(c, needs, registers);
    bool has_grid = false;
    for (int i = at + 1; i < line->body_end; i++) has_grid = has_grid || c->student->lines[i].op == STUDENT_GRID;
    builder_loop_begin(&c->builder, AXIS_BATCH, c->scenario->batch_count, 0);
    builder_loop_begin(&c->builder, AXIS_HEAD, c->scenario->head_count, 0);
    if (!has_grid) builder_block_begin(&c->builder);
    compile_range(c, at + 1, line->body_end);
    if (!has_grid) builder_end(&c->builder);
    builder_end(&c->builder);
    builder_end(&c->builder);
    builder_kernel_end(&c->builder);
    return true;
}

bool student_compile(const StudentProgram *student, const Scenario *scenario, Program *program, Arena *arena,
                     Err *err) {
    Compiler c = {.student = student, .scenario = scenario, .err = err};
    if (scenario->is_causal || scenario->pass != PASS_FORWARD)
        return err_set(err, ERR_USAGE,
                       "%s: a program of one's own is forward and not causal; the scenario asks for %s%s",
                       student->name, pass_name(scenario->pass), scenario->is_causal ? ", causal" : "");
    Program built = {0};
    builder_start(&c.builder, &built, arena, scenario, "student");
    add_tensors(&c);
    for (int i = 0; i < student->line_count; i = student->lines[i].body_end)
        if (!compile_kernel(&c, i)) return false;
    if (!builder_finish(&c.builder, err)) return false;
    *program = built;
    return true;
}

bool student_count(const char *name, const char *text, const Scenario *scenario, Program *program, Totals *totals,
                   Arena *arena, Err *err) {
    StudentProgram student;
    Program compiled;
    if (!student_parse(name, text, &student, err) || !student_check(&student, scenario, err) ||
        !student_compile(&student, scenario, &compiled, arena, err))
        return false;
    Totals sum = {0};
    for (int id = 0; id < COUNTER_TREE_COUNT; id++) sum.value[id] = program_total(&compiled)->value[id];
    for (int k = 0; k < compiled.kernel_count; k++) {
        sum.value[COUNTER_PEAK_HBM_BYTES] =
            max_u64(sum.value[COUNTER_PEAK_HBM_BYTES], count_memory_at_kernel_bytes(&compiled, k));
        sum.value[COUNTER_SMEM_PER_BLOCK_BYTES] =
            max_u64(sum.value[COUNTER_SMEM_PER_BLOCK_BYTES], compiled.kernels[k].smem_per_block_bytes);
    }
    *program = compiled;
    *totals = sum;
    return true;
}
