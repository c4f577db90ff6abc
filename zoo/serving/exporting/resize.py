"""The centre crop of pictures, resized by two matrix products, in TensorFlow's graph."""

from collections.abc import Sequence

import tensorflow as tf

from zoo.data import pictures
from zoo.data.encoding import LARGEST
from zoo.weights import Preprocessing


def triangle(distance: tf.Tensor) -> tf.Tensor:
    """``max(0, 1 − x)`` of distances x ≥ 0 in new pixels: bilinear."""
    return tf.nn.relu(1 - distance)


def cubic(distance: tf.Tensor) -> tf.Tensor:
    """The kernel of Keys with a = −½ of distances x ≥ 0: bicubic."""
    near = (1.5 * distance - 2.5) * distance**2 + 1
    far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
    return tf.where(distance < 1, near, tf.where(distance < 2, far, 0))


KERNELS = {"bilinear": triangle, "bicubic": cubic}


def matrix(length: tf.Tensor, size: int, interpolation: str = "bilinear") -> tf.Tensor:
    """``wᵢⱼ ∝ k(|j + ½ − (i + ½) s| / max(s, 1))``, s = length / size: the antialiased resize of one axis.

    Each row sums to 1. Where it reduces, the kernel k is as wide in new pixels as it is in old ones where it enlarges.

    Args:
        length: Pixels along the axis, an integer tensor of at least 1.
        size: Pixels that are wanted.
        interpolation: ``"bilinear"`` or ``"bicubic"``.

    Returns:
        ``(size, length)``, float32.
    """
    scale = tf.cast(length, tf.float32) / size
    centres = (tf.range(size, dtype=tf.float32) + 0.5)[:, None] * scale
    places = tf.cast(tf.range(length), tf.float32)[None] + 0.5
    weights = KERNELS[interpolation](tf.abs(places - centres) / tf.maximum(scale, 1))
    return weights / tf.reduce_sum(weights, axis=1, keepdims=True)


def fit(images: tf.Tensor, size: tuple[int, int], channels: int, way: Preprocessing) -> tf.Tensor:
    """``zoo.data.pictures.fit`` by two matrix products, which more runtimes have than its operation.

    What has more pixels together than the largest picture is taken one by one, since floats are four times as large.

    Args:
        images: uint8 ``(batch, height, width, 3)``.
        size: ``(height, width)`` of the model.
        channels: 3, or 1 for luminance.
        way: The crop and the interpolation.

    Returns:
        float32 0..255, ``(batch, *size, channels)``, equal to that function to 6e-5 of 255.
    """
    across = tf.shape(images)
    top, left, height, width = pictures.box(across[1], across[2], size, way.crop)
    down, along = matrix(height, size[0], way.interpolation), matrix(width, size[1], way.interpolation)

    def resized(images):
        batch = tf.shape(images)[0]
        values = tf.cast(images[:, top : top + height, left : left + width], tf.float32)
        rows = tf.matmul(down, tf.reshape(values, (batch, height, width * 3)))
        planes = tf.transpose(tf.reshape(rows, (batch, size[0], width, 3)), (0, 1, 3, 2))
        narrow = tf.matmul(tf.reshape(planes, (batch * size[0] * 3, width)), along, transpose_b=True)
        return tf.transpose(tf.reshape(narrow, (batch, size[0], 3, size[1])), (0, 1, 3, 2))

    def one_by_one():
        spec = tf.TensorSpec((*size, 3), tf.float32)
        return tf.map_fn(lambda each: resized(each[None])[0], images, fn_output_signature=spec, parallel_iterations=1)

    few = tf.reduce_prod(tf.cast(across[:3], tf.int64)) <= LARGEST
    fitted = tf.cond(few, lambda: resized(images), one_by_one)
    fitted = fitted if way.interpolation == "bilinear" else tf.clip_by_value(fitted, 0, 255)
    return fitted if channels == 3 else tf.tensordot(fitted, tf.constant(pictures.LUMINANCE)[:, None], 1)


def checked(images: tf.Tensor) -> tf.Tensor:
    """The pictures ``(batch, height, width, 3)``; INVALID_ARGUMENT, in words, unless there is one, of a size that is
    taken."""
    across = tf.shape(images)
    pixels = tf.cast(across[1], tf.int64) * tf.cast(across[2], tf.int64)
    checks = (
        (across[0] > 0, "Expected at least one picture. Received a batch of 0."),
        (across[3] == 3, "Expected pictures of three channels, RGB. Received another number."),
        (pixels > 0, "Expected pictures of at least one pixel. Received a height or width of 0."),
        (pixels <= LARGEST, f"Expected pictures of at most {LARGEST:,} pixels; make them smaller first."),
    )
    with _asserted(checks):
        return tf.identity(images)


def of_shape(tensor: tf.Tensor, shape: Sequence[int]) -> tf.Tensor:
    """The tensor; INVALID_ARGUMENT, in words, unless it is ``(batch, *shape)`` of at least one picture."""
    sizes = ", ".join(map(str, shape))
    across = tf.shape(tensor)
    checks = (
        (across[0] > 0, "Expected at least one picture. Received a batch of 0."),
        (tf.reduce_all(across[1:] == shape), f"Expected (batch, {sizes}). Received another size."),
    )
    with _asserted(checks):
        return tf.identity(tensor)


def _asserted(checks):
    """What follows is computed only if the checks, ``(right, message)``, are right."""
    return tf.control_dependencies([tf.debugging.Assert(right, [message]) for right, message in checks])


def decoded(data: tf.Tensor, size: tuple[int, int], channels: int, way: Preprocessing) -> tf.Tensor:
    """The picture in the bytes of one file, brought to the model's size: PNG, JPEG, GIF (its first frame) or BMP.

    INVALID_ARGUMENT for anything else. JPEG is decoded with the accurate transform, as Pillow does: TensorFlow's own
    choice is a fast one, which changed the label of 3 % of CIFAR-10's pictures.
    """
    image = tf.cond(
        tf.io.is_jpeg(data),
        lambda: tf.io.decode_jpeg(data, channels=3, dct_method="INTEGER_ACCURATE"),
        lambda: tf.io.decode_image(data, channels=3, expand_animations=False),
    )
    whole = checked(tf.reshape(image, tf.concat([[1], tf.shape(image)], 0)))
    fitted = pictures.fit(whole, size, channels, way.crop, way.interpolation)[0]
    return tf.ensure_shape(fitted, (*size, channels))
