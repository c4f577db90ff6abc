"""The functions of a SavedModel: pictures in, named answers out, each with the batch as its first axis."""

from collections.abc import Callable

import keras
import tensorflow as tf

from zoo.serving.exporting import resize
from zoo.serving.exporting.classifier import Classifier, features_of
from zoo.serving.exporting.dials import Dialled
from zoo.serving.exporting.folded import Weights, folded
from zoo.serving.exporting.rebuilding import counting

Answer = Callable[[tf.Tensor], dict[str, tf.Tensor]]


def signatures(served: Classifier, dial: dict[str, Dialled]) -> dict[str, tf.types.experimental.PolymorphicFunction]:
    """Every signature by name.

    ``serving_default``, ``features``, ``logits`` and those of the dial take ``image_bytes``, the bytes of picture files
    ``(batch,)``; ``pixels`` takes uint8 RGB ``(batch, height, width, 3)`` of any size; ``tensor`` takes the model's own
    input. All but ``features`` and ``logits`` give ``probabilities``, ``class_ids``, ``classes`` and ``scores``; the
    dial adds what ``counted`` says.
    """
    read, weights = _reader(served), Weights()
    features = graph(served, lambda x: {"features": _features(served, x)}, weights)
    answer = graph(served, answers(served), weights)

    def logits(x):
        return {"logits": served.logits(features(x)["features"])}

    return {
        "serving_default": _from_bytes(read, answer),
        "pixels": _from_pixels(served, answer),
        "tensor": _from_tensor(served, answer),
        "features": _from_bytes(read, features),
        "logits": _from_bytes(read, logits),
        **{name: _from_bytes(read, graph(each.served, counted(each), weights)) for name, each in dial.items()},
    }


def graph(
    served: Classifier, answer: Answer, weights: Weights | None = None
) -> tf.types.experimental.PolymorphicFunction:
    """The function of the model's own input, folded, traced once and called by all that share it; its weights are in
    ``weights``, or constants."""
    shape, dtype = served.model.input_shape, served.model.inputs[0].dtype
    spec = tf.TensorSpec(shape, dtype, name="tensor")
    return folded(tf.function(lambda tensor: answer(tensor), input_signature=[spec], autograph=False), weights)


def answers(served: Classifier) -> Answer:
    """What ``serving_default`` says of the model's input."""
    return lambda x: _named(served, probabilities(served, x))


def probabilities(served: Classifier, x: tf.Tensor) -> tf.Tensor:
    """Of the model's input, in float32 and under the temperature T, by ``softmax(z / T)`` of the logits z."""
    logits = _logits(served, served.features(x, training=False))
    return tf.nn.softmax(logits if served.temperature == 1 else logits / served.temperature)


def counted(each: Dialled) -> Answer:
    """The answer of a place of the dial with ``nfe`` and, of an ODE-Net, ``discretization_error``: the largest
    difference ``e = maxⱼ |zⱼ − z′ⱼ|`` of the logits from those of its companion; and ``settled``: whether the largest
    logit is more than 2e above all others. ``nfe`` is that of the answer alone."""
    network, fixed = counting(features_of(each.served.model))
    other = None if each.companion is None else features_of(each.companion)

    def answer(x):
        found = network(x, training=False)
        logits = _logits(each.served, found["outputs"])
        nfe = sum(found["counts"], tf.fill(tf.shape(x)[:1], fixed + each.units))
        answers = {**_named(each.served, tf.nn.softmax(logits / each.served.temperature)), "nfe": nfe}
        if other is None:
            return answers
        error = tf.reduce_max(tf.abs(logits - _logits(each.served, other(x, training=False))), axis=1)
        best = tf.math.top_k(logits, min(2, len(each.served.labels))).values
        return {**answers, "discretization_error": error, "settled": best[:, 0] - best[:, -1] > 2 * error}

    return answer


def _logits(served, features):
    return tf.cast(served.logits(features), tf.float32)


def _named(served, probabilities):
    scores, numbers = tf.math.top_k(probabilities, served.top)
    names = tf.gather(tf.constant(served.labels), numbers)
    return {"probabilities": probabilities, "class_ids": numbers, "classes": names, "scores": scores}


def _features(served, x):
    return keras.ops.cast(served.features(x, training=False), "float32")


BYTES = tf.TensorSpec((None,), tf.string, name="image_bytes")


def _reader(served):
    """From the bytes of files to the model's input, traced once."""
    spec = tf.TensorSpec((served.size[0], served.size[1], served.channels), tf.float32)

    @tf.function(input_signature=[BYTES], autograph=False)
    def read(image_bytes):
        some = tf.debugging.Assert(tf.size(image_bytes) > 0, ["Expected at least one picture. Received a batch of 0."])
        with tf.control_dependencies([some]):
            data = tf.identity(image_bytes)
        images = tf.map_fn(
            lambda each: resize.decoded(each, served.size, served.channels, served.way), data, fn_output_signature=spec
        )
        return _as_input(served, images)

    return read


def _from_bytes(read, answer):
    @tf.function(input_signature=[BYTES], autograph=False)
    def serve(image_bytes):
        return answer(read(image_bytes))

    return serve


def _from_pixels(served, answer):
    @tf.function(input_signature=[tf.TensorSpec((None, None, None, 3), tf.uint8, name="pixels")], autograph=False)
    def serve(pixels):
        images = resize.fit(resize.checked(pixels), served.size, served.channels, served.way)
        return answer(_as_input(served, tf.ensure_shape(images, (None, *served.size, served.channels))))

    return serve


def _from_tensor(served, answer):
    """What comes from Python has the shape of the specification; a server in C++ looks at none."""
    shape = served.model.input_shape
    spec = tf.TensorSpec(shape, served.model.inputs[0].dtype, name="tensor")

    @tf.function(input_signature=[spec], autograph=False)
    def serve(tensor):
        return answer(tf.ensure_shape(resize.of_shape(tensor, shape[1:]), shape))

    return serve


def _as_input(served, images):
    return tf.cast(images, served.model.inputs[0].dtype)
