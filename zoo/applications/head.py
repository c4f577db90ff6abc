"""What every classifier shares: the input, the normalisation of pictures and the head."""

import dataclasses
import logging
from typing import Any

import keras

from zoo import _check
from zoo.data.datasets import Description
from zoo.layers import ClassifierHead

MINIMUM_SIZE = 8
"""Smallest height and width: two strides leave 2×2 of it."""

NAME = "predictions"
"""Name of the last layer of a classifier."""

POOLINGS = {"avg": keras.layers.GlobalAveragePooling2D, "max": keras.layers.GlobalMaxPooling2D}


@dataclasses.dataclass(frozen=True)
class Head:
    """The end of a model: a classifier, a pooling or the bare feature map.

    Raises ``ValueError`` for arguments that do not fit.
    """

    include_top: bool
    pooling: str | None
    classes: int
    activation: Any

    def __post_init__(self) -> None:
        if self.pooling not in (None, *POOLINGS):
            raise ValueError(f"pooling must be None, 'avg' or 'max'. Received: pooling={self.pooling!r}.")
        if not isinstance(self.include_top, bool):
            raise ValueError(f"include_top must be True or False. Received: include_top={self.include_top!r}.")
        object.__setattr__(self, "classes", _check.integer(self.classes, "classes"))

    def __call__(self, u: keras.KerasTensor, labels: tuple[str, ...] | None = None, origin: dict | None = None) -> Any:
        """The output for the features u; a classifier carries the labels and the origin of the network."""
        if self.include_top:
            # Logits and probabilities are kept in the weights' precision, also under mixed precision.
            precision = keras.config.dtype_policy().variable_dtype
            top = ClassifierHead(self.classes, self.activation, labels, origin, dtype=precision, name=NAME)
            return top(_pooled(u, "avg"))
        return _pooled(u, self.pooling) if self.pooling else u


def check_pretrained(head: Head) -> None:
    """Raise ``ValueError`` unless the head keeps the meaning of a trained classifier: softmax or logits."""
    allowed = (keras.activations.get(None), keras.activations.softmax)
    if keras.activations.get(head.activation) not in allowed:
        raise ValueError(
            "A pretrained classifier is used with classifier_activation='softmax' or None (logits). "
            f"Received: classifier_activation={head.activation!r}."
        )


def of_head(key: str) -> bool:
    """Whether the key of a weight is one of the head."""
    return key.startswith(f"{NAME}/")


def _pooled(u, kind):
    return POOLINGS[kind](data_format="channels_last", name=f"{kind}_pool")(u)


def image_input(
    input_tensor: keras.KerasTensor | None, input_shape: tuple | list | None, pictures: Description
) -> keras.KerasTensor:
    """The tensor that a model starts from: ``input_tensor``, or a new Input of ``input_shape``.

    Keras's global setting ``"channels_first"`` has no effect, which one log line says.

    Raises ``ValueError`` unless it is (height, width, channels) of at least 8×8, or of open size; channels are 1 or 3,
    or 1 for networks of grey ``pictures``.
    """
    if keras.config.image_data_format() == "channels_first":
        logging.getLogger("zoo").warning(
            "keras.config.image_data_format() is 'channels_first', which has no effect here: the networks take "
            "pictures as (height, width, channels)."
        )
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
    return keras.Input(tuple(shape), name="image")


def check_shape(shape: Any, pictures: Description) -> None:
    """Raise ``ValueError`` unless the shape is (height, width, channels) of such pictures, each side open or at least
    8."""
    if not isinstance(shape, (tuple, list)) or len(shape) != 3 or shape[2] not in (1, 3):
        raise ValueError(
            "The input must be (height, width, channels) with 3 channels (RGB) or 1 (grey), without the batch axis. "
            f"Received: {shape}."
        )
    if shape[2] > pictures.shape[2]:
        raise ValueError(
            f"This network is for grey pictures, such as {pictures.name}'s: the input must have 1 channel. "
            f"Received: {shape}. Turn colour pictures grey first; zoo.data.pictures.fit(images, size, channels=1) does."
        )
    if any(side is not None and side < MINIMUM_SIZE for side in shape[:2]):
        raise ValueError(f"The input must be at least {MINIMUM_SIZE}×{MINIMUM_SIZE} pixels. Received: {shape}.")


def normalised(image: keras.KerasTensor, pictures: Description) -> Any:
    """Raw 0..255 pixels to about zero mean and unit variance; grey is repeated to three channels if need be.

    It is a scale and an offset of each channel, in float32 or wider: half precision has not one value for each pixel.
    """
    channels = pictures.shape[2]
    if image.shape[-1] < channels:
        image = keras.layers.Concatenate(name="grey_to_rgb")([image] * channels)
    pairs = list(zip(pictures.mean, pictures.deviation, strict=True))
    # of shape (1, 1, channels), which Keras leaves alone where its global setting is "channels_first"
    scale, offset = [[[1 / s for _, s in pairs]]], [[[-m / s for m, s in pairs]]]
    precision = keras.config.dtype_policy().variable_dtype
    return keras.layers.Rescaling(scale, offset, dtype=precision, name="standardize")(image)
