"""Fewer operations for the same function: scales and shifts of channels become part of convolutions.

``a (x ∗ w + b) + c = x ∗ (a w) + (a b + c)``: a batch normalization at inference, or any other scale and shift by
constants, of a convolution that nobody else reads. Before a convolution, as in a pre-activated branch or where
pictures are normalised, the shift stays and the scale goes on: ``σ(a x + c) ∗ w = σ(x + c/a) ∗ (a w)`` where σ is ReLU
and a > 0, or where there is no σ. The zeros around a picture stay zeros under a scale but not under a shift, so that a
shift goes on only into a convolution without them.
"""

import numpy as np

from zoo.serving.exporting.graphs import Graph

NORMALIZATIONS = ("FusedBatchNorm", "FusedBatchNormV2", "FusedBatchNormV3")
SMALLEST = 1e-20
"""Below it in absolute value a scale is not divided by."""


def fold(graph: Graph) -> None:
    """Fold what folds, in place; what is not exact, but for rounding, stays as it is."""
    for step in (_into_the_one_before, _into_those_after):
        for node in list(graph.nodes.values()):
            found = _affine(graph, node)
            if found is not None:
                step(graph, node, *found)


def _into_the_one_before(graph, node, x, scale, shift):
    """``a (x ∗ w) + c``."""
    before = graph.made_by(x)
    if (scale.size == 1 and not shift.any()) or graph.only_reader(before) is None:
        return  # a step size alone stays: the settings of a dial differ in it and share the weights
    if before.op == "Conv2D":
        kernel = graph.value(before.input[1])
        channels = None if kernel is None else kernel.shape[3:]
    else:
        kernel = graph.value(before.input[1]) if before.op == "DepthwiseConv2dNative" else None
        channels = None if kernel is None else kernel.shape[2:]
    if channels is None or not _channels_last(before) or max(scale.size, shift.size) not in (1, np.prod(channels)):
        return
    scale, shift = (np.broadcast_to(each, np.prod(channels)) for each in (scale, shift))
    before.input[1] = graph.constant(f"{node.name}/kernel", np.float32(kernel * scale.reshape(channels)))
    graph.become(node, "BiasAdd", before.name, graph.constant(f"{node.name}/bias", np.float32(shift)))


def _into_those_after(graph, node, x, scale, shift):
    """``σ(a x + c) ∗ w``."""
    after = _convolutions(graph, node, bool((scale > 0).all()))
    if not after or (np.abs(scale) < SMALLEST).any() or ((scale == 1).all() and not _unpadded(graph, node, after)):
        return
    kernels = [graph.value(each.input[1]) for each in after]
    if any(max(scale.size, shift.size) not in (1, kernel.shape[2]) for kernel in kernels):
        return
    whole = _unpadded(graph, node, after)
    for each, kernel in zip(after, kernels, strict=True):
        scaled = kernel * scale.reshape(-1, 1)
        each.input[1] = graph.constant(f"{each.name}/{node.name}/kernel", np.float32(scaled))
        if whole and shift.any():
            bias = (kernel * shift.reshape(-1, 1)).sum((0, 1, 2))
            _add_bias(graph, each, f"{each.name}/{node.name}/bias", bias)
    if whole or not shift.any():
        graph.become(node, "Identity", x)
    else:
        offset = np.float32(shift / scale).reshape(1, 1, 1, -1)
        graph.become(node, "AddV2", x, graph.constant(f"{node.name}/offset", offset))


def _add_bias(graph, convolution, name, bias):
    """To the convolution's own bias, if it has one: tf2onnx takes one from behind a convolution, and breaks at two."""
    behind = graph.only_reader(convolution)
    own = None if behind is None or behind.op != "BiasAdd" else graph.value(behind.input[1])
    if own is None:
        graph.append(convolution, "BiasAdd", graph.constant(name, np.float32(bias)))
    else:
        behind.input[1] = graph.constant(name, np.float32(own + bias))


def _affine(graph, node):
    """``(x, a, c)`` of a node that computes a x + c with constants for each channel, in float64; else ``None``."""
    found = _normalization(graph, node) if node.op in NORMALIZATIONS else _arithmetic(graph, node)
    if found is None:
        return None
    x, scale, shift = found
    before = graph.made_by(x)
    inner = None if graph.only_reader(before) is None else _affine(graph, before)
    return found if inner is None else (inner[0], scale * inner[1], scale * inner[2] + shift)


def _normalization(graph, node):
    """``γ (x − mean) / √(var + ε) + β`` whose statistics are constants and are not read."""
    values = [graph.value(tensor) for tensor in node.input[1:5]]
    if any(each is None or not each.size for each in values) or node.attr["is_training"].b or not _channels_last(node):
        return None
    if any(
        tensor.startswith(f"{node.name}:") for reader in graph.readers[node.name] if reader for tensor in reader.input
    ):
        return None
    gamma, beta, mean, variance = (each.astype(np.float64) for each in values)
    scale = gamma / np.sqrt(variance + node.attr["epsilon"].f)
    return node.input[0], scale, beta - mean * scale


def _arithmetic(graph, node):
    """One operation with a constant for each channel."""
    if node.op not in ("Mul", "AddV2", "Add", "Sub", "BiasAdd") or len(node.input) != 2:
        return None
    first, second = (graph.value(tensor) for tensor in node.input)
    value, x = (second, node.input[0]) if first is None else (first, node.input[1])
    if value is None or (first is not None and second is not None) or value.dtype != np.float32:
        return None
    if value.ndim > 4 or value.size != (value.shape or (1,))[-1] or (node.op == "BiasAdd" and not _channels_last(node)):
        return None
    value = value.astype(np.float64).reshape(-1)
    if node.op == "Mul":
        return x, value, np.zeros(1)
    if node.op == "Sub":
        return (x, np.ones(1), -value) if first is None else (x, -np.ones(1), value)
    return x, np.ones(1), value


def _convolutions(graph, node, positive):
    """The convolutions that alone read a node, through what a scale passes unchanged; none if something else does."""
    found = []
    for reader in graph.readers[node.name]:
        if reader is None or reader.input[0] != node.name or not _channels_last(reader):
            return []
        if reader.op == "Conv2D" and graph.value(reader.input[1]) is not None:
            found.append(reader)
            continue
        through = reader.op in ("Pad", "AvgPool") or (positive and reader.op in ("Relu", "MaxPool"))
        further = _convolutions(graph, reader, positive) if through else []
        if not further:
            return []
        found += further
    return found


def _unpadded(graph, node, after):
    """Whether the convolutions read a node themselves, and no zeros around it."""
    direct = all(reader in after for reader in graph.readers[node.name])
    return direct and all(
        each.attr["padding"].s == b"VALID" or graph.value(each.input[1]).shape[:2] == (1, 1) for each in after
    )


def _channels_last(node):
    return "data_format" not in node.attr or node.attr["data_format"].s == b"NHWC"  # a look alone would add it
