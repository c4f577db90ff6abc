"""An ordinary differential equation as a layer."""

import functools
from collections.abc import Sequence
from typing import Any, Self, final

import keras

from zoo import _check
from zoo.layers import field as _field
from zoo.layers import figures as _figures
from zoo.layers import halves
from zoo.layers.scheme import Scheme, trivial
from zoo.layers.tensors import Shape, Tensor
from zoo.numerics import ButcherTableau


@final
@keras.saving.register_keras_serializable(package="zoo")
class ODE(Scheme):
    """``u(t₁) = u(t₀) + ∫ f(t, u) dt``, ``u(t₀) = inputs``: the flow of u' = f(t, u), in steps that adapt to it.

    Every adaptive solve ends: within ``max_steps`` attempts in each interval, whatever f does, with a status; f is
    called nowhere outside [t₀, t₁]. In eager mode the solve is compiled at the first call. TensorFlow only.

    Source: Chen, Rubanova, Bettencourt and Duvenaud (2018, arXiv:1806.07366), equation 2; ``augment``: Dupont, Doucet
    and Teh (2019, arXiv:1904.01681), equation 3; ``kinetic``, ``jacobian``: Finlay et al. (2020, arXiv:2002.02798).

    Args:
        f: The field: any Keras layer that keeps the shape of its input. It is called ``f(t, u)`` if the first
            parameter of its ``call`` is named ``t``. What changes with each call in training, such as
            BatchNormalization and Dropout, is refused there: GroupNormalization has no such state.
        t0, t1: The interval; backward in time if t1 < t0. Default ``0.0`` and ``1.0``.
        solver: Name of a tableau (``zoo.numerics.TABLEAUS``, default ``"dopri5"``), a ``ButcherTableau``, or any
            ``tfp.math.ode.Solver``, which then keeps its own tolerances, steps and gradient. TensorFlow Probability's
            own solvers do not end where f is not finite, unless they have ``max_num_steps``, which XLA ignores: they
            are refused under ``jit_compile=True``.
        rtol, atol: Tolerances of a step (see ``zoo.solvers.RungeKuttaSolver``). Default ``1e-3``.
        gradient: ``"replay"``, ``"direct"``, ``"backsolve"``, a ``zoo.solvers.Backsolve``, or ``"tfp"``.
            Defaults to ``None``: ``"replay"``, or ``"direct"`` if ``per_sample``.
        max_steps: Most attempts of an adaptive solve in each interval. Defaults to ``None``: 10,000, or 64 under XLA,
            which allocates what so many steps may store.
        steps: Equal steps in each interval instead of adaptive ones; needed for a tableau without embedded method.
        augment: Zero channels that are appended to u for the solve and taken off after it. Defaults to ``0``.
        per_sample: Whether each sample has steps of its own, so that its result does not depend on the
            batch; f then gets t as ``(batch, 1, …)``. Defaults to ``False``.
        times: Times after t0 at which the state is returned; t1 plays no part then. Defaults to ``None``, t1 alone.
        on_failure: ``"nan"`` (default): states that were not reached are NaN, and so are the loss and its gradient;
            in inference with adaptive steps a line on stderr says where the solve ended, why, and what to do.
            ``"raise"``: ``tf.errors.InvalidArgumentError`` with that line. XLA has neither at run time.
        kinetic: Coefficient of the loss ½ ∫ mean f² dt in training. Defaults to ``0.0``.
        jacobian: Coefficient of the loss ∫ mean (εᵀ ∂f/∂u)² dt in training, ε = ±1 drawn for each call. Defaults to
            ``0.0``.
        seed: Of ε.

    ``fit`` reports, as means over the training steps, ``<name>_nfe`` and ``<name>_nfe_backward`` (evaluations of f in
    the forward and the backward pass), ``<name>_rejected`` (steps) and ``<name>_failures`` (solves, or samples if
    ``per_sample``). They are NaN where nothing was counted, as in validation.

    Input shape: ``(batch, …, channels)``, whatever f accepts, without the augmented channels. Output shape: the same,
    or ``(batch, times, …, channels)``. The state is held in float32 or wider.

    Raises:
        TypeError: f is not a Keras layer, or ``solver`` is nothing to solve with.
        ValueError: An argument is out of its range, a name is unknown, ``times`` are not strictly monotone from t0 on,
            or (when built) f changes the shape; in training, f has a state that changes with a call.
        RuntimeError: The backend is not TensorFlow.

    Example:

    >>> import keras, zoo.layers
    >>> flow = zoo.layers.ODE(keras.layers.Rescaling(-1.0), t1=1.0, rtol=1e-4, atol=1e-4)
    >>> round(float(flow(keras.ops.ones((1, 1)))[0, 0]), 3)  # exp(-1) is 0.368
    0.368
    >>> flow.count(keras.ops.ones((1, 1))) > 6  # evaluations of the field on this state
    True
    """

    def __init__(
        self,
        f: keras.layers.Layer,
        t0: float = 0.0,
        t1: float = 1.0,
        solver: Any = "dopri5",
        rtol: float = 1e-3,
        atol: float = 1e-3,
        gradient: Any = None,
        max_steps: int | None = None,
        steps: int | None = None,
        augment: int = 0,
        per_sample: bool = False,
        times: Sequence[float] | None = None,
        on_failure: str = "nan",
        kinetic: float = 0.0,
        jacobian: float = 0.0,
        seed: int | None = None,
        **kwargs: Any,
    ):
        if keras.backend.backend() != "tensorflow":
            raise RuntimeError(
                "The ODE layer needs TensorFlow: set KERAS_BACKEND=tensorflow. On this backend "
                "zoo.layers.RungeKutta integrates the same field on a fixed grid. "
                f"Received: backend {keras.backend.backend()!r}."
            )
        super().__init__(**kwargs)
        from zoo.layers._ode import solver as _solver
        from zoo.solvers.times import check_monotone

        self.f = _field.check(f, "ODE")
        self.t0, self.t1 = _check.finite(t0, "t0"), _check.finite(t1, "t1")
        self.times = None if times is None else [_check.finite(time, "times") for time in times]
        if self.times is not None:
            check_monotone(self.t0, self.times)
        self.solver, self.gradient, self.per_sample = solver, gradient, bool(per_sample)
        self.steps = steps
        self.options = {"rtol": rtol, "atol": atol, "steps": steps, "max_steps": max_steps}
        self.integrator = _solver.make(solver, gradient, self.per_sample, self.options)
        self.supports_jit = _solver.ends(self.integrator)
        self.augment = _check.integer(augment, "augment", least=0)
        self.on_failure = _check.known(on_failure, ("nan", "raise"), "on_failure")
        self.kinetic, self.jacobian = _check.finite(kinetic, "kinetic"), _check.finite(jacobian, "jacobian")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed) if self.jacobian else None
        self.figures = _figures.of(self.name)

    looped = True

    @property
    def fields(self) -> list[keras.layers.Layer]:
        return [self.f]

    @property
    def method(self) -> ButcherTableau | None:
        """The tableau; ``None`` for a solver of TensorFlow Probability's own."""
        from zoo.layers._ode import solver as _solver

        return _solver.tableau(self.solver)

    @property
    def evaluations(self) -> int | None:
        """``None`` where the steps adapt, and for a solver object, which has steps of its own."""
        if self.steps is None or self.method is None or not isinstance(self.solver, (str, ButcherTableau)):
            return None
        return self.steps * self.method.evaluations * (1 if self.times is None else len(self.times))

    def count(self, u: Tensor) -> int:
        return int(self.integrate(u).evaluations) if self.evaluations is None else self.evaluations

    def counted(self, u: Tensor) -> tuple[Tensor, Tensor]:
        if self.evaluations is not None:
            return super().counted(u)
        solution = self.integrate(u)
        own = solution.evaluations
        if self.per_sample and self.method is not None:  # of the batch; a sample's steps begin with two evaluations
            own = (solution.accepted + solution.rejected) * (self.method.stages - bool(self.method.fsal)) + 2
        return keras.ops.cast(solution.states, self.compute_dtype), keras.ops.broadcast_to(own, keras.ops.shape(u)[:1])

    def alone(self) -> Scheme:
        if self.per_sample or self.steps is not None or not isinstance(self.solver, (str, ButcherTableau)):
            return self
        return halves.again(self, f=self.f, per_sample=True, gradient=None)

    def halved(self, silent: bool = False) -> halves.Halves:
        if self.steps is None:
            raise ValueError(
                f"{self.name} is an ODE layer whose steps adapt to its tolerances, so that there is no step to halve. "
                "Expected: steps=N in the layer; or tighten rtol and atol, as zoo.rediscretize does. "
                f"Received: rtol={self.options['rtol']}, atol={self.options['atol']}."
            )
        child = halves.again(self, steps=2 * self.steps)
        return halves.Halves([child], [(child, self)])

    def rediscretized(
        self, solver: str = "dopri5", steps: int | None = None, rtol: float = 1e-3, atol: float = 1e-3
    ) -> Scheme:
        return halves.again(self, solver=solver, steps=steps, rtol=rtol, atol=atol)

    @classmethod
    def examples(cls) -> dict[str, Self]:
        return {"dopri5": cls(trivial())} if keras.backend.backend() == "tensorflow" else {}

    def field_shape(self, shape: Shape) -> Shape:
        return (*shape[:-1], shape[-1] + self.augment)

    def call(self, u: Tensor, training: bool = False) -> Tensor:
        solution = self.integrate(u, bool(training))
        if training:
            self._count(solution)
            coefficients = [value for value in (self.kinetic, self.jacobian) if value]
            for coefficient, integral in zip(coefficients, solution.integrals, strict=True):
                self.add_loss(coefficient * self._direction * keras.ops.mean(integral))
        return keras.ops.cast(solution.states, self.compute_dtype)

    def integrate(self, u: Tensor, training: bool = False) -> Any:
        """Solve from u. Returns a tuple with the fields ``states``, ``integrals`` (of the two losses, by sample),
        ``evaluations``, ``accepted``, ``rejected`` and ``status`` (a ``zoo.solvers.Status``): how much work the layer
        does on this u, in inference too."""
        import tensorflow as tf

        from zoo.layers._ode import integrate as _integrate

        u = tf.convert_to_tensor(u)
        if not self.built:
            self.build(u.shape)
        noise = self._noise(u) if training and self.jacobian else None
        if not tf.executing_eagerly():
            return _integrate.integrate(self, u, noise, training)
        return self._compiled(u, noise, training, tuple(map(id, self.f.trainable_variables)))

    @functools.cached_property  # in __dict__, where Keras does not track it
    def _compiled(self):
        """The solve in eager mode, traced anew if other weights of f are trainable."""
        import tensorflow as tf

        from zoo.layers._ode import integrate as _integrate

        return tf.function(
            lambda u, noise, training, trainable: _integrate.integrate(self, u, noise, training),
            autograph=False,
            reduce_retracing=True,
        )

    def _noise(self, u):
        """±1 for every entry of the state."""
        shape = (*keras.ops.shape(u)[:-1], u.shape[-1] + self.augment)
        positive = keras.random.uniform(shape, seed=self.seed_generator) < 0.5
        return keras.ops.where(positive, 1.0, -1.0)

    @property
    def length(self) -> float:
        """``|t₁ − t₀|``, or to the last of the ``times``."""
        return abs(self._end - self.t0)

    @property
    def _end(self):
        return self.t1 if self.times is None else self.times[-1]

    @property
    def _direction(self):
        return 1.0 if self._end >= self.t0 else -1.0

    def _count(self, solution):
        self.figures["nfe"].update_state(solution.evaluations)
        self.figures["rejected"].update_state(keras.ops.sum(solution.rejected))
        self.figures["failures"].update_state(keras.ops.sum(keras.ops.cast(solution.status != 0, "float32")))

    def count_backward(self, evaluations: Tensor) -> None:
        """Called in the backward pass with the evaluations of f there."""
        self.figures["nfe_backward"].update_state(evaluations)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return input_shape if self.times is None else (input_shape[0], len(self.times), *input_shape[1:])

    def arguments(self) -> dict[str, Any]:
        from zoo.layers._ode import solver as _solver
        from zoo.solvers import gradients

        names = ("f", "t0", "t1", "augment", "per_sample", "times", "on_failure", "kinetic", "jacobian", "seed")
        solver, gradient = _solver.serialize(self.solver), gradients.to_config(self.gradient)
        return {**{name: getattr(self, name) for name in names}, **self.options, "solver": solver, "gradient": gradient}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Self:
        from zoo.layers._ode import solver as _solver
        from zoo.solvers import gradients

        solver, gradient = _solver.deserialize(config["solver"]), gradients.from_config(config["gradient"])
        return super().from_config({**config, "solver": solver, "gradient": gradient})
