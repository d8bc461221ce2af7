# A kernel broken in one place at a time, run on the CPU: as many at a time as there are processors, each in a folder of
# its own. Sourced with $source (a file of gpu/kernels) and $program (of tests/gpu/programs, without .cu) set before
# each mutant; then mutants_report. $HBMSCOPE runs them. VERBOSE=1 shows what the program said.
hbmscope=$(cd "$(dirname "$HBMSCOPE")" && pwd)/hbmscope
out=$(mktemp -d)
trap 'wait; rm -rf "$out"' EXIT
mkdir -p "$out/clean/gpu"
cp -r gpu/kernels "$out/clean/gpu/"
cp gpu/twin/mma_twin.cuh "$out/clean/gpu/kernels/mma.cuh" # as gpu.mk does for the kernels on the CPU
cp gpu/twin/hopper_twin.cuh "$out/clean/gpu/kernels/hopper.cuh"
cp tests/gpu/programs/one_* "$out/clean/"
mutant_count=0 processors=$(nproc)

run_mutant() ( # NUMBER NAME WANT_STATUS SED_SCRIPT
    cp -r "$out/clean" "$out/$1" && cd "$out/$1" || exit
    sed "$4" ../clean/gpu/kernels/$source >gpu/kernels/$source
    if [ -n "$4" ] && cmp -s ../clean/gpu/kernels/$source gpu/kernels/$source; then echo "not ok $program, $2: the source no longer holds what is changed"; exit; fi
    "$hbmscope" kernel $program.cu >text 2>err; got=$?
    if [ ! -s text ]; then echo "not ok $program, $2: it did not run: $(head -c 300 err)"
    elif [ $got = "$3" ]; then echo "ok $program, $2"
    else echo "not ok $program, $2: want exit $3, got $got: $(head -c 300 text)"; fi
    [ -z "${VERBOSE:-}" ] || head -n 1 text err
    rm -rf "$out/$1"
)
mutant() { # NAME WANT_STATUS SED_SCRIPT
    mutant_count=$((mutant_count + 1))
    run_mutant $mutant_count "$@" >"$out/said.$mutant_count" &
    [ $((mutant_count % processors)) -ne 0 ] || wait
}
mutants_report() {
    wait
    for number in $(seq $mutant_count); do cat "$out/said.$number"; done
}
