class SDPBackend: MATH, FLASH_ATTENTION, EFFICIENT_ATTENTION, CUDNN_ATTENTION = "math", "flash", "efficient", "cudnn"


chosen = []


class sdpa_kernel:
    def __init__(self, backends): self.backends = backends
    def __enter__(self): chosen[:] = self.backends
    def __exit__(self, *_): return False
