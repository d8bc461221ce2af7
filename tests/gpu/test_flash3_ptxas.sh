#!/bin/sh
# What ptxas says of flash3: no register spilled, no wgmma serialised, no setmaxnreg ignored. Its notes on either begin "(C75".
nvcc=${NVCC:-$(ls /usr/local/cuda/bin/nvcc 2>/dev/null || command -v nvcc)}
if [ -z "$nvcc" ]; then echo "skip flash3 under ptxas: nvcc was not found"; exit 0; fi
said=$(mktemp)
trap 'rm -f "$said"' EXIT
if ! "$nvcc" -gencode arch=compute_90a,code=sm_90a -std=c++17 -O3 -I. -Xptxas -v -c gpu/kernels/flash3.cu -o /dev/null >"$said" 2>&1; then
    echo "not ok flash3 compiles for sm_90a: $(grep -m 1 -i error "$said")"; exit 0
fi
check() { if [ "$2" = "$3" ]; then echo "ok flash3 under ptxas: $1"; else echo "not ok flash3 under ptxas: $1: want $2, got $3"; fi; }
check 'kernels' 4 "$(grep -c 'Compiling entry function.*flash3_forward' "$said")"
check 'kernels that spill nothing' 4 "$(grep -c '^ *0 bytes stack frame, 0 bytes spill stores, 0 bytes spill loads' "$said")"
check 'notes on wgmma and setmaxnreg' '' "$(grep -m 1 '(C75' "$said")"
check 'registers at launch: 65536 over 512 and over 384 threads' '128 128 168 168' "$(sed -n 's/.*Used \([0-9]*\) registers.*/\1/p' "$said" | sort | paste -sd' ')"
