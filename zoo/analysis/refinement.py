"""Adaptive depth: a trained network goes on with twice the steps of half the size."""

import dataclasses
import re

import keras
import numpy as np

from zoo import _check
from zoo.layers import CouplingTransition, Scheme
from zoo.layers.halves import copy_weights

WIDER = re.compile(r"stage\d+_block1")
"""The layer that changes the width, by the naming of ``zoo.applications``."""


def refine(model: keras.Model, name: str | None = None) -> keras.Model:
    """``Φ_h ≈ Φ_{h/2} ∘ Φ_{h/2}``: the network whose every step is two steps of half the size with the same field.

    Weights and batch-normalization statistics are copied to both children, so that nothing is shared with ``model``.
    For an equation u' = f(u) whose f does not depend on t the function changes by the truncation error of the
    method; ``change`` reports it. Training goes on from there, with more weights.

    * A change of width has no copy: after it comes a new step whose field starts at zero, if a step follows it at
      once. So a stage of n > 1 blocks becomes one of 2n, and ``ResNet(depth=20)`` ``ResNet(depth=38, step_size=0.5)``,
      which can load its weights. (RevNet's first unit has a field of its own kind, of which the copy is no other
      network's.) No new step where a ReLU comes between (ResNeXt), and none before methods for which one without a
      field is not the identity: ``LinearMultistep``, ``Leapfrog``, ``LeapfrogMidpoint``.
    * ``Momentum`` keeps ε = h/(1 − γ), the equation of second order that it solves; γ = 0 stays forward Euler.
    * The first half of a ``LinearMultistep`` takes the state half a step before: the half state where there is one,
      else the mean of u and u⁻.
    * A field that several steps of one layer share stays shared; layers that share a field get copies of it.

    Source: Chang et al., "Multi-level Residual Networks from Dynamical Systems View" (2018, arXiv:1710.10348), §4,
    after E, "A Proposal on Machine Learning via Dynamical Systems" (2017). Theirs has no step at zero.

    Args:
        model: A functional model with layers of ``zoo.layers`` that step through time.
        name: Of the new model. Defaults to that of the old and ``"_refined"``.

    Raises:
        ValueError: The model is not functional, no layer of it is such a step, such a layer cannot be halved (it says
            why: adaptive steps, a fractal, an activation after the step, a single step that takes time), or is called
            twice.

    Example:

    >>> import zoo.analysis, zoo.applications
    >>> model = zoo.applications.ResNet(depth=8, weights=None)
    >>> finer = zoo.analysis.refine(model)
    >>> [(layer.name, layer.step_size) for layer in finer.layers if layer.name.startswith("stage1")]
    [('stage1_block1', 0.5), ('stage1_block2', 0.5)]
    """
    _check.functional(model, "refine")
    walk = _Walk(model)
    refined = keras.models.clone_model(model, call_function=walk)
    refined.name = name or f"{model.name}_refined"
    if not walk.replaced:
        raise ValueError(
            "refine needs a model with steps whose size can be halved, such as those of zoo.applications.ResNet(). "
            f"Received: {model.name}, which has none."
        )
    for new, old in walk.kept:
        copy_weights(old, new)
    for each in walk.replaced:
        each.fill()
    return refined


@dataclasses.dataclass(frozen=True)
class Change:
    """How far two models differ on pictures.

    Attributes:
        largest: Largest difference of an output.
        relative: Norm of the difference over the norm of the first model's outputs.
        same: Share of the pictures with the same largest output.
    """

    largest: float
    relative: float
    same: float


def change(before: keras.Model, after: keras.Model, images: np.ndarray) -> Change:
    """The ``Change`` from one classifier to another on pictures ``(n, height, width, channels)``."""
    one, other = (np.asarray(model.predict(images, verbose=0), "float64") for model in (before, after))
    return Change(
        largest=float(np.abs(other - one).max()),
        relative=float(np.linalg.norm(other - one) / np.linalg.norm(one)),
        same=float(np.mean(one.argmax(axis=-1) == other.argmax(axis=-1))),
    )


class _Walk:
    """Calls the layers of the new graph, with two halves in the place of each step."""

    def __init__(self, model):
        self.model = model
        self.replaced, self.kept, self.stepped = [], [], set()
        self.widened = {}  # id of a state after a change of width → that state, which keeps the id valid
        self.middle = {}  # id of a state → (that state, the state half an old step before it)

    def __call__(self, layer, *args, **kwargs):
        old = self.model.get_layer(layer.name)
        if not isinstance(old, Scheme):
            return self._keep(layer, old, *args, **kwargs)
        two_step = isinstance(args[0], (list, tuple))
        u, before = args[0] if two_step else (args[0], None)
        step = old.halved(silent=id(u) in self.widened)
        if old.name in self.stepped:
            raise ValueError(f"{old.name} is called twice, so that its halves would be tied. Give each step a layer.")
        self.stepped.add(old.name)
        self.replaced.append(step)
        if two_step:
            _, before = self.middle.get(id(u)) or (u, keras.layers.Average(name=f"{old.name}_half")([u, before]))
        u, middle = step(u, before)
        self.middle[id(u)] = (u, middle)
        return u

    def _keep(self, layer, old, *args, **kwargs):
        self.kept.append((layer, old))
        value = layer(*args, **kwargs)
        if WIDER.fullmatch(old.name) and isinstance(old, (keras.layers.Add, CouplingTransition)):
            self.widened[id(value)] = value
        return value
