"""The place of the centre crop of a picture."""

from typing import Any


def box(height: Any, width: Any, size: tuple[int, int], crop: float = 1.0) -> tuple[Any, Any, Any, Any]:
    """``(top, left, height, width)`` of the centre crop with the shape of ``size`` that keeps the share ``crop`` of the
    largest: integers, or tensors."""

    def within(most, wanted):
        if isinstance(most, int) and isinstance(wanted, int):
            return max(min(most, wanted), 1)
        import keras

        return keras.ops.maximum(keras.ops.minimum(most, wanted), 1)

    def share(length):
        if crop == 1:
            return length
        if isinstance(length, int):
            return max(round(crop * length), 1)
        import keras

        kept = keras.ops.round(crop * keras.ops.cast(length, "float32"))
        return keras.ops.maximum(keras.ops.cast(kept, length.dtype), 1)

    high, wide = within(height, width * size[0] // size[1]), within(width, height * size[1] // size[0])
    high, wide = share(high), share(wide)
    return (height - high) // 2, (width - wide) // 2, high, wide
