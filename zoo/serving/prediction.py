"""What is on picture files: from paths to labels, a chunk at a time."""

import pathlib
from collections.abc import Iterator, Sequence
from typing import Any

import keras
import numpy as np

from zoo.analysis.confidence import probabilities_of
from zoo.applications import preprocessing
from zoo.data import pictures

CHUNK = 64
"""Pictures predicted at once."""
NO_ANSWER = (
    "the network has no answer: its outputs are not finite (NaN). Its weights are not, or, in an ODE-Net, the solver "
    "did not come to the end: loosen rtol and atol, or raise max_steps="
)
"""What is said of a picture whose outputs are not finite."""


def predict_files(
    network: keras.Model,
    files: Sequence[pathlib.Path],
    labels: Sequence[str] | None = None,
    top: int = 3,
    min_confidence: float = 0.0,
) -> Iterator[dict[str, Any]]:
    """Yield for each file, in order, its predictions or why it could not be read.

    Args:
        network: A classifier for pictures of one size.
        files: Paths of picture files (see ``zoo.data.finding.find``).
        labels: Names of the classes in the order of the outputs. Defaults to ``None``: their numbers.
        top: How many classes to name.
        min_confidence: A largest probability below it is called unsure. Defaults to ``0``.

    Yields:
        ``{"image": path, "predictions": [{"label", "probability"}, …]}``, the most probable first, or
        ``{"image": path, "error": reason}``; ``"unsure": True`` where the
        largest probability is below ``min_confidence``; outputs that are not finite name no class.
    """
    for start in range(0, len(files), CHUNK):
        yield from _chunk(network, files[start : start + CHUNK], labels, top, min_confidence)


def _chunk(network, files, labels, top, min_confidence):
    _, height, width, channels = network.input_shape
    way = preprocessing(network)
    results: list[dict] = [{"image": str(file)} for file in files]
    readable = []
    for result, file in zip(results, files, strict=True):
        try:
            readable.append(
                (result, pictures.read_fitted(file, (height, width), channels, way.crop, way.interpolation))
            )
        except ValueError as error:
            result["error"] = str(error)
        except Exception as error:  # the backend's own errors, such as no memory for a huge picture
            result["error"] = f"could not be resized: {type(error).__name__}"
    if readable:
        outputs = network.predict_on_batch(keras.ops.stack([picture for _, picture in readable]))
        probabilities = probabilities_of(network, outputs)
        names = labels or [str(number) for number in range(probabilities.shape[1])]
        for (result, _), row in zip(readable, probabilities, strict=True):
            if not np.isfinite(row).all():
                result["error"] = NO_ANSWER
                continue
            best = np.argsort(-row, kind="stable")[:top]
            result["predictions"] = [{"label": names[i], "probability": float(row[i])} for i in best]
            if np.max(row) < min_confidence:
                result["unsure"] = True
    return results
