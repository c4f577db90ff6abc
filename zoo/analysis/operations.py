"""What one forward pass costs, counted in TensorFlow's graph."""

import keras
import numpy as np

from zoo.applications.predictions import probe_picture
from zoo.flows import FlowModel
from zoo.layers import Scheme
from zoo.layers import field as fields


def macs(model: keras.Model) -> int:
    """Multiply-accumulates of one forward pass on one picture, counted in TensorFlow's graph.

    Every convolution and matrix product that runs counts output size · kernel height · kernel width · input
    channels; additions, normalisation and pooling do not count. The field of a flow whose steps run in a loop
    (an ``ODE`` layer) counts as often as it is evaluated for ``probe_picture``. Of a ``zoo.flows.FlowModel``, whose
    solver is chosen later, it is one evaluation of each field.

    Raises:
        ValueError: The model's input size is open.
        RuntimeError: The backend is not TensorFlow.
    """
    if keras.backend.backend() != "tensorflow":
        raise RuntimeError("Multiply-accumulates are counted in TensorFlow's graph: set KERAS_BACKEND=tensorflow.")
    if isinstance(model, FlowModel):
        return sum(_of_velocity(cnf.field, shape) for cnf, shape in model.states())
    shape = model.inputs[0].shape[1:]
    if None in shape:
        raise ValueError(f"Give the model a fixed input_shape to count its operations. Received: {shape}.")
    flows = [layer for layer in model.layers if _is_looped(layer)]
    if not flows:
        return _counted(lambda image: model(image, training=False), model.inputs)
    outside = keras.models.clone_model(model, call_function=_without_flows)
    states = keras.Model(model.input, [flow.input for flow in flows])(probe_picture(shape).astype("float32"))
    states = states if len(flows) > 1 else [states]
    fields = sum(flow.count(u) * _of_field(flow) for flow, u in zip(flows, states, strict=True))
    return _counted(lambda image: outside(image, training=False), outside.inputs) + fields


def _of_velocity(f, shape):
    return _counted(lambda u: fields.evaluate(f, 0.0, u, training=False), [keras.KerasTensor((None, *shape))])


def _without_flows(layer, *args, **kwargs):
    return args[0] if _is_looped(layer) else layer(*args, **kwargs)


def _is_looped(layer):
    """Whether the graph has the operations of the layer's field once, however often they run."""
    return isinstance(layer, Scheme) and layer.looped


def _of_field(flow):
    (f,) = flow.fields
    u = keras.KerasTensor(flow.field_shape(flow.input.shape), f.compute_dtype)
    return _counted(lambda u: fields.evaluate(f, 0.0, u, training=False), [u])


def _counted(function, inputs):
    """The multiply-accumulates of a function of one tensor, for a batch of one."""
    import tensorflow as tf

    (u,) = inputs
    compiled = tf.function(function, autograph=False)
    graph = compiled.get_concrete_function(tf.TensorSpec((1, *u.shape[1:]), u.dtype)).graph
    total = 0
    for operation in graph.get_operations():
        if operation.type == "Conv2D":
            total += operation.outputs[0].shape.num_elements() * int(np.prod(operation.inputs[1].shape[:3]))
        elif operation.type == "MatMul":
            axis = -2 if operation.get_attr("transpose_a") else -1
            total += operation.outputs[0].shape.num_elements() * operation.inputs[0].shape[axis]
    return total
