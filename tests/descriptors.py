"""The tables that the contract suites run over: one row a layer, one row an application."""

import dataclasses
from collections.abc import Callable

import keras
import problems

from zoo import applications, layers, numerics


@dataclasses.dataclass(frozen=True)
class LayerRow:
    """A layer, how to make it, the shapes (without batch) that it is called on, and whether only TensorFlow has it."""

    name: str
    create: Callable
    shapes: tuple[tuple[int, ...], ...]
    tensorflow_only: bool = False


MAP = (8, 8, 4)
RARE = 1e-6  # a rate that draws but never drops: XLA draws other numbers than TensorFlow


def dense():
    return keras.layers.Dense(4, "tanh")


def branch():
    """A field on one half of a map."""
    return layers.basic_branch(2)


def normed():
    """A field with moving statistics."""
    norm = keras.layers.BatchNormalization(name="norm")
    return keras.Sequential([keras.layers.Dense(4, "tanh", name="dense"), norm])


def shared():
    """Two units with one layer in all four places."""
    return [(normed(),) * 2] * 2


def poly_of_own_norms(**arguments):
    """u + F(u) + F(F(u)) with one F whose second application has normalizations of its own."""
    f = layers.basic_branch(4)
    return layers.BackwardEuler([f, layers.normalized_anew(f)], **arguments)


def transition(**arguments):
    """Halves of 2 channels become halves of 3, half as high and wide."""
    shortcut = layers.pooled_shortcut(3)
    return layers.CouplingTransition(layers.basic_branch(3, 2), layers.basic_branch(3), shortcut, shortcut, **arguments)


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


def grouped():
    """A convolutional field without moving statistics."""
    norm, relu = keras.layers.GroupNormalization(2, name="norm"), keras.layers.ReLU(name="relu")
    return keras.Sequential([norm, relu, keras.layers.Conv2D(4, 3, padding="same", name="conv")])


OWN_TABLEAU = numerics.ButcherTableau("own", c=(0, 1 / 4), a=((), (1 / 4,)), b=(-1, 2))

LAYERS = [
    LayerRow("BatchNormalization", layers.BatchNormalization, (MAP,)),
    LayerRow("GroupNormalization", lambda **k: layers.GroupNormalization(2, "relu", **k), (MAP,)),
    LayerRow("GroupedConv2D", lambda **k: layers.GroupedConv2D(6, 3, groups=2, padding="same", **k), (MAP,)),
    LayerRow("basic_branch", lambda **k: layers.basic_branch(4), (MAP,)),
    LayerRow("basic_branch stride", lambda **k: layers.basic_branch(6, 2), (MAP,)),
    LayerRow("bottleneck_branch", lambda **k: layers.bottleneck_branch(4, 2), ((7, 7, 4),)),
    LayerRow("resnext_branch", lambda **k: layers.resnext_branch(4, 2, 3, 2), (MAP,)),
    LayerRow("preactivation_projection", lambda **k: layers.preactivation_projection(6, 2), (MAP,)),
    LayerRow("projection", lambda **k: layers.projection(6, 2), (MAP,)),
    LayerRow("ClassifierHead", lambda **k: layers.ClassifierHead(3, labels=("a", "b", "c"), **k), ((4,),)),
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
    LayerRow(
        "ForwardEuler general",
        lambda **k: layers.ForwardEuler(
            keras.layers.Dense(3), shortcut=keras.layers.Dense(3), activation="softplus", **k
        ),
        ((4,),),
    ),
    LayerRow("RungeKutta", lambda **k: layers.RungeKutta(layers.basic_branch(4), "rk4", 0.1, **k), (MAP,)),
    LayerRow("RungeKutta time", lambda **k: layers.RungeKutta(ExactTime(), numerics.DOPRI5, 0.1, 2, **k), ((4,),)),
    LayerRow(
        "RungeKutta time_branch",
        lambda **k: layers.RungeKutta(layers.time_branch(4), "midpoint", 0.5, 2, **k),
        (MAP,),
    ),
    LayerRow("group_norm", lambda **k: layers.group_norm(4, "relu"), (MAP,)),
    LayerRow("group_branch", lambda **k: layers.group_branch(4), (MAP,)),
    LayerRow("RungeKutta own tableau", lambda **k: layers.RungeKutta(dense(), OWN_TABLEAU, 0.1, **k), ((4,),)),
    LayerRow("BackwardEuler", lambda **k: layers.BackwardEuler(2 * [layers.basic_branch(4)], 0.5, **k), (MAP,)),
    LayerRow(
        "BackwardEuler drop",
        lambda **k: layers.BackwardEuler([dense(), ExactTime()], 0.5, 0.3, drop_path=0.5, seed=1, **k),
        ((4,),),
    ),
    LayerRow("BackwardEuler normalized_anew", lambda **k: poly_of_own_norms(**k), (MAP,)),
    LayerRow("FieldSum drop", lambda **k: layers.FieldSum([dense(), dense()], RARE, seed=1, **k), ((4,),)),
    LayerRow("Paths", lambda **k: layers.Paths([dense(), keras.layers.Dense(2)], **k), ((4,),)),
    LayerRow("Shift", lambda **k: layers.Shift(**k), (MAP,)),
    LayerRow("FieldSum", lambda **k: layers.FieldSum([dense(), ExactTime()], **k), ((4,),)),
    LayerRow("polynet_module", lambda **k: layers.polynet_module("3-way", [dense(), dense(), dense()]), ((4,),)),
    LayerRow("Leapfrog", lambda **k: layers.Leapfrog([dense(), ExactTime(), dense()], 0.3, **k), ((4,),)),
    LayerRow("LeapfrogMidpoint", lambda **k: layers.LeapfrogMidpoint(3 * [dense()], 0.2, **k), ((4,),)),
    LayerRow("Momentum", lambda **k: layers.Momentum(2 * [layers.basic_branch(4)], 0.8, **k), (MAP,)),
    LayerRow("Parabolic", lambda **k: layers.Parabolic(layers.SymmetricConv2D(6), 0.1, 2, **k), (MAP,)),
    LayerRow(
        "Hamiltonian",
        lambda **k: layers.Hamiltonian(layers.SymmetricConv2D(), layers.SymmetricConv2D(kernel_size=1), 0.1, **k),
        (MAP,),
    ),
    LayerRow(
        "SymmetricConv2D",
        lambda **k: layers.SymmetricConv2D(3, normalization=layers.BatchNormalization(), use_bias=False, **k),
        (MAP,),
    ),
    LayerRow("Reversible", lambda **k: layers.Reversible([(branch(), branch())], **k), (MAP,)),
    LayerRow("Reversible time", lambda **k: layers.Reversible([(ExactTime(), normed())] * 3, 0.5, 2, **k), ((8,),)),
    LayerRow("Reversible shared", lambda **k: layers.Reversible(shared(), 0.5, None, **k), ((8,),)),
    LayerRow("ODE", lambda **k: layers.ODE(grouped(), rtol=1e-4, **k), (MAP,), tensorflow_only=True),
    LayerRow("ODE grid", lambda **k: layers.ODE(dense(), solver="rk4", steps=2, **k), ((4,),), tensorflow_only=True),
    LayerRow(
        "ODE times",
        lambda **k: layers.ODE(ExactTime(), solver=OWN_TABLEAU, steps=3, times=[0.2, 0.5], augment=1, **k),
        ((3,),),
        tensorflow_only=True,
    ),
    LayerRow("ODE samples", lambda **k: layers.ODE(ExactTime(), per_sample=True, **k), ((4,),), tensorflow_only=True),
    LayerRow("SpaceToDepth", lambda **k: layers.SpaceToDepth(2, **k), (MAP,)),
    LayerRow("DepthToSpace", lambda **k: layers.DepthToSpace(2, **k), (MAP,)),
    LayerRow("ChannelSlice", lambda **k: layers.ChannelSlice(1, 3, **k), (MAP,)),
    LayerRow("PaddedMaxPooling2D", lambda **k: layers.PaddedMaxPooling2D(3, 2, **k), (MAP,)),
    LayerRow("ChannelPadding", lambda **k: layers.ChannelPadding(10, 2, **k), (MAP,)),
    LayerRow("pooled_shortcut", lambda **k: layers.pooled_shortcut(10, groups=2), ((7, 7, 4),)),
    LayerRow("CouplingTransition", lambda **k: transition(**k), (MAP,)),
    LayerRow("StochasticDepth", lambda **k: layers.StochasticDepth(0.4, seed=1, **k), (MAP,)),
    LayerRow("Fractal", lambda **k: layers.Fractal([[dense()], [dense(), dense()]], **k), ((4,),)),
    LayerRow("Fractal shared", lambda **k: heun(dense(), drop_path=RARE, seed=1, **k), ((4,),)),
    LayerRow("Fractal block", lambda **k: layers.fractal_block(6, 3, drop_path=RARE), (MAP,)),
    LayerRow("fractal_unit", lambda **k: layers.fractal_unit(6), (MAP,)),
    LayerRow("ColumnMask", lambda **k: layers.ColumnMask(3, RARE, seed=1, **k), (MAP,)),
]


@dataclasses.dataclass(frozen=True)
class SchemeRow:
    """A scheme: the layer of its numerics, and the problems on which its order is measured.

    ``run(fields, h, n)`` makes the layers which, one after the other, take n steps of size h. The order is that of the
    numerics, which their own tests compare with the literature.
    """

    name: str
    run: Callable
    numerics: object
    problems: tuple


def repeated(create):
    """n times the layer that takes one step."""
    return lambda fields, h, n: n * [create(fields, h)]


F64 = {"dtype": "float64"}
ONE_STEP = (problems.LINEAR, problems.LOGISTIC, problems.SYSTEM, problems.NON_AUTONOMOUS)
AUTONOMOUS = (problems.LINEAR, problems.LOGISTIC, problems.SYSTEM)

SCHEMES = [
    SchemeRow("ForwardEuler", lambda f, h, n: [layers.ForwardEuler(*f, h, n, **F64)], numerics.EULER, ONE_STEP),
    *(
        SchemeRow(
            f"RungeKutta {name}",
            lambda f, h, n, tableau=tableau: [layers.RungeKutta(*f, tableau, h, n, **F64)],
            tableau,
            ONE_STEP,
        )
        for name, tableau in numerics.TABLEAUS.items()
    ),
    *(
        SchemeRow(
            f"BackwardEuler {terms}",
            repeated(lambda f, h, terms=terms: layers.BackwardEuler(terms * f, h, **F64)),
            numerics.NeumannSeries(terms),
            AUTONOMOUS,
        )
        for terms in (1, 2, 3)
    ),
    SchemeRow("Parabolic", lambda f, h, n: [layers.Parabolic(*f, h, n, **F64)], numerics.EULER, (problems.DECAY,)),
    SchemeRow(
        "LeapfrogMidpoint",
        lambda f, h, n: [layers.LeapfrogMidpoint(n * f, h, **F64)],
        numerics.LEAPFROG_MIDPOINT,
        ONE_STEP,
    ),
    SchemeRow("Leapfrog", lambda f, h, n: [layers.Leapfrog(n * f, h, **F64)], numerics.LEAPFROG, (problems.AT_REST,)),
    SchemeRow(
        "Momentum",
        lambda f, h, n: [layers.Momentum(n * f, 0.5, h, **F64)],
        numerics.two_step(-0.5),
        ONE_STEP,
    ),
    SchemeRow("Fractal", repeated(lambda f, h: heun(*f, h, **F64)), numerics.HEUN, AUTONOMOUS),
    SchemeRow(
        "Reversible",
        lambda f, h, n: [layers.Reversible(n * [tuple(f)], h, **F64)],
        numerics.SYMPLECTIC_EULER,
        (problems.PAIR,),
    ),
    SchemeRow(
        "Hamiltonian",
        repeated(lambda f, h: layers.Hamiltonian(*f, h, **F64)),
        numerics.SYMPLECTIC_EULER,
        (problems.HAMILTON,),
    ),
]


@dataclasses.dataclass(frozen=True)
class DensityRow:
    """A family of densities: its function, the keywords of a member that runs fast, and its named variants' sizes."""

    function: Callable
    narrow: dict
    parameters: dict[str, int]


DENSITIES = (
    DensityRow(applications.FlowNet, {"channels": 16}, {"flownet": 285_124}),
    DensityRow(applications.FFJORD, {"hidden": (8,), "steps": 2, "solver": "rk4"}, {"ffjord": 9_225}),
)


@dataclasses.dataclass(frozen=True)
class ApplicationRow:
    """A family: its function, the keywords of a narrow member that runs fast, and its named variants' sizes.

    ``states`` are the shapes at the ends of the narrow member's stages, for pictures of ``shape``; ``several`` are the
    keywords of a member with several steps in a stage; ``drops`` says whether the family knows stochastic depth.
    ``sizes`` are sides of other pictures that it takes; ``pair`` says whether the head sees the last two states;
    ``alike`` families are made of parts of other families, whose rows try what they have in common.
    """

    function: Callable
    narrow: dict
    parameters: dict[str, int]
    parameters_100: dict[str, int]
    states: tuple = ((32, 32, 16), (16, 16, 32), (8, 8, 64))
    several: dict = dataclasses.field(default_factory=lambda: {"depth": 20})
    shape: tuple[int, int, int] = (32, 32, 3)
    drops: bool = True
    sizes: tuple[int, int] = (40, 28)
    pair: bool = False
    alike: bool = False

    def member(self, **arguments):
        """A narrow member for ten classes and pictures of ``shape``, unless the arguments say otherwise."""
        return self.function(**{"weights": None, "classes": 10, "input_shape": self.shape, **self.narrow, **arguments})


HALVES = ((32, 32, 32), (16, 16, 64), (8, 8, 112))  # of the networks on two halves of the channels
GREY = (28, 28, 1)
IMAGENET_STATES = ((16, 16, 16), (8, 8, 32), (4, 4, 64), (2, 2, 128))  # of networks of width 4, at 64 pixels
WIDE = ((32, 32, 256), (16, 16, 512), (8, 8, 1024))  # of ResNeXt


APPLICATIONS = [
    ApplicationRow(
        applications.ResNet,
        {"depth": 8},
        {
            "resnet20": 272_378,
            "resnet32": 466_810,
            "resnet38_refined": 564_026,
            "resnet44": 661_242,
            "resnet56": 855_674,
            "resnet110": 1_730_618,
            "resnet164": 1_703_674,
        },
        {"resnet20": 278_228, "resnet164": 1_726_804},
    ),
    ApplicationRow(
        applications.ResNeXt,
        {"depth": 11, "groups": 2, "width": 2},
        {"resnext29": 34_426_698, "resnext29_32x4d": 4_775_754, "resnext29_16x64d": 68_155_210},
        {},
        WIDE,
        {"depth": 20, "groups": 2, "width": 2},
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
        WIDE,
        {"depth": 20, "groups": 2, "width": 2},
    ),
    ApplicationRow(
        applications.ResNetV2,
        {"depth": 26, "width": 4},
        {
            "resnet18v2": 11_687_720,
            "resnet34v2": 21_795_880,
            "resnet50v2": 25_568_360,
            "resnet101v2": 44_577_896,
            "resnet152v2": 60_236_904,
        },
        {},
        IMAGENET_STATES,
        {"depth": 26, "width": 4},
        (64, 64, 3),
    ),
    ApplicationRow(
        applications.LMResNetV2,
        {"depth": 26, "width": 4},
        {"lm_resnet50": 25_568_360 + 9, "lm_resnet101": 44_577_896 + 26, "lm_resnet152": 60_236_904 + 43},
        {},
        IMAGENET_STATES,
        {"depth": 26, "width": 4},
        (64, 64, 3),
    ),
    ApplicationRow(
        applications.ResNetV1,
        {"depth": 26, "width": 4},
        {"resnet50": 25_583_592, "resnet101": 44_601_832, "resnet152": 60_268_520},
        {},
        IMAGENET_STATES,
        {"depth": 26, "width": 4},
        (64, 64, 3),
    ),
    ApplicationRow(
        applications.ResNeXtV1,
        {"depth": 26, "width": 4, "groups": 2, "group_width": 2},
        {"resnext50": 25_028_904, "resnext101": 44_177_704},
        {},
        IMAGENET_STATES,
        {"depth": 26, "width": 4, "groups": 2, "group_width": 2},
        (64, 64, 3),
        alike=True,
    ),
    ApplicationRow(
        applications.VeryDeepPolyNet,
        {"modules": "1-2-2", "width": 2},
        {"very_deep_polynet": 95_366_600},
        {},
        ((7, 7, 24), (3, 3, 72), (1, 1, 128)),
        {"modules": "1-2-2", "width": 2},
        (75, 75, 3),
        sizes=(83, 79),
        alike=True,
    ),
    ApplicationRow(
        applications.MomentumResNet,
        {"depth": 14},
        {"momentum_resnet20": 272_378, "momentum_resnet56": 855_674},
        {"momentum_resnet20": 278_228},
    ),
    ApplicationRow(
        applications.RevNet,
        {"depth": 26},
        {"revnet38": 464_890, "revnet110": 1_729_194, "revnet164": 1_748_778},
        {"revnet38": 475_060, "revnet110": 1_740_804, "revnet164": 1_794_948},
        HALVES,
        {"depth": 26},
    ),
    ApplicationRow(
        applications.RevNetImageNet,
        {"depth": 32, "width": 4},
        {"revnet56": 27_553_128, "revnet104": 45_428_072},
        {},
        ((16, 16, 16), (8, 8, 32), (4, 4, 64), (2, 2, 104)),
        {"depth": 32, "width": 4},
        (64, 64, 3),
        alike=True,
    ),
    ApplicationRow(
        applications.IRevNet,
        {"depth": 13},
        {"irevnet301": 125_120_356},
        {},
        ((8, 8, 24), (4, 4, 96)),
        {"depth": 13},
        drops=False,
        sizes=(40, 24),
        pair=True,
    ),
    ApplicationRow(
        applications.PolyNet,
        {"depth": 14},
        {"polynet20": 273_338, "polynet56": 859_322},
        {"polynet20": 279_188},
    ),
    ApplicationRow(
        applications.HamiltonianNet,
        {"depth": 26},
        {"hamiltonian_net74": 429_690, "hamiltonian_net218": 1_683_034},
        {},
        HALVES,
        {"depth": 26},
    ),
    ApplicationRow(
        applications.LeapfrogNet,
        {"depth": 14},
        {"leapfrog_net26": 535_978, "leapfrog_net62": 1_803_850},
        {},
        HALVES,
        {"depth": 14},
    ),
    ApplicationRow(
        applications.FractalNet,
        {"depth": 10, "filters": 4},
        {
            "fractalnet20": 33_734_922,
            "fractalnet40": 20_741_274,
            "thin_fractalnet5": 247_050,
            "thin_fractalnet10": 837_210,
            "thin_fractalnet20": 2_116_170,
            "thin_fractalnet40": 4_772_730,
            "thin_fractalnet80": 10_184_490,
            "thin_fractalnet160": 21_106_650,
        },
        {"fractalnet20": 33_781_092, "thin_fractalnet5": 258_660, "thin_fractalnet40": 4_784_340},
        ((16, 16, 4), (8, 8, 8), (4, 4, 16), (2, 2, 32), (1, 1, 32)),
        {"depth": 10, "filters": 4},
    ),
    ApplicationRow(
        applications.FractalNetImageNet,
        {"depth": 10, "filters": 4},
        {"fractalnet34": 164_059_816},
        {},
        ((8, 8, 4), (4, 4, 8), (2, 2, 16), (2, 2, 32)),
        {"depth": 10, "filters": 4},
        (64, 64, 3),
        alike=True,
    ),
    ApplicationRow(
        applications.ODENetMNIST,
        {"filters": 8, "solver": "midpoint", "steps": 2},
        {"odenet_mnist": 208_266, "rknet_mnist": 208_266},
        {},
        ((6, 6, 8),),
        {"solver": "midpoint", "steps": 2},
        GREY,
        drops=False,
    ),
    ApplicationRow(
        applications.ResNetMNIST,
        {"filters": 8, "blocks": 2},
        {"resnet6_mnist": 601_482},
        {},
        ((7, 7, 8),),
        {},
        GREY,
        drops=False,
    ),
    ApplicationRow(
        applications.ODENetCIFAR,
        {"filters": 4, "solver": "midpoint", "steps": 1},
        {"odenet_cifar": 266_234, "rknet_cifar": 266_234, "augmented_odenet_cifar": 316_394},
        {"odenet_cifar": 274_964},
        ((32, 32, 4), (16, 16, 12), (8, 8, 24)),
        {"solver": "midpoint", "steps": 2},
        drops=False,
    ),
    ApplicationRow(
        applications.ODENet,
        {"filters": 4, "solver": "midpoint", "steps": 1},
        {"odenet": 8_364_584},
        {},
        ((16, 16, 4), (8, 8, 8), (4, 4, 16), (2, 2, 32)),
        {"solver": "midpoint", "steps": 2},
        (64, 64, 3),
        drops=False,
        sizes=(40, 36),
    ),
]

FAMILIES = [row for row in APPLICATIONS if not row.alike]
"""The families that the contract suites run over."""
