"""The residual branches f that convolutional networks step with, and the projections between stages.

Each function returns a ``keras.Sequential`` on ``(batch, height, width, channels)``. A stride halves
height and width (rounded up) with symmetric padding, as the reference codes do: ``padding="same"``
would shift the branch by a pixel against its shortcut. Convolutions have no bias unless it is said.
Every layer has the name of its place, such as ``conv2``; the names of weight files are made of them.
"""

import keras

from zoo.layers.fields.channel_padding import ChannelPadding
from zoo.layers.fields.grouped_convolution import GroupedConv2D
from zoo.layers.normalization.batch_normalization import BatchNormalization


def basic_branch(filters: int, strides: int = 1, name: str | None = None) -> keras.Sequential:
    """BN, ReLU, 3×3 (stride), BN, ReLU, 3×3: two pre-activated convolutions of ``filters`` channels.

    Source: He et al. (2016, arXiv:1603.05027), figure 1b.

    Example:

    >>> import zoo.layers
    >>> [layer.name for layer in zoo.layers.basic_branch(16).layers]
    ['norm1', 'relu1', 'conv1', 'norm2', 'relu2', 'conv2']
    """
    first = [*norm_relu(1), *convolution(filters, 3, strides, name="conv1")]
    return keras.Sequential([*first, *norm_relu(2), *convolution(filters, 3, name="conv2")], name=name)


def bottleneck_branch(filters: int, strides: int = 1, bias: bool = False, name: str | None = None) -> keras.Sequential:
    """BN, ReLU, 1×1 (filters/4), BN, ReLU, 3×3 (filters/4, stride), BN, ReLU, 1×1 (filters), with ``bias`` in the last.

    Source: He et al. (2016, arXiv:1603.05027), the bottleneck of ResNet-164.
    Raises ``ValueError`` if ``filters`` is not a multiple of 4.
    """
    if filters % 4:
        raise ValueError(f"A bottleneck narrows to filters/4, so filters must be a multiple of 4. Received: {filters}.")
    narrow = filters // 4
    layers = [
        *(norm_relu(1) + convolution(narrow, 1, name="conv1")),
        *(norm_relu(2) + convolution(narrow, 3, strides, name="conv2")),
        *(norm_relu(3) + convolution(filters, 1, bias=bias, name="conv3")),
    ]
    return keras.Sequential(layers, name=name)


def resnext_branch(
    filters: int, groups: int, width: int, strides: int = 1, name: str | None = None
) -> keras.Sequential:
    """1×1 (groups·width), BN, ReLU, grouped 3×3 (stride), BN, ReLU, 1×1 (filters), BN.

    The ReLU after the sum belongs to the network: it acts on the state, not on the branch.

    Source: Xie et al. (2017, arXiv:1611.05431), figure 3c: ``groups`` is the cardinality and
    ``width`` the number of channels of one path, d.
    """
    layers = [
        *(convolution(groups * width, 1, name="conv1") + norm_relu(1)),
        *(convolution(groups * width, 3, strides, groups, name="conv2") + norm_relu(2)),
        *convolution(filters, 1, name="conv3"),
        norm(name="norm3"),
    ]
    return keras.Sequential(layers, name=name)


def normalized_anew(f: keras.Sequential, name: str | None = None) -> keras.Sequential:
    """The branch f again, a ``keras.Sequential`` that shares its layers except for batch normalizations of its own.

    F and F of a PolyNet module: one set of convolutions, but the second F sees other statistics than the first.

    Source: Zhang et al., "PolyNet" (2017, arXiv:1611.05725), the released model.
    """
    kept = [norm(name=layer.name) if isinstance(layer, BatchNormalization) else layer for layer in f.layers]
    return keras.Sequential(kept, name=name)


def preactivation_projection(filters: int, strides: int = 1, name: str | None = None) -> keras.Sequential:
    """BN, ReLU, 1×1 (stride): the shortcut of a pre-activation network where the width changes."""
    return keras.Sequential([*norm_relu(1), *convolution(filters, 1, strides, name="conv1")], name=name)


def projection(filters: int, strides: int = 1, name: str | None = None) -> keras.Sequential:
    """1×1 (stride), BN: the shortcut of a post-activation network where the width changes."""
    return keras.Sequential([*convolution(filters, 1, strides, name="conv1"), norm(name="norm1")], name=name)


def pooled_shortcut(filters: int, strides: int = 2, groups: int = 1, name: str | None = None) -> keras.Sequential:
    """Average pooling and zeros for the new channels: a shortcut without weights, on each of ``groups`` groups of them.

    Source: the authors' code of Gomez et al. (2017, arXiv:1707.04585). Theirs asks for even sides; here the windows
    at an odd border are smaller, so that the result fits beside a convolution of that stride.
    """
    pool = keras.layers.AveragePooling2D(strides, padding="same", data_format="channels_last", name="pool")
    return keras.Sequential([pool, ChannelPadding(filters, groups, name="channel_padding")], name=name)


def norm(name: str | None = None) -> BatchNormalization:
    """Batch normalization as the reference codes have it: ε = 1e-5 (rounded up to the fused
    kernel's 1.001e-5) and PyTorch's momentum 0.1, which Keras calls 0.9."""
    return BatchNormalization(momentum=0.9, epsilon=1.001e-5, name=name)


def norm_relu(number: int) -> list[keras.layers.Layer]:
    """Batch normalization and ReLU, as a list of two layers, ``norm<number>`` and ``relu<number>``."""
    return [norm(name=f"norm{number}"), keras.layers.ReLU(name=f"relu{number}")]


def convolution(
    filters: int, size: int, strides: int = 1, groups: int = 1, bias: bool = False, name: str | None = None
) -> list[keras.layers.Layer]:
    """A convolution, padded symmetrically, as a list of one or two layers: ``padding1`` before ``conv1``.

    Its kernel starts as N(0, 2/(size² · filters)), fan-out as in the reference codes
    (He et al., 2015, arXiv:1502.01852, equation 14).
    """
    kind = keras.layers.Conv2D if groups == 1 else GroupedConv2D
    layer = kind(
        filters,
        size,
        strides=strides,
        groups=groups,
        padding="same" if strides == 1 else "valid",
        use_bias=bias,
        data_format="channels_last",
        kernel_initializer=keras.initializers.VarianceScaling(2.0, "fan_out", "untruncated_normal"),
        name=name,
    )
    if strides == 1 or size == 1:
        return [layer]
    padding = name and (f"padding{name[4:]}" if name.startswith("conv") else f"{name}_padding")
    return [keras.layers.ZeroPadding2D(size // 2, data_format="channels_last", name=padding), layer]
