"""The same trained flow under another numerical method."""

import keras

from zoo import _check
from zoo.analysis import dictionary as schemes
from zoo.layers import ODE, ForwardEuler, RungeKutta
from zoo.numerics import TABLEAUS
from zoo.weights import keys


def rediscretize(model, solver="dopri5", steps=None, rtol=1e-3, atol=1e-3, name=None):
    """``u(t₁) = u(t₀) + ∫ f(t, u) dt``: the model with its stages, flows of one field, under another method.

    Weights are copied, so that nothing is shared with ``model``. Each stage keeps its field and its interval [t₀, t₁]:
    that of an ``ODE`` layer, or [0, n h] of n steps. A network was trained as its method's steps, not as the exact
    flow; how far apart they are ``zoo.analysis.work_precision.dial`` shows.

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

    Raises:
        ValueError: The model is not functional, has no such stages, or has a step with a field of its own, which is
            named; an argument is out of its range.
        RuntimeError: Adaptive steps on another backend than TensorFlow.
    """
    _check.known(solver, TABLEAUS, "solver")
    steps = None if steps is None else _check.integer(steps, "steps")
    stages = {stage.name: stage for stage in stages_of(model)}
    others = {name: _another(stage, solver, steps, rtol, atol) for name, stage in stages.items()}

    def call(layer, *args, **kwargs):
        return others.get(layer.name, layer)(*args, **kwargs)

    new = keras.models.clone_model(model, call_function=call)
    new.name = name or model.name
    keys.copy(model, new)
    return new


def stages_of(model) -> list:
    """The layers of a model that are flows of one field, which ``rediscretize`` integrates otherwise.

    Raises ``ValueError`` if there are none, if one is inside another model, or if another layer steps through time.
    """
    stages = [layer for layer in _check.functional(model, "rediscretize").layers if _is_flow(layer)]
    steps: tuple[type[keras.Layer], ...] = tuple(scheme.layer for scheme in schemes.SCHEMES)
    inside = [layer for part in model.layers for layer in _nested(part)]
    others = [layer for layer in [*model.layers, *inside] if isinstance(layer, steps) and not _is_flow(layer)]
    nested = [layer for layer in inside if _is_flow(layer)]
    if nested and not others:
        raise ValueError(
            f"The layer {nested[0].name} is inside another model in {model.name}, whose graph is not followed. "
            "Rediscretize the inner model, or call its layers in the outer one."
        )
    if others:
        raise ValueError(
            f"Another method can integrate a field that all steps of a stage share; in {model.name} the field differs "
            f"from step to step, as in the layer {others[0].name} ({type(others[0]).__name__}). Expected: stages that "
            "are ODE, RungeKutta, or ForwardEuler layers of several steps, as in zoo.applications.ODENetCIFAR()."
        )
    if not stages:
        raise ValueError(
            f"{model.name} has no stage to integrate. Expected: ODE, RungeKutta, or ForwardEuler layers of several "
            "steps, as in zoo.applications.ODENetCIFAR()."
        )
    return stages


def _nested(layer):
    """The layers of a model that is a layer of another."""
    parts = layer.layers if isinstance(layer, keras.Model) else []
    return [each for part in parts for each in [part, *_nested(part)]]


def _is_flow(layer):
    if isinstance(layer, ForwardEuler):
        plain = layer.shortcut is None and layer.activation is keras.activations.linear
        return plain and layer.steps > 1
    return isinstance(layer, (ODE, RungeKutta))


def _another(stage, solver, steps, rtol, atol):
    """The stage under another method, with a fresh field of the same configuration."""
    if isinstance(stage, ODE):
        method = {"solver": solver, "steps": steps, "rtol": rtol, "atol": atol}
        return ODE.from_config({**stage.get_config(), **method})
    f = type(stage.f).from_config(stage.f.get_config())
    end = stage.steps * stage.step_size
    common = {"name": stage.name, "dtype": stage.dtype_policy}
    if steps is not None:
        return RungeKutta(f, solver, end / steps, steps, **common)
    return ODE(f, t1=end, solver=solver, rtol=rtol, atol=atol, **common)
