"""The tables that the contract suites run over: one row a layer, one row an application."""

import dataclasses
from collections.abc import Callable

import keras

from zoo import applications, layers


@dataclasses.dataclass(frozen=True)
class LayerRow:
    """A layer, how to make it and the shapes (without batch) that it is called on."""

    name: str
    create: Callable
    shapes: tuple[tuple[int, ...], ...]


MAP = (8, 8, 4)
RARE = 1e-6  # a rate that draws but never drops: XLA draws other numbers than TensorFlow


def dense():
    return keras.layers.Dense(4, "tanh")


def heun(f, step_size=1.0, **arguments):
    """Heun's method as a fractal block: an identity beside two Euler steps of the same f."""
    dtype = f.dtype_policy.name
    euler = layers.ForwardEuler(f, step_size, dtype=dtype)
    return layers.Fractal([[keras.layers.Identity(dtype=dtype)], [euler, euler]], **arguments)


@keras.saving.register_keras_serializable(package="tests")
class ExactTime(keras.layers.Layer):
    """A field that takes time, in float32 whatever the policy."""

    def __init__(self, dtype="float32", **kwargs):
        super().__init__(dtype=dtype, **kwargs)
        self.dense = keras.layers.Dense(4, dtype=dtype)

    def build(self, t_shape, u_shape):
        self.dense.build(u_shape)

    def call(self, t, u):
        return keras.ops.tanh(self.dense(u) + t)

    def compute_output_shape(self, t_shape, u_shape):
        return u_shape


LAYERS = [
    LayerRow("BatchNormalization", layers.BatchNormalization, (MAP,)),
    LayerRow("GroupedConv2D", lambda **k: layers.GroupedConv2D(6, 3, groups=2, padding="same", **k), (MAP,)),
    LayerRow("basic_branch", lambda **k: layers.basic_branch(4), (MAP,)),
    LayerRow("basic_branch stride", lambda **k: layers.basic_branch(6, 2), (MAP,)),
    LayerRow("bottleneck_branch", lambda **k: layers.bottleneck_branch(4, 2), ((7, 7, 4),)),
    LayerRow("resnext_branch", lambda **k: layers.resnext_branch(4, 2, 3, 2), (MAP,)),
    LayerRow("preactivation_projection", lambda **k: layers.preactivation_projection(6, 2), (MAP,)),
    LayerRow("projection", lambda **k: layers.projection(6, 2), (MAP,)),
    LayerRow("ForwardEuler", lambda **k: layers.ForwardEuler(layers.basic_branch(4), **k), (MAP,)),
    LayerRow("ForwardEuler steps", lambda **k: layers.ForwardEuler(dense(), 0.5, 3, **k), ((4,),)),
    LayerRow("ForwardEuler time", lambda **k: layers.ForwardEuler(ExactTime(), 0.1, 2, **k), ((4,),)),
    LayerRow("LinearMultistep time", lambda **k: layers.LinearMultistep(ExactTime(), k=0.5, **k), ((4,), (4,))),
    LayerRow("LinearMultistep", lambda **k: layers.LinearMultistep(layers.basic_branch(4), **k), (MAP, MAP)),
    LayerRow("LinearMultistep k", lambda **k: layers.LinearMultistep(dense(), 0.5, k=-0.9, **k), ((4,), (4,))),
    LayerRow(
        "LinearMultistep channels",
        lambda **k: layers.LinearMultistep(dense(), per_channel=True, **k),
        ((4,), (4,)),
    ),
    LayerRow("StochasticDepth", lambda **k: layers.StochasticDepth(0.4, seed=1, **k), (MAP,)),
    LayerRow("Fractal", lambda **k: layers.Fractal([[dense()], [dense(), dense()]], **k), ((4,),)),
    LayerRow("Fractal shared", lambda **k: heun(dense(), drop_path=RARE, seed=1, **k), ((4,),)),
    LayerRow("Fractal block", lambda **k: layers.fractal_block(6, 3, drop_path=RARE), (MAP,)),
    LayerRow("fractal_unit", lambda **k: layers.fractal_unit(6), (MAP,)),
    LayerRow("ColumnMask", lambda **k: layers.ColumnMask(3, RARE, seed=1, **k), (MAP,)),
]


@dataclasses.dataclass(frozen=True)
class ApplicationRow:
    """A family: its function, the keywords of a narrow member that runs fast, and its named variants' sizes."""

    function: Callable
    narrow: dict
    parameters: dict[str, int]
    parameters_100: dict[str, int]


APPLICATIONS = [
    ApplicationRow(
        applications.ResNet,
        {"depth": 8},
        {
            "resnet20": 272_378,
            "resnet32": 466_810,
            "resnet44": 661_242,
            "resnet56": 855_674,
            "resnet110": 1_730_618,
            "resnet164": 1_703_674,
        },
        {"resnet20": 278_228},
    ),
    ApplicationRow(
        applications.ResNeXt,
        {"depth": 11, "groups": 2, "width": 2},
        {"resnext29": 34_426_698},
        {},
    ),
    ApplicationRow(
        applications.LMResNet,
        {"depth": 14},
        {
            "lm_resnet20": 272_378 + 6,
            "lm_resnet32": 466_810 + 12,
            "lm_resnet44": 661_242 + 18,
            "lm_resnet56": 855_674 + 24,
            "lm_resnet110": 1_730_618 + 51,
            "lm_resnet164": 1_703_674 + 51,
        },
        {"lm_resnet20": 278_228 + 6, "lm_resnet164": 1_726_804 + 51},
    ),
    ApplicationRow(
        applications.LMResNeXt,
        {"depth": 20, "groups": 2, "width": 2},
        {"lm_resnext29": 34_426_698 + 6},
        {},
    ),
]
