"""The call of a field as a pure function, which can be repeated exactly (TensorFlow)."""

import dataclasses

import keras
import tensorflow as tf

from zoo.layers import field as _field


class _Uncast(keras.layers.Layer):
    """Calls ``act()`` with Keras's casting of variables switched off, which a layer without autocast does.

    In mixed precision it would round the weights of a float32 field, and a ``StatelessScope`` would round all weights
    that it maps, and hand them back rounded. Keras calls no layer without a tensor, so x is any tensor.
    """

    def __init__(self):
        super().__init__(autocast=False, dtype="float32", name="uncast")

    def call(self, x, act):
        return act()


_uncast = _Uncast()


@dataclasses.dataclass(frozen=True)
class Call:
    """The call of a field in the forward run, with all that an equal call needs."""

    field: keras.layers.Layer
    time: float
    training: bool | None
    values: list  # of the field's variables, as they were before the call
    first_loss: int  # the place among the run's losses of the first that the field adds

    def __call__(self, u):
        """The field's value at u, the losses it adds, and the new values of its variables."""
        return _uncast(u, act=lambda: self._evaluate(u))

    def _evaluate(self, u):
        mapping = list(zip(self.field.variables, self.values, strict=True))
        with keras.StatelessScope(mapping, collect_losses=True) as scope:
            value = _field.evaluate(self.field, self.time, u, self.training)
        return value, list(scope.losses), [scope.get_current_value(variable) for variable, _ in mapping]

    def pull_back(self, u, d_value, d_losses):
        """Call the field again: its value, the gradient of u, and those of its trainable variables by id."""
        values = dict(zip(map(id, self.field.variables), self.values, strict=True))
        trained = {id(variable): values[id(variable)] for variable in self.field.trainable_variables}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([u, *trained.values()])
            value, losses, _ = self(u)
        d_u, *d_trained = tape.gradient(
            [value, *losses],
            [u, *trained.values()],
            output_gradients=[d_value, *d_losses[self.first_loss :][: len(losses)]],
            unconnected_gradients=tf.UnconnectedGradients.ZERO,
        )
        return value, d_u, dict(zip(trained, d_trained, strict=True))


def values_of(variables, x):
    """The variables' values as tensors in their own dtype; x is any tensor."""
    return _uncast(x, act=lambda: [tf.convert_to_tensor(variable.value) for variable in variables])


def variables_of(f, x):
    """The trainable variables of f as TensorFlow's own, not cast by mixed precision; x is any tensor."""
    return _uncast(x, act=lambda: [variable.value for variable in f.trainable_variables])
