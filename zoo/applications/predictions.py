"""Labels of predictions, and a fixed picture to compare logits on."""

import keras
import numpy as np

from zoo.weights import get


def preprocess_input(x, data_format=None):
    """Return x unchanged: the models take raw 0..255 pixels and normalise them themselves."""
    return x


def decode_predictions(preds, top=5, name="lm_resnet20-cifar10"):
    """The ``top`` most probable classes of each prediction.

    Args:
        preds: Probabilities, ``(batch, classes)``.
        top: How many; at most the number of classes are returned. Defaults to ``5``.
        name: NAME of the checkpoint whose class names apply.

    Returns:
        For each row a list of ``(class number, label, probability)``, the most probable first.

    Raises:
        ValueError: ``preds`` is not ``(batch, classes of that checkpoint)``, or unknown name.
    """
    labels = get(name).classes
    preds = keras.ops.convert_to_numpy(preds)
    if preds.ndim != 2 or preds.shape[1] != len(labels):
        raise ValueError(f"Expected predictions (batch, {len(labels)}) for {name}. Received: {preds.shape}.")
    best = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [[(int(i), labels[i], float(row[i])) for i in order] for row, order in zip(preds, best, strict=True)]


def probe_picture(input_shape):
    """A fixed uint8 picture ``(1, height, width, channels)``, the same on every machine, to compare logits on.

    Waves of a different frequency in each channel, 0..255.
    """
    height, width, channels = input_shape
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(0.3 * (c + 1) * x + 0.2 * y) + np.cos(0.25 * y - 0.1 * c * x) for c in range(channels)]
    return np.round(63.75 * (np.stack(waves, axis=-1) + 2))[None].astype(np.uint8)


def logits(model, images):
    """The head's logits for raw pictures, whatever its activation; ``(batch, classes)``."""
    head = model.get_layer("predictions")
    pooled = keras.Model(model.input, head.input)(keras.ops.convert_to_tensor(images, "float32"), training=False)
    return keras.ops.convert_to_numpy(keras.ops.matmul(pooled, head.kernel) + head.bias)
