"""LM-ResNet and LM-ResNeXt: every block is a linear two-step step with a trained k."""

import functools

import keras

from zoo.applications import _weights
from zoo.applications.application import Network, application, variant
from zoo.applications.resnet import preactivation_layout, resnext_layout
from zoo.applications.stages import multistep, one_by_one, residual_stages
from zoo.layers import LinearMultistep, Scheme


@application
def LMResNet(*, depth=20, per_channel=False, drop_path=0.0):
    """``u⁺ = (1 − k) u + k u⁻ + f(u)``: the linear two-step ResNet, with one trained k for each block.

    The layout is ``ResNet``'s. The first block of the network and the blocks that change the width have
    no previous state and stay forward Euler; after a projection, the projected state is the
    previous one. So 3n − 3 of 3n blocks have a k.

    Source: Lu, Zhong, Li and Dong, "Beyond Finite Layer Neural Networks" (2018, arXiv:1710.10121),
    equation 1, and the authors' code, whose layout this is.

    Args:
        depth: 6n + 2 below 164 (20, 32, 44, 56, 110) or 9n + 2 from 164 on. Defaults to ``20``.
        per_channel: One k for each channel instead of one for the block. Defaults to ``False``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first; only f
            is dropped. Defaults to ``0.0``.

    Other arguments, result and errors: see ``zoo.applications``. Pictures are raw RGB 0..255,
    ``(batch, height, width, 3)``, 32×32 by default.
    """
    layout = preactivation_layout(depth)
    architecture = {"depth": depth, "per_channel": True} if per_channel else {"depth": depth}
    return Network(
        name=f"lm_resnet{depth}",
        architecture=architecture,
        trunk=functools.partial(residual_stages, layout=layout, run=one_by_one(multistep(per_channel=per_channel))),
        scheme=LinearMultistep,
        drop_path=drop_path,
    )


@application
def LMResNeXt(*, depth=29, groups=8, width=64, per_channel=False, drop_path=0.0):
    """``u⁺ = ReLU((1 − k) u + k u⁻ + f(u))``: the linear two-step step with ResNeXt's f and layout.

    Where k lives is as in ``LMResNet``. The ReLU follows every step, as in ``ResNeXt``.

    Source: Lu, Zhong, Li and Dong (2018, arXiv:1710.10121), §3; f from Xie et al. (2017, arXiv:1611.05431).

    Args:
        depth: 9n + 2. Defaults to ``29``.
        groups: Cardinality, the number of paths. Defaults to ``8``.
        width: Channels of one path in the first stage. Defaults to ``64``.
        per_channel: One k for each channel instead of one for the block. Defaults to ``False``.
        drop_path: Stochastic depth: drop rate of the last block, reached linearly from the first; only f
            is dropped. Defaults to ``0.0``.

    Other arguments, result and errors: see ``zoo.applications``. Pictures are raw RGB 0..255,
    ``(batch, height, width, 3)``, 32×32 by default.
    """
    layout = resnext_layout(depth, groups, width)
    run = one_by_one(multistep(per_channel=per_channel), activated=True)
    architecture = {"depth": depth, "groups": groups, "width": width}
    return Network(
        name=f"lm_resnext{depth}",
        architecture={**architecture, "per_channel": True} if per_channel else architecture,
        trunk=functools.partial(residual_stages, layout=layout, run=run),
        scheme=LinearMultistep,
        drop_path=drop_path,
    )


LMResNet20 = variant(LMResNet, "LMResNet20", depth=20)
LMResNet32 = variant(LMResNet, "LMResNet32", depth=32)
LMResNet44 = variant(LMResNet, "LMResNet44", depth=44)
LMResNet56 = variant(LMResNet, "LMResNet56", depth=56)
LMResNet110 = variant(LMResNet, "LMResNet110", depth=110)
LMResNet164 = variant(LMResNet, "LMResNet164", depth=164)
LMResNeXt29 = variant(LMResNeXt, "LMResNeXt29", depth=29, groups=8, width=64)


def to_lm(resnet, name=None):
    """The LM network with k = 0 that computes what a ``ResNet`` or ``ResNeXt`` computes.

    Every ``ForwardEuler`` that has a previous state becomes a ``LinearMultistep`` with a trainable k = 0 and the
    same f; all weights are copied, so the two share nothing. Training goes on from there.

    Args:
        resnet: A functional model of ``zoo.applications`` whose steps are ``ForwardEuler`` layers.
        name: Of the new model. Defaults to ``"lm_"`` and the old name.

    Raises:
        ValueError: The model has no ``ForwardEuler`` step with a previous state of its own shape.
    """
    before: dict = {}  # id of a state -> (that state, which keeps the id valid, and the state before it)
    converted = set()

    def call(layer, *args, **kwargs):
        u = args[0]
        _, previous = before.get(id(u), (None, None))
        two_step = layer.two_step() if isinstance(layer, Scheme) else None
        if two_step is not None and previous is not None:
            converted.add(layer.name)
            u_next = two_step([u, previous])
        else:
            u_next = layer(*args, **kwargs)
        if two_step is not None:
            previous = u
        elif isinstance(layer, keras.layers.Add):  # p(u) + f(u): the projection is the previous state
            previous = u[0]
        before[id(u_next)] = (u_next, previous)
        return u_next

    model = keras.models.clone_model(resnet, call_function=call)
    model.name = name or f"lm_{resnet.name}"
    if not converted:
        raise ValueError(
            "to_lm needs a model with ForwardEuler steps that follow one another, such as zoo.applications.ResNet(). "
            f"Received: {resnet.name}, which has none."
        )
    _weights.transfer(resnet, model, stages=converted)
    return model


def learned_k(model) -> dict:
    """The value of k in every block of an LM network, by the name of the block: a number, or one for each channel.

    A block whose k is fixed counts too. The dictionary is empty for a network without such blocks.
    """
    steps = ((layer.name, layer.coefficients) for layer in model.layers if isinstance(layer, Scheme))
    return {name: keras.ops.convert_to_numpy(found["k"]).tolist() for name, found in steps if "k" in found}
