"""The instruments of a numerical method, read while a network is trained."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from zoo import _check
from zoo.analysis.adaptive_steps import solver_work
from zoo.analysis.coefficients import step_coefficients
from zoo.analysis.finer_labels import label_changes
from zoo.analysis.reconstruction import reconstruction_errors
from zoo.analysis.spectral_radius import spectral_radii
from zoo.analysis.truncation_error import by_stage, truncation

Readings = dict[str, float]
"""Numbers by the name under which they are logged."""


def _k(model, images):
    steps = step_coefficients(model).items()
    return {f"{name}/{layer}": float(value.mean()) for layer, found in steps for name, value in found.items()}


def _nfe(model, images):
    found = solver_work(model, images)
    sizes = {f"step_size/{each.layer}": each.step_size for each in found}
    return {**{f"nfe/{each.layer}": float(each.evaluations) for each in found}, **sizes}


def _spectral_radius(model, images):
    return {f"spectral_radius/{name}": float(radii.max()) for name, radii in spectral_radii(model, images).items()}


def _reconstruction(model, images):
    return {f"reconstruction/{name}": error for name, error in reconstruction_errors(model, images).items()}


def _truncation(model, images):
    return {f"truncation/stage{stage}": error for stage, (_, error) in by_stage(truncation(model, images)).items()}


def _labels(model, images):
    return {"label_changes": label_changes(model, images)}


INSTRUMENTS: dict[str, Callable[[keras.Model, Any], Readings]] = {
    "k": _k,
    "nfe": _nfe,
    "spectral_radius": _spectral_radius,
    "reconstruction": _reconstruction,
    "truncation": _truncation,
    "labels": _labels,
}
"""What can be read of a model on pictures, by name."""


class Instruments(keras.callbacks.Callback):
    """Reads what only numerical methods have, after every so many epochs of ``fit``, on the same pictures.

    The readings go into the ``logs`` of the epoch, so that ``History`` and the callbacks after this one, such as
    ``CSVLogger`` and ``TensorBoard``, have them. In the epochs between they are NaN. Nothing of the training changes.

    ===================  ====================================================  =========================================
    name                 logged as                                             what it is
    ===================  ====================================================  =========================================
    ``k``                ``k/<layer>``                                         ``step_coefficients``, mean over channels
    ``nfe``              ``nfe/<layer>``, ``step_size/<layer>``                ``solver_work``
    ``spectral_radius``  ``spectral_radius/<layer>``                           ``spectral_radii``, the largest
    ``reconstruction``   ``reconstruction/<layer>``                            ``reconstruction_errors``
    ``truncation``       ``truncation/stage<s>``                               ``truncation``, sum over the stage
    ``labels``           ``label_changes``                                     ``label_changes``
    ===================  ====================================================  =========================================

    Args:
        images: Some pictures as the model takes them, ``(n, height, width, channels)``. A few are enough: the spectral
            radius takes 21 passes through each layer.
        names: Some of the names above. Defaults to ``None``: those that have something to read of the model.
        every: Epochs from one reading to the next; the first epoch is read. Defaults to ``1``.

    Raises ``ValueError`` for an unknown name, or when one that was asked for has nothing to read of the model.

    Example:

    >>> import keras, numpy as np, zoo.analysis, zoo.layers
    >>> inputs = keras.Input((4,))
    >>> u = zoo.layers.ForwardEuler(keras.layers.Dense(4, "tanh"), name="stage1_block1")(inputs)
    >>> model = keras.Model(inputs, keras.layers.Dense(3, "softmax")(u))
    >>> model.compile("sgd", "sparse_categorical_crossentropy")
    >>> x, y = np.ones((8, 4)), np.zeros(8)
    >>> history = model.fit(x, y, verbose=0, callbacks=[zoo.analysis.Instruments(x[:4])])
    >>> sorted(history.history)
    ['label_changes', 'loss', 'spectral_radius/stage1_block1', 'truncation/stage1']
    """

    def __init__(self, images: Any, names: Sequence[str] | None = None, every: int = 1) -> None:
        super().__init__()
        self.images = np.asarray(images)
        self.names = None if names is None else [_check.known(name, INSTRUMENTS, "instrument") for name in names]
        self.every = _check.integer(every, "every")
        self._logged: list[str] = []

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Put the readings into ``logs``."""
        if logs is not None:
            logs.update(self.after(self.model, epoch))

    def after(self, model: keras.Model, epoch: int) -> Readings:
        """The readings of a model after an epoch, counted from 0: NaN if it is not one to read."""
        if self._logged and epoch % self.every:
            return dict.fromkeys(self._logged, float("nan"))
        readings = self.readings(model)
        self._logged = list(readings)
        return readings

    def readings(self, model: keras.Model) -> Readings:
        """What there is to read of a model now."""
        if self.names is None:
            self.names = [name for name in INSTRUMENTS if self._reads(name, model)]
        found = [INSTRUMENTS[name](model, self.images) for name in self.names]
        return {name: value for each in found for name, value in each.items()}

    def _reads(self, name: str, model: keras.Model) -> bool:
        try:
            return bool(INSTRUMENTS[name](model, self.images))
        except ValueError:  # the instrument says that it is not for this model
            return False
