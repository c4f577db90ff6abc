"""The states between the stages of a network."""

import re

import keras


def features(model: keras.Model) -> keras.Model:
    """A model of the same input that returns the state at the end of each stage, a list of tensors, or the one tensor.

    The layers are shared, not copied. A step that halves the sides at the end of a stage, as in ResNet V2, belongs to
    the next: the state before it is returned. For ``LMResNet()`` the outputs are (batch, 32, 32, 16),
    (batch, 16, 16, 32) and (batch, 8, 8, 64).

    Args:
        model: A model of ``zoo.applications``, whose stages are layers named ``stage<s>…``.

    Raises:
        ValueError: The model has no such layers.
    """
    last = {}
    for layer in model.layers:
        if match := re.match(r"stage(\d+)(_|$)", layer.name):
            last[int(match[1])] = layer
    if not last:
        raise ValueError(f"{model.name} has no layers named stage1…, as the models of zoo.applications have.")
    outputs = [_state(last[stage], stage) for stage in sorted(last)]
    return keras.Model(model.input, outputs, name=f"{model.name}_features")


def _state(layer: keras.layers.Layer, stage: int) -> keras.KerasTensor:
    """The output of the last layer of a stage, or its input if that has other sides and is of the same stage."""
    before = layer.input
    if not isinstance(before, keras.KerasTensor) or before.shape[1:-1] == layer.output.shape[1:-1]:
        return layer.output
    whose = before._keras_history.operation.name
    return before if re.match(rf"stage{stage}(_|$)", whose) else layer.output
