"""PolyNet for small pictures: every block is a truncated Neumann series of the backward Euler step."""

import functools
from typing import Any

from zoo import _check
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.resnet import preactivation_layout
from zoo.applications.stages import rectified, stages, stem
from zoo.data.datasets import CIFAR10
from zoo.layers import POLYNET_MODULES, BackwardEuler, ForwardEuler, normalized_anew, polynet_module


@application("polynet", ClassifierTask(CIFAR10))
def PolyNet(*, depth: int = 20, module: str = "poly-2", step_size: float = 1.0, drop_path: float = 0.0) -> Network:
    """``u⁺ = u + F(u) + F(F(u))``: the PolyNet of small pictures, backward Euler by a series of two terms.

    The layout is ``ResNet``'s, with its F, and a module in the place of every block that keeps the width. Where a
    letter stands twice, its convolutions are shared, and each place has batch normalizations of its own: poly-2 has
    the parameters of the ResNet of that depth and a few more γ and β, and about twice its operations.

    Source: Zhang et al., "PolyNet" (2017, arXiv:1611.05725), §3, with the normalizations of the released model; as
    backward Euler, Lu et al. (2018, arXiv:1710.10121), §2.1. No network for CIFAR is published: this layout is ours.
    The paper scales the sum by 0.3 and has ReLU after it; here the last convolution of F can take up the first, and
    the second would spoil the identity. In the released ImageNet network the scales fall from 1.0 to 0.7 with the
    depth, and the last 1×1 convolution is not shared by the places of a letter; here it is.

    Args:
        depth: That of the ResNet: 6n + 2 below 164 (20, …) or 9n + 2 from 164 on. Defaults to ``20``.
        module: ``"poly-2"`` (default), ``"poly-3"``, ``"mpoly-2"``, ``"mpoly-3"``, ``"2-way"`` or ``"3-way"``, see
            ``zoo.layers.polynet_module``; the n-way modules are forward Euler with a sum for a field.
        step_size: h of every module; a refined network (``zoo.analysis.refine``) has 0.5. Defaults to ``1.0``.
        drop_path: Stochastic paths: rate at which the last module drops each of its terms, reached linearly
            from the first. Defaults to ``0.0``.
    """
    way, _ = POLYNET_MODULES[_check.known(module, POLYNET_MODULES, "PolyNet module")]
    layout = preactivation_layout(depth)

    def trunk(image: Any) -> Any:
        u = stem(image, layout.stem)
        for stage in stages(layout, drop_path):
            _, u = stage.enter(u)
            for step in stage.steps:  # u + h F(u) + h² F(F(u)), or another module
                fields = _fields(module, step.bare, functools.partial(layout.field, stage.width))
                u = polynet_module(module, fields, step_size, drop_path=step.rate, name=step.name)(u)
        return rectified(u)

    architecture = {"depth": depth, "module": module, "step_size": _check.finite(step_size, "step_size")}
    return Network(architecture, trunk, BackwardEuler if way == "cascade" else ForwardEuler)


def _fields(module, first, another):
    """A field for each place of the module: F itself, ``another(name=…)`` for a further letter, and for a letter that
    stood before the same convolutions with normalizations of their own."""
    _, places = POLYNET_MODULES[module]
    letters, chosen = {places[0]: first}, [first]
    for place, letter in enumerate(places[1:], start=2):
        name = f"{first.name}{place}"
        chosen.append(normalized_anew(letters[letter], name=name) if letter in letters else another(name=name))
        letters.setdefault(letter, chosen[-1])
    return chosen


PolyNet20 = PolyNet.variant("PolyNet20", "polynet20", depth=20, module="poly-2")
PolyNet56 = PolyNet.variant("PolyNet56", "polynet56", depth=56, module="poly-2")
