"""The reversible run: the additive coupling of RevNet."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import halves
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import SYMPLECTIC_EULER, Coupling


@final
@keras.saving.register_keras_serializable(package="zoo")
class Reversible(Scheme):
    """``y₁ = x₁ + h f(x₂), y₂ = x₂ + h g(y₁)`` through all units, where x₁, x₂ are the halves of the last axis.

    One unit is one step of symplectic Euler for u₁' = f(u₂), u₂' = g(u₁): order 1; on the oscillator f(u) = −ωu,
    g(u) = ωu stable for |hω| < 2. For any f and g it has the inverse ``x₂ = y₂ − h g(y₁), x₁ = y₁ − h f(x₂)``.

    On TensorFlow the gradient of the whole run stores its final state and one state every ``checkpoint_every``
    units; it undoes unit by unit and recomputes the activations of one field at a time, so that memory hardly grows
    with the number of units, for about 4/3 of the time of a plain gradient. BatchNormalization and Dropout in f and g
    are exact: a field is called again with the same mode, moving statistics and random seeds, and its variables are
    updated once. Other backends run the same forward with a plain gradient, whose memory grows with every unit.

    Undoing a unit magnifies rounding, by as much as the unit contracts. In float32 and without stored states, the
    gradient of 27 dense ReLU units with h = 1 is off by more than half of its norm; with a state every 8 units by 1e-6.
    In mixed precision f and g run in half precision, but the state between them is float32: undoing nine such units
    from a bfloat16 state would put the gradient off by a quarter. ``inverse`` starts from an output that is rounded.

    Source: Gomez, Ren, Urtasun and Grosse, "The Reversible Residual Network" (2017, arXiv:1707.04585), section 3.1
    and algorithm 1. They store no state between two changes of resolution; that is ``checkpoint_every=None``.

    Args:
        units: Pairs ``(f, g)`` of fields: Keras layers that keep the shape of their input. Both are called with
            t = n h as ``f(t, u)`` in unit n = 0, 1, … if the first parameter of their ``call`` is named ``t``.
            A layer that occurs several times is shared.
        step_size: h, in units of t. Defaults to ``1.0``.
        checkpoint_every: Units from one stored state to the next, or ``None`` for none but the last. Defaults to ``8``.

    Randomness in f and g must come from a ``keras.random.SeedGenerator`` that belongs to a layer, as in Keras's own
    layers; ``tf.random`` would draw other numbers when a field is called again. On TensorFlow a second derivative
    raises ``NotImplementedError``. A SavedModel keeps the gradient of the run; one of a function that itself takes
    gradients needs ``tf.saved_model.SaveOptions(experimental_custom_gradients=False)``.

    Input shape: ``(batch, …, channels)``, channels even. Output shape: the same.

    Raises:
        TypeError: An f or g is not a Keras layer.
        ValueError: ``units`` is empty or not a list of pairs, ``step_size`` is not a finite number,
            ``checkpoint_every`` is neither ``None`` nor a positive integer, or (when built) the number of channels
            is odd or a field changes the shape.

    Example:

    >>> import keras, numpy as np, zoo.layers
    >>> units = [(zoo.layers.basic_branch(8), zoo.layers.basic_branch(8)) for _ in range(3)]
    >>> run, x = zoo.layers.Reversible(units), keras.random.normal((1, 8, 8, 16), seed=0)
    >>> bool(np.allclose(run.inverse(run(x)), x, atol=1e-4))
    True
    """

    def __init__(
        self,
        units: Sequence[Sequence[keras.layers.Layer]],
        step_size: float = 1.0,
        checkpoint_every: int | None = 8,
        **kwargs: Any,
    ):
        super().__init__(**kwargs)
        pairs = isinstance(units, (list, tuple)) and all(isinstance(u, (list, tuple)) and len(u) == 2 for u in units)
        if not pairs or not units:
            raise ValueError(f"Reversible expects units=[(f, g), …], at least one pair of layers. Received: {units!r}.")
        self.f = [_field.check(f, "Reversible") for f, _ in units]
        self.g = [_field.check(g, "Reversible") for _, g in units]
        self.steps = len(self.f)
        self.step_size = _check.finite(step_size, "step_size")
        self.checkpoint_every = (
            None if checkpoint_every is None else _check.integer(checkpoint_every, "checkpoint_every")
        )

    @property
    def units(self) -> list[tuple[keras.layers.Layer, keras.layers.Layer]]:
        """The pairs (f, g)."""
        return list(zip(self.f, self.g, strict=True))

    @property
    def fields(self) -> list[keras.layers.Layer]:
        """f and g of the first unit, of the second, …"""
        return [field for unit in self.units for field in unit]

    @property
    def evaluations(self) -> int:
        return 2 * len(self.f)

    @property
    def method(self) -> Coupling:
        return SYMPLECTIC_EULER

    def halved(self, silent: bool = False) -> halves.Halves:
        doubled = [field for unit in self.units for _ in range(2) for field in unit]
        fields, weights_from, new = halves.copies(self.fields[:2] if silent else [], doubled, self.fields)
        units = list(zip(fields[::2], fields[1::2], strict=True))
        common = {"dtype": self.dtype_policy, "name": self.name}
        run = Reversible(units, self.step_size / 2, self.checkpoint_every, **common)
        return halves.Halves([run], weights_from, new)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"": cls([(trivial(), trivial())])}

    def parts(self) -> dict[str, keras.layers.Layer]:
        pairs = enumerate(self.units, start=1)
        return {f"unit{n}/{place}": field for n, unit in pairs for place, field in zip("fg", unit, strict=True)}

    def field_shape(self, shape: Shape) -> Shape:
        return _field.half(shape, self.name)

    def build(self, input_shape: Shape) -> None:
        half = self.field_shape(input_shape)
        for field in dict.fromkeys([*self.f, *self.g]):  # in this order they draw their initial values
            _field.build(field, half, self.name)
        self.built = True

    def call(self, x: Tensor, training: bool | None = None) -> Tensor:
        x = keras.ops.cast(x, _field.state_dtype(self))
        if keras.backend.backend() == "tensorflow":
            from zoo.layers._reversible import recompute as _recompute

            y = _recompute.run(self, x, training)
        else:
            *_, halves = self.states(x, lambda field, t, u: _field.evaluate(field, t, u, training))
            y = keras.ops.concatenate(halves, axis=-1)
        return keras.ops.cast(y, self.compute_dtype)

    def states(self, x: Tensor, evaluate: Callable) -> Iterator[tuple[Tensor, Tensor]]:
        """The halves of the state before the first unit and after each one, by ``evaluate(field, t, u)``."""
        x1, x2 = keras.ops.split(x, 2, axis=-1)
        yield x1, x2
        for n, (f, g) in enumerate(self.units):
            x1 = x1 + self.step_size * evaluate(f, n * self.step_size, x2)
            x2 = x2 + self.step_size * evaluate(g, n * self.step_size, x1)
            yield x1, x2

    def inverse(self, y: Tensor) -> Tensor:
        """The x whose ``call`` in inference mode is y."""
        y1, y2 = keras.ops.split(keras.ops.cast(y, _field.state_dtype(self)), 2, axis=-1)
        if not self.built:
            self.build(y.shape)
        for n, (f, g) in reversed(list(enumerate(self.units))):
            y2 = y2 - self.step_size * _field.evaluate(g, n * self.step_size, y1, training=False)
            y1 = y1 - self.step_size * _field.evaluate(f, n * self.step_size, y2, training=False)
        return keras.ops.cast(keras.ops.concatenate([y1, y2], axis=-1), self.compute_dtype)
