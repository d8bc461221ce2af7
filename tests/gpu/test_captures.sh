#!/bin/sh
# The captures on file and what is said of them: gpu/captures/ holds hardware's only, gpu/README.md's table is what the command prints,
# and `compare` over captures does what its help says, tried on captures that the model made in a temporary folder.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
check() { if [ "$2" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $2, got $3"; fi; }
run() { # NAME WANT_STATUS PATTERN ARGS...
    name=$1 want=$2 pattern=$3; shift 3
    "$HBMSCOPE" compare "$@" >"$out/text" 2>"$out/err"; got=$?
    if [ $got != "$want" ]; then echo "not ok $name: want exit $want, got $got: $(head -c 300 "$out/err")"
    elif ! grep -q -e "$pattern" "$out/text" "$out/err"; then echo "not ok $name: want '$pattern', got $(head -c 600 "$out/text") $(cat "$out/err")"
    else echo "ok $name"; fi
}
model() { python3 tests/gpu/model_capture.py "$HBMSCOPE" "$@"; }
table() { HBMSCOPE=$HBMSCOPE sh gpu/captures/table.sh "$@" >"$out/said" 2>&1; }

# ---- what is on file ----
for file in gpu/captures/*.txt; do
    [ -e "$file" ] || continue
    source=$(sed -n 's/^source = //p' "$file")
    case $source in cupti | ncu | events) ;; *) echo "not ok $file: want a source that is hardware's, got '$source'" ;; esac
    for key in device date driver_text; do grep -q "^$key = ." "$file" || echo "not ok $file: want its $key, got none"; done
    grep -qi 'mock' "$file" && echo "not ok $file: want a GPU, got a mock"
done
count=$(ls gpu/captures/*.txt 2>/dev/null | wc -l)
table --check; check "gpu/README.md says what $count captures on file say" 0 $?
[ "$count" != 0 ] || check 'with no capture on file README says that there is none' 1 "$(grep -c '^No captures: no counter of a GPU has been read yet.$' gpu/README.md)"

# ---- the same machinery on captures that the model made ----
mkdir "$out/captures"
model home 1 standard:512:cold flash2:1024:warm standard:3264:warm >"$out/captures/a.txt"
model home 1.2 flash1:256:cold >"$out/captures/b.txt"
cp gpu/README.md "$out/README.md"
table --check "$out/README.md" "$out/captures"; check 'a README without them is found out' 1 $?
table "$out/README.md" "$out/captures"; check 'the table is written' 0 $?
check 'a row a counter' 7 "$(sed -n '/points: begin/,/points: end/p' "$out/README.md" | grep -c '^| `')"
check 'what stands around it is kept' "$(sed '/points: begin/,/points: end/d' gpu/README.md | cksum)" "$(sed '/points: begin/,/points: end/d' "$out/README.md" | cksum)"
table --check "$out/README.md" "$out/captures"; check 'and then it holds' 0 $?
sed -i 's/^\(| `dram_read_bytes` | [0-9]* | [0-9]\)/\11/' "$out/README.md"
table --check "$out/README.md" "$out/captures"; check 'a figure that was changed is found out' 1 $?
echo 'nothing' >"$out/bare.md"; table "$out/bare.md" "$out/captures"; check 'a README without marks is refused' 1 $?

run 'every point is printed' 0 'standard fp32, N = 512, d = 64, 1 head, L2 cold *S = QK^T *l1_read_sectors .* equal *0.5%  within$' --points "$out/captures"
check 'none is dropped' 56 "$(grep -c 'within$\|MISSED$' "$out/text")" # seven counters of eight kernels
run 'a miss is named' 0 'flash1 forward *dram_read_bytes .* -16.67%  *5%  MISSED$' --points "$out/captures"
run 'the source is said' 0 '(source = model: no counters read by CUPTI)' --points "$out/captures" --summary
run 'the worst of a counter' 0 '^| `dram_read_bytes` | 8 | 2.08% | -16.67% | flash1 forward of flash1 fp32, N = 256, .* | 5% to 10% | 7 |$' --points "$out/captures" --summary
run 'one file too' 0 '^7 points of 1 run$' --points "$out/captures/b.txt"
run 'CSV' 0 '^"flash1 fp32, N = 256, d = 64, 1 head, L2 cold","flash1 forward",l1_read_sectors,[0-9]*,[0-9]*,0,0.005$' --points "$out/captures/b.txt" --csv
mkdir "$out/none"; run 'an empty folder' 0 '^No captures: no counter of a GPU has been read yet.$' --points "$out/none"
run 'no such folder' 1 'cannot be read' --points "$out/absent"
echo 'no capture' >"$out/none/x.txt"; run 'what is no capture' 1 'this is no capture' --points "$out/none"
run 'two at once' 2 'exclude each other' --points "$out/captures" --speed "$out/captures"
run 'summary of what' 2 'go with --points' --speed "$out/captures" --summary
run 'a scenario has no place here' 2 "no option --seq\|unknown\|seq" --points "$out/captures" --seq 5
sed 's/^device = .*/device = Some GPU/' "$out/captures/b.txt" >"$out/some.txt"
run 'a GPU that is not known' 1 "device 'Some GPU' is none of" --points "$out/some.txt"
run 'unless it is said' 0 '7 points' --points "$out/some.txt" --gpu h100

# The decision on --l2-store: warm runs of standard attention around the size of the L2.
sizes='standard:2176:warm standard:2896:warm standard:3264:warm standard:3616:warm standard:3984:warm flash2:1024:warm'
for policy in home near; do
    model $policy 1.02 $sizes >"$out/$policy.txt"
    run "captures of a GPU whose stores go $policy are known" 0 "^--l2-store $policy fits better$" --points "$out/$policy.txt" --policies
    check "on every point: $policy" "$(grep -c "  $policy$" "$out/text")" "$(sed -n "s/.*$policy is nearer on \([0-9]*\) of .*/\1/p; s/.*near on \([0-9]*\); .*/\1/p" "$out/text" | { [ $policy = home ] && head -n 1 || tail -n 1; })"
done
run 'captures that do not tell' 0 '^no point tells the policies apart' --points "$out/captures/b.txt" --policies

# CUPTI against ncu, speed, probes.
sed 's/^source = .*/source = cupti/' "$out/captures/a.txt" >"$out/cupti.txt"
sed 's/^source = .*/source = ncu/; s/^\(metric dram__bytes_read.sum bytes 1\) .*/\1 5 5 5/' "$out/captures/a.txt" >"$out/ncu.txt"
run 'two profilers: equal counters' 0 '^l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum *7 *7 *0.00% *equal' --points "$out/cupti.txt" --against "$out/ncu.txt" --summary
run 'two profilers: others' 0 '^dram__bytes_read.sum *7 *0 ' --points "$out/cupti.txt" --against "$out/ncu.txt" --summary
run 'two profilers: of the right kind' 1 'has no run with source = ncu' --points "$out/cupti.txt" --against "$out/cupti.txt"
printf 'hbmscope.capture/1\nsource = events\nrun\nalgorithm = flash2\nbatch = 1\nheads = 2\nseq = 1024\nhead-dim = 64\ndtype = fp16\nkernel = forward pass\nmetric event_time ns 3 1e6 1e6 1e6\nend\n' >"$out/speed.txt"
run 'speed' 0 '1024  64      2  no      flash2     fp16   1.000      0.5     1     100%    -  -$' --speed "$out/speed.txt"
printf 'hbmscope.capture/1\nsource = cupti\ndevice = NVIDIA H100 80GB HBM3\n' >"$out/probes.txt"
for mib in 1 4 16; do
    bytes=$((mib << 20)); printf 'run\nalgorithm = probe-read\nbytes = %d\nl2 = cold\nkernel = read\nmetric dram__bytes_read.sum bytes 1 %d %d %d\n' $bytes $((bytes + 4096)) $((bytes + 4096)) $((bytes + 4096)) >>"$out/probes.txt"
done; echo end >>"$out/probes.txt"
run 'probes: the line through them' 0 '^  dram__bytes_read.sum *4096 + 1 X   (3 sizes' --probes "$out/probes.txt"
run 'probes: each beside the model' 0 'probe-read, 16 MiB, L2 cold *read *dram_read_bytes *16,777,216  16,781,312' --probes "$out/probes.txt"
