"""How every scheme calls its field f, so that all of them mean the same by "a field".

A field is any Keras layer ``f(u)``. It is called ``f(t, u)`` if the first parameter of its
``call`` is named ``t``. Its output has the shape of its input.
"""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

import keras

from zoo.layers.tensors import Shape, Tensor


def takes_time(f: keras.layers.Layer) -> bool:
    """Whether f is to be called ``f(t, u)`` rather than ``f(u)``."""
    return next(iter(inspect.signature(f.call).parameters), None) == "t"


def check_condition(f: keras.layers.Layer) -> None:
    """Raise a ``ValueError`` if f cannot be called ``f(t, u, condition)``."""
    try:
        inspect.signature(f.call).bind(None, None, None)
    except TypeError:
        raise ValueError(
            f"{f.name} is told a class or another condition, and it takes none. Expected: a field with a call of "
            f"(t, u, condition), such as zoo.flows.TimeMLP or UNet. Received: {type(f).__name__}, "
            f"whose call is {inspect.signature(f.call)}."
        ) from None


def check(f: Any, owner: str) -> keras.layers.Layer:
    """Return f if it is a Keras layer; raise a ``TypeError`` that names the owner if not."""
    if not isinstance(f, keras.layers.Layer):
        raise TypeError(
            f"{owner} expects its field f to be a keras.layers.Layer, for example a "
            f"keras.Sequential or a zoo.layers.basic_branch. Received: {f!r} of type {type(f).__name__}."
        )
    return f


def check_all(fields: Any, owner: str) -> list[keras.layers.Layer]:
    """Return the fields as a list if it is not empty and each is a Keras layer; the same one may come again."""
    if not isinstance(fields, (list, tuple)) or not fields:
        raise ValueError(f"{owner} expects a list of at least one field, such as [f1, f2]. Received: {fields!r}.")
    return [check(f, owner) for f in fields]


def build(f: keras.layers.Layer, shape: Shape, owner: str, expected: Shape | None = None) -> None:
    """Build f, unless it is built already, for a state of the given shape (batch axis included).

    Raises ``ValueError`` if f does not return that shape, or ``expected`` where something else maps u to it.
    """
    u = keras.KerasTensor((None, *shape[1:]), dtype=f.compute_dtype)
    received = f(keras.KerasTensor((), dtype=f.compute_dtype), u) if takes_time(f) else f(u)
    expected = u.shape if expected is None else expected
    if tuple(received.shape[1:]) != tuple(expected[1:]):
        raise ValueError(
            f"{owner} adds h f(u) to u, so f must keep the shape of u. Expected: {tuple(expected[1:])} "
            f"(without the batch axis). Received from {f.name}: {tuple(received.shape[1:])}. "
            "Give f as many output channels as the state has, and stride 1."
        )


def pair(shapes: Sequence[Shape], owner: str) -> tuple[Shape, Shape]:
    """The shapes of u and u⁻; raises ``ValueError`` unless they are a list of two that are equal but for the batch."""
    two = isinstance(shapes, (list, tuple)) and len(shapes) == 2
    if not two or not all(isinstance(shape, (list, tuple)) for shape in shapes):
        raise ValueError(f"{owner} is called on the list [u, u_previous]. Received shapes: {shapes}.")
    u, previous = (tuple(shape) for shape in shapes)
    if u[1:] != previous[1:]:
        raise ValueError(
            f"{owner} combines u and u_previous, so their shapes must be equal. "
            f"Received: u {u}, u_previous {previous}. Project the previous state first."
        )
    return u, previous


def half(shape: Shape, owner: str) -> Shape:
    """The shape of a half of the last axis; raises ``ValueError`` if it cannot be halved."""
    if shape[-1] is None or shape[-1] % 2:
        raise ValueError(
            f"{owner} splits the last axis into two halves, so it must have an even number of channels. "
            f"Received the shape: {tuple(shape)}."
        )
    return (*shape[:-1], shape[-1] // 2)


def state_dtype(layer: keras.layers.Layer) -> str:
    """The dtype of a state that many steps add to: the layer's own, but never half precision."""
    return "float32" if layer.compute_dtype in ("float16", "bfloat16") else layer.compute_dtype


def evaluate(f: keras.layers.Layer, t: Tensor, u: Tensor, training: bool | None = None) -> Tensor:
    """f at (t, u) in the dtype of u. A field that takes time gets t as a scalar in its own compute dtype, so
    that one with ``dtype="float32"`` sees exact time under mixed precision. Keras fills in ``training`` if it is
    not given."""
    mode = {} if training is None else {"training": training}
    value = f(keras.ops.convert_to_tensor(t, dtype=f.compute_dtype), u, **mode) if takes_time(f) else f(u, **mode)
    return keras.ops.cast(value, u.dtype)


def stateless(f: keras.layers.Layer, call: Callable[[], Tensor]) -> Tensor:
    """What ``call()``, a call of f by a solver on TensorFlow, gives.

    A solver calls f many times, and perhaps again in the backward pass, so that a call must leave no trace.

    Raises ``ValueError`` if it changes a state of f or adds a loss.
    """
    with keras.StatelessScope(collect_losses=True) as scope:
        slope = call()
    changed = [variable.path for variable in f.variables if id(variable) in scope.state_mapping]
    if changed:
        raise ValueError(
            f"An ODE layer calls its field at every stage of every step, and {f.name} changes "
            f"{', '.join(changed)} with each call, so that there is no one f(t, u) to integrate. Expected: a field "
            "without BatchNormalization, Dropout or other layers that have a state in training. Take "
            "GroupNormalization or LayerNormalization in the field, and put those layers before or after the ODE."
        )
    if scope.losses:
        raise ValueError(
            f"{f.name} adds losses when it is called, which has no meaning at the stages of a solver. "
            "Expected: weight regularizers, or the arguments kinetic= and jacobian= of the ODE layer."
        )
    return slope
