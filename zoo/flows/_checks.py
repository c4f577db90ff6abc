"""Checks of what a flow is given: points, conditions, transforms."""

import itertools

import keras
import numpy as np

from zoo.flows import _stack
from zoo.layers import field as _field


def transforms(given, owner):
    """The list of transforms; raises ``ValueError`` if it is empty, ``TypeError`` if one is no bijection."""
    layers = _field.check_all(given, owner)
    for layer in layers:
        if not (hasattr(layer, "forward") and hasattr(layer, "inverse")):
            raise TypeError(
                "A transform of a flow has forward(z) and inverse(x), such as zoo.flows.CNF(field). "
                f"Received: {layer.name} of type {type(layer).__name__}."
            )
    return layers


def single(flow, why):
    """The one ``CNF`` of a flow; raises ``ValueError`` if there are more or less, or it is inside another transform."""
    if len(flow.flows) != 1 or not any(each is flow.flows[0] for each in flow.transforms):
        where = "" if len(flow.flows) != 1 else ", inside another transform"
        raise ValueError(f"{why} Expected: exactly one CNF. Received: {len(flow.flows)}{where}.")
    return flow.flows[0]


def points(flow, x):
    """x as float32; raises ``ValueError`` if it has another shape, is not finite, or a transform does not take it."""
    x = np.asarray(x)
    if x.ndim != 1 + len(flow.event_shape) or x.shape[1:] != flow.event_shape or x.dtype.kind not in "fiub":
        raise ValueError(
            f"{flow.name} takes points of shape (n, {', '.join(map(str, flow.event_shape))}). "
            f"Received: an array of shape {x.shape} and dtype {x.dtype}."
        )
    x = x.astype("float32")
    bad = ~np.isfinite(x).all(axis=tuple(range(1, x.ndim)))
    if bad.any():
        raise ValueError(
            f"{flow.name} takes finite points. Received: {bad.sum()} of {len(x)} points with an entry that is NaN or "
            f"infinite, the first at index {int(bad.argmax())}. Leave them out."
        )
    _domain(flow, x)
    return x


def _domain(flow, x):
    """Let the transforms on the side of the data ``check`` what they would get, if they do not take all numbers."""
    outside = list(itertools.takewhile(lambda each: not _stack.solves(each), reversed(flow.transforms)))
    if not any(hasattr(transform, "check") for transform in outside):
        return
    for transform in outside:
        if hasattr(transform, "check"):
            transform.check(np.asarray(x))
        x = transform.inverse(x)[0]


def conditions(flow, condition, count):
    """A condition for each of ``count`` points, or ``None``; raises ``ValueError`` for one that does not fit."""
    if flow.classes is None and flow.condition_shape is None:
        if condition is not None:
            raise ValueError(f"{flow.name} is conditioned on nothing. Expected: condition=None.")
        return None
    if flow.classes is not None:
        return _classes(flow, condition, count)
    if condition is None:
        raise ValueError(f"{flow.name} needs a condition of shape {flow.condition_shape}. Received: None.")
    condition = np.asarray(condition, "float32")
    if condition.shape == flow.condition_shape:
        condition = np.broadcast_to(condition, (count, *flow.condition_shape))
    if condition.shape != (count, *flow.condition_shape) or not np.isfinite(condition).all():
        raise ValueError(
            f"Expected a finite condition of shape {flow.condition_shape}, or one for each of {count} points. "
            f"Received: an array of shape {condition.shape}."
        )
    return condition


def probe(flow, noise, count, error):
    """The noise of a trace as float32; raises ``ValueError`` for one of another shape, or beside ``error``."""
    noise = np.asarray(noise, "float32")
    if noise.shape != (count, *flow.event_shape) or not np.isfinite(noise).all():
        raise ValueError(
            f"probe must be finite and of the shape of the points, {(count, *flow.event_shape)}. "
            f"Received: shape {noise.shape}."
        )
    if error:
        raise ValueError("error=True needs several noises. Expected: draws= and seed=. Received: a probe.")
    return noise


def _classes(flow, condition, count):
    condition = np.asarray(flow.classes if condition is None else condition)
    if condition.ndim == 0:
        condition = np.full(count, condition)
    if condition.shape != (count,) or condition.dtype.kind not in "iu":
        raise ValueError(
            f"Expected a class, or one for each of {count} points, as integers. "
            f"Received: an array of shape {condition.shape} and dtype {condition.dtype}."
        )
    wrong = (condition < 0) | (condition > flow.classes)
    if wrong.any():
        raise ValueError(
            f"There is no such class. Expected: 0 … {flow.classes - 1}, or {flow.classes} for none. "
            f"Received: {int(condition[wrong.argmax()])}."
        )
    return condition.astype("int32")


def data(flow, x):
    """What ``fit`` is given: arrays are checked, anything else, such as a ``tf.data.Dataset``, is let be."""
    if isinstance(x, (list, tuple)) and len(x) == 2 and (flow.classes or flow.condition_shape):
        values = points(flow, x[0])
        return [values, conditions(flow, x[1], len(values))]
    if not isinstance(x, (list, tuple, np.ndarray)) and not keras.ops.is_tensor(x):
        return x
    return points(flow, x)
