/* hbmscope algorithms: the table of algorithms (sim/attention), each with its source and what it leaves out. */
#include "sim/attention/algorithm.h"
#include "viz/cli/json_out.h"
#include "viz/cli/verbs.h"

static void print_text(Output *output) {
    for (int i = 0; i < algorithm_table_count; i++) {
        const Algorithm *algorithm = algorithm_table[i];
        output_format(output, "%s%s: %s\n  Source: %s\n  Not modelled: %s\n", i ? "\n" : "", algorithm->name,
                      algorithm->title, algorithm->source, algorithm->not_modelled);
    }
}

static void print_json(Output *output) {
    json_t *algorithms = json_array();
    for (int i = 0; i < algorithm_table_count; i++)
        json_array_append_new(algorithms, json_pack("{s:s, s:s, s:s, s:s}", "name", algorithm_table[i]->name, "title",
                                                    algorithm_table[i]->title, "source", algorithm_table[i]->source,
                                                    "not_modelled", algorithm_table[i]->not_modelled));
    json_out_document(output, json_pack("{s:s, s:o}", "format", "hbmscope.algorithms/1", "algorithms", algorithms));
}

bool verb_algorithms(int argc, char **argv, Err *err) {
    OutputFormat format = OUTPUT_TEXT;
    if (!verb_parse_list(argc, argv, NULL, 0, &format, err)) return false;
    if (format == OUTPUT_CSV)
        return err_set(err, ERR_USAGE, "algorithms are sentences; --csv cannot print them, --json can");
    Output output = {0};
    if (format == OUTPUT_JSON)
        print_json(&output);
    else
        print_text(&output);
    return output_flush(&output, err);
}
