#!/bin/sh
# gpu/visit.sh from end to end with mocks in place of GPU, driver, CUPTI's target half, kernels and nvidia-smi: it must leave at
# most eight files, and captures.txt must be one capture that compare reads.
capture=$(dirname "$HBMSCOPE")/hbmscope-capture
mocks=${OBJ:-build/obj-dev-cc}/tests/gpu/mock
if [ ! -x "$capture" ] || [ ! -e "$mocks/libcupti_mock.so" ]; then echo "skip visit: the CUDA toolkit is not on this machine"; exit 0; fi
real=; for f in /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64; do [ -e $f/libcupti.so.13 ] && { real=$f; break; }; done
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir -p "$out/gpu" "$out/build" "$out/bin" "$out/lib"
cp gpu/visit.sh "$out/gpu/"
cp "$capture" "$out/build/"
cp "$mocks/libkernels_mock.so" "$out/build/libhbmscope-gpu.so"
cp "$mocks/libcuda.so.1" "$out/lib/"
cp "$mocks/libcupti_mock.so" "$out/lib/libcupti.so.13"
printf '#!/bin/sh\necho 9.0\n' >"$out/bin/nvidia-smi"
printf '#!/bin/sh\nexit 0\n' >"$out/bin/make"
for tool in find ncu compute-sanitizer python3; do printf '#!/bin/sh\nexit 1\n' >"$out/bin/$tool"; done
chmod +x "$out"/bin/*
PATH=$out/bin:$PATH REAL_CUPTI=$real/libcupti.so.13 LD_LIBRARY_PATH=$out/lib:$real bash "$out/gpu/visit.sh" "$out/visit" >"$out/said" 2>&1
status=$?
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $2, got $3: $(tail -n 3 "$out/said")"; fi; }
check 'visit ends well' 0 $status
files=$(ls "$out/visit" | wc -l)
check 'at most eight files' yes "$([ "$files" -le 8 ] && echo yes || echo "$files")"
check 'one capture' '1 1' "$(grep -c '^hbmscope.capture/1$' "$out/visit/captures.txt") $(grep -c '^end$' "$out/visit/captures.txt")"
taken=$(sed -n 's/.*\] \([0-9]*\) captures$/\1/p' "$out/visit/log.txt")
check 'every capture of the grid was taken' yes "$([ "${taken:-0}" -ge 54 ] && echo yes || echo "$taken")"
check 'both passes of standard, flash1 and flash2 too' 'flash1 flash2 standard' "$(awk '/^algorithm = /{a = $3} /^pass = both/{print a}' "$out/visit/captures.txt" | sort -u | paste -sd' ')"
check 'no case failed' '' "$(grep 'exit [1-9]' "$out/visit/log.txt" | grep -v 'ncu\|memcheck\|racecheck' | head -2)"
"$HBMSCOPE" compare --algorithm standard --batch 1 --heads 1 --seq 16K --head-dim 64 --dtype fp32 --gpu h100 --l2 off --no-kernel --capture "$out/visit/captures.txt" >"$out/compared" 2>&1
check 'compare finds its largest run' 0 $?
