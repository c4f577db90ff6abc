"""Runge–Kutta methods as a solver of TensorFlow Probability.

Imports TensorFlow Probability, so ``import zoo`` does not import it: write ``import zoo.solvers.solver``.
"""

import collections
import dataclasses

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow.python.ops import control_flow_util

from zoo import _check
from zoo.numerics import ButcherTableau
from zoo.numerics.tableaus import TABLEAUS
from zoo.solvers.backsolve import Backsolve as Backsolve
from zoo.solvers.gradients import GRADIENTS, direct
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.right_hand_side import Field
from zoo.solvers.step_control import Status as Status
from zoo.solvers.times import as_time, check_monotone, common_dtype, divided, refuse_gradient_of_times

Memory = collections.namedtuple("Memory", ["step_size", "error_ratio"])
"""What a solve hands to the next: the step in time (0: choose one) and the error ratio of the last accepted step."""


class Diagnostics(
    collections.namedtuple("Diagnostics", ["num_ode_fn_evaluations", "num_accepted", "num_rejected", "status"]),
    tfp.math.ode.Diagnostics,
):
    """Evaluations of f, accepted and rejected steps over all intervals, and the ``Status``: scalar int32 tensors."""

    __slots__ = ()

    @property
    def num_jacobian_evaluations(self):
        """0: explicit methods need none."""
        return tf.constant(0)

    @property
    def num_matrix_factorizations(self):
        """0: explicit methods need none."""
        return tf.constant(0)


class RungeKuttaSolver(tfp.math.ode.Solver):
    """u' = f(t, u) by an explicit Runge–Kutta method, with the interface of ``tfp.math.ode.Solver``.

    An adaptive solve accepts a step if √mean((error / (atol + rtol max(|u|, |u⁺|)))²) ≤ 1 over the whole batch, chooses
    the next by PI control, and steps exactly onto every solution time; f is called nowhere outside them. It ends
    within ``max_steps`` attempts for each interval, whatever f does.

    Source: Hairer, Nørsett and Wanner, "Solving Ordinary Differential Equations I" (1993), §II.4 and §II.5.

    Args:
        tableau: A ``zoo.numerics.ButcherTableau`` or the name of one. Defaults to ``"dopri5"``.
        rtol: Relative tolerance of a step. Defaults to ``1e-3``.
        atol: Absolute tolerance, in units of the state. Defaults to ``1e-6``.
        steps: Equal steps in each interval between solution times; ``None`` (default) adapts them, for which the
            tableau must have an embedded method.
        max_steps: Most attempts, rejected ones included, of an adaptive solve in each interval. Defaults to ``64``.
        gradient: ``"replay"`` (default): the accepted steps are stored and run again one at a time, the exact gradient
            of the discrete solution with the activations of one step in memory. ``"direct"``: plain
            backpropagation, which has second derivatives; a rejected step in which f overflowed can make it NaN.
            ``"backsolve"`` or a ``zoo.solvers.solver.Backsolve``: the continuous adjoint, whose memory does not grow
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
        tableau="dopri5",
        *,
        rtol=1e-3,
        atol=1e-6,
        steps=None,
        max_steps=64,
        gradient="replay",
        per_sample=False,
    ):
        if not isinstance(tableau, ButcherTableau):
            tableau = TABLEAUS[_check.known(tableau, TABLEAUS, "tableau")]
        for name, value in {"rtol": rtol, "atol": atol}.items():
            if _check.finite(value, name) <= 0:
                raise ValueError(f"{name} must be greater than 0. Received: {name}={value!r}.")
        if steps is None and tableau.b_embedded is None:
            raise ValueError(
                f"{tableau.name} has no embedded method to estimate an error, so it needs a fixed grid. Expected: "
                f"steps=N, the number of steps between solution times. Received: steps=None."
            )
        steps = None if steps is None else _check.integer(steps, "steps")
        if not isinstance(gradient, Backsolve):
            _check.known(gradient, [*GRADIENTS, "tfp"], "gradient")
        if per_sample and gradient != "direct":
            raise ValueError(f'per_sample=True needs gradient="direct". Received: gradient={gradient!r}.')
        self.gradient = gradient
        most = _check.integer(max_steps, "max_steps")
        self.march = March(tableau, float(rtol), float(atol), steps, most, bool(per_sample))
        super().__init__(make_adjoint_solver_fn=None, validate_args=False, name=f"runge_kutta_{tableau.name}")

    @tf.autograph.experimental.do_not_convert
    def solve(
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
        if self.gradient == "tfp":
            refuse_gradient_of_times(initial_time, solution_times)
            solve = super().solve
        else:
            solve = self._solve
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
        state = tf.nest.map_structure(tf.convert_to_tensor, initial_state)
        constants = tf.nest.map_structure(tf.convert_to_tensor, constants or {})
        dtype = common_dtype(state)
        check_monotone(initial_time, solution_times)
        start, later = (as_time(value, dtype) for value in (initial_time, solution_times))
        if later.shape.rank != 1 or later.shape[0] == 0:
            raise ValueError(f"solution_times must be 1-D, with at least one time. Received the shape: {later.shape}.")
        times = tf.concat([start[None], later], 0)
        given = previous_solver_internal_state or self.fresh_memory(dtype)
        memory = Memory(*(tf.cast(value, dtype) for value in given))

        def solved(state, times, memory, constants):
            field = self.field(ode_fn, times[0], state, constants)
            course = self.course(field, times, memory)
            states = tf.nest.pack_sequence_as(state, course.outputs)
            counts = Diagnostics(course.evaluations, course.accepted, course.rejected, course.status)
            memory = Memory(course.size, course.ratio)
            return tfp.math.ode.Results(tf.stop_gradient(times[1:]), states, counts, memory)

        if tf.executing_eagerly():
            self.field(ode_fn, start, state, constants)  # its errors come from here, not from the compiled solve
            solved = tf.function(solved, autograph=False)
        return solved(state, times, memory, constants)

    def field(self, ode_fn, time, state, constants, variables=None):
        """The ``zoo.solvers.right_hand_side.Field`` of f, checked; ``variables``: see there."""
        if self.march.per_sample:
            time = tf.fill(tf.shape(tf.nest.flatten(state)[0])[:1], time)
        field = Field(ode_fn, time, state, constants, variables)
        if self.gradient not in ("direct", "tfp"):
            field.check_captures()
        return field

    def course(self, field, times, memory, record=True, report=lambda _: None, controlled=None):
        """The ``zoo.solvers.march.Course`` of the field's state through the times, in a graph.

        Args:
            field: A ``zoo.solvers.right_hand_side.Field``, whose state and constants are those of the problem.
            times: 1-D, the initial time first.
            memory: A ``Memory``.
            record: Whether a march stores what its gradient needs; without, the gradient repeats the march.
            report: Called in the backward pass with the evaluations of f there; may return a tensor to wait for.
            controlled: How many tensors of the flattened state, the first ones, the error of a step is measured on; the
                others, such as integrals, ride along. ``None``: all.
        """
        given = isinstance(self.gradient, Backsolve)
        gradient = self.gradient if given else GRADIENTS.get(self.gradient, direct)
        parts = gradient.checkpoints if isinstance(gradient, Backsolve) else 1
        bounded = control_flow_util.GraphOrParentsInXlaContext(tf.compat.v1.get_default_graph())
        leaves = [tf.nest.flatten(nest) for nest in (field.state, field.constants)]
        problem = Problem(field, divided(times, parts), *leaves, *memory)
        course = gradient(self.march._replace(controlled=controlled), problem, record, bounded, report)
        return course._replace(outputs=[output[parts - 1 :: parts] for output in course.outputs])

    def _initialize_solver_internal_state(self, ode_fn, initial_time, initial_state):
        return self.fresh_memory(common_dtype(initial_state))

    def fresh_memory(self, dtype):
        """The ``Memory`` with which a solve chooses its first step."""
        return Memory(tf.zeros([], dtype), tf.ones([], dtype))

    def get_config(self):
        """The arguments, as numbers, strings and dictionaries."""
        tableau, given = self.march.tableau, isinstance(self.gradient, Backsolve)
        named = TABLEAUS.get(tableau.name) == tableau
        return {
            "tableau": tableau.name if named else dataclasses.asdict(tableau),
            "rtol": self.march.rtol,
            "atol": self.march.atol,
            "steps": self.march.steps,
            "max_steps": self.march.max_steps,
            "gradient": self.gradient._asdict() if given else self.gradient,
            "per_sample": self.march.per_sample,
        }

    @classmethod
    def from_config(cls, config):
        """The solver that ``get_config`` described."""
        tableau, gradient = config["tableau"], config["gradient"]
        tableau = ButcherTableau(**tableau) if isinstance(tableau, dict) else tableau
        gradient = Backsolve(**gradient) if isinstance(gradient, dict) else gradient
        return cls(**{**config, "tableau": tableau, "gradient": gradient})
