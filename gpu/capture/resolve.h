/* Cases as the kernels take them: a line of `member=value` words a case, named as GpuCase's members, for programs that
 * open the kernels themselves (gpu/speed.py). Needs no GPU. */
#ifndef GPU_CAPTURE_RESOLVE_H
#define GPU_CAPTURE_RESOLVE_H
#include "gpu/capture/request.h"

/* To stdout. A case without a kernel is a line `error=SENTENCE` in its place. */
bool resolve_print(const CaptureRequest *request, Err *err);
#endif
