# The command line as a table: ARGS | EXIT n | GREP text. ARGS are shell words; $T is a folder with the files below.
# Success: text is found on stdout and stderr is empty. Failure: text is found on stderr, which is one line, and
# stdout is empty. EXIT 0 without GREP: only that. $FIG2 is the case of the FlashAttention paper's Fig. 2.
T=$(mktemp -d)
trap 'rm -rf "$T"' EXIT
FIG2="--batch 64 --heads 16 --seq 1024 --head-dim 64 --dtype fp16 --gpu a100-40"
T21="--batch 16 --heads 8 --head-dim 64 --dtype fp16 --pass both --gpu a100-40 --memory pytorch"

printf '# a small case\nalgorithm = flash2\nbatch = 1\nheads = 2   # two\nseq = 256\nkv-seq = 512\ncausal = on\n' >"$T/good.scenario"
printf 'batch = 1\nseqq = 9\n' >"$T/key.scenario"
printf 'batch = 1\nseq\n' >"$T/line.scenario"
printf 'seq = 1K\nseq = 2K\n' >"$T/twice.scenario"
printf 'gpu.l2_bytes = 1M\ngpu = h100\n' >"$T/order.scenario"
printf 'seq = -4\n' >"$T/value.scenario"
printf 'seq = 1\000K\n' >"$T/zero.scenario"
printf 'base = h100\nname = mine\nl2_bytes = 60M\n' >"$T/mine.gpu"
printf 'base = h100\nl2_bytes = 60M\n' >"$T/unnamed.gpu"
printf 'name = mine\nl2_bytes = 60M\n' >"$T/baseless.gpu"
printf 'l2_bytes = 60M\nbase = h100\nname = mine\n' >"$T/late.gpu"
printf 'base = h100\nname = mine\nsm_cont = 3\n' >"$T/key.gpu"
printf 'base = h100\nname = mine\nsmem_per_block_bytes = 1M\n' >"$T/smem.gpu"
printf 'base = h9\nname = mine\n' >"$T/base.gpu"
printf 'gpu = %s\n' "$T/mine.gpu" >"$T/mygpu.scenario"
head -c 100000 /dev/zero | tr '\0' 'a' >"$T/long.scenario"
: >"$T/empty.scenario"
mkdir "$T/folder"

fails() { echo "not ok $1: want $2, got $3"; }

run_case() { # ARGS EXIT TEXT
    eval "set -- \"\$1\" \"\$2\" \"\$3\" $1"
    args=$1 want_status=$2 want_text=$3
    shift 3
    timeout 20 "$HBMSCOPE" "$@" >"$T/out" 2>"$T/err" </dev/null
    status=$?
    lines=$(wc -l <"$T/err")
    if [ "$status" != "$want_status" ]; then fails "$args" "exit $want_status" "exit $status: $(head -n 1 "$T/err")"; return; fi
    if [ "$status" = 0 ]; then
        if [ "$lines" -ne 0 ]; then fails "$args" "an empty stderr" "$(head -n 1 "$T/err")"; return; fi
        searched=$T/out
    else
        if [ "$lines" -ne 1 ]; then fails "$args" "one line on stderr" "$lines"; return; fi
        if [ -s "$T/out" ]; then fails "$args" "nothing on stdout" "$(head -n 1 "$T/out")"; return; fi
        searched=$T/err
    fi
    if [ -n "$want_text" ] && ! grep -qF -e "$want_text" "$searched"; then
        fails "$args" "$want_text" "$(head -n 1 "$searched")"
        return
    fi
    echo "ok $args"
}

read_table() {
    while IFS= read -r line; do
        case $line in ''|'#'*) continue ;; esac
        args=${line%% | EXIT *}
        rest=${line#"$args" | EXIT }
        status=${rest%% *}
        text=
        case $rest in *' | GREP '*) text=${rest#* | GREP } ;; esac
        run_case "$args" "$status" "$text"
    done
}

read_table <<'TABLE'
# help and lists
 | EXIT 0 | GREP hbmscope draw traffic
--help | EXIT 0 | GREP usage: hbmscope VERB
-h | EXIT 0 | GREP usage: hbmscope VERB
help | EXIT 0 | GREP algorithms
help count | EXIT 0 | GREP --explain
count --help | EXIT 0 | GREP --kv-heads N
count --seq nonsense --help | EXIT 0 | GREP usage: hbmscope count
help nosuch | EXIT 2 | GREP unknown verb 'nosuch'
--version | EXIT 0 | GREP hbmscope
gpus | EXIT 0 | GREP a100-40
gpus --json | EXIT 0 | GREP "format": "hbmscope.gpus/1"
gpus | EXIT 0 | GREP 312.0       -   200.6
gpus --csv | EXIT 0 | GREP name,title,source
gpus --csv | EXIT 0 | GREP ,900000000000,1530000000,15700000000000,125000000000000,
gpus --json | EXIT 0 | GREP "hbm_bytes_per_s": 900000000000
algorithms | EXIT 0 | GREP flash1
algorithms --json | EXIT 0 | GREP "format": "hbmscope.algorithms/1"
algorithms --csv | EXIT 2 | GREP --json can
counters | EXIT 0 | GREP l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum
counters --json | EXIT 0 | GREP "format": "hbmscope.counters/1"

# verbs and options that do not exist
coutn | EXIT 2 | GREP did you mean 'count'
--nosuch | EXIT 2 | GREP unknown verb '--nosuch'
count --nosuch | EXIT 2 | GREP unknown option --nosuch
count --head-dimm 64 | EXIT 2 | GREP did you mean --head-dim?
count --kvheads 4 | EXIT 2 | GREP did you mean --kv-heads?
count -x | EXIT 2 | GREP unknown option -x
count --=4 | EXIT 2 | GREP unknown option
count -- | EXIT 2 | GREP unknown option
gpus --seq 4 | EXIT 2 | GREP unknown option --seq
gpus h100 | EXIT 2 | GREP 'h100' is one word too many
count --json --csv | EXIT 2 | GREP exclude each other
count --json=yes | EXIT 2 | GREP takes no value
count --explain --json | EXIT 2 | GREP --explain prints text
count --seq | EXIT 2 | GREP --seq needs a value
count --seq --batch 4 | EXIT 2 | GREP --seq needs a value
count $T/good.scenario $T/good.scenario | EXIT 2 | GREP one word too many

# values of one option
count --seq 0 | EXIT 2 | GREP --seq is '0'; it must be a whole number from 1 to 16M
count --seq -5 | EXIT 2 | GREP --seq is '-5'
count --seq=-5 | EXIT 2 | GREP --seq is '-5'
count --seq "" | EXIT 2 | GREP --seq is ''
count --seq= | EXIT 2 | GREP --seq is ''
count --seq 1e99 | EXIT 2 | GREP --seq is '1e99'
count --seq 18446744073709551615 --batch 4 | EXIT 2 | GREP --seq is '18446744073709551615'
count --seq 18446744073709551616 | EXIT 2 | GREP --seq is '18446744073709551616'
count --seq 99999999999999999999999999999999999999999999999999999999999999999999999999 | EXIT 2 | GREP 9999...'
count --seq 1.5K | EXIT 2 | GREP --seq is '1.5K'
count --seq 4Q | EXIT 2 | GREP --seq is '4Q'
count --seq 4KK | EXIT 2 | GREP --seq is '4KK'
count --seq ' 4' | EXIT 2 | GREP --seq is ' 4'
count --seq 0x10 | EXIT 2 | GREP --seq is '0x10'
count --seq 32M | EXIT 2 | GREP from 1 to 16M
count --batch 0 | EXIT 2 | GREP --batch is '0'
count --heads 0 | EXIT 2 | GREP --heads is '0'
count --head-dim 0 | EXIT 2 | GREP --head-dim is '0'
count --layers 0 | EXIT 2 | GREP --layers is '0'
count --block-q 0 | EXIT 2 | GREP --block-q is '0'
count --block-k -1 | EXIT 2 | GREP --block-k is '-1'
count --dtype int3 | EXIT 2 | GREP must be one of fp32|fp16|bf16|fp8
count --dtype "" | EXIT 2 | GREP must be one of fp32|fp16|bf16|fp8
count --dtype fp | EXIT 2 | GREP must be one of fp32|fp16|bf16|fp8
count --dtype 'fp32|fp16' | EXIT 2 | GREP must be one of fp32|fp16|bf16|fp8
count --pass sideways | EXIT 2 | GREP must be one of forward|backward|both
count --mask some | EXIT 2 | GREP must be one of none|additive|padding
count --accounting creative | EXIT 2 | GREP must be one of code|paper
count --causal=maybe | EXIT 2 | GREP must be on or off
count --dropout 2 | EXIT 2 | GREP from 0 to below 1
count --dropout 1 | EXIT 2 | GREP from 0 to below 1
count --dropout -0.1 | EXIT 2 | GREP from 0 to below 1
count --dropout nan | EXIT 2 | GREP --dropout is 'nan'
count --dropout 0x0.1 | EXIT 2 | GREP --dropout is '0x0.1'
count --dropout 0.1.2 | EXIT 2 | GREP --dropout is '0.1.2'
count --l2 maybe | EXIT 2 | GREP l2 (on, off or a size)
count --l2 1 | EXIT 2 | GREP from 4K
count --algorithm nosuch | EXIT 2 | GREP algorithm is 'nosuch'
count --algorithm flash | EXIT 2 | GREP did you mean
count --algorithm "" | EXIT 2 | GREP algorithm is ''
count --algorithm flash1,,flash2 | EXIT 2 | GREP algorithm is ''
count --algorithm flash1 --algorithm flash1 | EXIT 2 | GREP given twice
count --gpu nosuch | EXIT 2 | GREP gpu is 'nosuch'
count --gpu h10 | EXIT 2 | GREP did you mean 'h100'
count --gpu "" | EXIT 2 | GREP gpu is ''
count --gpu ./nosuch.gpu | EXIT 1 | GREP hbmscope: ./nosuch.gpu cannot be read
count --gpu $T/key.gpu | EXIT 2 | GREP key.gpu:3: unknown key 'sm_cont'
count --algorithm standard --batch 1 --heads 2 --seq 1M --head-dim 512 --pass backward --gpu h100 --mask additive --l2 4K --l2-start flushed --l2-store near | EXIT 0 | GREP standard
count --algorithm standard --batch 1 --heads 1 --seq 4K --head-dim 32 --gpu rtx4090 --kv-seq 1M --causal --l2 1G | EXIT 0 | GREP standard
count --algorithm nsa --seq 1 --kv-seq 64K --json | EXIT 0 | GREP "compress-stride": 16
count --algorithm flash2 --window 4096 --causal | EXIT 0 | GREP unused: --window; these use it: window masked longformer nsa
count --algorithm decode --seq 1 --kv-seq 64K --window 4096 --json | EXIT 0 | GREP "unused": [
count --algorithm flash2 --algorithm window --window 64 --json | EXIT 0 | GREP "unused": []
count --algorithm longformer --window 64 --global-tokens 2 --json | EXIT 0 | GREP "unused": []
count --algorithm flash2 --heads 1 --batch 217 --seq 128 --json | EXIT 0 | GREP "tail_block_count": 1
count --algorithm flash2 --heads 1 --batch 217 --seq 128 --json | EXIT 0 | GREP "limit": "registers"
count --algorithm "flash1, flash2" | EXIT 0 | GREP flash1/flash2
count --gpu $T/folder | EXIT 1 | GREP cannot be read
count --gpu.sm_count 0 | EXIT 2 | GREP sm_count is '0'
count --gpu.clock_hz inf | EXIT 2 | GREP clock_hz is 'inf'
count --gpu.clok_hz 1e9 | EXIT 2 | GREP did you mean 'clock_hz'
count --gpu.sm_count 5 --gpu h100 | EXIT 2 | GREP --gpu must come before
count --gpu.smem_per_block_bytes 1M | EXIT 2 | GREP at most smem_per_sm_bytes

# values that only together are wrong
count --heads 6 --kv-heads 4 | EXIT 2 | GREP kv-heads is 4; it must divide heads, 6
count --heads 2 --kv-heads 4 | EXIT 2 | GREP it must divide heads
count --batch 1M --heads 1M --seq 16M | EXIT 2 | GREP 2^63
count --batch 1M --heads 64K --seq 1K --head-dim 64K --layers 64K | EXIT 2 | GREP 2^63
count --algorithm flash2 --block-q 100000 --block-k 100000 | EXIT 2 | GREP bytes of shared memory
count --algorithm flash3 | EXIT 2 | GREP a100-40 (compute capability 8.0) has no wgmma and no TMA; FlashAttention-3 runs on 9.0 only (--gpu h100)
count --algorithm flash3 --gpu h100 --pass both --kv-heads 4 | EXIT 2 | GREP --pass both with --kv-heads 4 for 16 heads is not modelled
count --algorithm flash3 --gpu h100 --head-dim 128 --pass both | EXIT 0 | GREP backward 80 query x 128 key rows
count --algorithm flash3 --gpu h100 --dropout 0.1 | EXIT 2 | GREP FlashAttention-3 has no dropout
count --algorithm flash3 --gpu h100 --head-dim 128 --seq 1000 | EXIT 0 | GREP tiles of 128 query x 176 key rows
count --algorithm flash3 --gpu h100 --head-dim 128 --explain | EXIT 0 | GREP products by wgmma: 989 TFLOP/s at most, 0.7
count --algorithm flash2 --gpu h100 --explain | EXIT 0 | GREP products by mma.sync: 622 TFLOP/s at most (0.629 of 989 TFLOP/s), 0.593 of it
count --algorithm flash3 --gpu $T/mine.gpu --causal | EXIT 0 | GREP flash3
steps --algorithm flash3 --gpu h100 --from 1 --to 1 | EXIT 0 | GREP K block
draw levels --algorithm flash3 --gpu h100 --seq 512 -o $T/tma.svg | EXIT 0
algorithms | EXIT 0 | GREP flash3
counters | EXIT 0 | GREP TMA's too
count --algorithm flash1 --block-k 4096 | EXIT 2 | GREP bytes of shared memory a block; a100-40 has
count --algorithm masked --block-q 4096 | EXIT 2 | GREP masked: tiles of 4096 query rows
count --algorithm flash2 --pass both --gpu t4 --dtype fp32 --head-dim 128 | EXIT 0 | GREP default forward tile 128 x 64 does not fit t4: 64 x 16 taken; default backward tile 64 x 128

# scenario files
count $T/good.scenario --json | EXIT 0 | GREP "kv-seq": 512
count --json $T/good.scenario | EXIT 0 | GREP "causal": true
count $T/good.scenario --causal=off --json | EXIT 0 | GREP "causal": false
count --seq 128 $T/good.scenario --json | EXIT 0 | GREP "seq": 128
count $T/good.scenario --algorithm flash1 --csv | EXIT 0 | GREP flash1,
count $T/empty.scenario | EXIT 0 | GREP standard/flash1
count $T/mygpu.scenario --json | EXIT 0 | GREP "gpu.l2_bytes": 62914560
count --gpu $T/mine.gpu --json | EXIT 0 | GREP "gpu": "mine"
count --gpu.l2_bytes 60M --json | EXIT 0 | GREP "gpu.l2_bytes": 62914560
count /nonexistent.scenario | EXIT 1 | GREP /nonexistent.scenario cannot be read
count $T/folder | EXIT 1 | GREP cannot be read
count $T/key.scenario | EXIT 2 | GREP key.scenario:2: unknown key 'seqq'; did you mean 'seq'
count $T/line.scenario | EXIT 2 | GREP line.scenario:2: 'seq' is not `key = value`
count $T/twice.scenario | EXIT 2 | GREP twice.scenario:2: seq is given twice
count $T/order.scenario | EXIT 2 | GREP order.scenario:2: gpu must come before
count $T/value.scenario | EXIT 2 | GREP value.scenario:1: seq is '-4'
count $T/zero.scenario | EXIT 2 | GREP holds a zero byte
count $T/long.scenario | EXIT 2 | GREP longer than 64 KiB
count --gpu $T/unnamed.gpu | EXIT 2 | GREP name is not given
count --gpu $T/baseless.gpu | EXIT 2 | GREP is not given and there is no base
count --gpu $T/late.gpu | EXIT 2 | GREP late.gpu:2: base must come before
count --gpu $T/key.gpu | EXIT 2 | GREP did you mean 'sm_count'
count --gpu $T/smem.gpu | EXIT 2 | GREP at most smem_per_sm_bytes
count --gpu $T/base.gpu | EXIT 2 | GREP it must be a built-in GPU

# published figures (FlashAttention paper, Fig. 2 and Table 21): exact to the byte, or the print's MiB
count --algorithm standard $FIG2 --pass both --mask additive --dropout 0.1 --accounting paper --json | EXIT 0 | GREP "issued_bytes": 40265318400
count --algorithm flash1 $FIG2 --pass both --mask additive --dropout 0.1 --accounting paper --block-k 256 --json | EXIT 0 | GREP "issued_bytes": 4429185024
count --algorithm flash1 $FIG2 --accounting paper --block-k 64 --json | EXIT 0 | GREP "issued_bytes": 6576668672
count --algorithm flash1 $FIG2 --accounting paper --block-k 256 --json | EXIT 0 | GREP "issued_bytes": 1744830464
count --algorithm standard $T21 --seq 1024 --json | EXIT 0 | GREP "peak_hbm_bytes": 1241513984
count --algorithm standard $T21 --seq 4096 --json | EXIT 0 | GREP "peak_hbm_bytes": 17850957824
count --algorithm flash1 $T21 --seq 1024 | EXIT 0 | GREP 209 MiB
count --algorithm flash1 $T21 --seq 4096 | EXIT 0 | GREP 836 MiB

# output of count
count | EXIT 0 | GREP standard/flash1
count --algorithm flash1,flash2,standard | EXIT 0 | GREP flash1/standard
count --explain | EXIT 0 | GREP the replay gives the same
count --explain --algorithm flash1 | EXIT 0 | GREP 275 GFLOP / 83.2 TFLOP/s
count --explain --algorithm flash2 | EXIT 0 | GREP limit: registers
l2curve --sizes 512K --csv | EXIT 0 | GREP a100-40,41943040,524288,1107886080,0,0.000000
l2curve --sizes 100K | EXIT 2 | GREP multiple of 256 KiB
l2curve --sizes 1M,,2M | EXIT 2 | GREP a size of --sizes is ''
l2curve --sizes 1M --chunk 200 | EXIT 2 | GREP multiple of 128 bytes
l2curve --gpu nosuch --sizes 1M | EXIT 2 | GREP nosuch
count --json | EXIT 0 | GREP "format": "hbmscope.count/1"
count --csv | EXIT 0 | GREP algorithm,kernel,pass,tensor,step_count
count --kv-heads 4 --json | EXIT 0 | GREP "kv-heads": 4
count --algorithm flash2 --batch 1 --heads 1 --seq 1 | EXIT 0 | GREP tiles of 1 query x 1 key row (SRAM for 128 x 128)
count --algorithm flash2 --batch 1 --heads 1 --seq 128 | EXIT 0 | GREP tiles of 128 query x 128 key rows
count --algorithm standard --batch 1 --heads 3 --seq 999 --json | EXIT 0 | GREP "l1_read_sectors": 835575

# steps
steps --lens --from 0 --to 0 --algorithm flash2 | EXIT 0 | GREP request 0: block 0 warp 0 round 0: 16 sectors in 4 lines, 4 wavefronts; lanes 32 x 16 B at 0x0
steps --lens --from 3 --to 3 --algorithm standard | EXIT 0 | GREP 4 sectors in 1 lines, 1 wavefronts
steps --lens --from 0 --to 0 --algorithm flash2 --json | EXIT 0 | GREP "format":"hbmscope.lens/1"
steps --lens --from 0 --to 20000 | EXIT 2 | GREP at most 10000
steps --from 0 --to 3 | EXIT 0 | GREP standard: steps 0 to 3 of 1,253,376
steps --from 0 --to 0 --algorithm flash2 --json | EXIT 0 | GREP "format":"hbmscope.steps/1"
steps --from 1253375 --algorithm standard | EXIT 0 | GREP 1,253,375
steps --from 3617 --algorithm standard --batch 1 --heads 3 --seq 999 --json | EXIT 0 | GREP "l1_read_sectors":835575
steps --at-bytes 1G --algorithm standard --json | EXIT 0 | GREP "step":
steps --from 9 --to 3 | EXIT 2 | GREP --from must not be above --to
steps --from 1253376 --algorithm standard | EXIT 2 | GREP standard has 1253376 steps
steps --to 1253376 --algorithm standard | EXIT 2 | GREP standard has 1253376 steps
steps --from -1 | EXIT 2 | GREP --from is '-1'
steps --from "" | EXIT 2 | GREP --from is ''
steps --to 1e3 | EXIT 2 | GREP --to is '1e3'
steps --from 0 --to 20M --seq 64K --algorithm standard | EXIT 2 | GREP at most 10000000 are printed
steps --from 3 --at-bytes 1G | EXIT 2 | GREP exclude each other
steps --at-bytes 1G --at-time 1ms | EXIT 2 | GREP exclude each other
steps --at-bytes 1T --algorithm flash1 | EXIT 2 | GREP flash1 issues 2579496960 bytes in all
steps --at-time soon | EXIT 2 | GREP --at-time is 'soon'
steps --at-time 1.3 | EXIT 2 | GREP such as 1.3ms
steps --at-time -1ms | EXIT 2 | GREP --at-time is '-1ms'
steps --at-time .ms | EXIT 2 | GREP --at-time is '.ms'
steps --csv | EXIT 2 | GREP it has no --csv

# sweep
sweep --seq 1K..8K --csv | EXIT 0 | GREP 8192,flash1
sweep --seq 1K,3K,5K --json | EXIT 0 | GREP "seq": 3072
sweep --seq 1K..4K --algorithm standard | EXIT 0 | GREP growth
sweep | EXIT 0 | GREP 128K
sweep --seq 8K..1K | EXIT 2 | GREP must not end below its beginning
sweep --seq 0..4 | EXIT 2 | GREP --seq is '0'
sweep --seq "" | EXIT 2 | GREP --seq has ''
sweep --seq 1K.. | EXIT 2 | GREP --seq has '1K..'
sweep --seq ..1K | EXIT 2 | GREP --seq has '..1K'
sweep --seq 1K..2K..4K | EXIT 2 | GREP --seq is '2K..4K'
sweep --seq 1K,,2K | EXIT 2 | GREP --seq has ''
sweep --seq 1K..1T | EXIT 2 | GREP --seq is '1T'
sweep --seq 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,33,34,35,36,37,38,39,40,41,42,43,44,45,46,47,48,49,50,51,52,53,54,55,56,57,58,59,60,61,62,63,64,65 | EXIT 2 | GREP more than 64 lengths
TABLE

# A full disk is noticed on every road out.
for args in "quiz --print" "learn 1 --terminal" count "count --json" "count --csv" "count --explain" steps "steps --to 100000 --json" sweep gpus algorithms counters help --version ""; do
    $HBMSCOPE $args >/dev/full 2>"$T/err" </dev/null
    status=$?
    if [ $status = 1 ] && [ "$(wc -l <"$T/err")" = 1 ] && grep -q 'cannot be written' "$T/err"; then echo "ok $args >/dev/full"
    else fails "$args >/dev/full" "exit 1 and a sentence" "exit $status: $(head -n 1 "$T/err")"; fi
done

# JSON is JSON, its counts integers; CSV has as many fields in every line.
for args in "count --json" "count --json --pass both --causal --dropout 0.1" "sweep --seq 1K..128K --json" "gpus --json"; do
    if $HBMSCOPE $args | python3 -c '
import json, sys
def walk(x):
    if isinstance(x, dict):
        for k, v in x.items():
            assert not k.endswith(("_bytes", "_count", "_sectors", "flops")) or v is None or isinstance(v, int), (k, v)
            walk(v)
    elif isinstance(x, list):
        for v in x: walk(v)
walk(json.load(sys.stdin))' 2>"$T/err"; then echo "ok $args is JSON"; else fails "$args" "JSON with integer counts" "$(tail -n 1 "$T/err")"; fi
done
for args in "count --csv" "sweep --seq 1K,2K --csv" "gpus --csv"; do
    widths=$($HBMSCOPE $args | python3 -c 'import csv, sys; print(len({len(r) for r in csv.reader(sys.stdin)}))')
    if [ "$widths" = 1 ]; then echo "ok $args is even"; else fails "$args" "one width" "$widths widths"; fi
done

# What count --json says of its scenario, given back as options, gives the same document.
first=$($HBMSCOPE count --algorithm flash2,standard --causal --kv-heads 4 --seq 3000 --pass both --dropout 0.25 --json)
again=$($HBMSCOPE count $(printf '%s' "$first" | python3 -c '
import json, sys
for k, v in json.load(sys.stdin)["scenario"].items():
    if isinstance(v, list): v = ",".join(v)
    if isinstance(v, bool): v = "on" if v else "off"
    print("--%s=%s" % (k, v))') --json)
if [ "$first" = "$again" ]; then echo "ok the scenario in JSON reads back"; else fails "the scenario in JSON" "the same document" "another"; fi

# A step behind four billion others is reached at once.
if timeout 5 "$HBMSCOPE" steps --seq 128K --heads 32 --layers 32 --batch 1 --head-dim 128 --algorithm standard --from 4G --to 4294967300 | tail -n 1 | grep -q '4,294,967,300'
then echo "ok steps beyond four billion"; else fails "steps beyond four billion" 4,294,967,300 "no such line"; fi
