"""The adjoint of TensorFlow Probability (TensorFlow)."""

import dataclasses
from collections.abc import Callable
from typing import final

import tensorflow as tf
from tensorflow.python.eager import record as tapes

from zoo.solvers.course import Course
from zoo.solvers.gradient import Gradient, Report, differentiable_once
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.right_hand_side import RightHandSide
from zoo.solvers.times import entries


@final
@dataclasses.dataclass(frozen=True)
class TfpAdjoint(Gradient):
    """The continuous adjoint as ``tfp.math.ode.Solver.solve`` puts it around every solver.

    It does not reach the times, may call f outside them, and has no bound on its steps. First derivatives only.
    """

    takes_samples = False
    ends = False
    checkpoints = 1

    def check(self, right_hand_side: RightHandSide) -> None:
        """Nothing: TensorFlow Probability watches variables and constants."""

    def entry(self, own: Callable, tfp: Callable, *times: object) -> Callable:
        """TensorFlow Probability's solve; raises ``ValueError`` if a tape or a variable wants a gradient of times."""
        for value in entries(*times):
            trained = isinstance(value, tf.Variable) and value.trainable
            if trained or (tf.is_tensor(value) and tapes.should_record_backprop([value])):
                raise ValueError(
                    'gradient="tfp" has no gradient of times. Expected: numbers, or tensors that no tf.GradientTape '
                    f'watches. Received: {value!r}. Use gradient="replay".'
                )

        def solve(f, initial_time, initial_state, *rest):
            results = []

            def states(inputs):
                state, constants = inputs
                results.append(tfp(f, initial_time, state, *rest[:-1], constants))
                return results[0].states

            once = differentiable_once(states, (initial_state, rest[-1] or {}))
            return results[0]._replace(states=once)

        return solve

    def course(self, march: March, problem: Problem, record: bool, bounded: bool, report: Report) -> Course:
        """The course as it is: the adjoint is put around it, and nothing is reported."""
        return problem.course(march, False, bounded)
