#!/usr/bin/env python3
"""model_capture.py HBMSCOPE STORE DRAM_FACTOR CASE...: a capture made by the model itself, on stdout, for tests; its source is "model".

CASE is ALGORITHM:N:STATE. The numbers are those of `count --json` under that store policy, DRAM's times the factor.
"""
import json, subprocess, sys

METRICS = (("l1_read_sectors", "l1tex__t_sectors_pipe_lsu_mem_global_op_ld.sum", "sectors", 1), ("l1_write_sectors", "l1tex__t_sectors_pipe_lsu_mem_global_op_st.sum", "sectors", 1),
           ("l2_read_bytes", "lts__t_sectors_srcunit_tex_op_read.sum", "sectors", 32), ("l2_write_bytes", "lts__t_sectors_srcunit_tex_op_write.sum", "sectors", 32),
           ("dram_read_bytes", "dram__bytes_read.sum", "bytes", 1), ("dram_write_bytes", "dram__bytes_write.sum", "bytes", 1), ("time_ns", "gpu__time_duration.sum", "ns", 1))
hbmscope, store, factor, cases = sys.argv[1], sys.argv[2], float(sys.argv[3]), sys.argv[4:]
print("hbmscope.capture/1\nsource = model\ndevice = NVIDIA H100 80GB HBM3")
for case in cases:
    algorithm, n, state = case.split(":")
    words = f"count --algorithm {algorithm} --batch 1 --heads 1 --seq {n} --head-dim 64 --dtype fp32 --gpu h100 --l2-store {store} --l2-start {'warm' if state == 'warm' else 'flushed'} --json"
    count = json.loads(subprocess.run([hbmscope, *words.split()], capture_output=True, check=True, text=True).stdout)
    print(f"\nrun\nalgorithm = {algorithm}\nbatch = 1\nheads = 1\nkv-heads = 1\nseq = {n}\nkv-seq = {n}\nhead-dim = 64\ndtype = fp32\npass = forward\ncausal = off\nl2 = {state}")
    for kernel in count["algorithms"][0]["kernels"]:
        print("kernel =", kernel["name"])
        for key, metric, unit, divisor in METRICS:
            value = kernel["totals"][key] / divisor
            if key.startswith("dram"): value *= factor
            if key == "time_ns": value = round(value)
            print(f"metric {metric} {unit} 1", *[f"{value:.17g}"] * 3)
print("end")
