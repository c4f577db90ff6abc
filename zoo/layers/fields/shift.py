"""A trained shift of the state."""

from typing import final

import keras

from zoo.layers.tensors import Shape, Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class Shift(keras.layers.Layer):
    """``u⁺ = u + b``, one trained b for each entry of the last axis, zero at first.

    In front of a ``SymmetricConv2D`` it gives Kᵀσ(K(u + b₁) + b₂), still the gradient of a convex function.

    Source: the authors' code of Chang et al. (2018, arXiv:1709.03698), where it stands in place of batch normalization.

    Input shape: ``(batch, …, channels)``. Output shape: the same.
    """

    def build(self, input_shape: Shape) -> None:
        self.bias = self.add_weight(name="bias", shape=(input_shape[-1],), initializer="zeros")
        self.built = True

    def call(self, u: Tensor) -> Tensor:
        return u + self.bias

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape
