"""Weights that stand outside of a graph: as variables that functions share, or while a converter has the graph."""

from typing import Any

import numpy as np
import tensorflow as tf


def lift(definition: Any, least: int, axes: int = 0) -> dict[str, np.ndarray]:
    """Turn the weights of a graph into placeholders, in place: what they hold, by the names of their nodes.

    Args:
        definition: A ``GraphDef``. A weight is a constant of float32 that is large enough.
        least: Numbers of a weight.
        axes: At least so many has a weight. Defaults to 0.
    """
    weights = {}
    for node in definition.node:
        if node.op != "Const" or node.attr["dtype"].type != tf.float32.as_datatype_enum:
            continue
        shape = tf.TensorShape(node.attr["value"].tensor.tensor_shape)
        if len(shape) < axes or shape.num_elements() < least:
            continue
        weights[node.name] = tf.make_ndarray(node.attr["value"].tensor)
        node.op = "Placeholder"
        del node.attr["value"]
        node.attr["shape"].shape.CopyFrom(shape.as_proto())
    return weights


def lower(onnx: Any, graph: Any, weights: dict[str, np.ndarray], opset: int) -> None:
    """Put the weights into the graph of an ONNX model, in place, and what is computed from them alone.

    Args:
        onnx: The package.
        graph: Whose inputs of these names become its initializers.
        weights: What ``lift`` has given.
        opset: Version of the operations.
    """
    from onnx.reference import ReferenceEvaluator

    opsets = [onnx.helper.make_opsetid("", opset)]
    held = {f"{name}:0": value for name, value in weights.items()}
    small = {each.name: onnx.numpy_helper.to_array(each) for each in graph.initializer}
    kept = [each for each in graph.input if each.name not in held]
    nodes = []
    for node in graph.node:
        if held.keys() & {*node.input} and all(name in held or name in small for name in node.input):
            alone = onnx.helper.make_function("zoo", "alone", node.input, node.output, [node], opsets)
            given = {name: held[name] if name in held else small[name] for name in node.input}
            held.update(zip(node.output, map(np.asarray, ReferenceEvaluator(alone).run(None, given, {})), strict=True))
        else:
            nodes.append(node)
    read = set(_read(nodes))
    del graph.input[:], graph.node[:]
    graph.input.extend(kept)
    graph.node.extend(nodes)
    for name, value in held.items():
        if name in read:
            graph.initializer.append(onnx.numpy_helper.from_array(np.ascontiguousarray(value), name))


def _read(nodes):
    """The names that nodes read, those in the bodies of branches and loops too."""
    for node in nodes:
        yield from node.input
        for attribute in node.attribute:
            for body in (attribute.g, *attribute.graphs):
                yield from _read(body.node)
