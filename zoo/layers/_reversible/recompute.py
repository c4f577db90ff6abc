"""The memory-saving gradient of a reversible run (TensorFlow): activations are recomputed, not stored.

The forward run is a pure function of the state and of the values of its fields' variables: every field is called in
a ``keras.StatelessScope`` that maps variables to tensors and collects new values, assigned once, at the end. The
backward run undoes update by update and repeats every call with the values, moving statistics and random seeds
included, that it had in the forward run.
"""

import numpy as np
import tensorflow as tf

from zoo.layers import _call


class Run:
    """The forward run, which remembers its calls and some of its states, and the backward run."""

    def __init__(self, training):
        self.training = training
        self.calls, self.losses, self.stored, self.values, self.changed = [], [], {}, {}, {}

    def forward(self, layer, x, variables, values):
        """The final state from x, where the variables have the values; ``changed`` are those that do not stay."""
        initial = dict(zip(map(id, variables), values, strict=True))
        self.values = dict(initial)
        for n, halves in enumerate(layer.states(x, self.evaluate)):
            if layer.checkpoint_every and n % layer.checkpoint_every == 0 and 0 < n < len(layer.units):
                self.stored[n] = halves
        self.changed = {key: value for key, value in self.values.items() if value is not initial[key]}
        return tf.concat(halves, axis=-1)

    def evaluate(self, field, time, u):
        """The field's value; what the call does to variables goes into ``values``."""
        keys = [id(variable) for variable in field.variables]
        call = _call.Call(field, time, self.training, [self.values[key] for key in keys], len(self.losses))
        value, losses, after = call(u)
        self.calls.append(call)
        self.losses += losses
        self.values.update(zip(keys, after, strict=True))
        return value

    def gradients(self, step_size, y, d_y, d_losses):
        """From the final state y: the gradient of the initial state, and those of trainable variables by id."""
        totals: dict = {}
        (y1, y2), (d1, d2) = tf.split(y + _zero_after([d_y]), 2, axis=-1), tf.split(d_y, 2, axis=-1)

        def undo(call, u, v, d_u, d_v):
            """Undo v⁺ = v + h f(u): v from v⁺, the gradient of u, and a zero to wait for."""
            value, d, d_trained = call.pull_back(u, step_size * d_v, d_losses)
            for key, gradient in d_trained.items():
                totals[key] = totals[key] + gradient if key in totals else gradient
            zero = _zero_after([d, *d_trained.values()])
            return v - (step_size + zero) * value, d_u + d, zero

        for n in reversed(range(len(self.calls) // 2)):
            f, g = self.calls[2 * n : 2 * n + 2]
            stored = self.stored.get(n)
            x2, d1, zero = undo(g, y1, y2, d1, d2)
            x2 = stored[1] + zero if stored else x2
            x1, d2, zero = undo(f, x2, y1, d2, d1)
            y1, y2 = (half + zero for half in stored) if stored else (x1, x2)
        return tf.concat([d1, d2], axis=-1), totals


def _zero_after(gradients):
    """Zero, once the gradients are known; what it is added to waits for them. Else TensorFlow and XLA, which knows no
    control dependencies, would hold the activations of several updates at once, or keep those of the forward run."""
    if tf.executing_eagerly():
        return 0.0
    entries = [tf.cast(tf.reshape(gradient, [-1])[:1], gradients[0].dtype) for gradient in gradients]
    return tf.reduce_sum(tf.cast(tf.concat(entries, 0) > np.inf, gradients[0].dtype))


def run(layer, x, training):
    """The state after the units of a ``zoo.layers.Reversible``, from the state x.

    Assigns the new values of the fields' variables, and adds the fields' losses to the layer.
    """
    fields = [field for unit in layer.units for field in unit]
    variables = list({id(v): v for field in fields for v in field.variables}.values())
    trained = {id(v) for field in fields for v in field.trainable_variables}
    record = Run(training)

    @tf.custom_gradient
    def forward(x, x_trace, *values):
        # Constants, so that a tape keeps no activations.
        y = record.forward(layer, tf.stop_gradient(x), variables, list(map(tf.stop_gradient, values)))

        @tf.custom_gradient
        def gradients(d_y, d_losses, *_):
            d_y, d_losses = tf.nest.map_structure(tf.stop_gradient, (d_y, d_losses))
            d_x, totals = record.gradients(layer.step_size, y, d_y, d_losses)
            return [d_x, *(totals[id(v)] for v in variables if id(v) in trained)], _refuse

        def backward(d_y, *rest):
            d_x, *d_trained = gradients(d_y, rest[: len(record.losses)], x_trace, *values)
            d_trained = iter(d_trained)
            return [d_x, None, *(next(d_trained) if id(v) in trained else None for v in variables)]

        return [y, *record.losses, *record.changed.values()], backward

    # The empty slice lets a tape see that the gradient depends on x, and holds no memory.
    y, *rest = forward(x, tf.reshape(x, [-1])[:0], *_call.values_of(variables, x))
    changed = [v for v in variables if id(v) in record.changed]
    for loss in rest[: len(record.losses)]:
        layer.add_loss(loss)
    for variable, value in zip(changed, rest[len(record.losses) :], strict=True):
        variable.assign(value)
    return y


def _refuse(*_):
    raise NotImplementedError(
        "The gradient of zoo.layers.Reversible recomputes activations and has no gradient of its own. Expected: first "
        "derivatives only. Received: a second one. Write the run with plain layers if you need it."
    )
