"""The same step of a method with half the step size: twice as many steps, each with a copy of the old one's field."""

import functools

import keras

from zoo.analysis import _halves
from zoo.layers import (
    BackwardEuler,
    ForwardEuler,
    Hamiltonian,
    Leapfrog,
    LeapfrogMidpoint,
    LinearMultistep,
    Momentum,
    Parabolic,
    Reversible,
    RungeKutta,
    _field,
)


@functools.singledispatch
def halves(layer, silent=False):
    """The ``Halves`` of a layer that steps through time, ``None`` for any other layer.

    ``silent`` asks for one step more before them whose field is new and zero, so that the function is the same: the
    second child of a change of width, which has no copy. Raises ``ValueError`` for a single step whose field takes t.
    """
    return None


@halves.register
def _(layer: ForwardEuler, silent=False):
    plain = layer.shortcut is None and layer.activation is keras.activations.linear
    return _steps(layer, ["f"], silent) if plain else None


@halves.register(RungeKutta)
@halves.register(Parabolic)
def _(layer, silent=False):
    return _steps(layer, ["f"], silent)


@halves.register
def _(layer: BackwardEuler, silent=False):
    return _steps(layer, ["fields"], silent)


@halves.register
def _(layer: Hamiltonian, silent=False):
    return _steps(layer, ["f", "g"], silent)


@halves.register
def _(layer: LinearMultistep, silent=False):
    return _steps(layer, ["f"], silent=False)  # without a field it is no identity yet


@halves.register(Leapfrog)
@halves.register(LeapfrogMidpoint)
def _(layer, silent=False):
    return _run(layer, silent=False)  # without a field the special start would be taken before the first real step


@halves.register
def _(layer: Momentum, silent=False):
    """At the same ε = h/(1 − γ), so that it is the same equation εu'' + u' = f; forward Euler (γ = 0) stays it."""
    return _run(layer, silent, gamma=(1 + layer.gamma) / 2 if layer.gamma else 0.0)


@halves.register
def _(layer: Reversible, silent=False):
    first = list(layer.units[0]) if silent else []
    pairs = [unit for unit in layer.units for _ in range(2)]
    fields, weights_from, new = _halves.copies(first, [f for pair in pairs for f in pair], [*layer.f, *layer.g])
    arguments = {"checkpoint_every": layer.checkpoint_every, **_common(layer)}
    units = list(zip(fields[::2], fields[1::2], strict=True))
    return _halves.Halves([Reversible(units, layer.step_size / 2, **arguments)], weights_from, new)


def _common(layer):
    return {"dtype": layer.dtype_policy, "name": layer.name}


def _run(layer, silent, **others):
    doubled = [f for f in layer.fields for _ in range(2)]
    fields, weights_from, new = _halves.copies(layer.fields[:1] if silent else [], doubled, layer.fields)
    arguments = {"step_size": layer.step_size / 2, **_common(layer), **others}
    return _halves.Halves([type(layer)(fields, **arguments)], weights_from, new)


def _steps(layer, attributes, silent):
    """Layers of one step, with the fields in these attributes: two of half the size. A layer of several stays one."""
    half = {"step_size": layer.step_size / 2}
    if getattr(layer, "steps", 1) > 1:
        child = _halves.again(layer, **half, steps=2 * layer.steps)
        return _halves.Halves([child], [(child, layer)])
    if any(_field.takes_time(f) for f in _halves.fields(layer, attributes)):
        raise ValueError(
            f"The field of {layer.name} takes time, but a layer of one step starts at t = 0, so its second half cannot "
            "be a layer of its own. Build the stage as one layer with several steps."
        )
    before, *names = _halves.names(layer.name)
    children = [_halves.again(layer, **half, name=name) for name in names]
    new = [_halves.again(layer, **half, name=before)] if silent else []
    fields = [f for each in new for f in _halves.fields(each, attributes)]
    return _halves.Halves([*new, *children], [(child, layer) for child in children], fields)
