import os


def is_available(): return os.environ.get("MOCK_TORCH") != "no GPU"
def synchronize(): pass
def empty_cache(): pass


def get_device_properties(_):
    class P: name, multi_processor_count, L2_cache_size, total_memory = "Mock GPU", 132, 50 << 20, 80 << 30
    return P


class Event:
    def __init__(self, **_): pass
    def record(self): pass
    def elapsed_time(self, _): return 2.0
