"""Leapfrog network: every stage is a run of the leapfrog method for an equation of second order."""

import functools

import keras

from zoo import _check
from zoo.applications._symmetric import LAST_WIDTHS, symmetric_stages
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.stages import blocks_in
from zoo.data.datasets import CIFAR10
from zoo.layers import Leapfrog


@application("leapfrog_net", ClassifierTask(CIFAR10))
def LeapfrogNet(*, depth: int = 26, step_size: float = 0.3, drop_path: float = 0.0) -> Network:
    """``u⁺ = 2u − u⁻ − h² Kᵀσ(Ku + b)``: the second-order network, leapfrog for u'' = −Kᵀσ(Ku + b).

    K is a 3×3 convolution and σ is ReLU; as in ``HamiltonianNet`` a trained shift precedes K, the widths are 32, 64
    and 112 channels (128 at last from depth 62 on), and they change by pooling and zeros, after n + 1 and again after
    n of the 3n steps. Each width is a run of its own, started at rest.

    Source: Chang et al., "Reversible Architectures for Arbitrarily Deep Residual Neural Networks" (2018,
    arXiv:1709.03698), equation 17, but with h²/2 in the first step, for order 2 (see ``zoo.layers.Leapfrog``). The
    layout is that of the authors' Hamiltonian code, as no code for this network is published; so is the choice of h, at
    which f enters about as it does there. By this layout 26 and 62 layers have 0.54 and 1.80 million parameters, where
    the paper is said to print 0.50 and 1.78 (unverified).

    Args:
        depth: 6n + 2 (26, 62). Defaults to ``26``.
        step_size: h, in units of t. Defaults to ``0.3``.
        drop_path: Stochastic depth: drop rate of f in the last step, reached linearly from the first.
            Defaults to ``0.0``.
    """
    blocks = blocks_in(depth, 6, "a field of two layers a step, such as 26")
    step_size = _check.finite(step_size, "step_size")

    def run(steps, u, stage):
        def negative(step):
            minus = keras.layers.Rescaling(-1.0, name="negative")
            return keras.Sequential([*step.field.layers, minus], name=step.bare.name)

        fields = [negative(step) for (step,) in steps]
        return Leapfrog(fields, step_size, name=f"stage{stage}_run")(u) if fields else u

    last = LAST_WIDTHS[depth >= 62]
    trunk = functools.partial(
        symmetric_stages, blocks=blocks, last_width=last, fields=1, groups=1, run=run, drop_path=drop_path
    )
    return Network({"depth": depth, "step_size": step_size}, trunk, Leapfrog)


LeapfrogNet26 = LeapfrogNet.variant("LeapfrogNet26", "leapfrog_net26", depth=26)
LeapfrogNet62 = LeapfrogNet.variant("LeapfrogNet62", "leapfrog_net62", depth=62)
