import warnings

from .attention import chosen


def scaled_dot_product_attention(*_, **__):
    if chosen == ["cudnn"]:
        warnings.warn("the mock's cuDNN declines")
        raise RuntimeError("No available kernel. Aborting execution.")
