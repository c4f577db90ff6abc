"""Weights that are taken out of a graph and put into an ONNX model: the same function, whoever reads them."""

import numpy as np
import pytest
import tensorflow as tf

from zoo.serving.exporting import lifting

OPSET = 17
KERNEL = np.arange(64 * 32, dtype="float32").reshape(64, 32) / 1000


def test_large_matrices_are_taken_out_and_the_rest_stays():
    with tf.Graph().as_default() as graph:
        tf.constant(KERNEL, name="kernel")
        tf.constant(KERNEL.astype("float64"), name="other_type")
        tf.constant(KERNEL[:2], name="small")
        tf.constant(KERNEL.ravel(), name="vector")
    definition = graph.as_graph_def()
    weights = lifting.lift(definition, 1024, axes=2)
    assert list(weights) == ["kernel"]
    np.testing.assert_array_equal(weights["kernel"], KERNEL)
    kinds = {node.name: node.op for node in definition.node}
    assert kinds == {"kernel": "Placeholder", "other_type": "Const", "small": "Const", "vector": "Const"}
    (node,) = [node for node in definition.node if node.name == "kernel"]
    assert tf.TensorShape(node.attr["shape"].shape) == KERNEL.shape


def test_what_is_computed_from_weights_alone_is_evaluated():
    onnx = pytest.importorskip("onnx")
    helper, reference = onnx.helper, pytest.importorskip("onnx.reference")
    nodes = [
        helper.make_node("Transpose", ["kernel:0"], ["turned"], perm=[1, 0]),
        helper.make_node("Reshape", ["turned", "shape"], ["flat"]),
        helper.make_node("MatMul", ["x", "kernel:0"], ["y"]),
        helper.make_node("Mul", ["y", "flat"], ["z"]),
    ]
    shape = onnx.numpy_helper.from_array(np.array([64, 32]), "shape")
    before = model(onnx, nodes, [shape])
    after = model(onnx, nodes, [shape])
    lifting.lower(onnx, after.graph, {"kernel": KERNEL}, OPSET)
    assert [node.op_type for node in after.graph.node] == ["MatMul", "Mul"]
    assert [each.name for each in after.graph.input] == ["x"]
    x = np.ones((64, 64), "float32")
    (expected,) = reference.ReferenceEvaluator(before).run(None, {"x": x, "kernel:0": KERNEL})
    np.testing.assert_array_equal(reference.ReferenceEvaluator(after).run(None, {"x": x})[0], expected)


def test_a_branch_reads_a_weight_from_outside():
    onnx = pytest.importorskip("onnx")
    helper, reference = onnx.helper, pytest.importorskip("onnx.reference")
    out = helper.make_tensor_value_info("out", onnx.TensorProto.FLOAT, None)
    bodies = [
        helper.make_graph([helper.make_node(op, ["x", "kernel:0"], ["out"])], op, [], [out]) for op in ("MatMul", "Sub")
    ]
    yes = onnx.numpy_helper.from_array(np.array(True), "yes")
    made = model(onnx, [helper.make_node("If", ["yes"], ["z"], then_branch=bodies[0], else_branch=bodies[1])], [yes])
    lifting.lower(onnx, made.graph, {"kernel": KERNEL}, OPSET)
    assert "kernel:0" in {each.name for each in made.graph.initializer}
    x = np.eye(64, dtype="float32")
    np.testing.assert_array_equal(reference.ReferenceEvaluator(made).run(None, {"x": x})[0], KERNEL)


def model(onnx, nodes, initializers):
    """An ONNX model of ``x`` and the kernel."""
    inputs = [
        onnx.helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [64, 64]),
        onnx.helper.make_tensor_value_info("kernel:0", onnx.TensorProto.FLOAT, list(KERNEL.shape)),
    ]
    output = onnx.helper.make_tensor_value_info("z", onnx.TensorProto.FLOAT, None)
    graph = onnx.helper.make_graph(nodes, "graph", inputs, [output], initializers)
    return onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", OPSET)])
