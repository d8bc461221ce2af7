/* The files inside hbmscope-kernel, put there by the assembler: see embedded.h. TWIN_ARCHIVE is the library's path. */
#include "gpu/twin/embedded.h"

#include <stddef.h>

#define EMBED(symbol, path)                                                                                            \
    __asm__(".pushsection .rodata\n.global " #symbol "\n" #symbol ":\n.incbin \"" path "\"\n.global " #symbol          \
            "_end\n" #symbol "_end:\n.byte 0\n.popsection\n");                                                         \
    extern const char symbol[], symbol##_end[]

EMBED(embedded_twin_h, "gpu/twin/twin.h");
EMBED(embedded_hopper_h, "gpu/twin/hopper.h");
EMBED(embedded_runtime_h, "gpu/twin/include/cuda_runtime.h");
EMBED(embedded_types_h, "gpu/twin/include/twin_types.h");
EMBED(embedded_device_h, "gpu/twin/include/twin_device.h");
EMBED(embedded_launch_h, "gpu/twin/include/twin_launch.h");
EMBED(embedded_host_h, "gpu/twin/include/twin_host.h");
EMBED(embedded_fp16_h, "gpu/twin/include/cuda_fp16.h");
EMBED(embedded_groups_h, "gpu/twin/include/cooperative_groups.h");
EMBED(embedded_archive, TWIN_ARCHIVE);

const EmbeddedFile embedded_files[] = {
    {"twin.h", embedded_twin_h, embedded_twin_h_end},
    {"hopper.h", embedded_hopper_h, embedded_hopper_h_end},
    {"cuda_runtime.h", embedded_runtime_h, embedded_runtime_h_end},
    {"twin_types.h", embedded_types_h, embedded_types_h_end},
    {"twin_device.h", embedded_device_h, embedded_device_h_end},
    {"twin_launch.h", embedded_launch_h, embedded_launch_h_end},
    {"twin_host.h", embedded_host_h, embedded_host_h_end},
    {"cuda_fp16.h", embedded_fp16_h, embedded_fp16_h_end},
    {"cooperative_groups.h", embedded_groups_h, embedded_groups_h_end},
    {"libtwin.a", embedded_archive, embedded_archive_end},
};
const int embedded_file_count = sizeof embedded_files / sizeof *embedded_files;

const char *const embedded_aliases[] = {"cuda.h",
                                        "cuda_runtime_api.h",
                                        "cuda_pipeline.h",
                                        "cuda_pipeline_primitives.h",
                                        "cuda_profiler_api.h",
                                        "device_launch_parameters.h",
                                        "device_functions.h",
                                        "math_constants.h",
                                        "vector_types.h",
                                        "vector_functions.h",
                                        "driver_types.h",
                                        "builtin_types.h",
                                        "sm_60_atomic_functions.h",
                                        "cooperative_groups/reduce.h",
                                        NULL};
