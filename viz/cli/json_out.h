/* JSON for the verbs: jansson values, keys in the order they were set, integers exact. */
#ifndef VIZ_CLI_JSON_OUT_H
#define VIZ_CLI_JSON_OUT_H
#include <jansson.h>
#include <stdint.h>

#include "viz/cli/output.h"

/* A number out of its decimal text: an integer where the text is one. */
json_t *json_out_number(const char *text);
json_t *json_out_u64(uint64_t value); /* at most CHECKED_MAX */
/* Appends root, indented, and a newline; frees root. */
void json_out_document(Output *output, json_t *root);
/* The same on one line, for JSON lines. */
void json_out_line(Output *output, json_t *root);
#endif
