#!/bin/sh
# gpu/visit.sh with mocks in place of GPU, driver, CUPTI's target half, kernels, nvidia-smi, ncu and PyTorch: what it leaves, what it
# says where something is missing, and that it then goes on.
capture=$(dirname "$HBMSCOPE")/hbmscope-capture
mocks=${OBJ:-build/obj-dev-cc}/tests/gpu/mock
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $2, got $3"; fi; }

# The plan needs no GPU and no toolkit.
plan=$(bash gpu/visit.sh --plan capture)
points=$(echo "$plan" | sed -n 's/^== capture: .* cases, \([0-9]*\) points.*/\1/p')
check 'plan: at least a hundred points' yes "$([ "${points:-0}" -ge 100 ] && echo yes || echo "$points")"
lines=$(echo "$plan" | sed 1d)
states=$(echo "$lines" | sed 's/.*l2-state=\([^ ]*\).*/\1/' | tr ',' '\n' | wc -l)
check 'plan: as many points as states of its lines' "$states" "$points"
check 'plan: no case twice' '' "$(echo "$lines" | sort | uniq -d)"
has() { echo "$lines" | grep -q "$1" && echo yes || echo no; }
for want in 'standard version=1' 'standard version=2\|standard version=0' 'standard version=3' 'flash1 ' 'flash2 .*dtype=fp32' 'flash2 .*dtype=fp16' 'seq=256 ' \
    'seq=16384 ' 'head-dim=128' 'heads=32' 'cold,warm,drained' 'pass=both' 'causal=on' 'seq=2176 .*warm' 'seq=3072 .*fp16.*warm' 'seq=4096 .*fp16.*warm' \
    'seq=4608 .*fp16.*warm' 'seq=5120 .*fp16.*warm' 'seq=5632 .*fp16.*warm' 'seq=6144 .*fp16.*warm' 'seq=8192 .*fp16.*warm'; do
    check "plan: has $want" yes "$(has "algorithm=.*$want\|$want")"
done
bash gpu/visit.sh --plan >"${TMPDIR:-/tmp}/plan.$$"
check 'plan: every stage has an estimate and a limit' 5 "$(grep -c '^== .* about [0-9]* s; its limit is [0-9]* s$' "${TMPDIR:-/tmp}/plan.$$")"
check 'plan: every stage fits its limit' '' "$(sed -n 's/^== \([a-z]*\): .*about \([0-9]*\) s; its limit is \([0-9]*\) s$/\1 \2 \3/p' "${TMPDIR:-/tmp}/plan.$$" | awk '$2 > $3 - 20')" # what a list is given
rm -f "${TMPDIR:-/tmp}/plan.$$"
check 'plan: another limit' 1 "$(bash gpu/visit.sh --plan probe:33 | grep -c 'its limit is 33 s$')"
bash gpu/visit.sh --plan nonsense >/dev/null 2>&1; check 'a stage that there is not' 2 $?
bash gpu/visit.sh >/dev/null 2>&1; check 'no folder' 2 $?

# Every kind of case has a kernel with the tiles that the GPU takes, and it computes what it should: tried small, on the CPU.
twin=$(dirname "$HBMSCOPE")/hbmscope-twin
if [ -x "$twin" ]; then
    failed= count=0
    for gpu in h100; do
        for stage in capture check sanitize; do bash gpu/visit_cases.sh $stage $gpu; done | grep -v 'probe=\|version=3' |
            sed 's/ seq=[0-9]*/ seq=40/; s/ heads=[0-9]*/ heads=2/; s/ kv-heads=[0-9]*/ kv-heads=1/; s/ l2-state=[^ ]*//; s/ repeat=[0-9]*//' | sort -u
    done | sort -u >"${TMPDIR:-/tmp}/kinds.$$"
    while read -r line; do
        version=$(echo "$line" | sed 's/.*version=\([0-9]\).*/\1/')
        said=$("$twin" --version "$version" --scenario "$(echo "$line" | sed 's/ version=[0-9]//' | tr ' ' '\n')" 2>&1 >/dev/null) || failed="$failed$line: $said; "
        count=$((count + 1))
    done <"${TMPDIR:-/tmp}/kinds.$$"
    rm -f "${TMPDIR:-/tmp}/kinds.$$"
    check "every kind of case runs on the CPU" '' "$failed"
    check 'they are many' yes "$([ $count -gt 40 ] && echo yes || echo $count)"
else echo "skip the visit's kinds of cases on the CPU: hbmscope-twin was not built"; fi

# What a visit builds (gpu.mk: hbmscope-capture and libhbmscope-gpu.so) needs no library but CUDA's and C's.
sources=$(find gpu/capture gpu/kernels sim -name '*.[ch]' -o -name '*.cu' -o -name '*.cuh' | grep -v '^sim/context/')
check 'gpu-tools is built of some files' yes "$([ "$(echo "$sources" | wc -l)" -gt 100 ] && echo yes || echo "$sources")"
check 'none asks for another library' '' "$(grep -lE '#include [<"](cairo|jansson|cmocka|SDL|ft2build|freetype|png|md4c|sim/context)' $sources)"

if [ ! -x "$capture" ] || [ ! -e "$mocks/libcupti_mock.so" ]; then echo "skip visit: the CUDA toolkit is not on this machine"; exit 0; fi
real=; for f in /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64; do [ -e $f/libcupti.so.13 ] && { real=$f; break; }; done
groups=$("$capture" counters --chip GH100 | grep -c '^pass group')
check 'the plan knows how many groups of counters there are' "$groups" "$(sed -n 's/.*launches = states \* kernels \* \([0-9]*\) \* repeats.*/\1/p' gpu/visit.sh)"

out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir -p "$out/gpu/kernels" "$out/build" "$out/bin" "$out/lib"
cp gpu/visit.sh gpu/visit_cases.sh gpu/speed.py "$out/gpu/"
cp gpu/kernels/attention.h "$out/gpu/kernels/"
cp "$capture" "$out/build/"
cp "$mocks/libkernels_mock.so" "$out/build/libhbmscope-gpu.so"
cp "$mocks/libcuda.so.1" "$out/lib/"
cp "$mocks/libcupti_mock.so" "$out/lib/libcupti.so.13"
cat >"$out/bin/nvidia-smi" <<'T'
#!/bin/sh
case $* in *lms*) echo 'clocks.sm, power.draw'; exec sleep 617.25 ;; *compute_cap,noheader*|*=compute_cap\ *) echo 9.0 ;; *=name\ *) echo 'NVIDIA H100 80GB HBM3' ;;
*clocks.sm,power.draw*) echo '1980, 400.5' ;; *) echo mock ;; esac
T
cat >"$out/bin/ncu" <<'T'
#!/bin/sh
# Runs the program and makes a CSV of the launches that it wrote down.
[ "$1" = --version ] && { echo mock; exit; }
case ${MOCK_NCU:-} in permission) echo '==ERROR== ERR_NVGPUCTRPERM - The user does not have permission to access NVIDIA GPU Performance Counters'; exit 1 ;;
sandbox) echo '==ERROR== Failed to initialize the profiler: LibraryNotLoaded'; exit 1 ;; esac
while [ $# -gt 0 ]; do case $1 in --log-file) csv=$2; shift 2 ;; --metrics) metrics=$2; shift 2 ;; --target-processes|--replay-mode|--cache-control|--clock-control|--page|--print-*|--kernel-name*) shift 2 ;; --csv) shift ;; *) break ;; esac; done
for a; do [ "$before" = -o ] && launches=$a; before=$a; done
"$@" || exit
{ echo '"Kernel Name","dram__bytes_read.sum"'; echo '"","byte"'
  sed -n 's/^kernel = //p' "$launches" | sed 's/S = QK^T/standard2_scores/; s/softmax/standard2_softmax/; s/O = PV/standard2_values/; s/.*/"&","1000"/'; } >"$csv"
T
printf '#!/bin/sh\nwhile [ "${1#--}" != "$1" ]; do [ "$1" = --error-exitcode ] || [ "$1" = --tool ] && shift; shift; done\n[ -z "$MOCK_SANITIZER" ] || { echo "========= Error: Device not supported"; exit 1; }\nexec "$@"\n' >"$out/bin/compute-sanitizer"
printf '#!/bin/sh\n[ -z "$MOCK_MAKE" ] || { echo "make: *** nvcc was not found. Stop."; exit 2; }\n' >"$out/bin/make"
printf '#!/bin/sh\nexit 0\n' >"$out/bin/find"
chmod +x "$out"/bin/*
visit() { # OUTDIR STAGE...: with the environment of the call
    PATH=$out/bin:$PATH PYTHONPATH=${MOCK_TORCH_PATH-$PWD/tests/gpu/mock} PYTHONDONTWRITEBYTECODE=1 REAL_CUPTI=$real/libcupti.so.13 LD_LIBRARY_PATH=$out/lib:$real \
        bash "$out/gpu/visit.sh" "$@" >"$out/said" 2>&1
}
says() { if grep -q -e "$3" "$2"; then echo "ok $1"; else echo "not ok $1: want '$3', got $(grep -v '^ ' "$2" | tail -n 5)"; fi; }
log=$out/visit/log.txt

visit "$out/visit"
check 'the whole visit ends well' 0 $?
files=$(ls "$out/visit" | tr '\n' ' ')
check 'its files, eight at most' 'captures.txt check.txt clocks.csv log.txt ncu.csv ncu.txt probes.txt speed.txt ' "$files"
check 'every point of the plan was captured' "$points" "$(grep -c '^run$' "$out/visit/captures.txt")"
check 'one capture' '1 1' "$(grep -c '^hbmscope.capture/1$' "$out/visit/captures.txt") $(grep -c '^end$' "$out/visit/captures.txt")"
check 'no case failed, none is left out' '' "$(grep 'hbmscope: \|^left out' "$log" | head -2)"
says 'probes were taken' "$out/visit/probes.txt" '^algorithm = probe-pair-back'
check 'ncu has every case' "$(bash gpu/visit_cases.sh ncu | wc -l) ncu" "$(grep -c '^run$' "$out/visit/ncu.txt") $(sed -n 's/^source = //p' "$out/visit/ncu.txt")"
says 'every kernel was checked' "$out/visit/check.txt" '^== racecheck'
says 'a first capture tells what a measurement takes' "$out/visit/check.txt" 'launches measured; [0-9.]* s'
says 'the log knows the machine' "$log" 'NVIDIA H100 80GB HBM3\|mock'
"$HBMSCOPE" compare --algorithm standard --batch 1 --heads 1 --seq 16K --head-dim 64 --dtype fp32 --gpu h100 --l2 off --no-kernel --capture "$out/visit/captures.txt" >"$out/compared" 2>&1
check 'compare finds its largest run' 0 $?
sampler=$(pgrep -f "^sleep 617.25$" | wc -l)
check 'the sampler of clocks is gone' 0 "$sampler"

# Speed: rows of ours and of PyTorch, one that declines, clock and power beside each.
rows=$(bash gpu/visit.sh --plan speed | sed -n 's/^== speed: \([0-9]*\) rows.*/\1/p')
declined=$(grep -c '^# not available: torch-cudnn .*No available kernel. Aborting execution. the mock' "$out/visit/speed.txt")
check 'speed: a backend that declines says why' 20 "$declined"
check 'speed: all other rows are there' "$((rows - declined))" "$(grep -c '^run$' "$out/visit/speed.txt")"
check 'speed: clock and power' "$((rows - declined))" "$(grep -c '^metric power_draw W 1 400.5' "$out/visit/speed.txt")"
says 'speed: ours are checked' "$out/visit/speed.txt" '^relative_error = 1e-07'
says 'speed: the rate by the papers'\'' convention' "$log" '1024  128 off    torch-flash fp16 .* 2.000     68.7 ' # 4 x 16K x 1K x 2048 / 2 ms
says 'speed: halved with a mask' "$log" '1024  128 on     torch-flash fp16 .* 2.000     34.4 '
cat >"$out/layout.c" <<'T'
#include <stdio.h>
#include "gpu/kernels/attention.h"
int main(void) { printf("%zu %zu %zu\n", sizeof(GpuCase), offsetof(GpuCase, window_keys), offsetof(GpuCase, has_backward)); return 0; }
T
${CC:-cc} -I. -o "$out/layout" "$out/layout.c" && check 'speed: GpuCase as in the header' "$("$out/layout")" "$(PYTHONDONTWRITEBYTECODE=1 python3 -c "
import sys, ctypes; sys.path.insert(0, 'gpu'); import speed
T = speed.gpu_case_type(); print(ctypes.sizeof(T), T.window_keys.offset, T.has_backward.offset)")"

# What a machine may lack: one sentence each, and the visit goes on.
lack() { # NAME PATTERN STAGES [VARIABLE=VALUE...]
    name=$1 pattern=$2 stages=$3
    shift 3
    rm -rf "$out/lack"
    (for v in "$@"; do export "$v"; done; visit "$out/lack" $stages)
    if [ "$(grep -v '^   ' "$out/lack/log.txt" | grep -c -e "$pattern")" -ge 1 ] && grep -q 'the end; files' "$out/lack/log.txt"; then echo "ok $name"
    else echo "not ok $name: want '$pattern', got $(grep -v '^   ' "$out/lack/log.txt" | tail -n 6)"; fi
}
lack 'no permission' 'probe: exit 1.*this user may not read the counters' 'probe ncu speed:1' MOCK_FAIL=cuptiRangeProfilerEnable:35 MOCK_NCU=permission
says 'and none for ncu' "$out/lack/log.txt" 'ncu: exit 1: .*ERR_NVGPUCTRPERM'
says 'and speed was still timed' "$out/lack/speed.txt" '^algorithm = torch-flash'
lack 'MIG' 'MIG instance cannot be profiled' 'probe' MOCK_FAIL=cuptiRangeProfilerEnable:43
lack 'a driver too old' 'CUPTI 13 needs one for 13.0' 'probe' MOCK_CUDA=old
lack 'no GPU' 'CUDA_ERROR_NO_DEVICE' 'probe' MOCK_CUDA=none
lack 'a sandbox' 'gVisor' 'check probe ncu' MOCK_FAIL=cuptiProfilerInitialize:999 MOCK_NCU=sandbox MOCK_SANITIZER=1
says 'where ncu does not work' "$out/lack/log.txt" 'ncu: exit 1: .*LibraryNotLoaded'
says 'nor the sanitizer' "$out/lack/log.txt" 'memcheck: exit 1.*Device not supported'
lack 'PyTorch sees no GPU' 'speed: exit 1.*PyTorch sees no GPU' 'speed probe:20' MOCK_TORCH='no GPU'
lack 'no PyTorch' 'speed: exit 1.*PyTorch is not on this machine' 'speed' MOCK_TORCH_PATH=/nonexistent
lack 'no build, but an earlier one' 'what was built before is used' 'probe:20' MOCK_MAKE=1
says 'which serves' "$out/lack/log.txt" 'probe: done'
says 'the build says why' "$out/lack/log.txt" 'build .*: exit 2.*nvcc was not found'
mv "$out/build" "$out/built"; lack 'no build' 'left out: probe, which needs what was not built' 'probe speed:1' MOCK_MAKE=1; mv "$out/built" "$out/build"
lack 'wrong results' 'computes something wrong' 'check:20' MOCK_KERNELS=wrong
lack 'no time' 'cases done, 0 failed, [1-9][0-9]* left out' 'capture:6' MOCK_KERNELS=slow
says 'what is left out is named' "$out/lack/log.txt" '^left out: algorithm='
check 'what it had is kept' end "$(tail -n 1 "$out/lack/captures.txt")"
lack 'the whole is over' 'left out: probe, for the visit' 'probe' VISIT_SECONDS=1
mv "$out/bin/nvidia-smi" "$out/smi"; lack 'no nvidia-smi' 'nvidia-smi names no GPU here' 'probe:30'; mv "$out/smi" "$out/bin/nvidia-smi"
mv "$out/bin/ncu" "$out/bin/compute-sanitizer" "$out"; lack 'no ncu' 'ncu is not on this machine' 'ncu check'
says 'no sanitizer' "$out/lack/log.txt" 'compute-sanitizer is not on this machine'
