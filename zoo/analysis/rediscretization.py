"""The same trained flow under another numerical method."""

import keras

from zoo import _check
from zoo.layers import Scheme
from zoo.layers.halves import again, copy_weights
from zoo.numerics import TABLEAUS


def rediscretize(
    model: keras.Model,
    solver: str = "dopri5",
    steps: int | None = None,
    rtol: float = 1e-3,
    atol: float = 1e-3,
    name: str | None = None,
    share: bool = False,
) -> keras.Model:
    """``u(t₁) = u(t₀) + ∫ f(t, u) dt``: the model with its stages, flows of one field, under another method.

    Weights are copied, so that nothing is shared with ``model``, unless ``share``. Each stage keeps its field and its
    interval [t₀, t₁]: that of an ``ODE`` layer, or [0, n h] of n steps. A network was trained as its method's steps,
    not as the exact flow; how far apart they are ``zoo.analysis.work_precision.dial`` shows.

    * An ``ODE`` layer stays one, with all its other options.
    * ``RungeKutta``, and ``ForwardEuler`` of several steps, become ``RungeKutta`` if ``steps`` is given, on every
      backend; else ``ODE``, on TensorFlow.

    Source: Chen et al. (2018, arXiv:1806.07366), §3, where the tolerance of a trained network is loosened.

    Args:
        model: A functional model whose stages share one field over their steps, such as those of
            ``zoo.applications.ODENetCIFAR``.
        solver: Name of a tableau (``zoo.numerics.TABLEAUS``). Defaults to ``"dopri5"``.
        steps: Equal steps in each stage. Defaults to ``None``, adaptive steps.
        rtol, atol: Tolerances of an adaptive step. Default ``1e-3``.
        name: Of the new model. Defaults to that of the old.
        share: Whether the new model has the layers of the old, and so its weights, instead of copies. Defaults to
            ``False``.

    Raises:
        ValueError: The model is not functional, has no such stages, or has a step with a field of its own, which is
            named; an argument is out of its range.
        RuntimeError: Adaptive steps on another backend than TensorFlow.

    Example:

    >>> import zoo.analysis, zoo.applications
    >>> model = zoo.applications.ODENetMNIST(weights=None, filters=8, solver="rk4", steps=4)
    >>> other = zoo.analysis.rediscretize(model, "midpoint", steps=2)
    >>> other.get_layer("stage1").method.name, other.get_layer("stage1").evaluations
    ('midpoint', 4)
    """
    _check.known(solver, TABLEAUS, "solver")
    steps = None if steps is None else _check.integer(steps, "steps")
    stages = {stage.name: stage for stage in _stages(model)}
    others = {name: stage.rediscretized(solver, steps, rtol, atol) for name, stage in stages.items()}
    if share:
        others = {name: again(other, f=stages[name].fields[0]) for name, other in others.items()}
    _refuse_inner_stages(model)

    def call(layer, *args, **kwargs):
        return others.get(layer.name, layer)(*args, **kwargs)

    new = keras.models.clone_model(model, clone_function=(lambda each: each) if share else None, call_function=call)
    new.name = name or model.name
    for layer in [] if share else model.layers:
        if layer.name in stages:
            for one, other in zip(layer.fields, others[layer.name].fields, strict=True):
                copy_weights(one, other)
        elif layer.weights:
            copy_weights(layer, new.get_layer(layer.name))
    return new


def _stages(model):
    """The layers of a model that step; raises ``ValueError`` if there are none."""
    stages = [layer for layer in _check.functional(model, "rediscretize").layers if isinstance(layer, Scheme)]
    if not stages and not _inner_stages(model):
        raise ValueError(
            f"{model.name} has no stage to integrate. Expected: ODE, RungeKutta, or ForwardEuler layers of several "
            "steps, as in zoo.applications.ODENetCIFAR()."
        )
    return stages


def _refuse_inner_stages(model):
    """Raise ``ValueError`` if there is a stage inside a layer that is a model, whatever it is."""
    for layer in _inner_stages(model):
        layer.rediscretized(steps=1)  # says why not, if another method cannot integrate it
        raise ValueError(
            f"The layer {layer.name} is inside another model in {model.name}, whose graph is not followed. "
            "Rediscretize the inner model, or call its layers in the outer one."
        )


def _inner_stages(model):
    return [layer for part in model.layers for layer in _nested(part) if isinstance(layer, Scheme)]


def _nested(layer):
    """The layers of a model that is a layer of another."""
    parts = layer.layers if isinstance(layer, keras.Model) else []
    return [each for part in parts for each in [part, *_nested(part)]]
