"""Copies of layers for a refined network, and fields that start at zero."""

import re

import keras


class Halves:
    """The layers that replace a step or a run, called one after the other.

    Args:
        layers: The new layers.
        weights_from: Pairs of a part of them and the old layer that it gets its weights from.
        silent: The parts that are new fields, whose value is to be zero.
    """

    def __init__(self, layers, weights_from, silent=()):
        self.layers, self.weights_from, self.silent = layers, weights_from, silent

    def __call__(self, u, before=None):
        """The state at the end and the one before it, from u and, for a method of two steps, the one before u."""
        two_step = before is not None
        for layer in self.layers:
            before, u = u, layer([u, before] if two_step else u)
        return u, before

    def fill(self):
        """Copy the weights and silence the new fields. The layers must have been called."""
        for new, old in self.weights_from:
            copy_weights(old, new)
        for f in self.silent:
            silence(f)


def copy_weights(old, new):
    """Copy the values, and which of them are trained."""
    new.set_weights(old.get_weights())
    for one, other in zip(old.weights, new.weights, strict=True):
        other.trainable = one.trainable


def copies(first, doubled, original):
    """Fresh fields like ``first``, to be silent, then copies of the ``doubled``; one that several steps share stays
    shared."""
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


def fields(layer, attributes):
    """The fields that are in the attributes of a layer, alone or in lists."""
    values = [getattr(layer, attribute) for attribute in attributes]
    return [f for value in values for f in (value if isinstance(value, (list, tuple)) else [value])]


def names(name):
    """Names for a new step before and for the two halves: block b becomes 2b − 2, and 2b − 1 and 2b."""
    if match := re.fullmatch(r"(stage\d+_block)(\d+)", name):
        return [f"{match[1]}{2 * int(match[2]) - n}" for n in (2, 1, 0)]
    return [f"{name}_{n}" for n in range(3)]


def again(layer, **others):
    """A fresh layer of the same configuration, but for the given entries."""
    return type(layer).from_config({**layer.get_config(), **others})


def silence(f):
    """Make a field zero by the weights of its last layer (a convolution, a dense layer, a normalization), which can
    still be trained."""
    for part in getattr(f, "fields", [f]):
        weighted = [layer for layer in getattr(part, "layers", [part]) if layer.trainable_variables]
        for variable in weighted[-1].trainable_variables if weighted else []:
            variable.assign(keras.ops.zeros_like(variable))
