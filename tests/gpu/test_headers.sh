#!/bin/sh
# Every C header under gpu/ compiles alone; those that include CUDA's, where the toolkit is.
count=0
cuda=$(ls -d /usr/local/cuda/include 2>/dev/null)
for header in gpu/twin/*.h gpu/capture/*.h gpu/kernels/attention.h gpu/kernels/cases.h gpu/kernels/probe.h gpu/kernels/reference.h; do
    case $header in gpu/capture/job.h | gpu/capture/library.h | gpu/capture/plan.h | gpu/capture/measure.h) [ -n "$cuda" ] || continue ;; esac
    if out=$(${CC:-cc} -std=c11 -Wall -Wextra -Werror -I. -D_GNU_SOURCE -Igpu/capture/compat ${cuda:+-isystem "$cuda"} -fsyntax-only -x c "$header" 2>&1); then
        count=$((count + 1))
    else echo "not ok $header alone: $(echo "$out" | head -n 1)"; fi
done
echo "ok $count headers of gpu/ compile alone"
