"""Half of the channels go to the base early."""

import math
from collections.abc import Callable, Sequence
from typing import Any, Self, final

import keras
from keras import ops

from zoo.flows import _checks, _stack
from zoo.flows.cnf import CNF, Moved
from zoo.layers.composite import Composite, numbered
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Multiscale(Composite):
    """``z = (T⁻¹(a), b)`` of ``x = (a, b)``: the first half of the channels goes through a stack T, the others do not.

    ``log |det ∂z/∂x| = log |det ∂T⁻¹(a)/∂a|``. Both parts are flattened and put together, so that the base has one
    vector, with as many entries as x. With one ``Multiscale`` inside another, each after a ``Squeeze``, a half of the
    entries leaves at each scale, and the flows of the coarse scales, which are the costly ones, see few. An odd number
    of channels is split with one more in a.

    Source: the factoring out of Dinh, Sohl-Dickstein and Bengio (2017, arXiv:1605.08803), §3.6.

    Args:
        transforms: The stack T, from the base to the data, as of a ``FlowModel``. Its base may have any shape.

    Input shape: ``(batch, …, channels)`` on the side of the data; ``(batch, entries)`` on that of the base.
    ``multiscale(x)`` is ``inverse``, as of all transforms of a flow.

    Raises:
        ValueError: There is no transform, or (when built) only one channel.
        TypeError: A transform has no ``forward`` and ``inverse``.

    Example:

    >>> from zoo import flows
    >>> coarse = flows.Multiscale([flows.CNF(flows.UNet(16, (1,), patch=1))])
    >>> fine = flows.CNF(flows.UNet(16, (1,), patch=1))
    >>> flow = flows.FlowModel([coarse, flows.Squeeze(), fine, flows.Logit()], (8, 8, 1))
    >>> flow.base.event_shape
    (64,)
    """

    def __init__(self, transforms: Sequence[keras.layers.Layer], **kwargs: Any):
        super().__init__(**{"autocast": False, "dtype": "float32", **kwargs})
        self.transforms = _checks.transforms(transforms, "Multiscale")

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The transforms by the names of their places."""
        return numbered(list(self.transforms), "transform")

    def build(self, x_shape: Shape, condition_shape: Shape | None = None) -> None:
        self.whole = tuple(x_shape[1:])
        self.reduced = tuple(_stack.build(self.transforms, self.inner(x_shape), condition_shape)[1:])

    def inner(self, shape: Shape) -> Shape:
        """The shape of a, of x of that shape; raises ``ValueError`` if there is only one channel."""
        if len(shape) < 2 or shape[-1] < 2:
            raise ValueError(
                f"{self.name} sends half of the channels to the base, so it needs two at least. Received the shape: "
                f"{tuple(shape)}. Put a zoo.flows.Squeeze after it, which makes four of each."
            )
        return (*shape[:-1], (shape[-1] + 1) // 2)

    def call(self, x: Tensor, condition: Tensor | None = None, training: bool = False) -> tuple[Tensor, Tensor]:
        values, change, _ = self.inverse(x, condition, training=training)
        return values, change

    def forward(
        self,
        z: Tensor,
        condition: Tensor | None = None,
        training: bool = False,
        how: Callable[[CNF], dict[str, Any]] | None = None,
    ) -> Moved:
        """From the base to the data.

        Args:
            z: ``(batch, entries)``.
            condition: What each ``CNF`` inside is told.
            training: Whether it is called in training.
            how: Gives what takes the place of a ``CNF``'s own settings: options of ``CNF.forward``.
        """
        z, count = ops.convert_to_tensor(z, self.compute_dtype), math.prod(self.reduced)
        moved = _stack.through(
            self.transforms, "forward", ops.reshape(z[:, :count], (-1, *self.reduced)), condition, training, how
        )
        channels = self.whole[-1] - (self.whole[-1] + 1) // 2
        left = ops.reshape(z[:, count:], (-1, *self.whole[:-1], channels))
        return moved._replace(values=ops.concatenate([moved.values, left], axis=-1))

    def inverse(
        self,
        x: Tensor,
        condition: Tensor | None = None,
        training: bool = False,
        how: Callable[[CNF], dict[str, Any]] | None = None,
    ) -> Moved:
        """From the data to the base; the arguments are those of ``forward``."""
        x, half = ops.convert_to_tensor(x, self.compute_dtype), (self.whole[-1] + 1) // 2
        moved = _stack.through(self.transforms, "inverse", x[..., :half], condition, training, how)
        parts = ((moved.values, self.reduced), (x[..., half:], (*self.whole[:-1], self.whole[-1] - half)))
        flat = [ops.reshape(part, (-1, math.prod(shape))) for part, shape in parts]
        return moved._replace(values=ops.concatenate(flat, axis=1))

    def compute_output_shape(self, x_shape: Shape, condition_shape: Shape | None = None) -> Shape:
        return (x_shape[0], math.prod(x_shape[1:])), (x_shape[0],)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return super().from_config({key: value for key, value in config.items() if key != "autocast"})
