/* What `compare` prints of whole captures; values in, text out. */
#ifndef VIZ_CLI_COMPARE_OUTPUT_H
#define VIZ_CLI_COMPARE_OUTPUT_H
#include "sim/compare_pair.h"
#include "sim/compare_points.h"
#include "viz/cli/capture_files.h"
#include "viz/cli/output.h"

/* "equal", "+1.25%", "not 0" for an infinite one. */
const char *compare_error_text(double error, Arena *arena);
/* A line a capture, behind `mark`: device, date, file, and its source where that is no GPU's counters. */
void compare_print_sources(const CaptureFiles *files, const char *mark, Arena *arena, Output *output);
void compare_print_points(const ComparePoints *points, bool is_probe, Arena *arena, Output *output);
void compare_print_points_csv(const ComparePoints *points, Arena *arena, Output *output);
/* A row a counter, as a Markdown table, and why other runs gave no points. */
void compare_print_summary(const ComparePoints *points, Arena *arena, Output *output);
void compare_print_policies(const ComparePolicyPoint *points, int point_count, Arena *arena, Output *output);
void compare_print_fits(const CaptureFiles *files, Output *output);
void compare_print_pairs(const ComparePairs *pairs, bool is_summary, Arena *arena, Output *output);
void compare_print_speed(const Capture *capture, Arena *arena, Output *output);
#endif
