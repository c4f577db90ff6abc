"""Weight files of Keras as a source of trained weights."""

import dataclasses
import math
import pathlib
import tempfile
import typing
from collections.abc import Callable
from typing import Any

import keras

from zoo.applications.application import Twin
from zoo.applications.sources import Source, assign
from zoo.weights import convert, formats, hdf5, keys

KIND = ".weights.h5"
"""How the files end that Keras 3 writes; the older ones end in ``.h5`` alone."""


@typing.final
@dataclasses.dataclass(frozen=True)
class KerasWeights(Source):
    """A ``.weights.h5`` file, or one of the older ``.h5`` files, also zipped.

    Keras puts its weights into an equal network by the order of its layers; or into the twin of ``keras.applications``
    that the network has, from which they are converted.
    """

    path: pathlib.Path
    twin: Twin | None = None
    classes = None
    labels = None

    def __str__(self) -> str:
        return str(self.path)

    @property
    def origin(self) -> dict[str, Any]:
        return {}

    def load_into(self, model: keras.Model, skip: Callable[[str], bool]) -> None:
        most = max((math.prod(variable.shape) for variable in model.variables), default=0)
        with tempfile.TemporaryDirectory() as folder:  # what is looked through is what is loaded
            copy = pathlib.Path(folder, f"copy{KIND if formats.name(self.path).endswith(KIND) else '.h5'}")
            copy.write_bytes(formats.content(self.path))
            try:
                hdf5.check(copy, most, str(self.path))
                if not self._of_twin(model, copy, skip):
                    model.load_weights(copy)
            except hdf5.Refused:
                raise
            except Exception as error:  # h5py and Keras raise many kinds for a file that does not fit
                reason = " ".join(str(error).split())[:300].replace(str(copy), str(self.path))
                raise ValueError(
                    f"The weight file {self.path} does not fit {model.name} ({model.count_params():,} values): "
                    f"{reason}. Expected the file of an equal network, head included; what zoo.save writes also fits "
                    "another head."
                ) from error

    def _of_twin(self, model: keras.Model, copy: pathlib.Path, skip: Callable[[str], bool]) -> bool:
        """Whether it is a file of the twin, whose weights the model has then."""
        if self.twin is None:
            return False
        top = keys.named_weights(model).get("predictions/bias")
        for classes in {1000, 1000 if top is None else top.shape[0]}:
            for include_top in (True, False):
                twin = self.twin.build(weights=None, include_top=include_top, classes=classes)
                try:
                    twin.load_weights(copy)
                except Exception:  # Keras raises many kinds for a file that does not fit
                    continue
                named = {f"{layer.name}/{weight.name}": weight for layer in twin.layers for weight in layer.weights}
                arrays = {name: keras.ops.convert_to_numpy(weight) for name, weight in named.items()}
                left_out = (lambda key: skip(key) or key.startswith("predictions/")) if not include_top else skip
                assign(model, convert.renamed(self.twin.layout, arrays, str(self.path)), left_out, str(self.path))
                return True
        return False
