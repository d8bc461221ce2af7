#!/bin/sh
# What ptxas says of the kernels on tensor cores: no register is spilled, on the two chips that most visits meet.
nvcc=${NVCC:-$(ls /usr/local/cuda/bin/nvcc 2>/dev/null || command -v nvcc)}
if [ -z "$nvcc" ]; then echo "skip fp16 under ptxas: nvcc was not found"; exit 0; fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
for file in standard_fp16 flash1_fp16 flash2_fp16 flash_backward_fp16; do
    if ! "$nvcc" -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 -std=c++17 -O3 -I. -Xptxas -v -c gpu/kernels/$file.cu -o /dev/null >"$said" 2>&1; then
        echo "not ok $file compiles: $(grep -m 1 -i error "$said")"; continue
    fi
    count=$(grep -c 'Compiling entry function' "$said")
    spilling=$(awk '/Compiling entry function/ { name = $0 } /bytes spill stores/ && !/ 0 bytes spill stores, 0 bytes spill loads/ { print name; exit }' "$said")
    if [ "$count" -gt 0 ] && [ -z "$spilling" ]; then echo "ok $file: $count kernels spill nothing"; else echo "not ok $file: want no spill in $count kernels, got $spilling"; fi
done
