"""An initial value problem, and how a gradient of one's own is given to its solution (TensorFlow)."""

from typing import NamedTuple

import tensorflow as tf

from zoo.solvers.course import Course
from zoo.solvers.right_hand_side import Field


class Problem(NamedTuple):
    """What a march starts from."""

    field: Field
    times: tf.Tensor
    u: list
    constants: list
    size: tf.Tensor
    ratio: tf.Tensor

    @property
    def inputs(self):
        """What gradients reach."""
        return [self.times, *self.u, *self.constants, *map(tf.convert_to_tensor, self.field.variables)]

    def without_gradient(self):
        """The same, as constants."""
        held = tf.nest.map_structure(tf.stop_gradient, (self.times, self.u, self.constants))
        return self._replace(**dict(zip(("times", "u", "constants"), held, strict=True)))

    def march(self, march, record, bounded):
        """The course of ``zoo.solvers.march.March``."""
        return march.run(self.f, self.times, self.u, self.size, self.ratio, record, bounded)

    def f(self, t, u):
        """f with the constants."""
        return self.field(t, u, self.constants)


def with_gradient(problem, run, backward, report):
    """``run(problem)``, with the gradient of ``problem.inputs`` that ``backward(problem, course, d_outputs)`` gives
    with the evaluations of f that it took, which are reported."""
    done: list[Course] = []
    held = problem.without_gradient()

    @tf.custom_gradient
    def forward(*inputs):
        done.append(run(_given(problem, [tf.stop_gradient(tensor) for tensor in inputs])))

        @tf.custom_gradient
        def gradients(*tensors):
            d_outputs = [tf.stop_gradient(tensor) for tensor in tensors[: len(problem.u)]]
            inputs = [tf.stop_gradient(tensor) for tensor in tensors[len(problem.u) :]]
            d_inputs, evaluations = backward(_given(held, inputs), done[0], d_outputs)
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


def _given(problem, inputs):
    """The problem with other inputs."""
    times, *rest = inputs
    count = len(problem.u)
    return problem._replace(times=times, u=rest[:count], constants=rest[count:][: len(problem.constants)])


def _refuse(*_, variables=()):
    raise NotImplementedError(
        "This gradient runs the steps again and has no gradient of its own. Expected: first derivatives only. "
        'Received: a second one. Use gradient="direct".'
    )
