#!/bin/bash
# visit.sh OUTDIR: everything there is to learn from one GPU machine, in at most ten minutes and eight files.
#
#   env.txt        the machine: driver, clocks, permissions, versions
#   log.txt        what was run, how it ended, how long it took
#   captures.txt   counters over a grid of sizes, forward and some of both passes, as one hbmscope.capture/1 file: check it, then keep it in gpu/captures/
#   sanitizer.txt  compute-sanitizer's memcheck and racecheck
#   ncu_standard.csv, ncu_flash.csv   the same kernels under ncu, to hold against the captures: hbmscope compare --ncu
#   torch.txt      a framework's scaled-dot-product attention, each backend, where Python has one
#
# Needs: bash, make, gcc, the CUDA 13 toolkit, a driver r580 or newer. Not yet run on a GPU.
set -u
cd "$(dirname "$0")/.."
out=${1:?usage: gpu/visit.sh OUTDIR}
mkdir -p "$out" && out=$(cd "$out" && pwd)
begin=$(date +%s)
elapsed() { echo $(($(date +%s) - begin)); }
log() { echo "[$(elapsed) s] $*" | tee -a "$out/log.txt"; }
left() { [ "$(elapsed)" -lt "$1" ]; } # is there time before that second?
: >"$out/log.txt"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

{
    nvidia-smi -L
    nvidia-smi --query-gpu=name,driver_version,compute_cap,mig.mode.current,ecc.mode.current,clocks.max.sm,clocks.max.mem,clocks.sm,power.limit --format=csv
    echo "user $(id -un)"; grep CapEff /proc/self/status
    cat /proc/driver/nvidia/version; grep RmProfilingAdminOnly /proc/driver/nvidia/params
    nvcc --version | tail -2; ncu --version | tail -1; compute-sanitizer --version | head -1
    find / -xdev \( -name 'libcupti.so*' -o -name 'libnvperf_host.so' -o -name 'libcuda.so*' \) 2>/dev/null
    pgrep -a 'dcgm|nv-hostengine'
    git rev-parse HEAD 2>/dev/null
} >"$out/env.txt" 2>&1

# ---- build for this GPU alone ----
nvcc=${NVCC:-$(ls /usr/local/cuda/bin/nvcc 2>/dev/null || command -v nvcc)}
cc=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -1 | tr -d '. ')
if ! make -j"$(nproc)" MODE=release NVCC="$nvcc" NVCC_ARCH="-gencode arch=compute_${cc:-90},code=sm_${cc:-90}" gpu-tools >"$work/build.txt" 2>&1; then
    tail -30 "$work/build.txt" >>"$out/log.txt"; log "the build failed"; exit 1
fi
log "built for sm_${cc:-90}"
capture=build/hbmscope-capture

scenario() { # ALGORITHM SEQ HEAD_DIM HEADS DTYPE [MORE]
    printf 'algorithm = %s\nbatch = 1\nheads = %s\nseq = %s\nhead-dim = %s\ndtype = %s\ngpu = h100\n%b' "$1" "$4" "$2" "$3" "$5" "${6:-}"
}
attempt() { # SECONDS NAME COMMAND...: runs it, logs how it ended
    seconds=$1 name=$2; shift 2
    timeout "$seconds" "$@" >"$work/said.txt" 2>&1; status=$?
    log "$name: exit $status: $(tail -n 1 "$work/said.txt" | head -c 300)"
    return $status
}

# ---- results against float64: every kernel, ragged and causal too ----
for version in 1 2 3; do attempt 60 "standard version $version" $capture capture --just-run --version $version --scenario "$(scenario standard 1000 64 2 fp32)"; done
for dim in 32 64 128; do
    for algorithm in standard flash1 flash2; do attempt 60 "$algorithm d=$dim" $capture capture --just-run --scenario "$(scenario $algorithm 1000 $dim 2 fp32)"; done
    attempt 60 "flash2 fp16 d=$dim" $capture capture --just-run --scenario "$(scenario flash2 1000 $dim 2 fp16)"
    attempt 60 "flash2 fp16 d=$dim causal" $capture capture --just-run --scenario "$(scenario flash2 1000 $dim 2 fp16 'causal = on\n')"
done
for algorithm in standard flash1 flash2; do
    attempt 60 "$algorithm causal" $capture capture --just-run --scenario "$(scenario $algorithm 777 64 3 fp32 'causal = on\n')"
    for dim in 32 64 128; do attempt 60 "$algorithm, both passes, d=$dim" $capture capture --just-run --scenario "$(scenario $algorithm 1000 $dim 2 fp32 'pass = both\n')"; done
    attempt 60 "$algorithm, both passes, causal, heads shared" $capture capture --just-run --scenario "$(scenario $algorithm 777 64 3 fp32 'pass = both\ncausal = on\nkv-heads = 1\n')"
done
attempt 60 'window, both passes' $capture capture --just-run --scenario "$(scenario window 1000 64 2 fp32 'pass = both\nwindow = 129\n')"

: >"$out/sanitizer.txt"
if command -v compute-sanitizer >/dev/null; then
    for tool in memcheck racecheck; do
        for case in 'standard 160 64 1 fp32 pass=both\n' 'flash1 300 64 1 fp32 pass=both\n' 'flash2 160 64 2 fp32 pass=both\nkv-heads=1\n' 'flash2 160 64 1 fp16'; do
            left 150 || { log "no time for $tool $case"; continue; }
            attempt 40 "$tool $case" compute-sanitizer --tool $tool --error-exitcode 9 $capture capture --just-run --scenario "$(scenario $case)"
            { echo "== $tool $case"; cat "$work/said.txt"; } >>"$out/sanitizer.txt"
        done
    done
fi

# ---- captures: the grid, small first, so that what time cuts off is the large end ----
count=0
take() { # ALGORITHM SEQ DIM HEADS DTYPE STATES REPEAT [MORE]
    left 420 || { log "no time for capture $*"; return; }
    if attempt 60 "capture $*" $capture capture -o "$work/one.txt" --l2-state "$6" --repeat "$7" --scenario "$(scenario "$1" "$2" "$3" "$4" "$5" "${8:-}")"; then
        if [ $count = 0 ]; then sed '/^end$/d' "$work/one.txt" >"$work/all.txt"; else sed -n '/^run$/,$p' "$work/one.txt" | sed '/^end$/d' >>"$work/all.txt"; fi
        count=$((count + 1))
    fi
}
for seq in 256 512 1024 2048 4096; do
    for algorithm in standard flash1 flash2; do take $algorithm $seq 64 1 fp32 cold,warm,drained 5; done
    take flash2 $seq 64 1 fp16 cold,warm 5
done
for seq in 1024 4096; do
    for algorithm in standard flash2; do take $algorithm $seq 128 1 fp32 cold 3; take $algorithm $seq 64 8 fp32 cold,warm 3; take $algorithm $seq 64 32 fp32 cold 3; done
    take flash1 $seq 64 32 fp32 cold 3; take flash2 $seq 128 32 fp16 cold 3
done
for seq in 1024 2048; do
    for algorithm in standard flash1 flash2; do take $algorithm $seq 64 4 fp32 cold,warm 3 'pass = both\n'; done
done
take flash2 4096 64 8 fp32 cold 3 'pass = both\n'; take flash2 4096 128 8 fp32 cold 3 'pass = both\n'; take flash2 1024 64 8 fp32 cold 3 'pass = both\nkv-heads = 2\n'
# |S| between half of the L2 and all of it: where a store's near copy decides (docs of --l2-store)
for seq in 2560 3072 3584; do take standard $seq 64 1 fp32 cold,warm,drained 5; done
for seq in 8192 16384; do
    take standard $seq 64 1 fp32 cold,drained 3
    take flash2 $seq 64 1 fp32 cold 3; take flash2 $seq 128 8 fp16 cold 3
done
[ $count -gt 0 ] && { cat "$work/all.txt"; echo end; } >"$out/captures.txt"
log "$count captures"

# ---- the same under ncu ----
metrics=$($capture counters --chip GH100 2>/dev/null | sed -n 's/^  \([a-z].*__[^ ]*\) .*/\1/p' | paste -sd,)
under_ncu() { # FILE ALGORITHM PASS
    command -v ncu >/dev/null && left 510 || { log "no ncu, or no time, for $2"; return; }
    attempt 60 "ncu $2" ncu --target-processes application-only --replay-mode kernel --cache-control all --clock-control none --csv --page raw --print-units base \
        --print-kernel-base function --kernel-name-base function --kernel-name 'regex:^(standard|flash)' --metrics "$metrics" --log-file "$out/$1" \
        $capture capture --just-run --scenario "$(scenario "$2" 1024 64 1 fp32 "pass = $3\n")"
}
under_ncu ncu_standard.csv standard forward
under_ncu ncu_flash.csv flash2 both

# ---- a framework's attention, each backend ----
if left 540 && python3 -c 'import torch' 2>/dev/null; then
    timeout 50 python3 - >"$out/torch.txt" 2>&1 <<'P'
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
print(torch.__version__, torch.cuda.get_device_name(0))
print("backend dtype seq head_dim heads median_ms of 20")
for dtype in (torch.float16, torch.float32):
    for seq, dim, heads in ((1024, 64, 1), (1024, 64, 32), (4096, 64, 8), (4096, 128, 8), (16384, 64, 8)):
        q, k, v = (torch.randn(1, heads, seq, dim, device="cuda", dtype=dtype) for _ in range(3))
        for backend in (SDPBackend.MATH, SDPBackend.EFFICIENT_ATTENTION, SDPBackend.FLASH_ATTENTION, SDPBackend.CUDNN_ATTENTION):
            try:
                with sdpa_kernel(backend):
                    times = []
                    for i in range(23):
                        a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
                        a.record(); torch.nn.functional.scaled_dot_product_attention(q, k, v); b.record(); b.synchronize()
                        if i >= 3: times.append(a.elapsed_time(b))
                print(backend.name, str(dtype)[6:], seq, dim, heads, f"{sorted(times)[10]:.4f}")
            except (RuntimeError, torch.cuda.OutOfMemoryError) as e:
                print(backend.name, str(dtype)[6:], seq, dim, heads, "not available:", str(e).split("\n")[0][:80])
P
    log "torch: exit $?"
else
    log "no torch, or no time"
fi
log "done: $(ls "$out" | tr '\n' ' ')"
