"""A function of a network with fewer operations, whose weights are stored once for all such functions."""

import hashlib
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from zoo.serving.exporting.folding import fold
from zoo.serving.exporting.graphs import Graph, is_pure
from zoo.serving.exporting.lifting import lift

SMALL = 64
"""Numbers that stay in a graph; more are variables."""


class Weights:
    """Variables by what they hold, for functions that share them."""

    def __init__(self) -> None:
        self._variables: dict[tuple, tf.Variable] = {}

    def variable(self, value: np.ndarray) -> tf.Variable:
        """The one of that value."""
        key = (value.dtype.name, value.shape, hashlib.sha256(value.tobytes()).digest())
        if key not in self._variables:
            self._variables[key] = tf.Variable(value, trainable=False)
        return self._variables[key]


def folded(function: Any, weights: Weights | None = None) -> Any:
    """A ``tf.function`` of one tensor as another of the same values (see ``folding``).

    It is the function itself if there is a loop in it, such as an adaptive solver's, or an effect.

    Args:
        function: With an input signature.
        weights: What keeps the folded network's weights as variables. Defaults to ``None``: they are constants.
    """
    concrete = function.get_concrete_function()
    constant = convert_variables_to_constants_v2(concrete, lower_control_flow=False)
    definition = constant.graph.as_graph_def()
    if not is_pure(definition):
        return function
    graph = Graph(definition, [tensor.name for tensor in constant.outputs])
    fold(graph)
    graph.prune()
    (given,), network = constant.inputs, graph.definition
    held = {}
    if weights is not None:
        held = {name: weights.variable(value) for name, value in lift(network, SMALL + 1).items()}
    (spec,) = function.input_signature

    @tf.function(input_signature=[spec], autograph=False)
    def again(tensor: tf.Tensor) -> Any:
        tensors = {given.name: tensor, **{f"{name}:0": variable.read_value() for name, variable in held.items()}}
        outputs = tf.graph_util.import_graph_def(network, tensors, graph.outputs, name="")
        return tf.nest.pack_sequence_as(concrete.structured_outputs, outputs)

    return again
