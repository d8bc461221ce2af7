#!/bin/sh
# hbmscope compare: rows of four roads, --expect as a check, captures and ncu exports that fit and that do not.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
twin=$(dirname "$HBMSCOPE")/hbmscope-twin
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $2, got $3"; fi; }
run() { # NAME WANT_STATUS PATTERN ARGS...
    name=$1 want=$2 pattern=$3; shift 3
    "$HBMSCOPE" compare "$@" >"$out/text" 2>"$out/err"; got=$?
    if [ $got != "$want" ]; then echo "not ok $name: want exit $want, got $got: $(head -c 300 "$out/err")"
    elif ! grep -q -e "$pattern" "$out/text" "$out/err"; then echo "not ok $name: want '$pattern', got $(head -c 500 "$out/text") $(cat "$out/err")"
    else echo "ok $name"; fi
}
small='--batch 1 --heads 2 --seq 256 --head-dim 64 --dtype fp32'
flash="--algorithm flash2 $small --gpu h100"

if [ -x "$twin" ]; then
    run 'all roads agree' 0 'equal' --algorithm standard --algorithm flash1 --algorithm flash2 $small --expect 0
    run 'in fp16 too' 0 'equal' --algorithm standard --algorithm flash1 --algorithm flash2 --batch 1 --heads 2 --seq 200 --head-dim 64 --dtype fp16 --causal --expect 0
    check 'and every algorithm was run in fp16' '' "$(grep -h 'not run on the CPU' "$out/text" "$out/err")"
    run 'both passes in fp16' 0 'convert dQ' --algorithm standard --algorithm flash1 --algorithm flash2 --batch 1 --heads 4 --kv-heads 2 --seq 136 --head-dim 128 --dtype fp16 --pass both --expect 0
    check 'and all were run in fp16' '' "$(grep -h 'not run on the CPU' "$out/text" "$out/err")"
    run 'both passes agree, heads shared' 0 'equal' --algorithm standard --algorithm flash1 --algorithm flash2 --batch 1 --heads 4 --kv-heads 2 --seq 136 --head-dim 32 --dtype fp32 --pass both --expect 0
    run 'the backward pass alone agrees' 0 'equal' --algorithm standard --algorithm flash1 --algorithm flash2 --batch 1 --heads 1 --seq 136 --head-dim 128 --dtype fp32 --pass backward --expect 0
    check 'and every algorithm was run' '' "$(grep -h 'not run on the CPU' "$out/text" "$out/err")"
    for case in 'flash2 h100 32' 'flash2 rtx4090 32' 'window h100 128' 'flash1 rtx4090 128' 'flash1 h100 32'; do # tiles that other GPUs take
        set -- $case
        run "both passes agree: $case" 0 'flash. backward\|window backward' --algorithm $1 --gpu $2 --batch 1 --heads 2 --kv-heads 1 --seq 203 --head-dim $3 --dtype fp32 --causal --pass both --expect 0
        check "and were run" '' "$(grep -h 'not run on the CPU' "$out/text" "$out/err")"
    done
    run 'ragged and causal agree' 0 'equal' --algorithm standard --algorithm flash1 --algorithm flash2 --batch 1 --heads 1 --seq 168 --head-dim 32 --dtype fp32 --causal --expect 0
    "$HBMSCOPE" compare $flash --json >"$out/json"
    check 'three roads in every row of counts' "8 rows equal" "$(python3 - "$out/json" <<'P'
import json, sys
rows = [r for r in json.load(open(sys.argv[1]))["rows"] if r["kernel_on_cpu"] is not None]
equal = [r for r in rows if r["replay"] == r["kernel_on_cpu"] and r["formula"] in (None, r["replay"]) and r["error"] == 0]
print(len(rows) if len(rows) == len(equal) else (len(rows), len(equal)), "rows equal")
P
)"
else
    echo "skip kernels on the CPU: hbmscope-twin was not built (no g++, or a sanitizer's build)"
fi
run 'bf16 has no kernel on the CPU and says so' 0 'was not run on the CPU: .*bf16' --algorithm standard --batch 1 --heads 1 --seq 256 --dtype bf16
run 'too much for the CPU' 0 'too much to run on the CPU\|not beside' --algorithm flash2 --batch 1 --heads 1 --seq 32K --dtype fp32 --l2 off

# A capture with the model's own numbers, and one that is 10% above in one counter.
capture() { # L2_READ_SECTORS
    printf 'hbmscope.capture/1\nsource = cupti\ndevice = Some GPU\nrun\nalgorithm = flash2\nbatch = 1\nheads = 2\nkv-heads = 2\nseq = 256\nkv-seq = 256\nhead-dim = 64\ndtype = fp32\ncausal = off\nl2 = cold\nkernel = flash2 forward\nmetric lts__t_sectors_srcunit_tex_op_read.sum sectors 3 %s %s %s\nend\n' "$1" "$1" "$1"
}
sectors=$((2 * (256 * 64 + 2 * 2 * 256 * 64) * 4 / 32)) # Q once, K and V for two query blocks, two heads
capture $sectors >"$out/good.txt"; capture $((sectors * 11 / 10)) >"$out/bad.txt"
run 'hardware column' 0 'l2_read_bytes .*equal' $flash --no-kernel --capture "$out/good.txt" --expect 0
run 'what the model leaves out' 0 'spilled registers' $flash --no-kernel --capture "$out/good.txt"
run 'a miss fails' 1 'is off by more than 5%; the first is l2_read_bytes of flash2, flash2 forward (-9' $flash --no-kernel --capture "$out/bad.txt" --expect 5%
run 'a wide limit passes' 0 'l2_read_bytes' $flash --no-kernel --capture "$out/bad.txt" --expect 0.2
python3 tests/gpu/model_capture.py "$HBMSCOPE" home 1 standard:1024:cold >"$out/cold.txt" # flushed before every kernel
run 'the L2 is flushed before every kernel, as the capture says' 0 'L2 is flushed before every kernel' --algorithm standard --batch 1 --heads 1 --seq 1024 --dtype fp32 --gpu h100 --no-kernel --capture "$out/cold.txt" --expect 0.1%
run 'no run fits' 1 'has no run of any' --algorithm flash2 --batch 1 --heads 3 --seq 256 --dtype fp32 --no-kernel --capture "$out/good.txt"
# Atomic adds are writes to the model; hardware counts them beside its stores.
{ printf 'hbmscope.capture/1\nsource = cupti\ndevice = Some GPU\nrun\nalgorithm = flash2\nbatch = 1\nheads = 2\nseq = 256\nhead-dim = 64\ndtype = fp32\npass = both\nl2 = cold\n'
  for kernel in 'flash2 forward' 'D = rowsum(dO * O)' 'flash2 backward'; do
      case $kernel in 'flash2 backward') stores=8192 adds=16384;; *) stores=4160 adds=0;; esac # sectors: dK and dV; dQ for four key blocks. O and lse, or D and dQ
      printf 'kernel = %s\nmetric lts__t_sectors_srcunit_tex_op_write.sum sectors 1 %d %d %d\nmetric lts__t_sectors_srcunit_tex_op_red.sum sectors 1 %d %d %d\n' "$kernel" $stores $stores $stores $adds $adds $adds
  done; echo end; } >"$out/both.txt"
grep -v op_red "$out/both.txt" >"$out/forgotten.txt"
run 'atomic adds are added' 0 'l2_write_bytes .*equal' $flash --pass both --no-kernel --capture "$out/both.txt" --expect 0
run 'and not forgotten' 1 'l2_write_bytes of flash2, flash2 backward' $flash --pass both --no-kernel --capture "$out/forgotten.txt" --expect 5%
run 'a forward scenario takes its kernel of both passes' 0 'l2_write_bytes .*equal' $flash --no-kernel --capture "$out/both.txt" --expect 0
run 'no capture' 1 'cannot be read' $flash --no-kernel --capture "$out/absent.txt"
run 'both sources' 2 'give one of them' $flash --capture "$out/good.txt" --ncu "$out/good.txt"
run 'bad limit' 2 'expect is' $flash --expect lots
printf '"ID","Kernel Name","lts__t_sectors_srcunit_tex_op_read.sum"\n"","","sector"\n"0","void flash2_forward<64, 128, 128>(float *)","%s"\n' $sectors >"$out/ncu.csv"
run 'ncu export' 0 'l2_read_bytes .*equal' $flash --no-kernel --ncu "$out/ncu.csv" --expect 0
run 'no ncu export' 1 'no output of' $flash --no-kernel --ncu "$out/good.txt"
run 'csv' 0 '^flash2,"flash2 forward",l2_read_bytes,bytes,' $flash --no-kernel --capture "$out/good.txt" --csv
