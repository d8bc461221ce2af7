/* The report: what a program's kernels did, handed from the counted program to the one that started it.
 *
 * Lines of tab-separated fields; the program writes it at its end to the file that the environment
 * variable HBMSCOPE_TWIN_REPORT names:
 *     kernel   NAME LAUNCHES BLOCKS THREADS_PER_BLOCK DYNAMIC_SHARED_BYTES
 *     array    NAME SPACE SIZE_BYTES                       (SPACE: 0 global, 1 shared; in order of index)
 *     site     KERNEL ARRAY KIND LANE_BYTES ACCESSES REQUESTS SECTORS WAVEFRONTS CONFLICTS FIRST_ADDRESS END_ADDRESS
 * CODE finding  KERNEL_NAME CODE TEXT KERNEL and ARRAY are indices; KIND as ACCESS_LOAD...; CODE an address in the
 * program, for its line.
 */
#ifndef GPU_TWIN_REPORT_H
#define GPU_TWIN_REPORT_H
#define REPORT_VARIABLE "HBMSCOPE_TWIN_REPORT"

/* Writes what the twin has counted; called at exit where the variable is set. */
void report_write(void);
#endif
