"""What a flow is trained for: the likelihood of points, or the velocity between two of them."""

import dataclasses
import math
from typing import ClassVar

import keras
from keras import ops

from zoo import _check
from zoo.flows import _checks, _coupling, _stack
from zoo.flows._dynamics import evaluate

METRICS = ("nll", "matching")


@dataclasses.dataclass(frozen=True)
class Likelihood:
    """−log p of each point."""

    drop_condition: float = 0.0
    metric: ClassVar = "nll"
    solves: ClassVar = True

    def losses(self, flow, x, condition, training):
        """The loss of each point, ``(batch,)``."""
        condition = _dropped(flow, x, condition, self.drop_condition if training else 0.0)
        return -flow.log_density(x, condition, training=training)

    def config(self):
        """The arguments of ``compile`` that mean it."""
        return {"objective": "likelihood", "drop_condition": self.drop_condition}


@dataclasses.dataclass(frozen=True)
class Matching:
    """``mean (v(t, x_t) − (x − z))²`` of each point, x_t = (1 − t) z + t x, one t ~ U(0, 1) and one z for each."""

    coupling: str = "independent"
    drop_condition: float = 0.0
    metric: ClassVar = "matching"
    solves: ClassVar = False

    def losses(self, flow, x, condition, training):
        """The loss of each point, ``(batch,)``."""
        condition = _dropped(flow, x, condition, self.drop_condition if training else 0.0)
        z, x, cnf = self.ends(flow, x, training)
        if self.coupling == "optimal_transport":
            z = _coupling.nearest(z, x, condition)
        share = keras.random.uniform((ops.shape(x)[0],), seed=flow.seed_generator)
        wide = ops.reshape(share, (-1, *[1] * (len(x.shape) - 1)))
        duration = cnf.end - cnf.t0
        velocity = evaluate(
            cnf.field, cnf.t0 + duration * share, (1 - wide) * z + wide * x, flow.conditioned(x, condition), training
        )
        square = (duration * velocity - (x - z)) ** 2
        return ops.mean(ops.reshape(square, (-1, math.prod(x.shape[1:]))), axis=1)

    def ends(self, flow, x, training=False):
        """Points of the base and of the data where the one ``CNF`` begins and ends, and that layer."""
        z = None
        place = flow.transforms.index(flow.flows[0])
        for transform in reversed(flow.transforms[place + 1 :]):
            x = _stack.move(transform, "inverse", x, training=training).values
        x = ops.cast(x, "float32")
        if place == 0:
            z = flow.base.draw(x, flow.seed_generator)
        else:
            count = ops.zeros((ops.shape(x)[0], *flow.base.event_shape))
            z = flow.base.draw(count, flow.seed_generator)
            for transform in flow.transforms[:place]:
                z = _stack.move(transform, "forward", z).values
        return ops.stop_gradient(z), ops.stop_gradient(x), flow.flows[0]

    def config(self):
        """The arguments of ``compile`` that mean it."""
        return {"objective": "flow_matching", "coupling": self.coupling, "drop_condition": self.drop_condition}


OBJECTIVES = ("likelihood", "flow_matching")
COUPLINGS = ("independent", "optimal_transport")


def make(objective, coupling, drop_condition, flow):
    """The objective of these names for a flow; raises ``ValueError`` where they do not fit."""
    _check.known(objective, OBJECTIVES, "objective")
    _check.known(coupling, COUPLINGS, "coupling")
    if objective == "likelihood":
        return Likelihood(drop_condition)
    cnf = _checks.single(flow, "Flow matching trains one velocity, from the base to the data.")
    others = [each.name for each in flow.transforms if each is not cnf and each.trainable_variables]
    if others:
        raise ValueError(
            "Flow matching trains the field alone: the other transforms say what the data are. Expected: transforms "
            f"without trained weights, such as MovingBatchNorm(affine=False). Received: {', '.join(others)}. Set their "
            "trainable = False, or train by likelihood."
        )
    if coupling == "optimal_transport" and flow.condition_shape is not None:
        raise ValueError(
            "coupling='optimal_transport' pairs points within a class, which a condition of another kind has not. "
            "Expected: coupling='independent'."
        )
    return Matching(coupling, drop_condition)


def _dropped(flow, x, condition, share):
    """The condition, a share of whose classes is replaced by none."""
    condition = flow.conditioned(x, condition)
    if flow.classes is None or not share:
        return condition
    drop = keras.random.uniform(ops.shape(condition), seed=flow.seed_generator) < share
    return ops.where(drop, ops.full_like(condition, flow.classes), condition)
