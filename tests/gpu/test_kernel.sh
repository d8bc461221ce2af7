#!/bin/sh
# hbmscope kernel on whole programs: counts worked out by hand, errors named by line, refusals.
here=tests/gpu/programs
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if ! command -v g++ >/dev/null; then echo "skip kernel: g++ is not on this machine"; exit 0; fi

run() { # NAME WANT_STATUS ARGS...: runs hbmscope kernel ARGS, keeps $out/text and $out/err
    name=$1 want=$2; shift 2
    "$HBMSCOPE" kernel "$@" >"$out/text" 2>"$out/err"; got=$?
    if [ $got = "$want" ]; then echo "ok $name: exit $want"; else echo "not ok $name: want exit $want, got $got: $(head -c 300 "$out/err")"; fi
}
says() { # NAME FILE PATTERN
    if grep -q -e "$3" "$out/$2"; then echo "ok $1"; else echo "not ok $1: want '$3', got: $(head -c 400 "$out/$2")"; fi
}
json() { # NAME EXPRESSION WANT: k is kernels by name, a(kernel, array) an array of one
    got=$(python3 - "$out/text" "$2" 2>/dev/null <<'P'
import json, sys
j = json.load(open(sys.argv[1]))
k = {x["name"]: x for x in j["kernels"]}
def a(kernel, array): return next(x for x in k[kernel]["arrays"] if x["name"] == array)
print(eval(sys.argv[2]))
P
    )
    if [ "$got" = "$3" ]; then echo "ok $1"; else echo "not ok $1: want $3, got $got"; fi
}

# N = 64, d = 64. A warp is one row i and 32 keys j: Q broadcast 1 sector, K strided 32, 2 d loads a thread.
run three_kernels 0 $here/three_kernels.cu --json -- 64
says 'own output goes to stderr with --json' err 'sum 65536 want 65536'
json 'format' 'j["format"]' hbmscope.kernel/1
json 'qk load requests' 'k["qk"]["load_requests"]' $((64 * 64 / 32 * 2 * 64))
json 'qk load sectors' 'k["qk"]["load_sectors"]' $((64 * 64 / 32 * 64 * 33))
json 'qk read bytes' 'k["qk"]["issued_read_bytes"]' $((64 * 64 * 2 * 64 * 4))
json 'qk store sectors' 'k["qk"]["store_sectors"]' $((64 * 64 / 8))
json 'qk K alone' 'a("qk", "d_K")["load_sectors"]' $((64 * 64 / 32 * 64 * 32))
json 'transpose: 32 wavefronts a load' 'k["transpose<32>"]["shared_load_wavefronts"]' $((64 * 64 / 32 * 32))
json 'transpose: 1 wavefront a store' 'k["transpose<32>"]["shared_store_wavefronts"]' $((64 * 64 / 32))
json 'reduce: loads' 'k["reduce"]["load_requests"]' $((64 * 64 / 32))
json 'reduce: shared loads 2 (4 + 2 + 1) + 1' 'k["reduce"]["shared_load_requests"]' 15
json 'reduce: one atomic' 'k["reduce"]["atomic_requests"]' 1
json 'advice on K names its line' '[x["line"] for x in k["qk"]["advice"] if x["kind"] == "uncoalesced"]' '[18]'
json 'advice on the tile' '[x["array"] for x in k["transpose<32>"]["advice"] if x["kind"] == "bank_conflict"]' "['tile']"
json 'advice on reading again' '[x["array"] for x in k["qk"]["advice"] if x["kind"] == "read_again"][0]' d_K
run three_kernels_text 0 $here/three_kernels.cu -- 64
says 'text: own output comes first' text '^sum 65536'
says 'text: advice' text 'three_kernels.cu:18: a load from d_K touches 32.0 sectors'

run divergent 0 $here/divergent.cu --json
json 'half of a warp' '[a("half_warp", "x")[f] for f in ("load_requests", "load_sectors", "issued_read_bytes")]' '[1, 2, 64]'
json 'a device variable' 'a("half_warp", "table")["load_sectors"]' 2
json 'lanes meet again' '[a("half_warp", "y")[f] for f in ("store_requests", "store_sectors")]' '[1, 4]'
json 'loops of different length' '[a("triangle", "x")[f] for f in ("load_requests", "issued_read_bytes")]' '[32, 2112]'
json 'a float4 is one access' '[a("vectors", "v")[f] for f in ("load_requests", "load_sectors")]' '[1, 16]'

printf '__global__ void k(float *x) { __shared__ float t[32]; t[threadIdx.x] = x[threadIdx.x]; __syncthreads(); x[threadIdx.x] = t[31 - threadIdx.x]; }\nint main() { float *x; cudaMalloc(&x, 128); k<<<1, 32>>>(x); k<<<1, 32>>>(x); return 0; }\n' >"$out/tile.cu"
run 'a program without the C++ library' 0 "$out/tile.cu" --json
json 'its shared array has a name' 'sorted(x["name"] for x in k["k"]["arrays"])' "['t', 'x']"
json 'launches add up' '(k["k"]["launch_count"], k["k"]["load_requests"])' '(2, 2)'
run idioms 0 $here/idioms.cu --json
json 'a template kernel' 'k["gemm<float, 1>"]["load_requests"]' $((2 * 4 * 16 * 8))
json 'shared atomics' 'a("hist", "local")["space"]' shared
json 'a launch through a pointer' 'k["fp"]["launch_count"]' 1
run groups 0 $here/groups.cu --json
json 'a group of the block' 'k["sum"]["load_sectors"]' 125
json 'cudaLaunchKernel' 'k["add"]["launch_count"]' 1
run no_barrier 1 $here/no_barrier.cu
says 'a race names line and array' text 'no_barrier.cu:7: race on shared memory: .*copy'
run past_end 1 $here/past_end.cu --json
says 'past the end' err 'thread (3, 0, 0) reads 4 bytes outside: 0 bytes past the end of from (400 bytes)'
json 'past the end: line' 'j["errors"][0]["line"]' 4
run ptx 1 $here/ptx.cu
says 'PTX is named by line' err 'ptx.cu:5: inline PTX'
run 'no file' 2
run 'unknown option' 2 $here/ptx.cu --fast
says 'unknown option is named' err '--fast'
run 'absent file' 1 $here/absent.cu
printf 'int main() { return 0; }\n' >"$out/none.cu"; run 'no kernel' 1 "$out/none.cu"; says 'no kernel' err 'without launching a kernel'
printf 'int main() { return undeclared; }\n' >"$out/bad.cu"; run 'does not compile' 1 "$out/bad.cu"; says 'compiler error' err 'bad.cu:1:.*undeclared'
mkdir "$out/temporary"; TMPDIR=$out/temporary "$HBMSCOPE" kernel $here/three_kernels.cu 2>/dev/null | head -n 1 >/dev/null
if [ -z "$(ls "$out/temporary")" ]; then echo "ok nothing is left behind when the reader leaves early"; else echo "not ok left behind: want nothing, got $(ls "$out/temporary")"; fi
