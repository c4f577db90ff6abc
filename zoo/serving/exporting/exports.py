"""``zoo.export``: from a model to the folder of a format, whole and compared, or not at all."""

import importlib
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import keras
import numpy as np

from zoo import _check
from zoo.data import files
from zoo.flows import FlowModel, Guidance
from zoo.serving.exporting import folder
from zoo.serving.exporting.classifier import Classifier, classifier
from zoo.serving.exporting.density import density
from zoo.serving.exporting.dials import Dialled, dialled
from zoo.serving.exporting.labelled import Source, labelled
from zoo.serving.exporting.precision import precision as precision_of

FILES = ("onnx", "litert", "openvino")
"""The formats of one model each; each is a module here with ``FILES``, ``check`` and ``write``."""
FORMATS = ("saved_model", *FILES)
"""All formats."""


def export(
    model: keras.Model,
    path: str | os.PathLike,
    to: str = "saved_model",
    *,
    version: int = 1,
    dial: Sequence[str] = (),
    labels: Sequence[str] | None = None,
    top: int = 5,
    data: Source | None = None,
    precision: str = "float32",
    calibration: np.ndarray | str | os.PathLike | None = None,
    guidance: float | tuple[float, float, float] | str = 1.0,
) -> pathlib.Path:
    """Write a classifier or a flow for a runtime that has neither Zoo nor Keras.

    What is written is run once, in its own runtime, and compared with the Keras model; what differs is not left behind.
    Half precision becomes float32, and adaptive steps become each picture's own. A SavedModel is the folder
    ``path/version`` with a README of its signatures beside it; the others are files in ``path``, of the model's own
    input and its probabilities, with ``labels.txt`` and a README. A flow is a SavedModel with the signatures
    ``log_prob`` and ``sample``, which its README describes.

    Args:
        model: Any Keras classifier of one picture size that ends in logits or softmax, of Zoo's applications or not; or
            a ``zoo.flows.FlowModel``, to which ``labels``, ``top``, ``data``, ``precision`` and ``calibration`` do not
            apply.
        path: Folder; made if missing.
        to: ``"saved_model"``; ``"onnx"`` (extra ``export``), ``"litert"`` (extra ``litert``) or ``"openvino"`` (extra
            ``openvino``).
        version: Of a SavedModel, the number of the folder in ``path``; a server takes the highest. Defaults to ``1``.
        dial: Further signatures, each the model at another setting; of the other formats the one setting to write:
            ``"steps=4"``, ``"rtol=1e-3"``, ``"column=2"``,
            ``"midpoint:steps=1,2"``. See ``zoo.rediscretize`` and ``zoo.analysis.column``.
        labels: Of the classes in the order of the outputs. Defaults to the model's own, or ``"0"``, ``"1"``, ….
        top: How many classes an answer names. Defaults to ``5``.
        data: Pictures with classes, on which each setting of a SavedModel is measured for the README, for at most two
            minutes: raw pictures and their class numbers, a folder with one folder of pictures for each class, or an
            ``.npz`` file of the data set that the model was trained on; of a file in int8 or float16 it is all that
            are given.
            Defaults to ``None``.
        precision: ``"float32"`` (default), of ``"litert"`` also ``"float16"``, of all files ``"int8"``.
        calibration: Raw pictures of the model's size that the ranges of int8 are measured on, some hundred, or the path
            of an ``.npz`` file or a folder with them. Defaults to ``None``.
        guidance: Of a flow with classes, how much that of a sample is exaggerated, and when: 2, ``(2, 0.2, 0.8)`` or
            ``"2:0.2:0.8"`` (``zoo.flows.Guidance``). Defaults to ``1.0``.

    Returns:
        What was written: the folder of the version, or the file.

    Raises:
        FileNotFoundError: There is no file of that path.
        ImportError: The format's runtime is not installed.
        ValueError: The model is no such classifier and no flow, has no such setting, cannot run in that runtime, or an
            argument does not fit.
        FileExistsError: There is something in the place already.
        RuntimeError: The backend is not TensorFlow, or what was written differs from the Keras model; in int8, where it
            has another first class on more than a tenth of the pictures.
        OSError: It cannot be written.

    Example:
        >>> model = zoo.load("lm_resnet20-cifar10")
        >>> zoo.export(model, "served/lm_resnet20") # doctest: +SKIP
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("An export is made by TensorFlow: set KERAS_BACKEND=tensorflow to export.")
    form: Any = importlib.import_module(f"zoo.serving.exporting.{_check.known(to, FORMATS, 'format')}")
    parent = pathlib.Path(path).expanduser()
    version = _check.integer(version, "version", least=0)
    places = [parent / name for name in form.FILES] if to in FILES else [parent / str(version)]
    folder.check(parent, places)
    if isinstance(model, FlowModel):
        of_classifiers = (labels, None if top == 5 else top, data, None if precision == "float32" else precision)
        write = _flow(model, to, dial, guidance, [*of_classifiers, calibration])
    elif Guidance.of(guidance).weight != 1:
        raise ValueError(f"guidance is of flows. Received: guidance={guidance!r} and {model.name}, which is none.")
    else:
        write = _classifier(model, to, form, dial, labels, _check.integer(top, "top"), data, (precision, calibration))
    parent.mkdir(parents=True, exist_ok=True)
    with files.staged(parent) as partial:  # no server sees half a model
        whole = partial / "model"
        texts = write(whole)
        for place in places:
            (whole if to not in FILES else whole / place.name).rename(place)
    for name, text in texts.items():
        files.write(parent / name, text.encode())
    return places[-1]


def _classifier(model, to, form, dial, labels, top, data, numbers):
    """The function that writes a classifier into a folder and gives the texts beside it."""
    served = classifier(model, labels, top)
    settings = dialled(served, dial)
    if to in FILES:
        served, settings = _only(served, settings, to), {}
    form.check(served)
    precision = precision_of(numbers[0], to, numbers[1], served)
    pictures = None if data is None else labelled(model, served.labels, data)
    return lambda whole: form.write(served, whole, dial=settings, data=pictures, precision=precision)


def _flow(model, to, dial, guidance, of_classifiers):
    """The same of a flow."""
    if any(each is not None for each in of_classifiers):
        raise ValueError(
            f"{model.name} is a flow, without pictures to measure on and in float32. Expected: none of labels=, top=, "
            "data=, precision= and calibration= (--data, --precision). `zoo evaluate` measures a flow."
        )
    if to in FILES:
        raise ValueError(
            f"A flow has a density and a sampler, and a file of {to} holds one function. Expected: to='saved_model' "
            f"(--to saved_model). Received: {to!r} and {model.name}."
        )
    from zoo.serving.exporting import flow_saved_model

    served = density(model, dial, Guidance.of(guidance))
    return lambda whole: flow_saved_model.write(served, whole)


def _only(served: Classifier, settings: dict[str, Dialled], to: str) -> Classifier:
    """The one network that a file holds."""
    if len(settings) > 1:
        raise ValueError(f"A file of {to} holds one setting of the dial. Received: {', '.join(settings)}.")
    return next((each.served for each in settings.values()), served)
