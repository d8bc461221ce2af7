/* Cases as the kernels take them: see resolve.h. */
#include "gpu/capture/resolve.h"

#include <errno.h>
#include <stdio.h>

#include "gpu/kernels/cases.h"

static void print_case(const GpuCase *c) {
    const struct {
        const char *name;
        int64_t value;
    } members[] = {{"batch_count", c->batch_count},
                   {"head_count", c->head_count},
                   {"kv_head_count", c->kv_head_count},
                   {"query_rows", c->query_rows},
                   {"key_rows", c->key_rows},
                   {"head_dim_elems", c->head_dim_elems},
                   {"block_query_rows", c->block_query_rows},
                   {"block_key_rows", c->block_key_rows},
                   {"backward_block_query_rows", c->backward_block_query_rows},
                   {"backward_block_key_rows", c->backward_block_key_rows},
                   {"is_causal", c->is_causal},
                   {"window_keys", c->window_keys},
                   {"smem_per_block_bytes", c->smem_per_block_bytes},
                   {"has_backward", c->has_backward}};
    printf("algorithm=%s version=%d dtype=%s", c->algorithm, c->version, c->dtype);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        printf(" %s=%lld", members[i].name, (long long)members[i].value);
    printf("\n");
}

bool resolve_print(const CaptureRequest *request, Err *err) {
    for (int i = 0; i < request->case_count; i++) {
        const CaptureCase *c = &request->cases[i];
        GpuCase g;
        Err no_kernel = {0};
        if (case_from_scenario(&c->scenario, 0, c->version, &g, &no_kernel))
            print_case(&g);
        else
            printf("error=%s\n", no_kernel.text);
    }
    return fflush(stdout) == 0 || err_cannot_write(err, "the output", errno);
}
