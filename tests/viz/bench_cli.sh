# Whole processes, the best of twenty: 128K tokens, 32 heads, 32 layers, two algorithms.
case="--algorithm standard --algorithm flash2 --seq 128K --head-dim 128 --heads 32 --layers 32 --dtype fp16 --gpu h200"
best() { # NAME ARGS...: the shortest of twenty runs in milliseconds
    name=$1
    shift
    python3 - "$name" "$HBMSCOPE" "$@" <<'PY'
import subprocess, sys, time
best_s = 1e9
for _ in range(20):
    start_s = time.perf_counter()
    subprocess.run(sys.argv[2:], stdout=subprocess.DEVNULL, check=True)
    best_s = min(best_s, time.perf_counter() - start_s)
print("bench %s %.2f ms" % (sys.argv[1], best_s * 1e3))
PY
}
best process_version --version
best count_process count $case --json
best steps_process steps $case --from 4000000000 --to 4000000000
