#!/bin/sh
# hbmscope-capture with a list of cases, with mocks: what fails is named and the others go on, time that is over and SIGTERM
# end the file properly, a kill leaves whole runs; launches and ncu's CSV together make a capture.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
unset MOCK_CUDA MOCK_FAIL MOCK_SUPPORT MOCK_KERNELS MOCK_NAN MOCK_RANGES
capture=$(dirname "$HBMSCOPE")/hbmscope-capture
mocks=${OBJ:-build/obj-dev-cc}/tests/gpu/mock
if [ ! -x "$capture" ] || [ ! -e "$mocks/libcupti_mock.so" ]; then echo "skip case lists: the CUDA toolkit is not on this machine"; exit 0; fi
real=; for f in /usr/local/cuda/lib64 /usr/local/cuda/extras/CUPTI/lib64; do [ -e $f/libcupti.so.13 ] && { real=$f; break; }; done
export REAL_CUPTI=$real/libcupti.so.13 LD_LIBRARY_PATH=$(cd "$mocks" && pwd):$real${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $2, got $3: $(head -c 300 "$out/err")"; fi; }
says() { if grep -q -e "$3" "$out/$2"; then echo "ok $1"; else echo "not ok $1: want '$3', got $(head -c 400 "$out/$2")"; fi; }
batch() { "$capture" capture -o "$out/file" --kernels "$mocks/libkernels_mock.so" --cupti "$mocks/libcupti_mock.so" "$@" >"$out/said" 2>"$out/err"; }

cat >"$out/list" <<'T'
# a comment, then two cases and a probe
algorithm=standard version=2 batch=1 heads=2 seq=256 head-dim=64 dtype=fp32 gpu=h100 l2-state=cold,warm repeat=2

algorithm=flash2 batch=1 heads=1 seq=1K head-dim=128 dtype=fp16 gpu=h100 repeat=1
probe=pair bytes=64M l2-state=warm repeat=3
T
batch --cases "$out/list"
check 'a list is run' 0 $?
check 'a run a case and state' 4 "$(grep -c '^run$' "$out/file")"
check 'the probe says what it moves' 'probe-pair 67108864' "$(awk '/^algorithm = probe/{a = $3} /^bytes/{print a, $3}' "$out/file")"
says 'and is summed up' said '^3 of 3 cases done, 0 failed, 0 left out; 84 launches measured'
"$HBMSCOPE" compare --algorithm flash2 --batch 1 --heads 1 --seq 1K --head-dim 128 --dtype fp16 --gpu h100 --l2 off --no-kernel --capture "$out/file" >/dev/null 2>"$out/err"
check 'compare reads it' 0 $?

{ cat "$out/list"; echo 'algorithm=standard dtype=bf16 seq=256'; echo 'algorithm=flash1 dtype=fp32 batch=1 heads=1 seq=512 repeat=1'; } >"$out/mixed"
rm "$out/file"; batch --cases "$out/mixed"
check 'a case without a kernel fails the whole' 1 $?
says 'and is named with its reason' err '^hbmscope: algorithm=standard dtype=bf16 seq=256: .*dtype is bf16'
check 'the others stand in the file' '5 end' "$(grep -c '^run$' "$out/file") $(tail -n 1 "$out/file")"
rm "$out/file"; batch --cases "$out/list" --seconds 0.000001
check 'no time: exit' 1 $?
says 'no time: what is left out' said '^left out: probe=pair bytes=64M'
check 'no time: no file' '' "$(ls "$out" | grep '^file')"
MOCK_KERNELS=launch batch --cases "$out/list"
check 'all fail: exit' 1 $?
for i in 1 2 3 4 5 6 7; do echo 'algorithm=standard dtype=bf16 seq=256'; done >"$out/hopeless"; batch --cases "$out/hopeless"
says 'a GPU that is gone is left alone' err 'failed in a row: the rest is left out'
MOCK_FAIL=cuptiRangeProfilerEnable:35 batch --cases "$out/list"
says 'no permission is said case by case' err 'this user may not read the counters'
echo 'algorithm=flash2 sequence=5' >"$out/wrong"; batch --cases "$out/wrong"
check 'a wrong line: exit' 2 $?
says 'a wrong line is named' err 'wrong:1: .*sequence'
: >"$out/empty"; batch --cases "$out/empty"; says 'an empty list' err 'names no case'

# Stopped from outside: SIGTERM ends the file, SIGKILL leaves whole runs under another name.
for i in $(seq 1 400); do echo 'algorithm=standard batch=1 heads=2 seq=256 dtype=fp32 gpu=h100 l2-state=cold,warm,drained repeat=20'; done >"$out/long"
stopped() { # SIGNAL
    "$capture" capture -o "$out/file" --kernels "$mocks/libkernels_mock.so" --cupti "$mocks/libcupti_mock.so" --cases "$out/long" >"$out/said" 2>"$out/err" & child=$!
    for i in $(seq 1 100); do grep -qs '^run$' "$out"/file.*.new && break; sleep 0.05; done
    kill -"$1" $child; wait $child 2>/dev/null
}
rm -f "$out"/file*; stopped TERM
check 'SIGTERM: the file is ended' end "$(tail -n 1 "$out/file" 2>&1)"
says 'SIGTERM: what is left out is said' said '^left out: algorithm=standard'
rm -f "$out"/file*; stopped KILL
mv "$out"/file.*.new "$out/part" 2>"$out/err"; echo end >>"$out/part"
"$HBMSCOPE" compare --algorithm standard --batch 1 --heads 2 --seq 256 --dtype fp32 --gpu h100 --l2 off --no-kernel --capture "$out/part" >/dev/null 2>"$out/err"
check 'SIGKILL: what is left needs its last line only' 0 $?

# Under ncu: the launches in their order, and ncu's CSV, launch by launch, make a capture.
"$capture" capture --just-run -o "$out/launches" --kernels "$mocks/libkernels_mock.so" --cases "$out/list" >"$out/said" 2>"$out/err"
check 'launches are written down' 0 $?
check 'in their order' 'S = QK^T,softmax,O = PV,S = QK^T,softmax,O = PV,store,read' "$(sed -n 's/^kernel = //p' "$out/launches" | paste -sd,)"
csv() { # FUNCTIONS...
    echo '==PROF== Connected'; echo '"ID","Kernel Name","dram__bytes_read.sum"'; echo '"","","byte"'
    i=0; for f in "$@"; do i=$((i + 1)); echo "\"$i\",\"$f\",\"${i}000\""; done
}
merge() { rm -f "$out/merged"; "$capture" ncu --csv "$out/csv" --launches "$out/launches" -o "$out/merged" >"$out/said" 2>"$out/err"; }
csv standard2_scores standard2_softmax standard2_values standard2_scores standard2_softmax standard2_values probe_write probe_read >"$out/csv"; merge
check 'ncu: all launches' '0 ncu 1000 2000 3000 4000 5000 6000 7000 8000' "$? $(sed -n 's/^source = //p' "$out/merged") $(awk '/^metric dram/{print $5}' "$out/merged" | paste -sd' ')"
csv standard2_scores standard2_softmax standard2_values standard2_scores >"$out/csv"; merge
check 'ncu cut off: whole runs only' '0 1' "$? $(grep -c '^run$' "$out/merged")"
says 'ncu cut off: it is said' said 'left out: 2 runs'
csv standard2_scores standard2_values >"$out/csv"; merge
check 'ncu out of step: exit' 1 $?
says 'ncu out of step: it is named' err 'the launch is of standard2_values, where softmax was launched'
