"""What is on picture files: from paths to labels, a chunk at a time."""

import keras

from zoo import applications
from zoo.data import pictures

CHUNK = 64
"""Pictures predicted at once."""


def predict(network, files, name, top=3):
    """Yield for each file, in order, its predictions or why it could not be read.

    Args:
        network: The released model of that NAME (``zoo.load(name)``).
        files: Paths of picture files (see ``zoo.data.pictures.find``).
        name: NAME of the checkpoint whose labels apply.
        top: How many classes to name.

    Yields:
        ``{"image": path, "predictions": [{"label", "probability"}, …]}``, the most probable first, or
        ``{"image": path, "error": reason}``.
    """
    for start in range(0, len(files), CHUNK):
        yield from _chunk(network, files[start : start + CHUNK], name, top)


def _chunk(network, files, name, top):
    _, height, width, channels = network.input_shape
    results: list[dict] = [{"image": str(file)} for file in files]
    readable = []
    for result, file in zip(results, files, strict=True):
        try:
            readable.append((result, pictures.fit(pictures.read(file), (height, width), channels)))
        except ValueError as error:
            result["error"] = str(error)
        except Exception as error:  # the backend's own errors, such as no memory for a huge picture
            result["error"] = f"could not be resized: {type(error).__name__}"
    if readable:
        probabilities = network.predict_on_batch(keras.ops.stack([picture for _, picture in readable]))
        decoded = applications.decode_predictions(probabilities, top, name)
        for (result, _), labels in zip(readable, decoded, strict=True):
            result["predictions"] = [{"label": label, "probability": value} for _, label, value in labels]
    return results
