#!/bin/sh
# Our own tests must see a broken kernel: flash2 is broken in one place at a time, and each time the run must fail.
if ! command -v g++ >/dev/null; then echo "skip mutants: g++ is not on this machine"; exit 0; fi
hbmscope=$(cd "$(dirname "$HBMSCOPE")" && pwd)/hbmscope
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mkdir -p "$out/gpu/kernels"
cp gpu/kernels/tile.cuh "$out/gpu/kernels/"
cp tests/gpu/programs/one_flash2.cu "$out/"

mutant() { # NAME WANT_STATUS SED_SCRIPT
    sed "$3" gpu/kernels/flash2_1.cuh >"$out/gpu/kernels/flash2_1.cuh"
    if [ -n "$3" ] && cmp -s gpu/kernels/flash2_1.cuh "$out/gpu/kernels/flash2_1.cuh"; then echo "not ok $1: the source no longer holds what is changed"; return; fi
    (cd "$out" && "$hbmscope" kernel one_flash2.cu >text 2>err); got=$?
    if [ $got = "$2" ]; then echo "ok $1"; else echo "not ok $1: want exit $2, got $got: $(head -c 300 "$out/text")"; fi
}
mutant 'the kernel as it is passes' 0 ''
mutant 'no barrier after the tiles are loaded' 1 '/^        __syncthreads();$/d'
mutant 'no barrier before the next tiles' 1 '/K, V and the scores have been used/d'
mutant 'no warp barrier after the scores' 1 '/^        __syncwarp();$/d'
mutant 'one key too few' 1 's/for (int col = 0; col < cols; col++) {$/for (int col = 0; col < cols - 1; col++) {/'
mutant 'one key too many' 1 's/is_seen = col < cols/is_seen = col <= cols/; s/for (int col = 0; col < cols; col++)/for (int col = 0; col <= cols; col++)/'
mutant 'a tile forgotten' 1 's/j < end_tile;/j < end_tile - 1;/'
mutant 'the old sum not rescaled' 1 's/l = l \* keep + sum/l = l + sum/'
mutant 'one row too many is stored' 1 's/(int)threadIdx.x < rows) lse_rows/(int)threadIdx.x <= rows) lse_rows/'
