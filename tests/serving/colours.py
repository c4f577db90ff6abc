"""A served model whose answers are known: it names the strongest of three colours, and its dial adds evaluations."""

import io

import numpy as np
import tensorflow as tf
from PIL import Image

LABELS = ("red", "green", "blue")


def write(folder, darker=1.0):
    """Write it to ``folder``; ``darker`` scales what it sees, so that versions differ."""

    def answer(data):
        image = tf.io.decode_image(data, channels=3, expand_animations=False)
        tf.debugging.assert_less_equal(tf.shape(image)[0], 64, "Expected at most 64 rows.")
        return darker * tf.reduce_mean(tf.cast(image, tf.float32), (0, 1)) / 255

    def named(image_bytes):
        colours = tf.map_fn(answer, image_bytes, fn_output_signature=tf.TensorSpec((3,), tf.float32))
        scores, numbers = tf.math.top_k(colours, 2)
        names = tf.gather(tf.constant(LABELS), numbers)
        return {"probabilities": colours, "scores": scores, "class_ids": numbers, "classes": names}

    text = tf.TensorSpec((None,), tf.string, name="image_bytes")

    @tf.function(input_signature=[text], autograph=False)
    def serve(image_bytes):
        return named(image_bytes)

    @tf.function(input_signature=[text], autograph=False)
    def steps(image_bytes):
        return {**named(image_bytes), "nfe": tf.fill(tf.shape(image_bytes), 4)}

    @tf.function(input_signature=[text], autograph=False)
    def logits(image_bytes):
        return {"logits": named(image_bytes)["probabilities"]}

    @tf.function(input_signature=[tf.TensorSpec((None, 2), tf.uint8, name="pixels")], autograph=False)
    def pixels(pixels):
        return {"sum": tf.reduce_sum(tf.cast(pixels, tf.int32), 1)}

    signatures = {"serving_default": serve, "serving_steps_4": steps, "logits": logits, "pixels": pixels}
    tf.saved_model.save(tf.Module(), str(folder), signatures=signatures)


def picture(colour, kind="PNG", size=(4, 4), **save):
    """The bytes of a file of one colour."""
    file = io.BytesIO()
    Image.fromarray(np.full((*size, 3), colour, np.uint8)).save(file, kind, **save)
    return file.getvalue()
