#!/bin/sh
# The probes (gpu/kernels/probe.cuh) on the CPU: each byte once, in whole sectors, and a mark is seen once.
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
if ! command -v g++ >/dev/null; then echo "skip probes: g++ is not on this machine"; exit 0; fi
"$HBMSCOPE" kernel tests/gpu/programs/probes.cu --json >"$out/json" 2>"$out/err"
python3 - "$out/json" "$out/err" <<'P'
import json, sys
kernels = {k["name"]: k for k in json.load(open(sys.argv[1]))["kernels"]}
array = lambda kernel: next(a for a in kernels[kernel]["arrays"] if a["name"] == "d_bytes")
def check(name, want, got): print(f"ok {name}" if want == got else f"not ok {name}: want {want}, got {got}")
check("a mark is seen once, and written over", "seen 1, last 5a5a5a5a", open(sys.argv[2]).read().strip())
check("read: each byte once a launch", 2 * 65536, array("probe_read")["issued_read_bytes"])
check("read: whole sectors", 2 * 65536 // 32, array("probe_read")["load_sectors"])
check("write: each byte once", (65536, 2048), (array("probe_write")["issued_write_bytes"], array("probe_write")["store_sectors"]))
check("code: moves nothing", [], kernels["probe_code"]["arrays"])
check("write: reads nothing", 0, array("probe_write")["load_sectors"])
P
