/* hbmscope views: what there is to draw. */
#include "viz/cli/json_out.h"
#include "viz/cli/verbs.h"
#include "viz/views/views.h"

static void print_json(Output *output) {
    json_t *root = json_pack("{s:s, s:[]}", "format", "hbmscope.views/1", "views");
    for (int i = 0; i < view_table_count; i++)
        json_array_append_new(json_object_get(root, "views"),
                              json_pack("{s:s, s:s, s:s}", "name", view_table[i]->name, "title", view_table[i]->title,
                                        "help", view_table[i]->help));
    json_out_document(output, root);
}

bool verb_views(int argc, char **argv, Err *err) {
    OutputFormat format = OUTPUT_TEXT;
    if (!verb_parse_list(argc, argv, NULL, 0, &format, err)) return false;
    Output output = {0};
    if (format == OUTPUT_JSON) print_json(&output);
    if (format == OUTPUT_CSV) output_format(&output, "name,title,help\n");
    for (int i = 0; i < view_table_count && format != OUTPUT_JSON; i++)
        output_format(&output, format == OUTPUT_CSV ? "%s,\"%s\",\"%s\"\n" : "%-10s %s: %s\n", view_table[i]->name,
                      view_table[i]->title, view_table[i]->help);
    return output_flush(&output, err);
}
