"""The same step of a method with half the step size: twice as many steps, each with a copy of the old one's field."""

import re
from collections.abc import Sequence
from typing import Any

import keras

from zoo.layers import field as _field
from zoo.layers.fields.field_sum import FieldSum
from zoo.layers.fields.time_sequential import TimeSequential
from zoo.layers.tensors import Tensor


class Halves:
    """The layers that replace a step or a run, called one after the other.

    Args:
        layers: The new layers.
        weights_from: Pairs of a part of them and the old layer that it gets its weights from.
        silent: The parts that are new fields, whose value is to be zero.
    """

    def __init__(
        self,
        layers: Sequence[keras.layers.Layer],
        weights_from: Sequence[tuple[keras.layers.Layer, keras.layers.Layer]],
        silent: Sequence[keras.layers.Layer] = (),
    ):
        self.layers, self.weights_from, self.silent = layers, weights_from, silent

    def __call__(self, u: Tensor, before: Tensor = None) -> tuple[Tensor, Tensor]:
        """The state at the end and the one before it, from u and, for a method of two steps, the one before u."""
        two_step = before is not None
        for layer in self.layers:
            before, u = u, layer([u, before] if two_step else u)
        return u, before

    def fill(self) -> None:
        """Copy the weights and silence the new fields. The layers must have been called."""
        for new, old in self.weights_from:
            copy_weights(old, new)
        for f in self.silent:
            silence(f)


def of_steps(layer: Any, silent: bool = False) -> Halves:
    """The halves of a scheme of one step: two of half the size. A scheme of several stays one layer.

    Raises ``ValueError`` if a single step takes time.
    """
    half = {"step_size": layer.step_size / 2}
    if layer.steps > 1:
        child = again(layer, **half, steps=2 * layer.steps)
        return Halves([child], [(child, layer)])
    if any(_field.takes_time(f) for f in layer.fields):
        raise ValueError(
            f"The field of {layer.name} takes time, but a layer of one step starts at t = 0, so its second half cannot "
            "be a layer of its own. Build the stage as one layer with several steps."
        )
    before, *names = _names(layer.name)
    children = [again(layer, **half, name=name) for name in names]
    new = [again(layer, **half, name=before)] if silent else []
    return Halves([*new, *children], [(child, layer) for child in children], [f for each in new for f in each.fields])


def of_run(layer: Any, silent: bool = False, **others: Any) -> Halves:
    """The halves of a scheme whose argument ``fields`` has one for each step: a run of twice as many.

    ``others`` are arguments that change with the step.
    """
    doubled = [f for f in layer.fields for _ in range(2)]
    fields, weights_from, new = copies(layer.fields[:1] if silent else [], doubled, layer.fields)
    run = type(layer)(fields, step_size=layer.step_size / 2, dtype=layer.dtype_policy, name=layer.name, **others)
    return Halves([run], weights_from, new)


def copies(first: Sequence, doubled: Sequence, original: Sequence) -> tuple[list, list, list]:
    """Fresh fields like ``first``, to be silent, then copies of the ``doubled``; one that several steps share stays
    shared. Returns all fields, the pairs for ``Halves.weights_from``, and the silent ones."""
    new = [again(f) for f in first]
    shared: dict = {}
    fields, weights_from = list(new), []
    for f in doubled:
        tied = sum(f is other for other in original) > 1
        copy = shared.get(id(f)) if tied else None
        if copy is None:
            copy = shared[id(f)] = again(f)
            weights_from.append((copy, f))
        fields.append(copy)
    return fields, weights_from, new


def copy_weights(old: keras.layers.Layer, new: keras.layers.Layer) -> None:
    """Copy the values, and which of them are trained."""
    new.set_weights(old.get_weights())
    for one, other in zip(old.weights, new.weights, strict=True):
        other.trainable = one.trainable


def again(layer: keras.layers.Layer, **others: Any) -> keras.layers.Layer:
    """A fresh layer of the same configuration, but for the given entries."""
    return type(layer).from_config({**layer.get_config(), **others})


def silence(f: keras.layers.Layer) -> None:
    """Make a field zero by the weights of its last layer (a convolution, a dense layer, a normalization), which can
    still be trained."""
    for part in f.fields if isinstance(f, FieldSum) else [f]:
        layers = part.layers if isinstance(part, (keras.Sequential, TimeSequential)) else [part]
        weighted = [layer for layer in layers if layer.trainable_variables]
        for variable in weighted[-1].trainable_variables if weighted else []:
            variable.assign(keras.ops.zeros_like(variable))


def _names(name: str) -> list[str]:
    """Names for a new step before and for the two halves: block b becomes 2b − 2, and 2b − 1 and 2b."""
    if match := re.fullmatch(r"(stage\d+_block)(\d+)", name):
        return [f"{match[1]}{2 * int(match[2]) - n}" for n in (2, 1, 0)]
    return [f"{name}_{n}" for n in range(3)]
