"""Classifiers: ResNet50's arguments around the trunk of a network."""

import dataclasses
import inspect
import logging
from typing import Any

import keras

from zoo.applications import head, resolution
from zoo.applications.application import Application, Network
from zoo.data.datasets import Description

DOCUMENTATION = {
    "include_top": "Whether the network ends in global average pooling and a classifier. Defaults to ``True``.",
    "weights": """``None`` (random), a tag such as ``"{tag}"`` (the default), the NAME of a release
        (``zoo.list_models(pretrained=True)``), a path: a ``.safetensors``, ``.npz``, ``.weights.h5``, ``.h5``
        or ``.keras`` file (all but the last also in a ``.zip``), or the folder of a preset (``zoo.save``); or the
        location of a preset elsewhere, such as ``"hf://user/repo"``. It is never derived from ``name``.""",
    "input_tensor": "A symbolic tensor to start from instead of a new ``keras.Input``. Defaults to ``None``.",
    "input_shape": """``(height, width, channels)``, each side at least 8 or ``None`` for any; channels are {channels}
        and come last whatever ``keras.config.image_data_format()`` says. Defaults to ``{shape}``.""",
    "pooling": """Without top: ``None`` (feature map, the default), ``"avg"`` or ``"max"``.""",
    "classes": """Number of classes. Another number than the checkpoint's loads the trunk under a new head, with one log
        line. Defaults to ``{classes}``.""",
    "classifier_activation": """``"softmax"`` (default), or ``None`` for logits; without trained weights anything that
        ``keras.activations.get`` takes.""",
    "name": "Name of the model; layers have fixed names. Defaults to that of the variant.",
}

RETURNS = """Returns:
    A functional ``keras.Model``. Input: raw {colour} 0..255, ``(batch, {shape})`` by default. Output: probabilities
    ``(batch, classes)``; logits, pooled features or a feature map by the arguments above."""

RAISES = """Raises:
    ValueError: An argument does not fit, there are no such weights, or a file does not fit the network.
    FileNotFoundError: ``weights`` is the path of no file.
    zoo.weights.WeightsError: A released file cannot be had intact."""

EXAMPLE = """Example:
    >>> model = zoo.applications.{name}(weights=None)
    >>> images = np.random.default_rng(0).integers(0, 256, (2, {shape}))
    >>> model.predict(images, verbose=0).shape
    (2, {classes})"""


@dataclasses.dataclass(frozen=True)
class ClassifierTask:
    """Networks that name what is on a picture; ``pictures`` says the defaults of weights, shape and classes."""

    pictures: Description
    kind = "classifier"

    @property
    def dataset(self) -> str:
        """The name of the data set."""
        return self.pictures.name

    @property
    def datasets(self) -> tuple[str, ...]:
        """It alone."""
        return (self.dataset,)

    def parameters(self) -> list[inspect.Parameter]:
        """ResNet50's arguments in their order."""
        weights, tensor, shape = "str | os.PathLike | None", "keras.KerasTensor | None", "tuple[int | None, ...] | None"
        rows = [
            ("include_top", "bool", True),
            ("weights", weights, self.pictures.name),
            ("input_tensor", tensor, None),
            ("input_shape", shape, None),
            ("pooling", "str | None", None),
            ("classes", "int", self.pictures.classes),
            ("classifier_activation", "str | None", "softmax"),
            ("name", "str | None", None),
        ]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        return [inspect.Parameter(name, kind, annotation=note, default=value) for name, note, value in rows]

    def documentation(self) -> dict[str, str]:
        """What the arguments mean, by name."""
        shape, grey = self.pictures.shape, self.pictures.shape[2] == 1
        channels = "1 (grey)" if grey else "3 (RGB) or 1 (grey, which is repeated to three)"
        values = {"tag": self.pictures.name, "shape": shape, "classes": self.pictures.classes, "channels": channels}
        return {name: text.format(**values) for name, text in DOCUMENTATION.items()}

    def closing(self, name: str) -> list[str]:
        """What such a model takes and returns, which errors there are, and an example."""
        values = {
            "colour": "RGB" if self.pictures.shape[2] == 3 else "grey",
            "shape": ", ".join(map(str, self.pictures.shape)),
            "classes": self.pictures.classes,
            "name": name,
        }
        return [text.format(**values) for text in (RETURNS, RAISES, EXAMPLE)]

    def build(self, application: Application, network: Network, arguments: dict[str, Any]) -> keras.Model:
        """The functional model: normalisation, trunk, head, and the weights that are asked for."""
        given = {key: arguments[key] for key in ("include_top", "pooling", "classes")}
        top = head.Head(**given, activation=arguments["classifier_activation"])
        source = resolution.resolve(arguments["weights"], application, network)
        same = top.include_top and source is not None and source.classes in (None, top.classes)
        if same and source is not None and source.released:
            head.check_pretrained(top)
        image = head.image_input(arguments["input_tensor"], arguments["input_shape"], self.pictures)
        own = {"application": application.root.name, "keywords": {**network.architecture, **network.settings}}
        origin = {**own, **({} if source is None else source.origin)}
        if source is not None and not same:
            origin["calibration"] = {}  # what was known is of another head
        outputs = top(
            network.trunk(head.normalised(image, self.pictures)), source.labels if same and source else None, origin
        )
        inputs = keras.utils.get_source_inputs(image)
        name = arguments["name"] or application.name_of(network)
        model = keras.Model(inputs[0] if len(inputs) == 1 else inputs, outputs, name=name)
        if source is not None:
            inner = model if arguments["input_tensor"] is None else keras.Model(image, outputs, name=name)
            source.load_into(inner, skip=(lambda key: False) if same else head.of_head)
            if top.include_top and not same:
                logging.getLogger("zoo").warning(
                    "%s: the trunk is that of %s (%s classes); the head for %d classes is new and untrained.",
                    *(name, source, source.classes, top.classes),
                )
        return model
