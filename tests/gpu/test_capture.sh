#!/bin/sh
# hbmscope capture and counters --chip without a GPU: the real host half of CUPTI, mocks for the rest. Every error ends in
# one clear line, the right status and no file.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
unset MOCK_CUDA MOCK_FAIL MOCK_SUPPORT MOCK_KERNELS MOCK_NAN MOCK_RANGES

run() { # NAME WANT_STATUS PATTERN COMMAND...: the last line of stderr must hold PATTERN ("" for none)
    name=$1 want=$2 pattern=$3; shift 3
    rm -f "$out/file"
    "$@" >"$out/text" 2>"$out/err"; got=$?
    lines=$(grep -vc '^mock' "$out/err")
    if [ $got != "$want" ]; then echo "not ok $name: want exit $want, got $got: $(head -c 400 "$out/err")"
    elif [ -n "$pattern" ] && ! grep -q -e "$pattern" "$out/err"; then echo "not ok $name: want '$pattern', got $(head -c 400 "$out/err")"
    elif [ "$want" != 0 ] && [ "$lines" != 1 ]; then echo "not ok $name: want one line, got $lines: $(cat "$out/err")"
    elif [ "$want" != 0 ] && [ -n "$(find "$out" -name 'file*')" ]; then echo "not ok $name: a file was left: $(ls "$out")"
    else echo "ok $name"; fi
}
run 'capture without -o' 2 '-o FILE' "$HBMSCOPE" capture --seq 256
if ! ldconfig -p 2>/dev/null | grep -q libcuda.so.1; then
    run 'capture without a GPU' 3 '^hbmscope: ' "$HBMSCOPE" capture -o "$out/file" --seq 256
fi
capture=$(dirname "$HBMSCOPE")/hbmscope-capture
mocks=${OBJ:-build/obj-dev-cc}/tests/gpu/mock
if [ ! -x "$capture" ] || [ ! -e "$mocks/libcupti_mock.so" ]; then echo "skip capture with mocks: the CUDA toolkit is not on this machine, so hbmscope-capture was not built"; exit 0; fi

for chip in GH100 GA100 AD102 GB100; do
    run "counters --chip $chip" 0 '' "$HBMSCOPE" counters --chip $chip --json
    python3 - "$out/text" $chip <<'P'
import json, sys
j, chip = json.load(open(sys.argv[1])), sys.argv[2]
names = [c["name"] for g in j["groups"] for c in g["counters"]]
needed = ["dram__bytes_read.sum", "dram__bytes_write.sum", "lts__t_sectors_srcunit_tex_op_read.sum", "lts__t_sectors_srcunit_tex_op_write.sum",
          "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum",
          "smsp__inst_executed_op_global_ld.sum", "smsp__inst_executed_op_global_st.sum"]
bad = [n for n in needed if n not in names] + [n for n in set(names) if names.count(n) != 1]
print(f"ok {chip}: counters of the model exist, each once" if not bad else f"not ok {chip}: {bad}")
passes = [g["passes"] for g in j["groups"]]
print(f"ok {chip}: groups of one pass" if set(passes) == {1} else f"not ok {chip}: passes {passes}")
first = [c["name"] for c in j["groups"][0]["counters"]]
print(f"ok {chip}: time and DRAM share a pass" if {"gpu__time_duration.sum", "dram__bytes_read.sum", "dram__bytes_write.sum"} <= set(first) else f"not ok {chip}: {first}")
P
done
run 'unknown chip' 1 'knows no chip H200' "$HBMSCOPE" counters --chip H200

real=; for f in /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64; do [ -e $f/libcupti.so.13 ] && { real=$f; break; }; done
export REAL_CUPTI=$real/libcupti.so.13 LD_LIBRARY_PATH=$(cd "$mocks" && pwd):$real${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
case="--algorithm standard --seq 256 --heads 1 --batch 1 --repeat 3 --kernels $mocks/libkernels_mock.so --cupti $mocks/libcupti_mock.so"
mock() { "$HBMSCOPE" capture -o "$out/file" $case "$@"; }
run 'whole capture' 0 '' mock --l2-state cold,warm,drained
python3 - "$out/file" <<'P'
import sys
lines = open(sys.argv[1]).read().splitlines()
def check(name, want, got): print(f"ok {name}" if want == got else f"not ok {name}: want {want}, got {got}")
check("capture: first and last line", ("hbmscope.capture/1", "end"), (lines[0], lines[-1]))
check("capture: three states, three kernels each", (3, 9), (lines.count("run"), sum(l.startswith("kernel = ") for l in lines)))
check("capture: provenance", True, all(any(l.startswith(k + " = ") for l in lines) for k in ("source", "date", "device", "chip", "driver", "l2_bytes", "cupti")))
m = [l.split() for l in lines if l.startswith("metric dram__bytes_read.sum")]
check("capture: unit, launches, rising values", (9, {"bytes"}, {"3"}, True),
      (len(m), {x[2] for x in m}, {x[3] for x in m}, all(float(x[4]) <= float(x[5]) <= float(x[6]) for x in m)))
P
cp "$out/file" "$out/kept"
run 'just run' 0 '' "$capture" capture --just-run --kernels "$mocks/libkernels_mock.so" --scenario 'algorithm = flash2
dtype = fp32'

run 'compare reads it' 0 '' "$HBMSCOPE" compare --algorithm standard --seq 256 --heads 1 --batch 1 --dtype fp32 --no-kernel --capture "$out/kept"

# What runs before a measurement: warm, the whole case with the kernel's own predecessor last; else a flush.
order() { # NAME STATE WANT
    said=$(MOCK_SAY=1 MOCK_KERNELS=say mock --l2-state "$2" --repeat 1 2>&1 | sed -n 's/^mock: launch //p; s/^mock: \(flush\|start\)$/\1/p' | paste -sd' ')
    case $said in *"$3"*) echo "ok $1" ;; *) echo "not ok $1: want $3, got $(echo "$said" | head -c 200)" ;; esac
}
order 'warm: what came before left the L2 so' warm '1 2 0 start 1'
order 'warm: the first kernel follows the last' warm '0 1 2 start 0'
order 'cold: flushed' cold 'flush start 1'
order 'drained: flushed before and after' drained 'flush start 1 flush'

run 'no device' 3 'CUDA_ERROR_NO_DEVICE' env MOCK_CUDA=none "$HBMSCOPE" capture -o "$out/file" $case
run 'no GPU seen' 3 'sees no GPU' env MOCK_CUDA=empty "$HBMSCOPE" capture -o "$out/file" $case
run 'stub driver' 3 'stub for linking' env MOCK_CUDA=stub "$HBMSCOPE" capture -o "$out/file" $case
run 'old driver' 3 'r580' env MOCK_CUDA=old "$HBMSCOPE" capture -o "$out/file" $case
run 'vGPU forbidden' 3 'vGPU whose hypervisor' env MOCK_SUPPORT=vgpu "$HBMSCOPE" capture -o "$out/file" $case
run 'old architecture' 3 'before 7.5' env MOCK_SUPPORT=old "$HBMSCOPE" capture -o "$out/file" $case
run 'wrong results' 1 'computes something wrong' env MOCK_KERNELS=wrong "$HBMSCOPE" capture -o "$out/file" $case
run 'failing launch' 1 "the mock's error" env MOCK_KERNELS=launch "$HBMSCOPE" capture -o "$out/file" $case --l2-state warm
run 'not a number' 1 'CUPTI gave' env MOCK_NAN=1 "$HBMSCOPE" capture -o "$out/file" $case
run 'too many ranges' 1 'recorded 2 ranges' env MOCK_RANGES=1 "$HBMSCOPE" capture -o "$out/file" $case
run 'no kernels' 1 'libhbmscope-gpu\|absent.so' mock --kernels "$out/absent.so"
run 'library without CUPTI' 1 'has no function' mock --cupti "$mocks/libkernels_mock.so"
run 'no such device' 1 "the mock's error" mock --device 3
run 'bad state' 2 'cold, warm or drained' mock --l2-state hot
run 'bad repeat' 2 'repeat is' mock --repeat 0
run 'bf16 has no kernel' 2 'dtype is bf16' mock --dtype bf16
run 'folder for a file' 1 'cannot be written' "$HBMSCOPE" capture -o "$out/absent/file" $case
while IFS=: read -r call code status words; do
    run "$call returns $code" "$status" "$words" env MOCK_FAIL=$call:$code "$HBMSCOPE" capture -o "$out/file" $case --l2-state drained
done <<'T'
cuptiProfilerGetCounterAvailability:35:1:NVreg_RestrictProfilingToAdminUsers=0
cuptiRangeProfilerEnable:35:1:cap-add=SYS_ADMIN
cuptiRangeProfilerSetConfig:26:1:DCGM
cuptiRangeProfilerStart:39:1:already runs under another profiler
cuptiRangeProfilerEnable:40:1:hypervisor
cuptiRangeProfilerEnable:33:3:virtual GPU
cuptiRangeProfilerEnable:43:3:MIG
cuptiRangeProfilerEnable:41:3:confidential
cuptiRangeProfilerEnable:45:3:WSL
cuptiRangeProfilerEnable:44:3:SLI
cuptiRangeProfilerEnable:38:3:legacy
cuptiProfilerDeviceSupported:42:3:CMP
cuptiProfilerInitialize:15:1:libnvperf_host.so
cuptiProfilerHostInitialize:46:1:knows no chip
cuptiRangeProfilerDecodeData:999:1:gVisor
cuptiRangeProfilerStop:8:1:out of memory
cuptiRangeProfilerPushRange:1:1:cuptiRangeProfilerPushRange
cuptiRangeProfilerPopRange:1:1:cuptiRangeProfilerPopRange
cuptiRangeProfilerGetCounterDataSize:1:1:cuptiRangeProfilerGetCounterDataSize
cuptiRangeProfilerCounterDataImageInitialize:1:1:CounterDataImageInitialize
cuptiRangeProfilerGetCounterDataInfo:1:1:GetCounterDataInfo
cuptiProfilerHostEvaluateToGpuValues:1:1:EvaluateToGpuValues
cuptiRangeProfilerDisable:1:1:cuptiRangeProfilerDisable
cuptiDeviceGetChipName:1:1:cuptiDeviceGetChipName
T
