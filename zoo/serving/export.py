"""A model as a SavedModel that needs neither Zoo nor Keras: pictures in, named probabilities out."""

import os
import pathlib
from collections.abc import Sequence

import keras

from zoo import applications
from zoo.data import files, pictures


def saved_model(
    model: keras.Model, path: str | os.PathLike, classes: Sequence[str] | None = None, top: int = 5
) -> pathlib.Path:
    """Write a classifier as a TensorFlow SavedModel, for TensorFlow Serving and whatever else loads one.

    Its signature ``serving_default`` takes ``image``, uint8 ``(batch, height, width, 3)`` of any size, raw RGB; the
    pictures are brought to the model's size as ``zoo predict`` does. It returns ``probabilities``
    ``(batch, classes)`` and, the most probable first, ``class_ids``, ``classes`` (strings) and ``scores``, each
    ``(batch, top)``.

    Args:
        model: A classifier of ``zoo.applications``, of fixed input size, ending in probabilities or logits.
        path: Folder to write, which must not exist. A server wants a number as its last part: ``resnet/1``.
        classes: Labels in the order of the outputs. Defaults to the model's own (``zoo.labels``), or the numbers
            ``"0"``, ``"1"``, ….
        top: How many classes are named; at most all of them.

    Returns:
        The path.

    Raises:
        RuntimeError: The backend is not TensorFlow.
        ValueError: The model's input size is open, it is no classifier, or ``classes`` has the wrong length.
        FileExistsError: There is something at ``path`` already.
        OSError: It cannot be written.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("A SavedModel is TensorFlow's: set KERAS_BACKEND=tensorflow to export.")
    import tensorflow as tf

    path = pathlib.Path(path).expanduser()
    if path.exists():
        raise FileExistsError(
            f"{path} exists already. Choose another folder or, for a server, the next version number."
        )
    _, height, width, channels = model.input_shape
    way, count = applications.preprocessing(model), _count(model)
    known = applications.labels(model) if classes is None else classes
    labels = [str(i) for i in range(count)] if known is None else list(known)
    if len(labels) != count:
        raise ValueError(f"Expected {count} classes, one for each output of {model.name}. Received: {len(labels)}.")
    names = tf.constant(labels)
    is_logits = model.get_layer("predictions").activation is keras.activations.linear

    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8, name="image")])
    def serve(image):
        fitted = pictures.fit(image, (height, width), channels, way.crop, way.interpolation)
        outputs = tf.cast(model(fitted, training=False), tf.float32)
        probabilities = tf.nn.softmax(outputs) if is_logits else outputs
        scores, numbers = tf.math.top_k(probabilities, min(top, count))
        return {
            "probabilities": probabilities,
            "class_ids": numbers,
            "classes": tf.gather(names, numbers),
            "scores": scores,
        }

    module = tf.Module()
    module.weights = [variable.value for variable in model.variables]
    # The weights are kept alive by the module; a Keras model tracked as well would store each twice.
    options = tf.saved_model.SaveOptions(experimental_custom_gradients=False)
    path.parent.mkdir(parents=True, exist_ok=True)
    with files.staged(path.parent) as partial:  # no server sees half a model
        whole = partial / "model"
        tf.saved_model.save(module, str(whole), signatures={"serving_default": serve}, options=options)
        whole.rename(path)
    return path


def _count(model):
    """The number of classes of a model that can be exported."""
    if None in model.input_shape[1:]:
        raise ValueError(
            f"{model.name} takes pictures of any size, so there is none to bring them to. Give it a fixed input_shape. "
            f"Received: {model.input_shape}."
        )
    if (
        len(model.outputs) != 1
        or len(model.output_shape) != 2
        or "predictions" not in {layer.name for layer in model.layers}
    ):
        raise ValueError(f"{model.name} is no classifier (include_top=True). Received outputs: {model.output_shape}.")
    return model.output_shape[1]
