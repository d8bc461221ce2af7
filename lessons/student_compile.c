/* A student's program, lines -> sim Program: see student.h. Tensors, buffers and kernels; steps are student_steps.c.
 *
 * Batch and head loops are put around every kernel. What is kept in registers is counted against the SM's file for one
 * block.
 * Not modelled: that a row's first visit needs no rescale factor (one exponential a
 * row and visit is counted); the row statistics' own traffic on chip; the threads' layout beyond 128 threads a block.
 */
#include <stdio.h>

#include "lessons/student_parts.h"
#include "sim/units.h"

enum { THREADS_PER_BLOCK = 128 };

/* P lives in S's buffer. */
static StudentValue home_of(StudentValue v) { return v == STUDENT_P ? STUDENT_S : v; }

static const TensorClass class_of[STUDENT_VALUE_COUNT] = {TENSOR_Q,    TENSOR_K,   TENSOR_V,          TENSOR_S,
                                                          TENSOR_P,    TENSOR_O,   TENSOR_STATISTICS, TENSOR_STATISTICS,
                                                          TENSOR_MASK, TENSOR_MASK};

/* Tensors: the inputs, O, and whatever the program stores. */

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

static bool is_argument(const Compiler *c, StudentValue v) {
    if (v == STUDENT_MASK) return c->scenario->mask == MASK_ADDITIVE;
    if (v == STUDENT_KEY_MASK) return c->scenario->mask == MASK_PADDING;
    return student_is_input(v) || v == STUDENT_O;
}

static TensorSharing sharing_of(StudentValue v) {
    if (v == STUDENT_MASK) return TENSOR_SHARED;
    if (v == STUDENT_KEY_MASK) return TENSOR_PER_BATCH;
    return v == STUDENT_K || v == STUDENT_V ? TENSOR_PER_KV_HEAD : TENSOR_PER_HEAD;
}

/* In global memory. */
static uint64_t elem_bytes_of(const Compiler *c, StudentValue v) {
    return v == STUDENT_KEY_MASK ? 1 : student_is_statistic(v) ? 4 : dtype_elem_bytes(c->scenario->dtype);
}

static uint64_t cols_of(const Compiler *c, StudentValue v) {
    if (student_has_key_cols(v) || v == STUDENT_KEY_MASK) return c->scenario->key_rows;
    return student_is_statistic(v) ? 1 : c->scenario->head_dim_elems;
}

/* A mask of keys is one row of them. */
static uint64_t rows_of(const Compiler *c, StudentValue v) {
    if (v == STUDENT_KEY_MASK) return 1;
    return student_has_query_rows(v) ? c->scenario->query_rows : c->scenario->key_rows;
}

static void add_tensors(Compiler *c) {
    int kernel_count = 0;
    for (int i = 0; i < c->student->line_count; i++) kernel_count += c->student->lines[i].op == STUDENT_KERNEL;
    for (StudentValue v = 0; v < STUDENT_VALUE_COUNT; v++) {
        int first = 0, last = kernel_count - 1;
        c->tensor[v] = TENSOR_NONE;
        bool is_accessed = find_life(c->student, v, &first, &last), stays = is_argument(c, v);
        if (!is_accessed && !stays) continue;
        c->tensor[v] = builder_tensor(&c->builder, (Tensor){.name = student_value_name(v),
                                                            .tensor_class = class_of[v],
                                                            .sharing = sharing_of(v),
                                                            .rows = rows_of(c, v),
                                                            .cols = cols_of(c, v),
                                                            .elem_bytes = elem_bytes_of(c, v),
                                                            .is_accessed = is_accessed,
                                                            .alloc_kernel = stays ? 0 : first,
                                                            .free_kernel = stays ? kernel_count - 1 : last});
    }
}

/* Buffers: the largest tile of each value in a kernel. */

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
        if (student_is_loop(line)) {
            tile[line->axis] = min_u64(line->tile_rows, student_length(c, line->axis));
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
            bool has_keys = student_has_key_cols(v) || v == STUDENT_KEY_MASK;
            need_more(&needs[home_of(v)],
                      v == STUDENT_KEY_MASK       ? 1
                      : student_has_query_rows(v) ? rows_q
                                                  : rows_k,
                      has_keys                  ? rows_k
                      : student_is_statistic(v) ? 1
                                                : d,
                      line);
        } else if (line->op == STUDENT_ZERO) {
            for (int v = 0; v < STUDENT_VALUE_COUNT; v++)
                if (line->values & 1u << v)
                    need_more(&needs[v], q, student_is_statistic((StudentValue)v) ? 1 : d, line);
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

/* On chip: arguments as they are, results in fp32. */
static uint64_t chip_elem_bytes(const Compiler *c, StudentValue v) {
    return student_is_input(v) ? elem_bytes_of(c, v) : 4;
}

static uint64_t buffer_bytes(const Compiler *c, StudentValue v, const Need *need) {
    return need->rows * need->cols * chip_elem_bytes(c, v);
}

/* What holds the tiles, as text: "Q 16 KiB, K 8 KiB". */
static void describe(const Compiler *c, const Need needs[], uint32_t values, char *out, size_t out_bytes) {
    size_t used = 0;
    out[0] = '\0';
    for (int v = 0; v < STUDENT_VALUE_COUNT && used < out_bytes; v++)
        if (needs[v].line && values & 1u << v)
            used += (size_t)snprintf(out + used, out_bytes - used, "%s%s %s", used ? ", " : "",
                                     student_value_name((StudentValue)v),
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
        c->buffer[v] = builder_buffer(&c->builder, (Buffer){.name = student_value_name((StudentValue)v),
                                                            .tensor = c->tensor[v],
                                                            .tensor_class = class_of[v],
                                                            .rows = needs[v].rows,
                                                            .cols = needs[v].cols,
                                                            .elem_bytes = chip_elem_bytes(c, (StudentValue)v),
                                                            .size_bytes = buffer_bytes(c, (StudentValue)v, &needs[v]),
                                                            .is_register = (registers & 1u << v) != 0});
    }
    c->buffer[STUDENT_P] = c->buffer[STUDENT_S];
}

static bool compile_kernel(Compiler *c, int at) {
    const StudentLine *line = &c->student->lines[at];
    Kernel kernel = {.name = arena_copy_text(c->builder.arena, line->name),
                     .pass = PASS_FORWARD,
                     .threads_per_block = THREADS_PER_BLOCK,
                     .registers_per_thread = 128,
                     .product_unit = c->scenario->dtype == DTYPE_FP32 ? PRODUCT_FP32 : PRODUCT_MMA_SYNC};
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
    student_compile_lines(c, at + 1, line->body_end);
    if (!has_grid) builder_end(&c->builder);
    builder_end(&c->builder);
    builder_end(&c->builder);
    builder_kernel_end(&c->builder);
    return true;
}

/* Its row beside the built-in algorithms. It builds nothing by itself. */
static const Algorithm own_algorithm = {
    .name = "mine",
    .title = "“mine” (a program of your own)",
    .source = "the text given with --program or typed in a lesson",
    .not_modelled = "the backward pass; where a row's first visit needs no rescale factor, its exponential",
};

bool student_compile(const StudentProgram *student, const Scenario *scenario, Program *program, Arena *arena,
                     Err *err) {
    Compiler c = {.student = student, .scenario = scenario, .err = err};
    if (scenario->pass != PASS_FORWARD)
        return err_set(err, ERR_USAGE, "%s: a program of one's own is a forward pass; the scenario asks for --pass %s",
                       student->name, pass_name(scenario->pass));
    if (!student_check_loops(&c)) return false;
    Program built = {0};
    builder_start(&c.builder, &built, arena, scenario, own_algorithm.name);
    add_tensors(&c);
    for (int i = 0; i < student->line_count; i = student->lines[i].body_end)
        if (!compile_kernel(&c, i)) return false;
    if (!builder_finish(&c.builder, err)) return false;
    *program = built;
    return true;
}

bool student_count(const char *name, const char *text, const Scenario *scenario, CountOptions options, Count *count,
                   Arena *arena, Err *err) {
    StudentProgram student;
    Program *compiled = ARENA_NEW(arena, Program);
    Formula *none = ARENA_NEW(arena, Formula);
    return student_parse(name, text, &student, err) && student_check(&student, scenario, err) &&
           student_compile(&student, scenario, compiled, arena, err) &&
           count_program(&own_algorithm, compiled, none, options, count, arena, err);
}
