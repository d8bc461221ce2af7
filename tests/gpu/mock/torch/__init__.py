"""Stands in for PyTorch in test_visit.sh: as much as gpu/speed.py asks for. Every pass takes 2 ms; cuDNN declines. Nothing of it
is a measurement."""
from . import cuda, nn
from .backends import backends

__version__ = "mock"
float16, float32 = "float16", "float32"


class version: cuda = "mock"


class Tensor:
    def __mul__(self, _): return self
    def __sub__(self, _): return self


def rand(*_, **__): return Tensor()


class no_grad:
    def __enter__(self): return self
    def __exit__(self, *_): return False
