/* ncu's CSV as a capture: what the user's own profiler said of the user's own runs.
 *
 * Reads both layouts of `ncu --csv`: --page raw (a column a metric, units in the second row) and the default page (a
 * row a metric). Lines before the header (==PROF== and a program's own output) are skipped. Launches of one kernel are
 * put together as min, median and max. Units are taken to bytes, sectors and ns. The result has one run without sizes.
 * Limits as for captures; allocates in the caller's arena only.
 */
#ifndef SIM_NCU_H
#define SIM_NCU_H
#include "sim/capture.h"

/* A whole run's launches (raw page only) put into `capture`, whose kernels, without metrics, stand in the order in
 * which they were launched: hbmscope-capture --just-run writes such a file. Source becomes ncu. Runs that the CSV does
 * not reach are cut off and counted in *left_count. Fails where a function's name cannot be the kernel's. */
bool ncu_fill_launches(const char *csv_path, Capture *capture, int *left_count, Arena *arena, Err *err);
bool ncu_read_file(const char *path, Capture *capture, Arena *arena, Err *err);
bool ncu_read_text(const char *name, const char *text, size_t text_bytes, Capture *capture, Arena *arena, Err *err);
#endif
