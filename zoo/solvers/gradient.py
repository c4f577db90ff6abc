"""What every gradient of a solve does, and how one of its own is given to a march (TensorFlow)."""

import abc
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from zoo.solvers.course import Course
from zoo.solvers.march import March
from zoo.solvers.problem import Problem
from zoo.solvers.right_hand_side import RightHandSide

Report = Callable[[tf.Tensor], tf.Tensor | None]
"""Takes the evaluations of f in the backward pass, and may return a tensor to wait for."""


class Gradient(abc.ABC):
    """How a solve is differentiated. Abstract: ``Replay``, ``Direct``, ``Backsolve`` and ``TfpAdjoint`` are final.

    Attributes:
        takes_samples: Whether it differentiates solves in which each sample has its own steps.
        ends: Whether forward and backward pass end whatever f does, under XLA too.
        checkpoints: The states in each interval that the backward pass needs.
    """

    takes_samples: bool
    ends: bool
    checkpoints: int

    @abc.abstractmethod
    def check(self, right_hand_side: RightHandSide) -> None:
        """Raise ``ValueError`` if a gradient that f needs would silently be lost."""

    @abc.abstractmethod
    def entry(self, own: Callable, tfp: Callable, *times: object) -> Callable:
        """The function that solves for the user.

        Args:
            own: The solve that this object differentiates.
            tfp: The solve of TensorFlow Probability, which puts its own adjoint around the other one.
            times: The times as the user gave them.

        Raises:
            ValueError: A gradient of the times is wanted and there is none.
        """

    @abc.abstractmethod
    def course(self, march: March, problem: Problem, record: bool, bounded: bool, report: Report) -> Course:
        """The course of the march, with this gradient.

        Args:
            march: The way through the times.
            problem: Where it starts.
            record: Whether what the gradient needs is stored now; without, the gradient repeats the march.
            bounded: Whether every array needs a static size, as under XLA.
            report: Called in the backward pass with the evaluations of f there.
        """


def with_gradient(problem: Problem, run: Callable, backward: Callable, report: Report) -> Course:
    """A course with a gradient of its own.

    Args:
        problem: Where it starts.
        run: ``run(problem)`` gives the ``Course``.
        backward: ``backward(problem, course, d_outputs)`` gives the gradients of ``problem.inputs``, and the
            evaluations of f that they took.
        report: Called with these evaluations.

    Returns:
        The course without its steps; a second derivative raises ``NotImplementedError``.
    """
    done: list[Course] = []
    held = problem.without_gradient()

    @tf.custom_gradient
    def forward(*inputs):
        done.append(run(problem.with_inputs([tf.stop_gradient(tensor) for tensor in inputs])))

        @tf.custom_gradient
        def gradients(*tensors):
            d_outputs = [tf.stop_gradient(tensor) for tensor in tensors[: len(problem.u)]]
            inputs = [tf.stop_gradient(tensor) for tensor in tensors[len(problem.u) :]]
            d_inputs, evaluations = backward(held.with_inputs(inputs), done[0], d_outputs)
            counted = report(evaluations)
            with tf.control_dependencies([] if counted is None else [counted]):
                return [tf.identity(gradient) for gradient in d_inputs], _refuse

        def pull_back(*d_outputs, variables=()):
            d_inputs = gradients(*d_outputs, *inputs)
            return (d_inputs, [None] * len(variables)) if variables else d_inputs

        return done[0].outputs, pull_back

    outputs = forward(*problem.inputs)
    rest = {
        name: tf.stop_gradient(value) for name, value in done[0]._asdict().items() if name not in ("outputs", "steps")
    }
    return Course(list(outputs), None, **rest)


def differentiable_once(solve: Callable, inputs: Any) -> Any:
    """The states of a solve with a gradient of its own, of which a second derivative is refused.

    The adjoint of TensorFlow Probability has one, which is wrong: parts of it are held constant.

    Args:
        solve: ``solve(inputs)`` gives a nest of states.
        inputs: A nest of tensors that the gradient reaches. What else it reaches, the states depend on.
    """
    reached: list[tf.Tensor] = []

    @tf.custom_gradient
    def enter(*tensors):
        return [tf.identity(tensor) for tensor in tensors], lambda *d: _frozen(d, [*tensors, *reached])

    @tf.custom_gradient
    def leave(*tensors):
        return [tf.identity(tensor) for tensor in tensors], lambda *d: _frozen(d, tensors)

    tensors = [tf.convert_to_tensor(tensor) for tensor in tf.nest.flatten(inputs)]
    states = solve(tf.nest.pack_sequence_as(inputs, enter(*tensors)))
    reached += tf.nest.flatten(states)
    return tf.nest.pack_sequence_as(states, leave(*reached))


def _frozen(gradients, sources):
    """The gradients as they are; a derivative of what depends on them, or on the sources, raises."""

    @tf.custom_gradient
    def frozen(*tensors):
        return [tf.identity(tensor) for tensor in tensors[: len(gradients)]], _refuse

    return frozen(*gradients, *sources)


def _refuse(*_, variables=()):
    raise NotImplementedError(
        "This gradient solves again and has no gradient of its own. Expected: first derivatives only. "
        'Received: a second one. Use gradient="direct".'
    )
