/* JSON for the verbs: see json_out.h. */
#include "viz/cli/json_out.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/base/checked.h"

/* 15 digits: 0.1 stays 0.1. Counts are integers and not concerned. */
static const size_t DUMP_FLAGS = JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(15);

json_t *json_out_number(const char *text) {
    json_t *number = json_loads(text, JSON_DECODE_ANY, NULL);
    assert(json_is_number(number));
    return number;
}

json_t *json_out_u64(uint64_t value) {
    assert(value <= CHECKED_MAX);
    return json_integer((json_int_t)value);
}

static void dump(Output *output, json_t *root, size_t flags) {
    char *text = json_dumps(root, DUMP_FLAGS | flags);
    assert(text);
    output_format(output, "%s\n", text);
    free(text);
    json_decref(root);
}

void json_out_document(Output *output, json_t *root) { dump(output, root, JSON_INDENT(2)); }
void json_out_line(Output *output, json_t *root) { dump(output, root, JSON_COMPACT); }
