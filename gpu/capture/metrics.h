/* The hardware counters that a capture asks for, by CUPTI's names; one list for capture, `counters --chip` and tests.
 * Pure data. */
#ifndef GPU_CAPTURE_METRICS_H
#define GPU_CAPTURE_METRICS_H
#include <stdbool.h>

/* X(metric, unit, needed on every chip, what it counts). Order: the planner fills passes from the top. */
#define METRIC_LIST(X)                                                                                                 \
    X("gpu__time_duration.sum", "ns", true, "the kernel's time")                                                       \
    X("sm__cycles_elapsed.max", "cycles", true, "cycles of the slowest SM")                                            \
    X("dram__bytes_read.sum", "bytes", true, "HBM to L2")                                                              \
    X("dram__bytes_write.sum", "bytes", true, "L2 to HBM; what stays dirty in L2 is not in it")                        \
    X("lts__t_sectors_srcunit_tex_op_read.sum", "sectors", true, "SMs read from L2")                                   \
    X("lts__t_sectors_srcunit_tex_op_write.sum", "sectors", true, "SMs write to L2")                                   \
    X("lts__t_sectors_srcunit_tex_op_red.sum", "sectors", true, "SMs add to L2 atomically, and ask nothing back")      \
    X("lts__t_sectors_op_read.sum", "sectors", true, "all reads of L2; one from the far partition counts twice")       \
    X("lts__t_sectors_op_write.sum", "sectors", true, "all writes of L2")                                              \
    X("lts__t_sectors_srcunit_ltcfabric.sum", "sectors", false, "between the two partitions of L2")                    \
    X("l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "sectors", true, "loads, after coalescing")                    \
    X("l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", "sectors", true, "stores, after coalescing")                   \
    X("l1tex__t_sectors_pipe_lsu_mem_global_op_red.sum", "sectors", true, "atomic adds, after coalescing")             \
    X("l1tex__t_bytes_pipe_lsu_mem_global_op_ld.sum", "bytes", true, "the same loads in bytes of sectors")             \
    X("smsp__inst_executed.sum", "instructions", true, "warp instructions")                                            \
    X("smsp__inst_executed_op_global_ld.sum", "requests", true, "warp-wide loads of global memory")                    \
    X("smsp__inst_executed_op_global_st.sum", "requests", true, "warp-wide stores to global memory")                   \
    X("smsp__inst_executed_op_global_red.sum", "requests", true, "warp-wide atomic adds")                              \
    X("smsp__inst_executed_op_shared_ld.sum", "requests", true, "warp-wide loads of shared memory")                    \
    X("smsp__inst_executed_op_shared_st.sum", "requests", true, "warp-wide stores to shared memory")                   \
    X("smsp__inst_executed_op_local_ld.sum", "requests", true, "registers that were spilled and read back")            \
    X("l1tex__data_pipe_lsu_wavefronts_mem_shared_op_ld.sum", "wavefronts", true, "shared loads")                      \
    X("l1tex__data_pipe_lsu_wavefronts_mem_shared_op_st.sum", "wavefronts", true, "shared stores")                     \
    X("l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_ld.sum", "wavefronts", true, "of those loads, by conflicts")  \
    X("l1tex__data_bank_conflicts_pipe_lsu_mem_shared_op_st.sum", "wavefronts", true, "of those stores, by conflicts") \
    X("l1tex__t_sectors_pipe_lsu_mem_global_op_ld_lookup_hit.sum", "sectors", true, "loads that hit in L1")            \
    X("lts__t_sectors_srcunit_tex_op_read_lookup_hit.sum", "sectors", true, "SM reads that hit in L2")                 \
    X("lts__t_sectors_srcunit_tex_op_read_lookup_miss.sum", "sectors", true, "SM reads that missed")                   \
    X("sm__inst_executed_pipe_tensor.sum", "instructions", true, "tensor core instructions")                           \
    X("sm__sass_inst_executed_op_ldgsts.sum", "requests", false, "cp.async: they are no global loads")                 \
    X("smsp__sass_thread_inst_executed_op_ffma_pred_on.sum", "thread_instructions", true,                              \
      "fused multiply-adds: two FLOPs each")                                                                           \
    X("smsp__sass_thread_inst_executed_op_fadd_pred_on.sum", "thread_instructions", true, "additions")                 \
    X("smsp__sass_thread_inst_executed_op_fmul_pred_on.sum", "thread_instructions", true, "multiplications")           \
    X("sm__sass_data_bytes_mem_global_op_ld.sum", "bytes", true,                                                       \
      "bytes that threads asked for: the model's issued_read_bytes")                                                   \
    X("sm__sass_data_bytes_mem_global_op_st.sum", "bytes", true, "bytes that threads wrote")                           \
    X("sm__sass_data_bytes_mem_global_op_red.sum", "bytes", true, "bytes that threads added")                          \
    X("sm__sass_data_bytes_mem_global_op_ldgsts.sum", "bytes", false, "bytes that cp.async copied")

typedef struct MetricInfo {
    const char *name, *unit, *meaning;
    bool is_needed;
} MetricInfo;
enum { METRICS_MAX = 64 };
extern const MetricInfo metric_table[];
extern const int metric_table_count;
#endif
