#!/bin/bash
# visit_cases.sh STAGE [GPU]: the cases of one stage of visit.sh, a line each, as hbmscope-capture --cases reads them.
# The order is of worth: what time cuts off is the end. GPU is a row of `hbmscope gpus`, whose tiles are taken.
set -u
stage=$1 gpu=${2:-h100}

# ALGORITHM VERSION SEQ HEAD_DIM HEADS DTYPE STATES REPEAT [MORE]; version 0: the one that the simulator models
case_line() { echo "algorithm=$1 version=$2 seq=$3 head-dim=$4 heads=$5 batch=1 dtype=$6 gpu=$gpu l2-state=$7 repeat=$8${9:+ $9}"; }
# The kernels that the simulator models thread for thread on every GPU. SEQ HEAD_DIM HEADS STATES REPEAT [MORE]
modelled() {
    for t in fp32 fp16; do
        for a in standard flash1 flash2; do case_line $a 0 "$1" "$2" "$3" $t "$4" "$5" "${6:-}"; done
    done
}

# Hopper's own kernel, where the GPU is one. SEQ HEAD_DIM HEADS STATES REPEAT [MORE]
hopper() {
    case $gpu in h100* | h200) case_line flash3 0 "$1" "$2" "$3" fp16 "$4" "$5" "${6:-}" ;; esac
}

# Rows whose S has 0.36, 0.64, 0.81, 1.0, 1.2, 1.4 and 2.6 of 50 MiB. Warm decides whether a store leaves a near copy.
near_l2_fp16='3072 4608 5120 5632 6144 8192' # and 4096, which is in the grid that follows
near_l2_fp32='2176 2896 3264 3616 3984 4352 5792'

capture_cases() {
    for n in $near_l2_fp16; do case_line standard 0 $n 64 1 fp16 warm,cold,drained 3; done
    for n in $near_l2_fp32; do case_line standard 0 $n 64 1 fp32 warm 3; done
    for n in 4096 256 512 1024 2048; do modelled $n 64 1 cold,warm,drained 3; done
    for n in 256 512 1024 2048 4096; do hopper $n 64 1 cold,warm 3; done
    for n in 1024 4096 256; do for v in 1 3; do for t in fp32 fp16; do case_line standard $v $n 64 1 $t cold,warm 3; done; done; done
    for n in 256 1024 2048 4096; do modelled $n 128 1 cold,drained 3; done
    for heads in 2 4 8 16 32; do modelled 1024 64 $heads cold,warm 3; done
    for n in 1024 2048; do modelled $n 64 4 cold,warm 3 pass=both; done
    for heads in 8 32; do modelled 4096 64 $heads cold 3; done
    modelled 4096 128 8 cold 3
    for n in 1024 4096 16384; do hopper $n 128 8 cold,warm 3; done
    hopper 2048 64 4 cold 3 causal=on
    modelled 1000 64 2 cold 3 causal=on
    modelled 2048 64 4 cold 3 causal=on
    case_line window 0 4096 64 4 fp32 cold,warm 3 window=512
    for t in fp32 fp16; do for d in 64 128; do case_line flash2 0 4096 $d 8 $t cold 3 pass=both; done; done
    case_line flash2 0 1024 64 8 fp32 cold 3 'pass=both kv-heads=2'
    for n in 8192 16384; do
        for d in 64 128; do
            case_line standard 0 $n $d 1 fp32 cold,drained 3
            case_line flash2 0 $n $d 1 fp32 cold,drained 3
            [ $n-$d = 8192-64 ] || case_line standard 0 $n $d 1 fp16 cold,drained 3 # that one is above
            case_line flash2 0 $n $d 1 fp16 cold,drained 3
        done
        case_line flash1 0 $n 64 1 fp32 cold 2
        case_line flash2 0 $n 128 8 fp16 cold,warm 3
    done
    for n in 512 2048 8192; do for v in 1 3; do case_line standard $v $n 64 1 fp32 cold 3; done; done
    case_line standard 3 16384 64 1 fp32 cold 3
}

# How counters behave where the answer is known: nothing, X bytes read or written once, and a store that is read once.
probe_cases() {
    echo "probe=empty bytes=0 l2-state=cold,warm,drained repeat=10"
    for x in 16M 64K 256K 1M 4M 64M 24M 32M 40M 48M 128M 512M 1G; do echo "probe=read bytes=$x l2-state=cold,warm repeat=5"; done
    for x in 16M 28M 32M 36M 40M 44M 48M 52M 56M 64M 20M 24M 34M 80M 100M; do echo "probe=pair bytes=$x l2-state=warm repeat=5"; done
    for x in 64M 1M 4M 16M 256M 1G; do echo "probe=write bytes=$x l2-state=cold,drained repeat=5"; done
    for x in 16M 24M 32M 36M 40M 48M 56M 64M 80M 100M; do echo "probe=pair-back bytes=$x l2-state=warm repeat=5"; done
}

# Under ncu, which runs every launch once a pass: the same launches as in the capture and probe stages, cold.
ncu_cases() {
    for n in 1024 256; do modelled $n 64 1 cold 1; done
    echo "probe=empty bytes=0"; for x in 1M 16M 64M; do echo "probe=read bytes=$x"; done
    modelled 4096 64 1 cold 1
    modelled 1024 128 1 cold 1
    modelled 1024 64 8 cold 1
    for n in 4608 5120; do case_line standard 0 $n 64 1 fp16 cold 1; done
    echo "probe=write bytes=64M"
    case_line standard 1 1024 64 1 fp32 cold 1
    modelled 1024 64 4 cold 1 pass=both
    for n in 512 2048; do modelled $n 64 1 cold 1; done
    hopper 1024 128 8 cold 1
    case_line flash2 0 8192 128 8 fp16 cold 1
}

# Results against float64: every kernel, ragged and causal too. Only run, never measured.
check_cases() {
    for v in 1 2 3; do for t in fp32 fp16; do case_line standard $v 1000 64 2 $t cold 1; done; done
    for d in 32 64 128; do
        modelled 1000 $d 2 cold 1
        for a in standard flash1 flash2; do case_line $a 0 1000 $d 2 fp16 cold 1 causal=on; done
        modelled 1000 $d 2 cold 1 pass=both
    done
    for d in 64 128; do hopper 1000 $d 2 cold 1; hopper 1000 $d 2 cold 1 causal=on; done
    for a in standard flash1 flash2; do
        case_line $a 0 777 64 3 fp32 cold 1 causal=on
        case_line $a 0 777 64 3 fp32 cold 1 'pass=both causal=on kv-heads=1'
    done
    for a in standard flash1 flash2; do case_line $a 0 777 64 3 fp16 cold 1 'pass=both causal=on kv-heads=1'; done
    case_line window 0 1000 64 2 fp32 cold 1 'pass=both window=129'
    for probe in empty:0 read:1M write:1M pair:1M pair-back:1M; do echo "probe=${probe%:*} bytes=${probe#*:}"; done
}

# Small, for compute-sanitizer.
sanitize_cases() {
    case_line standard 0 160 64 1 fp32 cold 1 pass=both
    case_line flash1 0 300 64 1 fp32 cold 1 pass=both
    for t in fp32 fp16; do case_line flash2 0 160 64 2 $t cold 1 'pass=both kv-heads=1'; done
    for a in standard flash1 flash2; do case_line $a 0 160 64 1 fp16 cold 1; done
    hopper 160 64 1 cold 1
    echo "probe=pair bytes=64K"
}

case $stage in
capture | probe | ncu | check | sanitize) "${stage}_cases" ;;
*) echo "visit_cases.sh: there is no stage $stage" >&2; exit 2 ;;
esac
