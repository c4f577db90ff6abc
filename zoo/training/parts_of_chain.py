"""A network as a chain of maps, each with weights, a costate and a Hamiltonian of its own (TensorFlow)."""

import functools
from typing import Any

import keras

from zoo import _check
from zoo.layers import ForwardEuler
from zoo.layers import field as fields


class Part:
    """``x⁺ = x + h f(x)``, a plain Euler step; or any layer, x⁺ = g(x).

    Args:
        layer: A built layer.
    """

    def __init__(self, layer: Any) -> None:
        import tensorflow as tf

        self.layer = layer
        self.step = isinstance(layer, ForwardEuler) and layer.plain and layer.steps == 1
        self.size = layer.step_size if self.step else 1.0
        self.weights = layer.trainable_variables
        methods = (self._pulled_back, self._augmented, self._final, self._less_loss)
        compiled = [
            tf.function(functools.partial(each), autograph=False) for each in methods
        ]  # each a trace of its own
        self.pulled_back, self.augmented, self.final, self.less_loss = compiled

    def __call__(self, x: Any) -> Any:
        """The state after it."""
        return x + self.size * self.change(x) if self.step else self.change(x)

    def change(self, x: Any) -> Any:
        """f(x) of a step, g(x) of another layer."""
        return fields.evaluate(self.layer.f, 0.0, x, False) if self.step else self.layer(x, training=False)

    def _pulled_back(self, x, p):
        """``p + h (∂f/∂x)ᵀ p``, or ``(∂g/∂x)ᵀ p``."""
        product = self._product(x, p)
        return p + self.size * product if self.step else product

    def _product(self, x, p):
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            value = self.change(x)
        return tape.gradient(value, x, p, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def _augmented(self, x, after, p, p_after, rho):
        """H̃ and its gradient, where the states and costates on both sides are given."""
        import tensorflow as tf

        slope = (after - x) / self.size if self.step else after
        turn = (p - p_after) / self.size if self.step else p
        with tf.GradientTape() as tape:
            value = self.change(x)
            wrong = _squares(value - slope) + _squares(self._product(x, p_after) - turn)
            hamiltonian = (_sum(p_after * value) - rho / 2 * wrong) / tf.cast(tf.shape(x)[0], x.dtype)
        return hamiltonian, tape.gradient(hamiltonian, self.weights, unconnected_gradients=tf.UnconnectedGradients.ZERO)

    def _final(self, x, labels):
        """The loss of each sample after the last part, and the costate before it, ``−∂Φ/∂x``."""
        import tensorflow as tf

        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            losses = _losses(self.change(x), labels)
        return losses, -tape.gradient(losses, x)

    def _less_loss(self, x, labels):
        """``−Φ``, the mean over the batch, and its gradient."""
        import tensorflow as tf

        with tf.GradientTape() as tape:
            value = -keras.ops.mean(_losses(self.change(x), labels))
        return value, tape.gradient(value, self.weights)


def parts(model: keras.Model) -> list[Part]:
    """The layers of a chain, in order.

    Raises ``ValueError`` if the model is not functional or no chain, or a layer has a state that is not trained.
    """
    layers = [
        layer for layer in _check.functional(model, "MSA").layers if not isinstance(layer, keras.layers.InputLayer)
    ]
    for layer, tensor in zip(layers, [model.input, *(layer.output for layer in layers)], strict=False):
        if layer.input is not tensor:
            raise ValueError(f"MSA trains a chain of layers. Received: {model.name}, in which {layer.name} leaves it.")
        if layer.non_trainable_variables:
            raise ValueError(
                f"MSA calls a layer many times, which must leave no trace. Received: {layer.name} with "
                f"{', '.join(v.path for v in layer.non_trainable_variables)}. Expected: layers without such a state."
            )
    return [Part(layer) for layer in layers]


def _losses(probabilities, labels):
    """``−log pᵧ`` of each sample, in the precision of the network, which Keras's own loss leaves."""
    given = keras.ops.take_along_axis(probabilities, keras.ops.reshape(labels, (-1, 1)), axis=1)[:, 0]
    return -keras.ops.log(keras.ops.maximum(given, 1e-30))


def _sum(x):
    return keras.ops.sum(x)


def _squares(x):
    return keras.ops.sum(keras.ops.square(x))
