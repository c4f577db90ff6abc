"""Parallel paths side by side: what an Inception block computes."""

from collections.abc import Sequence
from typing import Any, final

import keras

from zoo.layers import field as _field
from zoo.layers.composite import Composite, numbered
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Paths(Composite):
    """``f(u) = [p₁(u), …, pₙ(u)]``: the outputs of parallel paths, one behind the other on the last axis.

    Source: Szegedy et al., "Going Deeper with Convolutions" (2015, arXiv:1409.4842), figure 2.

    Args:
        paths: Keras layers, such as a ``keras.Sequential`` of convolutions, whose outputs differ in the last axis only.

    Input shape: ``(batch, …, channels)``. Output shape: that of a path with the channels of all.

    Raises:
        TypeError: A path is not a Keras layer.
        ValueError: There is no path, or (when built) the outputs differ in another axis than the last.
    """

    def __init__(self, paths: Sequence[keras.layers.Layer], **kwargs: Any):
        super().__init__(**kwargs)
        self.paths = _field.check_all(paths, "Paths")

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The paths."""
        return numbered(self.paths, "path")

    def build(self, input_shape: Shape) -> None:
        u = keras.KerasTensor((None, *input_shape[1:]), dtype=self.compute_dtype)
        shapes = [tuple(path(u).shape) for path in self.paths]
        if len({shape[1:-1] for shape in shapes}) > 1:
            received = ", ".join(str(shape[1:]) for shape in shapes)
            raise ValueError(
                f"{self.name} puts its paths side by side, so their outputs must be alike but for the last axis. "
                f"Received (without the batch axis): {received}. Give all paths the same strides and padding."
            )
        self.built = True

    def call(self, u: Tensor) -> Tensor:
        return keras.ops.concatenate([path(u) for path in self.paths], axis=-1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        shapes = [path.compute_output_shape(input_shape) for path in self.paths]
        return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))
