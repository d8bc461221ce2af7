/* The batch: all cases of a request into one capture file.
 *
 * A single case's file appears whole or not at all. In a list a case that fails is named on stderr and the others go
 * on; what was measured is written case by case to FILE.PID.new, which lacks nothing but its last line (`end`) if the
 * process is killed. Where the time is over, or SIGTERM comes, what is left out is named on stdout and the file is
 * ended properly.
 */
#ifndef GPU_CAPTURE_BATCH_H
#define GPU_CAPTURE_BATCH_H
#include "gpu/capture/request.h"

/* False where the GPU cannot be opened, a case failed, or nothing was measured; *err has a sentence. */
bool batch_run(const CaptureRequest *request, Err *err);
#endif
