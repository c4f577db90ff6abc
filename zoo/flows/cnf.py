"""The continuous normalising flow."""

import functools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple, Self, final

import keras
from keras import ops

from zoo import _check
from zoo.flows import _solving
from zoo.flows.discretization import Discretization
from zoo.layers import field as _field
from zoo.layers import figures as _figures
from zoo.layers.composite import Composite
from zoo.layers.tensors import Shape, Tensor

TRACES = ("exact", "hutchinson")
NOISES = ("rademacher", "gaussian")


class Moved(NamedTuple):
    """Where a flow carries points.

    Attributes:
        values: ``(batch, …)``, or ``(times, batch, …)`` of ``transport``.
        change: log |det ∂values/∂points|, ``(batch,)``: the density at the points is that at the values times the
            exponential of it.
        nfe: Evaluations of the field.
    """

    values: Any
    change: Any
    nfe: Any


@final
@keras.saving.register_keras_serializable(package="zoo")
class CNF(Composite):
    """``x = u(t₁)``, ``u' = f(t, u)``, ``u(t₀) = z``: a bijection whose ``log |det ∂x/∂z| = ∫ tr ∂f/∂u dt``.

    ``forward`` carries the base at t₀ to the data at t₁, ``inverse`` back, and both give the change of the log density,
    one number for each sample. The error of a step is measured on the state and the log density together. Adaptive
    steps need TensorFlow; equal ones also run on JAX.

    Source: Chen et al. (2018, arXiv:1806.07366), §4; Grathwohl et al. (2018, arXiv:1810.01367), equations 4 and 7;
    ``kinetic``, ``jacobian``: Finlay et al. (2020, arXiv:2002.02798), equations 5 and 7.

    Args:
        field: The field: a layer ``f(t, u)`` or ``f(t, u, condition)`` that keeps the shape of u.
        t0, t1: The times of the base and of the data. Default ``0.0`` and ``1.0``.
        trainable_end_time: Whether t₁ = t₀ + s² is trained, s being a weight. Defaults to ``False``.
        trace: ``"exact"`` (default), for few dimensions D: by the field's own ``value_and_trace``, or by D products
            with its Jacobian in one batch. ``"hutchinson"``: εᵀ ∂f/∂u ε in its place, with one ε for each sample
            of a solve, the same in the backward pass.
        noise: Of ε: ``"rademacher"`` (default), ±1, or ``"gaussian"``.
        solver, rtol, atol, steps, max_steps: See ``Discretization``. Default: ``"dopri5"`` at ``1e-5``, adaptive.
        gradient: See ``zoo.solvers.RungeKuttaSolver``. Defaults to ``"replay"``.
        kinetic: Coefficient of the loss ½ ∫ mean f² dt in training. Defaults to ``0.0``.
        jacobian: Coefficient of the loss ∫ mean (εᵀ ∂f/∂u)² dt in training. Defaults to ``0.0``.
        seed: The seed of ε.

    ``fit`` reports ``<name>_nfe``, ``<name>_nfe_backward``, ``<name>_rejected`` and ``<name>_failures`` where the
    density is trained: the means over the steps of evaluations of f, rejected steps and solves that failed.

    Input shape: ``(batch, …)``, whatever f accepts. ``cnf(x)`` is ``inverse``.

    Raises:
        TypeError: The field is not a Keras layer.
        ValueError: An argument is out of its range, a name is unknown, or (when built) the field changes the shape.
    """

    def __init__(
        self,
        field: keras.layers.Layer,
        t0: float = 0.0,
        t1: float = 1.0,
        trainable_end_time: bool = False,
        trace: str = "exact",
        noise: str = "rademacher",
        solver: str = "dopri5",
        rtol: float = 1e-5,
        atol: float = 1e-5,
        steps: int | None = None,
        max_steps: int | None = None,
        gradient: str = "replay",
        kinetic: float = 0.0,
        jacobian: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        super().__init__(**{"autocast": False, "dtype": "float32", **kwargs})
        self.field = _field.check(field, "CNF")
        self.t0, self.t1 = _check.finite(t0, "t0"), _check.finite(t1, "t1")
        if self.t1 == self.t0 or (trainable_end_time and self.t1 < self.t0):
            raise ValueError(f"t1 must differ from t0, and be later if it is trained. Received: t0={t0}, t1={t1}.")
        self.trainable_end_time = bool(trainable_end_time)
        self.trace, self.noise = _check.known(trace, TRACES, "trace"), _check.known(noise, NOISES, "noise")
        self.solver, self.rtol, self.atol, self.steps, self.max_steps = solver, rtol, atol, steps, max_steps
        self.discretization = Discretization(solver, rtol, atol, steps, max_steps)
        self.gradient, self.seed = gradient, seed
        self.kinetic, self.jacobian = _check.finite(kinetic, "kinetic"), _check.finite(jacobian, "jacobian")
        self.seed_generator = keras.random.SeedGenerator(seed)
        self.figures = _figures.of(self.name)

    @functools.cached_property  # in __dict__, where Keras does not track it
    def compiled(self) -> dict[Any, Any]:
        """The solves that were compiled in eager mode."""
        return {}

    def parts(self) -> dict[str, keras.layers.Layer]:
        """The field."""
        return {"field": self.field}

    @property
    def end(self) -> Any:
        """t₁: a number, or a tensor if it is trained."""
        return self.t0 + ops.square(self.root) if self.trainable_end_time else self.t1

    def build(self, u_shape: Shape, condition_shape: Shape | None = None) -> None:
        if self.trainable_end_time:
            root = keras.initializers.Constant(math.sqrt(self.t1 - self.t0))
            self.root = self.add_weight(shape=(), initializer=root, name="root_of_duration")
        t, u = keras.KerasTensor((), dtype="float32"), keras.KerasTensor((None, *u_shape[1:]), dtype="float32")
        given = []
        if condition_shape is not None:  # one number for each sample is its class
            dtype = "int32" if len(condition_shape) == 1 else "float32"
            given = [keras.KerasTensor((None, *condition_shape[1:]), dtype=dtype)]
            _field.check_condition(self.field)
        received = self.field(t, u, *given)
        if tuple(received.shape[1:]) != tuple(u_shape[1:]):
            raise ValueError(
                f"A flow adds h f(t, u) to u, so the field must keep the shape of u. Expected: {tuple(u_shape[1:])}. "
                f"Received from {self.field.name}: {tuple(received.shape[1:])}."
            )

    def call(self, u: Tensor, condition: Tensor | None = None, training: bool = False) -> tuple[Tensor, Tensor]:
        values, change, _ = self.inverse(u, condition, training=training)
        return values, change

    def forward(self, z: Tensor, condition: Tensor | None = None, training: bool = False, **how: Any) -> Moved:
        """From the base to the data.

        Args:
            z: ``(batch, …)``.
            condition: What the field takes beside u: ``(batch, …)``, integers if they are classes.
            training: Whether the field is called in training, and the work counted.
            **how: ``density=False`` leaves the change out (``None``); ``trace``, ``discretization``, ``epsilon`` (the
                noise itself, of the shape of z) and ``guided`` (a ``Guidance`` and the number of the null class) take
                the place of the layer's own.
        """
        return self._moved(z, (self.t0, "end"), condition, training, how)

    def inverse(self, x: Tensor, condition: Tensor | None = None, training: bool = False, **how: Any) -> Moved:
        """From the data to the base; the arguments are those of ``forward``."""
        return self._moved(x, ("end", self.t0), condition, training, how)

    def transport(self, z: Tensor, times: Sequence[float], condition: Tensor | None = None, **how: Any) -> Moved:
        """The states at ascending times, of which the first may be t₀, on the way from the base to the data.

        The arguments are those of ``forward``; values ``(times, batch, …)``, change ``(times, batch)``.

        Raises ``ValueError`` if the times do not ascend from t₀ on.
        """
        times = [_check.finite(time, "times") for time in times]
        later = times[1:] if times and times[0] == self.t0 else times
        path = [self.t0, *later]
        direction = 1 if self.t1 > self.t0 else -1
        if not times or any(direction * (b - a) <= 0 for a, b in zip(path[:-1], path[1:], strict=True)):
            raise ValueError(f"times must go from t0={self.t0} towards t1, each once. Received: times={times}.")
        with_first = len(later) < len(times)
        states, change, nfe = z[None][:0], None, 0
        if later:
            carried = _solving.carried(self, z, tuple(path), condition, False, **how)
            states, nfe = carried.states, carried.evaluations
            change = carried.riding[0] if carried.riding else None
        if with_first:
            states = ops.concatenate([ops.convert_to_tensor(z, dtype="float32")[None], states], axis=0)
            nothing = ops.zeros((1, ops.shape(z)[0]))
            change = nothing if change is None else ops.concatenate([nothing, change], axis=0)
        return Moved(states, change if how.get("density", True) else None, nfe)

    def _moved(self, u, times, condition, training, how):
        carried = _solving.carried(self, u, times, condition, training, **how)
        if training:
            self._account(carried)
        change = carried.riding[0][-1] if how.get("density", True) else None
        return Moved(carried.states[-1], change, carried.evaluations)

    def _account(self, carried):
        """Count the work of a solve in training, and add its losses."""
        if keras.backend.backend() == "tensorflow":
            self.figures["nfe"].update_state(carried.evaluations)
            self.figures["rejected"].update_state(carried.rejected)
            self.figures["failures"].update_state(ops.cast(carried.status != 0, "float32"))
        coefficients = [value for value in (self.kinetic, self.jacobian) if value]
        integrals = carried.riding[len(carried.riding) - len(coefficients) :]
        for coefficient, integral in zip(coefficients, integrals, strict=True):
            self.add_loss(coefficient * ops.mean(ops.abs(integral[-1])))

    def count_backward(self, evaluations: Tensor) -> None:
        """Called in the backward pass with the evaluations of f there."""
        self.figures["nfe_backward"].update_state(evaluations)

    def compute_output_shape(self, u_shape: Shape, condition_shape: Shape | None = None) -> Shape:
        return u_shape, (u_shape[0],)

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        return super().from_config({key: value for key, value in config.items() if key != "autocast"})
