"""Hamiltonian network: every block is a step of symplectic Euler on two halves of the channels."""

import functools

from zoo import _check
from zoo.applications._symmetric import LAST_WIDTHS, symmetric_stages
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.stages import blocks_in
from zoo.data.datasets import CIFAR10
from zoo.layers import Hamiltonian


@application("hamiltonian_net", ClassifierTask(CIFAR10))
def HamiltonianNet(*, depth: int = 74, step_size: float = 0.1, drop_path: float = 0.0) -> Network:
    """``y⁺ = y + h f(z)``, ``z⁺ = z − h g(y⁺)``: the two-layer Hamiltonian network, symplectic Euler.

    f(z) = Kᵀ ReLU(K(z + b₁) + b₂) with one 3×3 kernel for K and Kᵀ; no batch normalization but in stem and head. The
    state is two halves of 32, 64 and 112 channels in all, 128 at last from depth 218 on; the width changes by pooling
    and zeros, after n + 1 and again after n of the 3n units. Each counts four layers.

    Source: Chang et al., "Reversible Architectures for Arbitrarily Deep Residual Neural Networks" (2018,
    arXiv:1709.03698), equations 13 and 14, in the layout of the second author's code. They also penalise the change
    of K from unit to unit, and undo the units to save memory; here neither is done.

    Args:
        depth: 12n + 2 (74, 218). Defaults to ``74``.
        step_size: h, in units of t. Defaults to the authors' ``0.1``.
        drop_path: Stochastic depth: drop rate of f and g in the last unit, reached linearly from the first.
            Defaults to ``0.0``.
    """
    blocks = blocks_in(depth, 12, "two fields of two layers a unit, such as 74")
    step_size = _check.finite(step_size, "step_size")

    def run(steps, u, stage):
        for f, g in steps:
            u = Hamiltonian(f.field, g.field, step_size, name=f.name)(u)
        return u

    last = LAST_WIDTHS[depth >= 218]
    trunk = functools.partial(
        symmetric_stages, blocks=blocks, last_width=last, fields=2, groups=2, run=run, drop_path=drop_path
    )
    return Network({"depth": depth, "step_size": step_size}, trunk, Hamiltonian)


HamiltonianNet74 = HamiltonianNet.variant("HamiltonianNet74", "hamiltonian_net74", depth=74)
HamiltonianNet218 = HamiltonianNet.variant("HamiltonianNet218", "hamiltonian_net218", depth=218)
