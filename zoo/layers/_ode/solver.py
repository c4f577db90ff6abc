"""The solver of an ODE layer, and how a file describes it (TensorFlow Probability)."""

import dataclasses
import inspect
import numbers
from typing import Any

import tensorflow_probability as tfp

from zoo import _check
from zoo.numerics import TABLEAUS, ButcherTableau
from zoo.solvers import Backsolve, RungeKuttaSolver

ADJOINT = "make_adjoint_solver_fn"
TFP_SOLVERS = {solver.__name__: solver for solver in (tfp.math.ode.DormandPrince, tfp.math.ode.BDF)}


def make(
    solver: Any, gradient: str | Backsolve | None, per_sample: bool, options: dict[str, Any]
) -> tfp.math.ode.Solver:
    """The solver of a tableau by the options, or the given one, which has options of its own."""
    if isinstance(solver, (str, ButcherTableau)):
        gradient = gradient or ("direct" if per_sample else "replay")
        return RungeKuttaSolver(solver, gradient=gradient, per_sample=per_sample, **options)
    if not isinstance(solver, tfp.math.ode.Solver):
        raise TypeError(
            "solver must be the name of a tableau, a zoo.numerics.ButcherTableau, or a tfp.math.ode.Solver such as "
            f"tfp.math.ode.BDF(rtol=1e-4). Received: {solver!r} of type {type(solver).__name__}."
        )
    if gradient is not None or per_sample:
        raise ValueError(
            f"A solver object has its own gradient and steps. Expected: gradient=None and per_sample=False beside "
            f"{type(solver).__name__}, or the name of a tableau, such as solver='dopri5', beside these. "
            f"Received: gradient={gradient!r}, per_sample={per_sample!r}."
        )
    return solver


def tableau(solver) -> ButcherTableau | None:
    """The tableau of a name, of itself or of a ``RungeKuttaSolver``; ``None`` for another solver object."""
    if isinstance(solver, RungeKuttaSolver):
        solver = solver.get_config()["tableau"]
    if isinstance(solver, dict):
        return ButcherTableau(**solver)
    return TABLEAUS[solver] if isinstance(solver, str) else solver if isinstance(solver, ButcherTableau) else None


def ends(solver: tfp.math.ode.Solver) -> bool:
    """Whether a solve ends under XLA whatever the field does."""
    return isinstance(solver, RungeKuttaSolver) and solver.backward.ends


def serialize(solver: Any) -> str | dict:
    """A name as it is; the coefficients of a tableau; the class name and parameters of a solver object.

    Raises ``ValueError`` if its class is not one of the known ones, or a parameter is not a number.
    """
    if isinstance(solver, str):
        return solver
    kind = type(solver).__name__
    if isinstance(solver, ButcherTableau):
        return {"class_name": kind, "config": dataclasses.asdict(solver)}
    if type(solver) is RungeKuttaSolver:
        return {"class_name": kind, "config": solver.get_config()}
    if TFP_SOLVERS.get(kind) is not type(solver):
        raise ValueError(
            f"An ODE layer with a solver of the class {kind} cannot be saved. Expected: the name of a tableau, or a "
            f"solver of the class RungeKuttaSolver, {' or '.join(TFP_SOLVERS)}."
        )
    names = [name for name in inspect.signature(type(solver)).parameters if name != ADJOINT]
    config = {name: _plain(getattr(solver, f"_{name}"), name) for name in names}
    adjoint = getattr(solver, f"_{ADJOINT}")()
    return {"class_name": kind, "config": config, "adjoint": None if adjoint is solver else serialize(adjoint)}


def deserialize(config: str | dict) -> Any:
    """The solver that ``serialize`` described."""
    if isinstance(config, str):
        return config
    if config["class_name"] == ButcherTableau.__name__:
        return ButcherTableau(**config["config"])
    if config["class_name"] == RungeKuttaSolver.__name__:
        return RungeKuttaSolver.from_config(config["config"])
    kind = TFP_SOLVERS[_check.known(config["class_name"], TFP_SOLVERS, "solver")]
    adjoint = config["adjoint"] and deserialize(config["adjoint"])
    return kind(**config["config"], **({ADJOINT: lambda: adjoint} if adjoint else {}))


def _plain(value, name):
    if isinstance(value, (list, tuple)):
        return [_plain(entry, name) for entry in value]
    if value is None or isinstance(value, (str, bool, numbers.Real)):
        return value
    raise ValueError(f"A solver can be saved if its parameters are numbers. Received: {name}={value!r}.")
