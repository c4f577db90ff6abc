"""What can be exported: a Keras model whose head is found by what it does, not by a name."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import keras

from zoo import applications
from zoo.serving.exporting import rebuilding
from zoo.weights import Preprocessing

RULE = (
    "What is exported takes pictures of one size, (height, width, 1 or 3 channels), and ends in a dense layer of shape "
    "(features,) → (classes,), whose outputs are logits or go through softmax."
)


@dataclasses.dataclass(frozen=True)
class Classifier:
    """A model as it is served.

    Attributes:
        model: In float32, with adaptive steps of each picture's own.
        features: The model from its input to that of the head.
        head: The dense layer.
        ends_in_logits: Whether the model has no softmax.
        labels: Of the classes.
        top: How many classes an answer names.
        way: How pictures are brought to the model.
        temperature: T of ``zoo.applications.calibration``, by which logits are divided before the softmax; 1 if none
            is known.
    """

    model: keras.Model
    features: keras.Model
    head: keras.layers.Dense
    ends_in_logits: bool
    labels: tuple[str, ...]
    top: int
    way: Preprocessing
    temperature: float = 1.0

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        return self.model.input_shape[1:3]

    @property
    def channels(self) -> int:
        """1 or 3."""
        return self.model.input_shape[3]

    @property
    def adapts(self) -> bool:
        """Whether some steps adapt to the picture."""
        return any(scheme.evaluations is None for scheme in rebuilding.schemes(self.model))

    def logits(self, features: Any) -> Any:
        """The head's logits for its input, whatever its activation."""
        logits = keras.ops.matmul(features, self.head.kernel)
        return logits if self.head.bias is None else logits + self.head.bias

    def probabilities(self, outputs: Any) -> Any:
        """Probabilities under the temperature, in float32, from what the model gives."""
        outputs = keras.ops.cast(outputs, "float32")
        if self.ends_in_logits:
            return keras.ops.softmax(outputs / self.temperature)
        if self.temperature == 1:
            return outputs
        powers = keras.ops.power(outputs, 1 / self.temperature)  # softmax(z / T) of z = log p
        return powers / keras.ops.sum(powers, axis=-1, keepdims=True)


def classifier(model: keras.Model, labels: Sequence[str] | None = None, top: int = 5) -> Classifier:
    """The model as it is served.

    Args:
        model: Any Keras classifier.
        labels: Of its classes, in the order of its outputs. Defaults to the model's own, or ``"0"``, ``"1"``, ….
        top: How many classes an answer names; at most all.

    Raises ``ValueError``, which states the rule, for what is no classifier, and for a wrong number of labels.
    """
    _check_input(model)
    head, ends_in_logits = _head(model)
    own = applications.labels(model) if labels is None else labels
    names = tuple(str(each) for each in (range(head.units) if own is None else own))
    if len(names) != head.units:
        raise ValueError(f"Expected {head.units} classes, one for each output of {model.name}. Received: {len(names)}.")
    served = rebuilding.rebuilt(model)
    way, head, known = applications.preprocessing(model), _head(served)[0], applications.calibration(model)
    temperature = 1.0 if known is None else known.temperature
    return Classifier(served, features_of(served), head, ends_in_logits, names, min(top, head.units), way, temperature)


def _check_input(model):
    shapes = [tuple(each.shape) for each in getattr(model, "inputs", None) or []]  # a subclassed model has none
    if len(shapes) != 1 or len(shapes[0]) != 4 or shapes[0][3] not in (1, 3):
        raise ValueError(f"{RULE} Received: {model.name}, a {type(model).__name__} with the inputs {shapes}.")
    if None in model.input_shape[1:]:
        raise ValueError(
            f"{model.name} takes pictures of any size, so there is none to bring them to. Give it a fixed input_shape. "
            f"Received: {model.input_shape}."
        )


def _made(tensor):
    """What made a tensor in a graph: the layer or operation, and what it was called on."""
    operation, node, _ = tensor._keras_history
    return operation, operation._inbound_nodes[node].input_tensors


def _head(model):
    """The dense layer, and whether the model's outputs are its logits; raises ``ValueError`` if there is none."""
    tensor, softmax = model.outputs[0], False
    while len(model.outputs) == 1 and len(tensor.shape) == 2:
        operation, before = _made(tensor)
        activation = getattr(operation, "activation", None)
        softmax = softmax or type(operation).__name__ == "Softmax" or activation is keras.activations.softmax
        if isinstance(operation, keras.Model):
            tensor = operation.outputs[0]
        elif not softmax and activation not in (None, keras.activations.linear):
            break
        elif isinstance(operation, keras.layers.Dense):
            return operation, not softmax
        elif getattr(operation, "weights", None) or len(before) != 1:
            break
        else:
            tensor = before[0]
    raise ValueError(
        f"{model.name} is no classifier (include_top=True). {RULE} Received outputs: {model.output_shape}, "
        f"made by {type(_made(model.outputs[0])[0]).__name__}."
    )


def features_of(model: keras.Model) -> keras.Model:
    """A classifier from its input to that of its head, also of a head that is in a model inside it."""
    tensor = model.outputs[0]
    while True:
        operation, before = _made(tensor)
        if isinstance(operation, keras.layers.Dense):
            return keras.Model(model.inputs[0], before[0])
        if isinstance(operation, keras.Model):
            return keras.Model(model.inputs[0], features_of(operation)(before[0]))
        tensor = before[0]
