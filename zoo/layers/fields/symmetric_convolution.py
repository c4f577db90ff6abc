"""The symmetric layer: a convolution and its transpose with one kernel."""

from typing import Any, final

import keras

from zoo import _check
from zoo.layers.composite import Composite
from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class SymmetricConv2D(Composite):
    """``f(u) = Kᵀ σ(N(K u) + b)``: a field with one kernel, used forwards and transposed.

    Without N it is the gradient of the convex function Σ S(Ku + b), S' = σ ≥ 0 increasing: its Jacobian Kᵀ diag(σ') K
    is symmetric positive semi-definite. That makes ``Parabolic`` damp, ``Hamiltonian`` and ``Leapfrog`` (with −f)
    conserve.

    Source: Ruthotto and Haber (2020, arXiv:1804.04272), the symmetric layer; Chang et al. (2018, arXiv:1709.03698).

    Args:
        filters: Number of channels of K u; ``None`` (default) takes that of u.
        kernel_size: Height and width of the kernel, an odd number. Defaults to ``3``.
        activation: σ, anything that ``keras.activations.get`` takes. Defaults to ``"relu"``.
        normalization: N, a Keras layer such as ``BatchNormalization()``, or ``None`` (default).
        use_bias: Whether b is there. Defaults to ``True``.
        kernel_initializer: Of K. Defaults to ``"he_normal"``.

    Input shape: ``(batch, height, width, channels)``. Output shape: the same.

    Raises:
        ValueError: ``filters`` or ``kernel_size`` is not a positive integer, or ``kernel_size`` is even, with which the
            transpose would not lie on the same grid.
    """

    def __init__(
        self,
        filters: int | None = None,
        kernel_size: int = 3,
        activation: Any = "relu",
        normalization: keras.layers.Layer | None = None,
        use_bias: bool = True,
        kernel_initializer: Any = "he_normal",
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        self.filters = None if filters is None else _check.integer(filters, "filters")
        self.kernel_size = _check.integer(kernel_size, "kernel_size")
        if self.kernel_size % 2 == 0:
            raise ValueError(f"kernel_size must be odd. Received: kernel_size={kernel_size}.")
        self.activation = keras.activations.get(activation)
        self.normalization = normalization
        self.use_bias = bool(use_bias)
        self.kernel_initializer = keras.initializers.get(kernel_initializer)

    def build(self, input_shape: Shape) -> None:
        channels = input_shape[-1]
        filters = self.filters or channels
        shape = (self.kernel_size, self.kernel_size, channels, filters)
        self.kernel = self.add_weight(name="kernel", shape=shape, initializer=self.kernel_initializer)
        self.bias = self.add_weight(name="bias", shape=(filters,), initializer="zeros") if self.use_bias else None
        if self.normalization is not None and not self.normalization.built:
            self.normalization.build((*input_shape[:-1], filters))
        self.built = True

    def call(self, u: Tensor, training: bool = False) -> Tensor:
        kernel = keras.ops.convert_to_tensor(self.kernel)
        v = _convolve(u, kernel)
        if self.normalization is not None:
            v = keras.ops.cast(self.normalization(v, training=training), u.dtype)
        if self.bias is not None:
            v = v + self.bias
        # On a grid with zeros around it, the transpose is the convolution with the kernel turned by 180°: an axis
        # at a time, since OpenVINO does not reverse two at once.
        turned = keras.ops.flip(keras.ops.flip(kernel, 0), 1)
        return _convolve(self.activation(v), keras.ops.transpose(turned, (0, 1, 3, 2)))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The normalization, if there is one."""
        return {} if self.normalization is None else {"normalization": self.normalization}

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "activation": keras.activations.serialize(self.activation)}


def _convolve(u, kernel):
    return keras.ops.conv(u, kernel, padding="same", data_format="channels_last")
