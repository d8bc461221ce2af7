#!/bin/bash
# visit.sh OUTDIR [STAGE...]: what there is to learn from a GPU machine, stage by stage; each keeps to a time of its own.
# visit.sh --plan [STAGE...]: every case of those stages, how many points they make and about how long they take; needs no GPU.
#
#   check     results of every kernel against float64, compute-sanitizer, whether counters can be read      check.txt
#   capture   counters of attention over a grid of sizes, L2 cold, warm and drained                         captures.txt
#   probe     the same of kernels that move a known number of bytes                                         probes.txt
#   ncu       ncu's counters of the same launches                                                           ncu.csv, ncu.txt
#   speed     our kernels and PyTorch's attention backends, side by side in one process                     speed.txt
#
# All stages where none is named; STAGE:SECONDS gives a stage another time. log.txt says what the machine is, what was run, how it
# ended and what was left out; clocks.csv has clocks, power and temperature through the visit. The first calls are to be
# `visit.sh OUT check probe capture` and `visit.sh OUT ncu speed`, ten minutes each. VISIT_SECONDS (570) bounds a whole call.
# Needs bash, make, gcc, the CUDA 13 toolkit, a driver r580 or newer; ncu, compute-sanitizer and PyTorch where they are. Not yet
# run on a GPU.
set -u
cd "$(dirname "$0")/.."
stage_names='check probe capture ncu speed'
stage_seconds() { case $1 in check) echo 90 ;; probe) echo 70 ;; capture) echo 340 ;; ncu) echo 140 ;; speed) echo 350 ;; *) return 1 ;; esac; }

split_stage() { # NAME or NAME:SECONDS, into $name and $seconds
    name=${1%%:*} seconds=${1#"${1%%:*}"}
    seconds=${seconds#:}
    seconds=${seconds:-$(stage_seconds "$name")}
}

is_plan=0 out=
case ${1:-} in
--plan) is_plan=1; shift ;;
'' | -*) sed -n '2,3s/^# //p' "$0" >&2; exit 2 ;;
*) out=$1; shift ;;
esac
for stage in "$@"; do
    stage_seconds "${stage%%:*}" >/dev/null || { echo "visit.sh: there is no stage $stage; there are $stage_names" >&2; exit 2; }
    case $stage in *:*[!0-9]* | *:) echo "visit.sh: $stage: seconds are a whole number" >&2; exit 2 ;; esac
done
stages=${*:-$stage_names}

# The plan.
# Reads cases, prints how many there are and the time they take. What is counted: launches under the profiler (states x kernels x
# groups of counters x repeats), the launches that warm the L2, checking on the host (1.9 GFLOP/s, measured), filling of inputs. What
# is assumed, for want of a measurement: 20 ms for a measurement's enabling and disabling, rates of 0.005 to 0.8 TFLOP/s an SM, 40
# passes of 20 ms under ncu. log.txt has what they really took.
estimate() { # STAGE
    awk -v stage="$1" '
    function per_sm_flops() { return dtype == "fp16" ? 0.8e12 : algorithm == "standard" && version == 1 ? 0.005e12 : version == 3 ? 0.2e12 : 0.06e12 }
    {
        algorithm = ""; probe = ""; version = heads = batch = 1; seq = bytes = 0; dim = 64; states = 1; repeats = 5; dtype = "fp32"; is_both = is_warm = 0
        for (i = 1; i <= NF; i++) {
            at = index($i, "="); key = substr($i, 1, at - 1); value = substr($i, at + 1)
            if (key == "algorithm") algorithm = value; else if (key == "version") version = value; else if (key == "seq") seq = value
            else if (key == "head-dim") dim = value; else if (key == "heads") heads = value; else if (key == "dtype") dtype = value
            else if (key == "repeat") repeats = value; else if (key == "pass") is_both = value == "both"; else if (key == "probe") probe = value
            else if (key == "l2-state") { states = split(value, a, ","); is_warm = value ~ /warm/ }
        }
        kernels = probe == "read" || probe == "write" ? 1 : probe == "empty" ? 3 : probe ? 2 : algorithm == "standard" ? (is_both ? 8 : 3) : (is_both ? 3 : 1)
        flops = 4 * seq * seq * dim * heads * (is_both ? 3.5 : 1)
        blocks = algorithm == "flash1" ? heads : seq / 128 * heads; if (blocks < 1) blocks = 1; if (blocks > 132) blocks = 132
        once = flops / (per_sm_flops() * blocks)
        rows = seq * heads < 1024 ? seq * heads : 512 # that are checked
        host = probe ? 0.02 : 0.05 + seq * dim * heads * 4 / 1e8 + rows * seq * dim * 4 / 1.9e9
        if (is_both && seq * seq * dim <= 2 ^ 27) host += 14 * seq * seq * dim / 1.9e9
        launches = states * kernels * 4 * repeats; points += states; all += launches; cases++
        if (stage == "ncu") s += host + once + kernels * 40 * 0.02
        else if (stage == "check") s += host + once
        else s += host + once + launches * 0.02 + once * 4 * repeats * (states + (is_warm ? kernels : 0))
    }
    END { if (stage == "capture" || stage == "probe") printf "%d cases, %d points, %d launches measured, about %d s\n", cases, points, all, s
          else printf "%d cases, about %d s\n", cases, s }'
}
plan_stage() { # NAME SECONDS
    local cases summary
    if [ "$1" = speed ]; then
        cases=$(python3 gpu/speed.py --plan) || return 1
        summary=$(echo "$cases" | tail -n 1) cases=$(echo "$cases" | sed '$d')
    else
        cases=$(bash gpu/visit_cases.sh "$1")
        summary=$(echo "$cases" | estimate "$1")
    fi
    echo "== $1: $summary; its limit is $2 s"
    echo "$cases"
}
if [ $is_plan = 1 ]; then
    for stage in $stages; do
        split_stage "$stage"
        plan_stage "$name" "$seconds" || exit 1
    done
    exit
fi

# The visit.
mkdir -p "$out" && out=$(cd "$out" && pwd) || exit 1
begin=$(date +%s)
elapsed() { echo $(($(date +%s) - begin)); }
log() { echo "[$(elapsed) s] $*" | tee -a "$out/log.txt"; }
whole=${VISIT_SECONDS:-570}
work=$(mktemp -d)
sampler=
leave() { [ -n "$sampler" ] && kill "$sampler" 2>/dev/null; rm -rf "$work"; }
trap leave EXIT
capture=build/hbmscope-capture

# Runs a command for at most so many seconds; $work/said has what it said; one line into the log.
attempt() { # SECONDS NAME COMMAND...
    local seconds=$1 name=$2 begun status
    shift 2
    begun=$(date +%s)
    timeout -k 10 "$seconds" "$@" >"$work/said" 2>&1
    status=$?
    log "$name: $([ $status = 0 ] && echo done || echo "exit $status$([ $status = 124 ] && echo ", out of time")") in $(($(date +%s) - begun)) s: $(reason)"
    grep '^left out' "$work/said" >>"$out/log.txt"
    return $status
}
# The sentence that says most: the first error, else the last line.
reason() { { grep -m 1 -E 'hbmscope: |==ERROR==|ERR_|Error|error:' "$work/said" || tail -n 1 "$work/said"; } | head -c 300; }

describe_machine() {
    nvidia-smi -L
    nvidia-smi --query-gpu=name,driver_version,compute_cap,mig.mode.current,ecc.mode.current,clocks.max.sm,clocks.max.mem,power.limit --format=csv
    echo "user $(id -un)"; grep CapEff /proc/self/status; uname -r
    cat /proc/driver/nvidia/version; grep RmProfilingAdminOnly /proc/driver/nvidia/params
    nvcc --version | tail -2; ncu --version | tail -1; compute-sanitizer --version | head -1
    python3 -c 'import torch; print("torch", torch.__version__, "CUDA", torch.version.cuda)'
    for f in libcupti.so.13 libcuda.so.1; do find / -xdev -name $f -print -quit; done 2>/dev/null
    ps -e -o comm= | grep -E 'dcgm|hostengine'
    git rev-parse HEAD
}
{ echo "== $(date -u +%FT%TZ): visit of $stages"; describe_machine 2>&1 | sed 's/^/   /'; } >>"$out/log.txt"

cc=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null | head -1 | tr -dc '0-9')
case $(nvidia-smi --query-gpu=name --format=csv,noheader 2>/dev/null | head -1) in *H200*) gpu=h200 ;; *H100*PCIe*) gpu=h100-pcie ;; *A100*40GB*) gpu=a100-40 ;; *A100*) gpu=a100-80 ;; *B200*) gpu=b200 ;; *5090*) gpu=rtx5090 ;;
*4090*) gpu=rtx4090 ;; *L40S*) gpu=l40s ;; *) gpu=h100 ;; esac
[ -n "$cc" ] || log "nvidia-smi names no GPU here: what needs one will say so"
fields=timestamp,clocks.sm,clocks.mem,power.draw,temperature.gpu,utilization.gpu,clocks_event_reasons.active
if [ -n "$cc" ]; then nvidia-smi --query-gpu=$fields --format=csv -lms 500 >>"$out/clocks.csv" 2>/dev/null & sampler=$!; fi

nvcc=${NVCC:-$(ls /usr/local/cuda/bin/nvcc 2>/dev/null || command -v nvcc)}
arch=${cc:-90}
[ "$arch" = 90 ] && arch=90a # with Hopper's own instructions
# CUPTI may lie elsewhere than in the toolkit, beside a Python package for one.
toolkit=$(dirname "$(dirname "${nvcc:-/usr/local/cuda/bin/nvcc}")")
cupti_include=()
if [ -z "$(ls "$toolkit"/include/cupti_range_profiler.h "$toolkit"/extras/CUPTI/include/cupti_range_profiler.h 2>/dev/null)" ]; then
    header=$(find / -xdev -name cupti_range_profiler.h -print -quit 2>/dev/null)
    [ -n "$header" ] && cupti_include=("CUPTI_INCLUDE=$(dirname "$header")/") && log "CUPTI's headers are taken from $(dirname "$header")"
fi
if [ -z "$(ls "$toolkit"/lib64/libcupti.so.13 "$toolkit"/extras/CUPTI/lib64/libcupti.so.13 2>/dev/null)" ]; then
    library=$(find / -xdev -name libcupti.so.13 -print -quit 2>/dev/null)
    [ -n "$library" ] && export LD_LIBRARY_PATH=$(dirname "$library")${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH} && log "CUPTI is $library"
fi
is_built=1
if ! attempt 300 "build for sm_$arch" make -s -j"$(nproc)" MODE=release NVCC="$nvcc" NVCC_ARCH="-gencode arch=compute_$arch,code=sm_$arch" "${cupti_include[@]}" gpu-tools; then
    tail -n 30 "$work/said" | sed 's/^/   /' >>"$out/log.txt"
    if [ -x $capture ] && [ -e build/libhbmscope-gpu.so ]; then log 'what was built before is used'; else
        is_built=0; log "without a build only PyTorch's backends can be timed"
    fi
fi

# A list of cases into a file of captures. Where the program was killed, the runs it had written are kept.
take() { # SECONDS FILE NAME [OPTION...]
    local seconds=$1 file=$2 name=$3 status part
    shift 3
    attempt "$seconds" "$name" $capture capture -o "$file" --cases "$work/cases" --seconds $((seconds > 30 ? seconds - 20 : seconds / 3 + 1)) "$@"
    status=$?
    for part in "$file".*.new; do
        [ -e "$part" ] || continue
        { cat "$part"; echo end; } >"$file" && rm "$part" && log "$name: what it had measured is kept, $(grep -c '^run$' "$file") runs"
    done
    return $status
}

check_stage() { # SECONDS
    local cases tool
    bash gpu/visit_cases.sh check "$gpu" >"$work/cases"
    take $(($1 / 2)) "$work/results" 'results against float64' --just-run
    cp "$work/said" "$out/check.txt"
    echo 'algorithm=flash2 seq=1024 head-dim=64 heads=1 batch=1 dtype=fp32 repeat=10' >"$work/cases"
    take 30 "$work/trial" 'a first capture, to see whether counters can be read and what a measurement takes'
    { echo '== a first capture'; cat "$work/said" "$work/trial"; } >>"$out/check.txt" 2>/dev/null
    command -v compute-sanitizer >/dev/null || { log 'compute-sanitizer is not on this machine: memcheck and racecheck are left out'; return; }
    bash gpu/visit_cases.sh sanitize "$gpu" >"$work/cases"
    for tool in memcheck racecheck; do
        if [ "$(elapsed)" -ge "$stage_end" ]; then log "left out: $tool, for want of time"; continue; fi
        attempt 60 "$tool" compute-sanitizer --tool $tool --error-exitcode 9 $capture capture --just-run --cases "$work/cases" --seconds 45
        { echo "== $tool"; cat "$work/said"; } >>"$out/check.txt"
    done
}
capture_stage() { bash gpu/visit_cases.sh capture "$gpu" >"$work/cases"; take "$1" "$out/captures.txt" capture; }
probe_stage() { bash gpu/visit_cases.sh probe "$gpu" >"$work/cases"; take "$1" "$out/probes.txt" probe; }

under_ncu() { # SECONDS METRICS
    timeout -k 5 "$1" ncu --target-processes application-only --replay-mode kernel --cache-control all --clock-control none --csv --page raw --print-units base \
        --print-kernel-base function --kernel-name-base function --kernel-name 'regex:^(standard|flash|probe_|sum_heads)' --metrics "$2" --log-file "$out/ncu.csv" \
        $capture capture --just-run -o "$work/launches" --cases "$work/cases" --seconds $(($1 * 2 / 3))
}
ncu_stage() { # SECONDS
    command -v ncu >/dev/null || { log 'ncu is not on this machine: its stage is left out'; return; }
    local metrics few=gpu__time_duration.sum,dram__bytes_read.sum,dram__bytes_write.sum,lts__t_sectors_srcunit_tex_op_read.sum,lts__t_sectors_srcunit_tex_op_write.sum,l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum,l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum
    metrics=$($capture counters --chip GH100 2>/dev/null | sed -n 's/^  \([a-z].*__[^ ]*\) .*/\1/p' | paste -sd,)
    bash gpu/visit_cases.sh ncu "$gpu" >"$work/cases"
    under_ncu "$1" "${metrics:-$few}" >"$work/said" 2>&1
    log "ncu: exit $?: $(reason)"
    if [ ! -s "$work/launches" ] || ! grep -q 'Kernel Name' "$out/ncu.csv" 2>/dev/null; then
        log "ncu with every counter gave nothing ($(grep -m 1 ==ERROR== "$out/ncu.csv" 2>/dev/null | head -c 200)): once more with seven"
        [ "$(elapsed)" -lt "$stage_end" ] || { log 'left out: no time for that'; return; }
        under_ncu $((stage_end - $(elapsed) + 10)) $few >"$work/said" 2>&1
        log "ncu: exit $?: $(reason)"
    fi
    grep '^left out' "$work/said" >>"$out/log.txt"
    attempt 20 "ncu's launches as a capture" $capture ncu --csv "$out/ncu.csv" --launches "$work/launches" -o "$out/ncu.txt"
}
speed_stage() { # SECONDS
    command -v python3 >/dev/null || { log 'python3 is not on this machine: the speed stage is left out'; return; }
    attempt "$1" speed python3 gpu/speed.py -o "$out/speed.txt" --kernels "$([ $is_built = 1 ] && echo build/libhbmscope-gpu.so)" --gpu "$gpu" --seconds $(($1 > 30 ? $1 - 20 : $1))
    [ -s "$out/speed.txt" ] && grep -v '^left out' "$work/said" | tee -a "$out/log.txt" # the table
}

for stage in $stages; do
    split_stage "$stage"
    left=$((whole - $(elapsed)))
    if [ $left -lt 15 ]; then log "left out: $name, for the visit's $whole s are over"; continue; fi
    if [ $is_built = 0 ] && [ "$name" != speed ]; then log "left out: $name, which needs what was not built"; continue; fi
    [ $seconds -gt $left ] && seconds=$left
    stage_end=$(($(elapsed) + seconds))
    log "$name: begins, $seconds s"
    "${name}_stage" "$seconds"
done
log "the end; files: $(ls "$out" | tr '\n' ' ')"
