"""Runge–Kutta methods as a solver of TensorFlow Probability.

``solve``, ``_solve`` and ``_initialize_solver_internal_state`` are the interface of ``tfp.math.ode.Solver``, whose own
``solve`` calls the other two by these names; hence two long signatures that are equal.
"""

import dataclasses
from collections.abc import Callable
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.ops import control_flow_util

from zoo import _check
from zoo.numerics import TABLEAUS, ButcherTableau
from zoo.solvers import gradients, times
from zoo.solvers.adaptive import Adaptive
from zoo.solvers.backsolve import Backsolve
from zoo.solvers.course import Course
from zoo.solvers.gradient import Report
from zoo.solvers.grid import Grid
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.results import Diagnostics, Memory
from zoo.solvers.right_hand_side import RightHandSide

MAX_STEPS = 10_000
"""Most attempts in an interval where arrays grow as they are filled."""
MAX_STEPS_XLA = 64
"""The same under XLA, where what every attempt may write is allocated."""


class RungeKuttaSolver(tfp.math.ode.Solver):
    """u' = f(t, u) by an explicit Runge–Kutta method, with the interface of ``tfp.math.ode.Solver``.

    An adaptive solve accepts a step if √mean((error / (atol + rtol max(|u|, |u⁺|)))²) ≤ 1 over the whole batch, chooses
    the next by PI control, and steps exactly onto every solution time; f is called nowhere outside them. It ends
    within ``max_steps`` attempts for each interval, whatever f does. The order is that of the tableau.

    >>> solver = RungeKuttaSolver("tsit5", rtol=1e-6)
    >>> results = solver.solve(lambda t, u: -u, 0.0, tf.constant([1.0]), [0.5, 1.0])
    >>> results.states.shape, int(results.diagnostics.status)
    (TensorShape([2, 1]), 0)

    Source: Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §II.4 and §II.5.

    Args:
        tableau: A ``zoo.numerics.ButcherTableau`` or the name of one. Defaults to ``"dopri5"``.
        rtol: Relative tolerance of a step. Defaults to ``1e-3``.
        atol: Absolute tolerance, in units of the state. Defaults to ``1e-6``.
        steps: Equal steps in each interval between solution times; ``None`` (default) adapts them, for which the
            tableau must have an embedded method.
        max_steps: Most attempts, rejected ones included, of an adaptive solve in each interval. Defaults to ``None``:
            10,000, or 64 under XLA, which allocates what so many steps may store.
        gradient: ``"replay"`` (default): the accepted steps are stored and run again one at a time, the exact gradient
            of the discrete solution with the activations of one step in memory. ``"direct"``: plain
            backpropagation, which has second derivatives; a rejected step in which f overflowed can make it NaN.
            ``"backsolve"`` or a ``zoo.solvers.Backsolve``: the continuous adjoint, whose memory does not grow
            with the number of steps, but which can be far off. These reach the initial state, ``constants``,
            trainable variables that f reads, and the times. ``"tfp"``: the adjoint of TensorFlow Probability, which
            does not reach the times and may call f outside them.
        per_sample: Whether every sample, an entry of the first axis, has steps of its own, which do not depend on the
            rest of the batch. f gets t as ``(batch, 1, …)``, ``Diagnostics`` has an entry for each sample (its
            evaluations are those of the batch). Needs ``gradient="direct"``. Defaults to ``False``.

    Raises:
        ValueError: There is no tableau or gradient of that name, a tolerance is not positive, ``steps`` is missing
            for a tableau without embedded method, or ``per_sample`` has another gradient than ``"direct"``.
    """

    def __init__(
        self,
        tableau: str | ButcherTableau = "dopri5",
        *,
        rtol: float = 1e-3,
        atol: float = 1e-6,
        steps: int | None = None,
        max_steps: int | None = None,
        gradient: str | Backsolve = "replay",
        per_sample: bool = False,
    ):
        if not isinstance(tableau, ButcherTableau):
            tableau = TABLEAUS[_check.known(tableau, TABLEAUS, "tableau")]
        for name, value in {"rtol": rtol, "atol": atol}.items():
            if _check.finite(value, name) <= 0:
                raise ValueError(f"{name} must be greater than 0. Received: {name}={value!r}.")
        self.tableau, self.gradient, self.per_sample = tableau, gradient, bool(per_sample)
        self.rtol, self.atol = float(rtol), float(atol)
        self.max_steps = None if max_steps is None else _check.integer(max_steps, "max_steps")
        self.steps = None if steps is None else _check.integer(steps, "steps")
        self.march = self._march()
        self.backward = gradients.find(gradient)
        if self.per_sample and not self.backward.takes_samples:
            raise ValueError(f'per_sample=True needs gradient="direct". Received: gradient={gradient!r}.')
        super().__init__(make_adjoint_solver_fn=None, validate_args=False, name=f"runge_kutta_{tableau.name}")

    def _march(self) -> March:
        if self.steps is not None:
            return Grid(self.tableau, self.steps, self.per_sample)
        if self.tableau.b_embedded is None:
            raise ValueError(
                f"{self.tableau.name} has no embedded method to estimate an error, so it needs a fixed grid. Expected: "
                f"steps=N, the number of steps between solution times. Received: steps=None."
            )
        return Adaptive(self.tableau, self.rtol, self.atol, self.most(bounded=False), self.per_sample)

    def most(self, bounded: bool) -> int:
        """The most attempts in each interval; ``bounded`` says whether arrays need a static size, as under XLA."""
        return self.max_steps or (MAX_STEPS_XLA if bounded else MAX_STEPS)

    @tf.autograph.experimental.do_not_convert
    def solve(
        self,
        ode_fn: Callable,
        initial_time: Any,
        initial_state: Any,
        solution_times: Any,
        jacobian_fn: None = None,
        jacobian_sparsity: None = None,
        batch_ndims: int | None = None,
        previous_solver_internal_state: Memory | None = None,
        constants: dict[str, Any] | None = None,
    ) -> tfp.math.ode.Results:
        """The states at the solution times, as ``tfp.math.ode.Results``.

        Args:
            ode_fn: f(t, u, **constants), with the structure, shape and dtype of u; t is a scalar.
            initial_time: Scalar t₀.
            initial_state: u(t₀): a tensor or a nest of tensors of one dtype, float32 or float64.
            solution_times: 1-D, each after the one before, or each before it (integration backward in time). The first
                may be t₀.
            jacobian_fn, jacobian_sparsity: Not used by explicit methods.
            batch_ndims: ``None`` or 0.
            previous_solver_internal_state: ``Results.solver_internal_state`` of a solve that this one goes on from.
            constants: Dictionary of (nests of) tensors that f takes by name and that gradients reach.

        Returns:
            ``Results``: times ``(times,)``, states ``(times, …)``, ``Diagnostics``, internal state. States that were
            not reached are NaN, and ``diagnostics.status`` says why.

        Raises:
            ValueError: Times that are known and not monotone; f whose value does not fit its argument or which
                captures a watched tensor.
            TypeError: A state that is not float32 or float64 throughout.
            NotImplementedError: ``ChosenBySolver`` times or ``batch_ndims`` > 0.
        """
        solve = self.backward.entry(self._solve, super().solve, initial_time, solution_times)
        arguments = (ode_fn, initial_time, initial_state, solution_times, None, None, batch_ndims)
        return solve(*arguments, previous_solver_internal_state, constants)

    @tf.autograph.experimental.do_not_convert
    def _solve(
        self,
        ode_fn,
        initial_time,
        initial_state,
        solution_times,
        jacobian_fn=None,
        jacobian_sparsity=None,
        batch_ndims=None,
        previous_solver_internal_state=None,
        constants=None,
    ):
        if isinstance(solution_times, tfp.math.ode.ChosenBySolver) or batch_ndims:
            raise NotImplementedError(
                "RungeKuttaSolver expects a 1-D tensor of solution times and batch_ndims=0. "
                f"Received: {solution_times!r}, batch_ndims={batch_ndims!r}."
            )
        state, held = tf.nest.map_structure(tf.convert_to_tensor, (initial_state, constants or {}))
        dtype = times.common_dtype(state)
        all_times = times.joined(initial_time, solution_times, dtype)
        given = previous_solver_internal_state or Memory.fresh(dtype)
        memory = Memory(*(tf.cast(value, dtype) for value in given))

        def solved(*arguments):
            return self._results(ode_fn, *arguments)

        if tf.executing_eagerly():
            self.right_hand_side(ode_fn, all_times[0], state, held)  # its errors come from here, not from the compiled
            solved = tf.function(solved, autograph=False)
        return solved(all_times, state, held, memory)

    def _results(self, ode_fn, all_times, state, constants, memory):
        """The results in a graph."""
        course = self.course(self.right_hand_side(ode_fn, all_times[0], state, constants), all_times, memory)
        states = tf.nest.pack_sequence_as(state, course.outputs)
        counts = Diagnostics(course.evaluations, course.accepted, course.rejected, course.status, course.time)
        memory = Memory(course.size, course.ratio)
        return tfp.math.ode.Results(tf.stop_gradient(all_times[1:]), states, counts, memory)

    def right_hand_side(
        self, ode_fn: Callable, time: tf.Tensor, state: Any, constants: dict[str, Any], variables: list | None = None
    ) -> RightHandSide:
        """The ``RightHandSide`` of f, checked. The arguments are those of that class, but time is a scalar."""
        if self.per_sample:
            time = tf.fill(tf.shape(tf.nest.flatten(state)[0])[:1], time)
        right_hand_side = RightHandSide(ode_fn, time, state, constants, variables)
        self.backward.check(right_hand_side)
        return right_hand_side

    def course(
        self,
        right_hand_side: RightHandSide,
        all_times: tf.Tensor,
        memory: Memory,
        record: bool = True,
        report: Report = lambda _: None,
        controlled: int | None = None,
    ) -> Course:
        """The ``Course`` of the state through the times, in a graph.

        Args:
            right_hand_side: f, whose state and constants are those of the problem.
            all_times: 1-D, the initial time first.
            memory: What an earlier solve handed on, or ``Memory.fresh(dtype)``.
            record: Whether a march stores what its gradient needs; without, the gradient repeats the march.
            report: Called in the backward pass with the evaluations of f there; may return a tensor to wait for.
            controlled: How many tensors of the flattened state, the first ones, the error of a step is measured on; the
                others, such as integrals, ride along. ``None`` (default) means all.
        """
        parts = self.backward.checkpoints
        bounded = control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())
        problem = Problem(
            right_hand_side,
            times.divided(all_times, parts),
            u=tf.nest.flatten(right_hand_side.state),
            constants=tf.nest.flatten(right_hand_side.constants),
            size=memory.step_size,
            ratio=memory.error_ratio,
        )
        march = self.march.adjusted(max_steps=self.most(bounded), controlled=controlled)
        course = self.backward.course(march, problem, record, bounded, report)
        return course._replace(outputs=[output[parts - 1 :: parts] for output in course.outputs])

    def _initialize_solver_internal_state(self, ode_fn, initial_time, initial_state):
        return Memory.fresh(times.common_dtype(initial_state))

    def get_config(self) -> dict[str, Any]:
        """The arguments, as numbers, strings and dictionaries."""
        named = TABLEAUS.get(self.tableau.name) == self.tableau
        return {
            "tableau": self.tableau.name if named else dataclasses.asdict(self.tableau),
            "rtol": self.rtol,
            "atol": self.atol,
            "steps": self.steps,
            "max_steps": self.max_steps,
            "gradient": gradients.to_config(self.gradient),
            "per_sample": self.per_sample,
        }

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "RungeKuttaSolver":
        """The solver that ``get_config`` described."""
        tableau = config["tableau"]
        tableau = ButcherTableau(**tableau) if isinstance(tableau, dict) else tableau
        return cls(**{**config, "tableau": tableau, "gradient": gradients.from_config(config["gradient"])})
