/* A plan as a page of text: the answer first, then what it rests on. */
#include <string.h>

#include "sim/units.h"
#include "viz/cli/plan_output.h"
#include "viz/cli/table.h"

enum { PAGE_CHARS = 110 };

/* A unit stays on the line of its number. */
static bool is_unit(const char *word, int length) {
    bool is_bytes = length >= 2 && length <= 3 && word[length - 1] == 'B' && strchr("kKMGTP", word[0]);
    return is_bytes || (length == 1 && *word == 's') || (length == 2 && word[1] == 's' && strchr("mun", word[0]));
}

/* Words of `text` on lines of at most PAGE_CHARS, the first behind `head`, the others behind as many blanks. */
static void print_wrapped(Output *output, const char *head, const char *text) {
    int indent = (int)strlen(head), column = indent;
    output_format(output, "%s", head);
    while (*text) {
        int length = (int)strcspn(text, " ");
        if (column > indent && column + 1 + length > PAGE_CHARS && !is_unit(text, length)) {
            output_format(output, "\n%*s", indent, "");
            column = indent;
        }
        bool is_first = column == indent;
        output_format(output, "%s%.*s", is_first ? "" : " ", length, text);
        column += length + !is_first;
        text += length;
        while (*text == ' ') text++;
    }
    output_format(output, "\n");
}

static void print_head(const Plan *plan, Output *output) {
    const Model *m = plan->model;
    output_format(output, "%s (%s): %.3g B parameters, %llu layers (%llu global), %llu query heads, ", m->name,
                  model_family_title(m->family), (double)plan->parameter_count / 1e9,
                  (unsigned long long)m->layer_count, (unsigned long long)model_global_layer_count(m),
                  (unsigned long long)m->head_count);
    if (model_is_mla(m))
        output_format(output, "MLA with %llu cached elements a token\n",
                      (unsigned long long)(m->latent_elems + m->latent_rope_elems));
    else
        output_format(output, "%llu KV heads of %llu\n", (unsigned long long)m->kv_head_count,
                      (unsigned long long)m->head_dim_elems);
    output_format(output, "%s -> %s tokens, batch %llu, %s, on %s\n", units_tokens(plan->options.from_rows).text,
                  units_tokens(plan->options.to_rows).text, (unsigned long long)plan->options.batch_count,
                  dtype_name(m->dtype), plan->machine.title);
}

static void print_answer(const Plan *plan, Arena *arena, Output *output) {
    output_format(output, "\nTHE ANSWER\n");
    print_wrapped(output, "  ", plan->answer);
    for (int i = 0; i < plan->step_count; i++)
        print_wrapped(output, arena_format(arena, "  %d. ", i + 1), plan->steps[i]);
}

static void print_breaks(const Plan *plan, Arena *arena, Output *output) {
    output_format(output, "\nWHAT BREAKS FIRST\n");
    for (int i = 0; i < plan->break_count; i++) {
        const PlanBreak *b = &plan->breaks[i];
        print_wrapped(
            output,
            arena_format(arena, "  %-13s %-10s ", b->what, b->is_broken ? units_exact(b->tokens_rows).text : "holds"),
            b->says);
    }
}

static void print_points(const Plan *plan, Arena *arena, Output *output) {
    Table table;
    table_begin(&table, arena, "rrrrrrrrrrr");
    const char *heads[2][11] = {
        {"", "S of", "S and P of", "KV", "memory:", "", "traffic:", "", "prefill:", "", "a token"},
        {"N", "a head", "a layer", "cache", "standard", "flash", "standard", "flash", "standard", "flash", "more"}};
    for (int line = 0; line < 2; line++)
        for (int i = 0; i < 11; i++) table_cell(&table, "%s", heads[line][i]);
    for (int i = 0; i < plan->point_count; i++) {
        const PlanPoint *p = &plan->points[i];
        table_cell(&table, "%s", units_tokens(p->tokens_rows).text);
        table_cell(&table, "%s", units_kib_short(p->score_head_bytes).text);
        table_cell(&table, "%s", units_kib(p->score_layer_bytes).text);
        table_cell(&table, "%s", p->kv_bytes ? units_kib(p->kv_bytes).text : "-");
        table_cell(&table, "%s%s", units_kib(p->standard_bytes).text,
                   p->standard_bytes > plan->usable_bytes ? " x" : "  ");
        table_cell(&table, "%s%s", units_kib(p->flash_bytes).text, p->flash_bytes > plan->usable_bytes ? " x" : "  ");
        table_cell(&table, "%s", units_gb(p->standard_traffic_bytes).text);
        table_cell(&table, "%s", units_gb(p->flash_traffic_bytes).text);
        table_cell(&table, "%s", units_time(p->standard_ns).text);
        table_cell(&table, "%s", units_time(p->flash_ns).text);
        table_cell(&table, "%s", p->decode_ns > 0 ? units_time(p->decode_ns).text : "-");
    }
    output_format(output, "\nAGAINST N (x: more than the %s usable of a GPU)\n", units_kib(plan->usable_bytes).text);
    table_print(&table, 2, output);
}

static const char *result_text(const PlanRemedy *r) { return r->exactness == PLAN_EXACT ? "exact" : "approximate"; }

static void print_remedy_row(Table *table, const PlanRemedy *r) {
    if (r->rank)
        table_cell(table, "%d", r->rank);
    else
        table_cell(table, "-");
    table_cell(table, "%s", r->title);
    table_cell(table, "%llu", (unsigned long long)r->gpu_count);
    table_cell(table, "%s%s", units_kib(r->memory_bytes).text, r->fits ? "  " : " x");
    table_cell(table, "%s", r->kv_bytes ? units_kib(r->kv_bytes).text : "-");
    table_cell(table, "%s", units_gb(r->traffic_bytes).text);
    table_cell(table, "%s", units_time(r->prefill_ns).text);
    table_cell(table, "%s", r->decode_bytes ? units_gb(r->decode_bytes).text : "-");
    table_cell(table, "%s", r->decode_ns > 0 ? units_time(r->decode_ns).text : "-");
    table_cell(table, "%s", units_exact(r->tokens_max).text);
}

static void print_remedies(const Plan *plan, Arena *arena, Output *output) {
    enum { COLUMNS = 10 };
    static const char *const heads[2][COLUMNS] = {
        {"", "", "", "a GPU:", "", "prefill:", "", "a token:", "", "longest"},
        {"#", "at this length", "GPUs", "memory", "KV cache", "attention moves", "takes", "reads", "takes", "N"}};
    Table table;
    table_begin(&table, arena, "rlrrrrrrrr");
    for (int line = 0; line < 2; line++)
        for (int i = 0; i < COLUMNS; i++) table_cell(&table, "%s", heads[line][i]);
    for (int i = 0; i < plan->remedy_count; i++) print_remedy_row(&table, &plan->remedies[i]);
    output_format(output, "\nREMEDIES at %s, best first (-: the starting point, and what the model has already)\n",
                  units_tokens(plan->options.to_rows).text);
    table_print(&table, 2, output);
    output_format(output, "\n  Result, training, and what else each costs:\n");
    for (int i = 0; i < plan->remedy_count; i++) {
        const PlanRemedy *r = &plan->remedies[i];
        const char *training = r->training == PLAN_NO_TRAINING ? "no training" : plan_training_text(r->training);
        print_wrapped(output, arena_format(arena, "  %-10s ", r->key),
                      arena_format(arena, "%s, %s; %s [%s]", result_text(r), training, r->price, r->source));
    }
}

static void print_gpus(const Plan *plan, Arena *arena, Output *output) {
    Table table;
    table_begin(&table, arena, "lrrr");
    const char *heads[4] = {"GPU", "GPUs for the weights", "standard fits to", "flash fits to"};
    for (int i = 0; i < 4; i++) table_cell(&table, "%s", heads[i]);
    for (int i = 0; i < plan->gpu_count; i++) {
        table_cell(&table, "%s", plan->gpus[i].name);
        table_cell(&table, "%llu", (unsigned long long)plan->gpus[i].weight_gpu_count);
        table_cell(&table, "%s", units_exact(plan->gpus[i].standard_rows).text);
        table_cell(&table, "%s", units_exact(plan->gpus[i].flash_rows).text);
    }
    output_format(output, "\nON WHICH GPU (longest N whose memory fits; decoders read the prompt in chunks)\n");
    table_print(&table, 2, output);
}

static void print_notes(const Plan *plan, Output *output) {
    output_format(output, "\nRESTS ON\n");
    print_wrapped(output, "  - ",
                  "Times are floors: max(bytes / HBM rate, arithmetic / tensor rate), no launches, no occupancy.");
    print_wrapped(
        output, "  - ",
        "Traffic of attention: Q, K, V and O once a layer with FlashAttention, as if L2 served its re-reads (`hbmscope "
        "count` has them); with standard attention every kernel's operands once.");
    print_wrapped(output, "  - ",
                  "Memory: weights + KV cache + one layer's activations and scores; 90% of HBM is usable; weights that "
                  "do not fit are split evenly.");
    print_wrapped(
        output, "  - ",
        "Remedies are ranked: what fits; no training before training; exact before approximate; fewer GPUs; faster.");
    for (int i = 0; i < plan->model->note_count; i++) print_wrapped(output, "  - assumed: ", plan->model->notes[i]);
    output_format(output, "  - model: %s\n", plan->model->source);
}

void plan_print_text(const Plan *plan, Arena *arena, Output *output) {
    print_head(plan, output);
    print_answer(plan, arena, output);
    print_breaks(plan, arena, output);
    print_points(plan, arena, output);
    print_remedies(plan, arena, output);
    print_gpus(plan, arena, output);
    print_notes(plan, output);
}
