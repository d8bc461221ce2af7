#!/usr/bin/env python3
"""speed.py: our kernels and PyTorch's attention backends, timed side by side in one process by the same events.

    speed.py -o FILE [--kernels LIB] [--gpu NAME] [--seconds S]     on a GPU; LIB is build/libhbmscope-gpu.so
    speed.py --plan                                                 every row, and about how long they take; no GPU

Sizes as in the FlashAttention papers: 16K tokens in all, hidden dimension 2048 (heads = 2048 / d, batch = 16K / N). A row is the
median of repeated forward passes, without a flush between them: Q, K, V and O are 268 MB in fp16, more than an L2. TFLOP/s by
the papers' convention: 4 N^2 d per head and batch, halved with a causal mask. GB/s: Q, K, V read and O written once, over the time.
FILE is a capture (sim/capture.h) with source = events: `hbmscope compare --speed FILE` prints it as a table.
"""
import argparse, ctypes, datetime, os, re, signal, subprocess, sys, tempfile, time, warnings

TOKENS, HIDDEN = 16384, 2048
LENGTHS = (1024, 2048, 4096, 8192, 16384)
# Name of the row, version of our kernels (None: PyTorch's), dtypes.
TORCH = {"torch-flash": ("FLASH_ATTENTION", ("fp16",)), "torch-cudnn": ("CUDNN_ATTENTION", ("fp16",)),
         "torch-efficient": ("EFFICIENT_ATTENTION", ("fp16", "fp32")), "torch-math": ("MATH", ("fp16", "fp32"))}
# The last one's memory stays until ours are next: it is to be little (standard's S at 16K tokens has 34 GB).
OURS = [("flash3", 0, "fp16"), ("flash2", 0, "fp16"), ("standard", 2, "fp16"), ("standard", 3, "fp16"), ("standard", 1, "fp16"), ("flash1", 0, "fp16"), ("standard", 2, "fp32"),
        ("standard", 3, "fp32"), ("standard", 1, "fp32"), ("flash1", 0, "fp32"), ("flash2", 0, "fp32")]
HERE = os.path.dirname(os.path.abspath(__file__))


def rows():
    """(causal, d, N, name, version or None, dtype), best known contenders first at each size."""
    for causal in (False, True):
        for dim in (128, 64):
            for seq in LENGTHS:
                for name, (_, dtypes) in TORCH.items():
                    for dtype in dtypes: yield causal, dim, seq, name, None, dtype
                for name, version, dtype in OURS:
                    is_slow = name == "flash1" or version == 1 # seconds a pass at 16K tokens
                    if not is_slow or (seq <= 4096 and not causal): yield causal, dim, seq, name, version, dtype


def shape(dim, seq): return {"batch": TOKENS // seq, "heads": HIDDEN // dim, "seq": seq, "head-dim": dim}
def flops(causal, dim, seq): return 4 * seq * seq * HIDDEN * (TOKENS // seq) / (2 if causal else 1)
def row_bytes(dtype): return 4 * TOKENS * HIDDEN * (2 if dtype == "fp16" else 4)
def label(name, version, dtype): return f"{name}{f' {version}' if version else ''} {dtype}"


def plan():
    """Assumed, for want of a measurement: 0.3 s of timing a row or three passes, whichever is more, at 50 TFLOP/s in fp16 and 5 in
    fp32 (flash1 and standard 1: 1); 0.8 s to fill and upload our inputs."""
    count = seconds = 0
    for causal, dim, seq, name, version, dtype in rows():
        s = shape(dim, seq)
        print(f"{label(name, version, dtype)} batch={s['batch']} heads={s['heads']} seq={seq} head-dim={dim} causal={'on' if causal else 'off'}")
        rate = 1e12 if name == "flash1" or (name, version) == ("standard", 1) else 50e12 if dtype == "fp16" else 5e12
        count += 1
        seconds += max(0.3, 3 * flops(causal, dim, seq) / rate) + (0 if version is None else 0.8)
    print(f"{count} rows, {len(LENGTHS) * 4} sizes, about {seconds:.0f} s")


class Unavailable(Exception): pass


def gpu_case_type():
    """GpuCase as attention.h declares it, so that the two cannot drift apart."""
    text = open(os.path.join(HERE, "kernels", "attention.h")).read()
    body = re.sub(r"/\*.*?\*/", "", re.search(r"typedef struct GpuCase \{(.*?)\} GpuCase;", text, re.S).group(1), flags=re.S)
    types = {"char": ctypes.c_char, "int": ctypes.c_int, "int64_t": ctypes.c_int64, "bool": ctypes.c_bool}
    fields = []
    for kind, names in re.findall(r"(\w+)\s+([^;]+);", body):
        for name in names.split(","):
            member, length = re.fullmatch(r"\s*(\w+)(?:\[(\d+)\])?\s*", name).groups()
            fields.append((member, types[kind] * int(length) if length else types[kind]))
    return type("GpuCase", (ctypes.Structure,), {"_fields_": fields})


class Ours:
    """Our kernels, opened as the capture program opens them; tiles come from `hbmscope-capture resolve`."""
    def __init__(self, path, gpu):
        self.gpu, self.Case = gpu, gpu_case_type()
        self.resolver = os.path.join(os.path.dirname(os.path.abspath(path)), "hbmscope-capture")
        self.lib = ctypes.CDLL(os.path.abspath(path))
        for f in ("gpu_open", "gpu_prepare", "gpu_launch", "gpu_synchronize", "gpu_verify"): getattr(self.lib, f).restype = ctypes.c_bool
        self.lib.gpu_error.restype = ctypes.c_char_p
        self.check(self.lib.gpu_open(0, ctypes.create_string_buffer(1024)))

    def check(self, is_ok):
        if not is_ok: raise Unavailable(self.lib.gpu_error().decode())

    def resolve(self, causal, dim, seq, name, version, dtype):
        words = {"algorithm": name, "version": version, "dtype": dtype, "gpu": self.gpu, **shape(dim, seq), "causal": "on" if causal else "off"}
        with tempfile.NamedTemporaryFile("w") as f:
            f.write(" ".join(f"{k}={v}" for k, v in words.items()) + "\n")
            f.flush()
            done = subprocess.run([self.resolver, "resolve", "--cases", f.name], capture_output=True, text=True)
        line = done.stdout.strip()
        if done.returncode or line.startswith("error="): raise Unavailable((line or done.stderr.strip()).removeprefix("error="))
        return dict(word.split("=", 1) for word in line.split())

    def prepare(self, *row):
        """A function that runs the case's kernels once, and the error of its results against float64 (None: not checked)."""
        case, members = self.Case(), self.resolve(*row)
        for member, _ in self.Case._fields_:
            value = members.get(member, "0")
            setattr(case, member, value.encode() if isinstance(getattr(case, member), bytes) else int(value))
        self.check(self.lib.gpu_prepare(ctypes.byref(case)))
        error = None
        if row[2] == LENGTHS[0]: # on the host: at the shortest length it takes a tenth of a second
            got = ctypes.c_double(-1)
            self.check(self.lib.gpu_verify(ctypes.byref(got)))
            error = got.value
            if not error < (1e-4 if row[5] == "fp32" else 1e-2): raise Unavailable(f"computes something wrong: error {error:g} against float64")
        def run():
            for kernel in range(self.lib.gpu_kernel_count()): self.check(self.lib.gpu_launch(kernel))
        return run, error


def time_torch(torch, causal, dim, seq, name, dtype):
    """The backend is chosen once, outside of what is timed: short passes must not wait for Python."""
    from torch.nn.attention import SDPBackend, sdpa_kernel
    backend = getattr(SDPBackend, TORCH[name][0], None)
    if backend is None: raise Unavailable("this PyTorch has no such backend")
    s = shape(dim, seq)
    kind = torch.float16 if dtype == "fp16" else torch.float32
    q, k, v = (torch.rand(s["batch"], s["heads"], seq, dim, device="cuda", dtype=kind) * 2 - 1 for _ in range(3))
    attend = torch.nn.functional.scaled_dot_product_attention
    with sdpa_kernel([backend]), torch.no_grad(): return timed(torch, lambda: attend(q, k, v, is_causal=causal))


def clocks(torch):
    """SM clock in MHz and power in W while queued work runs: by NVML through PyTorch, else by nvidia-smi unless that takes long."""
    try: return [float(torch.cuda.clock_rate()), torch.cuda.power_draw() / 1000]
    except (AttributeError, ImportError, RuntimeError): pass
    if clocks.is_slow: return []
    begin = time.monotonic()
    try:
        query = ["nvidia-smi", "--query-gpu=clocks.sm,power.draw", "--format=csv,noheader,nounits"]
        said = subprocess.run(query, capture_output=True, text=True, timeout=5).stdout
        return [float(x) for x in said.strip().split("\n")[0].split(",")]
    except (OSError, ValueError, subprocess.SubprocessError): return []
    finally: clocks.is_slow = time.monotonic() - begin > 0.5


clocks.is_slow = False


def timed(torch, run):
    """Milliseconds of repeated passes, and clock and power meanwhile. A pass of more than a second is measured once."""
    def one():
        a, b = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        a.record(); run(); b.record()
        return a, b
    run(); torch.cuda.synchronize()
    a, b = one(); torch.cuda.synchronize()
    first = a.elapsed_time(b)
    if first > 1000: return [first], clocks(torch)
    pairs = [one() for _ in range(max(3, min(50, int(200 / max(first, 0.01)))))]
    meanwhile = clocks(torch)
    torch.cuda.synchronize()
    return [a.elapsed_time(b) for a, b in pairs], meanwhile


class Report:
    """The file, whole after every row; and the table on stdout."""
    def __init__(self, path, torch):
        self.path, self.blocks, self.bests = path, [], {}
        p = torch.cuda.get_device_properties(0)
        driver = subprocess.run(["sh", "-c", "head -n 1 /proc/driver/nvidia/version 2>/dev/null"], capture_output=True, text=True).stdout.strip()
        keys = {"source": "events", "program": "gpu/speed.py", "date": datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "device": p.name, "sm_count": p.multi_processor_count, "l2_bytes": getattr(p, "L2_cache_size", 0), "memory_bytes": p.total_memory,
                "torch": torch.__version__, "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(), "driver_text": driver}
        self.head = "hbmscope.capture/1\n" + "".join(f"{k} = {v}\n" for k, v in keys.items() if v)
        self.head += "# Forward passes, timed by events without a flush between them; torch's fp32 without TF32.\n"
        print(f"{'N':>6} {'d':>4} {'causal':6} {'':22} {'ms':>9} {'TFLOP/s':>8} {'GB/s':>6} {'MHz':>5} {'W':>4}", flush=True)

    def write(self):
        with open(self.path + ".new", "w") as f: f.write(self.head + "".join(self.blocks) + "end\n")
        os.replace(self.path + ".new", self.path)

    def add(self, row, ms, meanwhile, error):
        causal, dim, seq, name, version, dtype = row
        ms = sorted(ms)
        median, s = ms[(len(ms) - 1) // 2], shape(dim, seq)
        lines = ["", "run", f"algorithm = {name}"] + ([f"version = {version}"] if version else [])
        lines += [f"batch = {s['batch']}", f"heads = {s['heads']}", f"kv-heads = {s['heads']}", f"seq = {seq}", f"kv-seq = {seq}", f"head-dim = {dim}",
                  f"dtype = {dtype}", "pass = forward", f"causal = {'on' if causal else 'off'}", "l2 = warm"]
        lines += [f"relative_error = {error!r}"] if error is not None else []
        lines += ["kernel = forward pass", f"metric event_time ns {len(ms)} {1e6 * ms[0]!r} {1e6 * median!r} {1e6 * ms[-1]!r}"]
        lines += [f"metric {key} {unit} 1 {x!r} {x!r} {x!r}" for (key, unit), x in zip((("clocks_sm", "MHz"), ("power_draw", "W")), meanwhile)]
        self.blocks.append("\n".join(lines) + "\n")
        rate = flops(causal, dim, seq) / median / 1e9
        clock = " ".join(f"{x:{w}.0f}" for x, w in zip(meanwhile, (5, 4)))
        print(f"{seq:6} {dim:4} {'on' if causal else 'off':6} {label(name, version, dtype):22} {median:9.3f} {rate:8.1f} {row_bytes(dtype) / median / 1e6:6.0f} {clock}", flush=True)
        self.write()

    def refuse(self, row, why):
        causal, dim, seq, name, version, dtype = row
        why = " ".join(str(why).split())[:160]
        self.blocks.append(f"# not available: {label(name, version, dtype)} seq {seq} head-dim {dim} causal {'on' if causal else 'off'}: {why}\n")
        print(f"{seq:6} {dim:4} {'on' if causal else 'off':6} {label(name, version, dtype):22} not available: {why}", flush=True)
        self.write()


def run_row(torch, ours, row):
    causal, dim, seq, name, version, dtype = row
    if version is not None:
        if ours is None: raise Unavailable("our kernels were not built")
        torch.cuda.empty_cache()
        run, error = ours.prepare(*row)
        return *timed(torch, run), error
    with warnings.catch_warnings(record=True) as said: # why a backend declines is a warning
        warnings.simplefilter("always")
        try: return *time_torch(torch, causal, dim, seq, name, dtype), None
        except RuntimeError as e: raise Unavailable(f"{str(e).splitlines()[0]} {said[-2].message if len(said) > 1 else said[-1].message if said else ''}") from e


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("-o", dest="out")
    parser.add_argument("--kernels", default="")
    parser.add_argument("--gpu", default="h100")
    parser.add_argument("--seconds", type=float, default=1e9)
    parser.add_argument("--plan", action="store_true")
    options = parser.parse_args()
    if options.plan: return plan()
    if not options.out: sys.exit("speed.py: -o FILE is needed, where the times go")
    try: import torch
    except ImportError as e: sys.exit(f"speed.py: PyTorch is not on this machine ({e}): there is nothing to set our kernels beside")
    if not torch.cuda.is_available(): sys.exit("speed.py: PyTorch sees no GPU")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("speed.py: stopped from outside"))
    begin, ours, done, left = time.monotonic(), None, 0, []
    if options.kernels:
        try: ours = Ours(options.kernels, options.gpu)
        except (OSError, Unavailable) as e: print(f"our kernels cannot be opened: {e}", flush=True)
    report = Report(options.out, torch)
    for row in rows():
        if time.monotonic() - begin > options.seconds: left.append(row); continue
        try:
            report.add(row, *run_row(torch, ours, row))
            done += 1
        except Unavailable as e: report.refuse(row, e)
    for causal, dim, seq, name, version, dtype in left: print(f"left out: {label(name, version, dtype)} seq {seq} head-dim {dim} causal {'on' if causal else 'off'}")
    print(f"{done} rows timed, {len(left)} left out for want of time; {time.monotonic() - begin:.0f} s")


if __name__ == "__main__": main()
