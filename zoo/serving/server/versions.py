"""The versions of a served model: the folder, what is loaded of it, and its signatures."""

import contextlib
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from zoo.data import encoding
from zoo.serving.server.protocol import Tensor


class Version:
    """A loaded SavedModel.

    Attributes:
        number: The name of its folder.
        inputs, outputs: Those of each signature by name.
    """

    def __init__(self, number: int, folder: pathlib.Path):
        import tensorflow as tf

        self.number = number
        self._loaded = tf.saved_model.load(str(folder))  # keeps the variables alive
        self._signatures = dict(self._loaded.signatures)
        self.inputs = {name: _tensors(each.structured_input_signature[1]) for name, each in self._signatures.items()}
        self.outputs = {name: _tensors(each.structured_outputs) for name, each in self._signatures.items()}

    def run(self, signature: str, inputs: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The outputs of a signature by name.

        Raises ``ValueError`` with the words of the graph for an input that it refuses.
        """
        import tensorflow as tf

        given = {
            name: tf.constant(array, tf.string if array.dtype == object else array.dtype)
            for name, array in inputs.items()
        }
        try:
            found = self._signatures[signature](**given)
        except tf.errors.InvalidArgumentError as error:
            raise ValueError(_words(error.message)) from None
        return {name: found[name].numpy() for name in self.outputs[signature]}

    def warm_up(self) -> None:
        """Ask every signature that takes pictures in bytes once, so that nobody's first question waits."""
        picture = np.array([encoding.of_array(np.zeros((8, 8, 3), np.uint8))], object)
        for name, inputs in self.inputs.items():
            if list(inputs) == ["image_bytes"]:
                with contextlib.suppress(ValueError):  # whoever asks hears what it does not like
                    self.run(name, {"image_bytes": picture})

    def metadata(self, model: str) -> dict[str, Any]:
        """What TensorFlow Serving says at ``/metadata``."""
        signatures = {
            name: {
                "inputs": {key: _described(tensor) for key, tensor in self.inputs[name].items()},
                "outputs": {key: _described(tensor) for key, tensor in self.outputs[name].items()},
                "method_name": "tensorflow/serving/predict",
            }
            for name in self._signatures
        }
        spec = {"name": model, "signature_name": "", "version": str(self.number)}
        return {"model_spec": spec, "metadata": {"signature_def": {"signature_def": signatures}}}


class Versions:
    """The folder of a model: ``<number>/saved_model.pb``; the highest number is served.

    Args:
        folder: That of the versions; its name is the model's.

    Raises:
        ValueError: There is no version in it.
    """

    def __init__(self, folder: pathlib.Path):
        self.folder = folder.resolve()
        self.name = self.folder.name
        self.current: Version | None = None
        if not self.numbers():
            raise ValueError(
                f"{folder} has no version of a model. Expected {folder}/1/saved_model.pb, as `zoo export MODEL --out "
                f"{folder}` writes it."
            )

    def numbers(self) -> list[int]:
        """The versions that are in the folder, in order."""
        found = self.folder.glob("*/saved_model.pb")
        return sorted(int(path.parent.name) for path in found if path.parent.name.isdecimal())

    def refresh(self) -> bool:
        """Load the highest version if it is another one than the current; whether there was one.

        The old one answers until the new one is loaded. Raises what TensorFlow does for a damaged one.
        """
        numbers = self.numbers()
        if not numbers or (self.current is not None and self.current.number == numbers[-1]):
            return False
        version = Version(numbers[-1], self.folder / str(numbers[-1]))
        version.warm_up()
        self.current = version
        return True

    @property
    def card(self) -> str:
        """The text of the folder's README, or nothing."""
        path = self.folder / "README.md"
        return path.read_text("utf-8", "replace") if path.is_file() else ""


def _tensors(specs: Mapping[str, Any]) -> dict[str, Tensor]:
    return {name: Tensor(np.dtype(each.dtype.as_numpy_dtype), tuple(each.shape)) for name, each in specs.items()}


def _described(tensor: Tensor) -> dict[str, Any]:
    sizes = [{"size": str(-1 if size is None else size), "name": ""} for size in tensor.shape]
    dtype = "DT_STRING" if tensor.dtype == object else f"DT_{_PROTO.get(tensor.dtype.name, tensor.dtype.name.upper())}"
    return {"dtype": dtype, "tensor_shape": {"dim": sizes, "unknown_rank": False}, "name": ""}


_PROTO = {"float32": "FLOAT", "float64": "DOUBLE", "float16": "HALF"}
"""What TensorFlow calls the types whose names it does not share with NumPy."""


def _words(message: str) -> str:
    """What a graph says of its input, without the names of its operations."""
    said = message.partition("[[")[0].strip()
    return " ".join(said.split()).removeprefix("assertion failed: [").removesuffix("]") or "The input is refused."
