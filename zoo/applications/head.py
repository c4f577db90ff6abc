"""What every application shares: ResNet50's arguments, the input and the head around a trunk."""

import dataclasses

import keras

from zoo import _check


@dataclasses.dataclass(frozen=True)
class Pictures:
    """What pictures a family of networks is for.

    Attributes:
        tag: Of the weights that it has by default: the name of the data set.
        shape: Height, width and channels by default. Networks for 3 channels take grey pictures too.
        classes: Of that data set.
        mean, deviation: Of each channel over its training images, for inputs in 0..255.
    """

    tag: str
    shape: tuple[int, int, int]
    classes: int
    mean: tuple[float, ...]
    deviation: tuple[float, ...]


CIFAR10 = Pictures(
    "cifar10",
    (32, 32, 3),
    10,
    mean=(0.4914 * 255, 0.4822 * 255, 0.4465 * 255),
    deviation=(0.2470 * 255, 0.2435 * 255, 0.2616 * 255),
)
MNIST = Pictures("mnist", (28, 28, 1), 10, mean=(0.1307 * 255,), deviation=(0.3081 * 255,))
IMAGENET = Pictures(
    "imagenet",
    (224, 224, 3),
    1000,
    mean=(0.485 * 255, 0.456 * 255, 0.406 * 255),
    deviation=(0.229 * 255, 0.224 * 255, 0.225 * 255),
)

MINIMUM_SIZE = 8
"""Smallest height and width: two strides leave 2×2 of it."""

POOLINGS = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}


@dataclasses.dataclass(frozen=True)
class Head:
    """The end of a model: a classifier, a pooling or the bare feature map.

    Raises ``ValueError`` for arguments that do not fit.
    """

    include_top: bool
    pooling: str | None
    classes: int
    activation: object

    def __post_init__(self):
        if self.pooling not in (None, *POOLINGS):
            raise ValueError(f"pooling must be None, 'avg' or 'max'. Received: pooling={self.pooling!r}.")
        if not isinstance(self.include_top, bool):
            raise ValueError(f"include_top must be True or False. Received: include_top={self.include_top!r}.")
        object.__setattr__(self, "classes", _check.integer(self.classes, "classes"))

    def __call__(self, u):
        if self.include_top:
            u = _pooled(u, "avg")
            # Logits and probabilities are kept in the weights' precision, also under mixed precision.
            precision = keras.config.dtype_policy().variable_dtype
            return keras.layers.Dense(self.classes, self.activation, dtype=precision, name="predictions")(u)
        return _pooled(u, self.pooling) if self.pooling else u


def _pooled(u, kind):
    return POOLINGS[kind](data_format="channels_last", name=f"{kind}_pool")(u)


def image_input(input_tensor, input_shape, pictures):
    """The tensor that a model starts from: ``input_tensor``, or a new Input of ``input_shape``.

    Raises ``ValueError`` unless it is (height, width, channels) of at least 8×8, or of open size; channels are 1 or 3,
    or 1 for networks of grey ``pictures``.
    """
    if input_tensor is not None:
        if not isinstance(input_tensor, keras.KerasTensor):
            raise ValueError(
                "input_tensor must be a symbolic tensor, such as keras.Input(shape=(32, 32, 3)). "
                f"Received a value of type {type(input_tensor).__name__}; call the model on it instead."
            )
        check_shape(input_tensor.shape[1:], pictures)
        return input_tensor
    shape = pictures.shape if input_shape is None else input_shape
    check_shape(shape, pictures)
    return keras.Input(tuple(shape))


def check_shape(shape, pictures):
    """Raise ``ValueError`` unless the shape is (height, width, channels) of such pictures, each side open or at least
    8."""
    if not isinstance(shape, (tuple, list)) or len(shape) != 3 or shape[2] not in (1, 3):
        raise ValueError(
            "The input must be (height, width, channels) with 3 channels (RGB) or 1 (grey), without the batch axis. "
            f"Received: {shape}."
        )
    if shape[2] > pictures.shape[2]:
        raise ValueError(
            f"This network is for grey pictures, such as {pictures.tag}'s: the input must have 1 channel. "
            f"Received: {shape}. Turn colour pictures grey first; zoo.data.pictures.fit(images, size, channels=1) does."
        )
    if any(side is not None and side < MINIMUM_SIZE for side in shape[:2]):
        raise ValueError(f"The input must be at least {MINIMUM_SIZE}×{MINIMUM_SIZE} pixels. Received: {shape}.")


def normalised(image, pictures):
    """Raw 0..255 pixels to about zero mean and unit variance; grey is repeated to three channels if need be."""
    channels = pictures.shape[2]
    if image.shape[-1] < channels:
        image = keras.layers.Concatenate(name="grey_to_rgb")([image] * channels)
    variance = [deviation**2 for deviation in pictures.deviation]
    return keras.layers.Normalization(mean=pictures.mean, variance=variance, name="normalization")(image)


def model(trunk, image, head: Head, name, pictures):
    """A functional model: normalisation, trunk, head."""
    inputs = keras.utils.get_source_inputs(image)
    outputs = head(trunk(normalised(image, pictures)))
    return keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=name)
