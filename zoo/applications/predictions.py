"""Labels of predictions, and a fixed picture to compare logits on."""

from typing import Any

import keras
import numpy as np

from zoo.applications import head, identity
from zoo.weights import Classifier, available, get


def preprocess_input(x: Any, data_format: str | None = None) -> Any:
    """Return x unchanged: the models take raw 0..255 pixels and normalise them themselves."""
    return x


def decode_predictions(
    preds: Any, top: int = 5, *, model: keras.Model | None = None, name: str | None = None
) -> list[list[tuple[int, str, float]]]:
    """The ``top`` most probable classes of each prediction.

    Args:
        preds: Probabilities, ``(batch, classes)``.
        top: How many; at most the number of classes are returned. Defaults to ``5``.
        model: The model that they are from, which knows its labels.
        name: NAME of a released checkpoint instead of a model. Without both there must be just one data set with that
            many classes.

    Returns:
        For each row a list of ``(class number, label, probability)``, the most probable first.

    Raises:
        ValueError: ``preds`` is not ``(batch, classes)`` of that model or name, which has no labels or is not known;
            or several data sets have that many classes and neither is given.

    Example:
        >>> model = zoo.applications.LMResNet()
        >>> picture = zoo.applications.probe_picture((32, 32, 3))
        >>> zoo.applications.decode_predictions(model.predict(picture, verbose=0), top=1, model=model)[0][0][:2]
        (2, 'bird')
    """
    preds = keras.ops.convert_to_numpy(preds)
    if preds.ndim != 2:
        raise ValueError(f"Expected predictions (batch, classes). Received shape: {preds.shape}.")
    labels, whose = _labels(preds.shape[1], model, name)
    if preds.shape[1] != len(labels):
        raise ValueError(f"Expected predictions (batch, {len(labels)}) for {whose}. Received: {preds.shape}.")
    best = np.argsort(-preds, axis=1, kind="stable")[:, :top]
    return [[(int(i), labels[i], float(row[i])) for i in order] for row, order in zip(preds, best, strict=True)]


def _labels(count, model, name):
    """The labels that are meant, and whose they are."""
    if model is not None:
        labels = identity.labels(model)
        if labels is None:
            raise ValueError(
                f"{model.name} does not know the names of its classes. Give them to it by "
                "zoo.applications.identify(model, labels), or use the class numbers."
            )
        return labels, model.name
    if name is not None:
        task = get(name).task
        if not isinstance(task, Classifier):
            raise ValueError(f"{name} is no classifier.")
        return task.classes, name
    known = {c.task.classes: c.dataset for c in available() if isinstance(c.task, Classifier)}
    fitting = {classes: dataset for classes, dataset in known.items() if len(classes) == count}
    if len(fitting) != 1:
        which = f"those of {', '.join(fitting.values())}" if fitting else "none that is known"
        raise ValueError(
            f"Predictions of {count} classes can be {which}. Expected model= or name=, which say what the classes are."
        )
    return next(iter(fitting.items()))


def probe_picture(input_shape: tuple[int, int, int]) -> np.ndarray:
    """A fixed uint8 picture ``(1, height, width, channels)``, the same on every machine, to compare logits on.

    Waves of a different frequency in each channel, 0..255.
    """
    height, width, channels = input_shape
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(0.3 * (c + 1) * x + 0.2 * y) + np.cos(0.25 * y - 0.1 * c * x) for c in range(channels)]
    return np.round(63.75 * (np.stack(waves, axis=-1) + 2))[None].astype(np.uint8)


def logits(model: keras.Model, images: Any) -> np.ndarray:
    """The head's logits for raw pictures, whatever its activation; ``(batch, classes)``."""
    top = model.get_layer(head.NAME)
    pooled = keras.Model(model.input, top.input)(keras.ops.convert_to_tensor(images, "float32"), training=False)
    return keras.ops.convert_to_numpy(keras.ops.matmul(pooled, top.kernel) + top.bias)
