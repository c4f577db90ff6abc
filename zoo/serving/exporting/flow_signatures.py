"""The functions of an exported flow: points to densities, noise to samples, each with the batch as its first axis."""

from collections.abc import Callable
from typing import Any

import tensorflow as tf

from zoo.serving.exporting.density import Density

Answer = Callable[..., dict[str, tf.Tensor]]


def signatures(served: Density) -> dict[str, Any]:
    """Every signature by name, as a concrete function: ``log_prob`` and ``sample``, and of each further discretisation
    both with its name behind, such as ``sample_midpoint_steps_8``."""
    found = {}
    for name, way in served.ways.items():
        end = f"_{name}" if name else ""
        found[f"log_prob{end}"] = function(log_prob(served, way), density_inputs(served), served.flow.classes)
        found[f"sample{end}"] = function(sample(served, way), sampler_inputs(served), served.flow.classes)
    return found


def density_inputs(served: Density) -> dict[str, tf.TensorSpec]:
    """What ``log_prob`` takes: ``x``, ``condition`` where there is one, and ``probe`` where the trace is estimated."""
    x = tf.TensorSpec((None, *served.flow.event_shape), tf.float32, "x")
    probe = {"probe": tf.TensorSpec(x.shape, tf.float32, "probe")} if served.estimated else {}
    return {"x": x, **_condition(served), **probe}


def sampler_inputs(served: Density) -> dict[str, tf.TensorSpec]:
    """What ``sample`` takes: ``noise``, and ``condition`` where there is one."""
    noise = tf.TensorSpec((None, *served.flow.base.event_shape), tf.float32, "noise")
    return {"noise": noise, **_condition(served)}


def _condition(served):
    flow = served.flow
    if flow.classes is None and flow.condition_shape is None:
        return {}
    shape, dtype = ((), tf.int32) if flow.classes is not None else (flow.condition_shape, tf.float32)
    return {"condition": tf.TensorSpec((None, *shape), dtype, "condition")}


def log_prob(served: Density, way: dict[str, Any]) -> Answer:
    """The function of the density under a discretisation: ``log_prob`` in nats and ``nfe``, ``(batch,)``."""
    flow = served.flow

    def answer(x, condition=None, probe=None):
        noises = {} if probe is None else flow.probes(probe)

        def how(cnf):
            settings = {"trace": served.trace, "discretization": cnf.discretization.changed(**way)}
            return {**settings, "epsilon": noises.get(id(cnf))}

        z, change, nfe = flow.carried("inverse", x, condition, how=how)
        return {"log_prob": flow.base.log_prob(z) + change, "nfe": tf.fill(tf.shape(x)[:1], nfe)}

    return answer


def sample(served: Density, way: dict[str, Any]) -> Answer:
    """The function of the sampler under a discretisation: ``samples`` and ``nfe``, which counts the evaluations of
    guidance, too, ``(batch,)``."""
    guided = served.guidance.over(served.flow.classes)
    times = 1 if guided is None else 2

    def how(cnf):
        return {"density": False, "guided": guided, "discretization": cnf.discretization.changed(**way)}

    def answer(noise, condition=None):
        values, _, nfe = served.flow.carried("forward", noise, condition, how=how)
        return {"samples": values, "nfe": tf.fill(tf.shape(noise)[:1], times * nfe)}

    return answer


def function(answer: Answer, inputs: dict[str, tf.TensorSpec], classes: int | None) -> Any:
    """The concrete function of named inputs; INVALID_ARGUMENT, in words, of what it cannot take."""

    def serve(**tensors):
        count = tf.shape(tensors[next(iter(inputs))])[0]
        return answer(**{name: _checked(name, tensors[name], spec, count, classes) for name, spec in inputs.items()})

    return tf.function(serve, autograph=False).get_concrete_function(**inputs)


def _checked(name, tensor, spec, count, classes):
    """What comes from Python has the shape of the specification; a server in C++ looks at none."""
    shape, across = spec.shape[1:].as_list(), tf.shape(tensor)
    sizes = ", ".join(map(str, ("batch", *shape)))
    checks = [
        (across[0] > 0, "Expected at least one row. Received a batch of 0."),
        (tf.reduce_all(across[1:] == shape), f"{name}: expected the shape ({sizes}). Received another one."),
        (across[0] == count, f"{name}: expected as many rows as of the other input."),
    ]
    if spec.dtype.is_floating:
        right = tf.reduce_all(tf.math.is_finite(tensor))
        checks.append((right, f"{name}: expected finite numbers. Received NaN or infinity."))
    else:
        right = tf.reduce_all((tensor >= 0) & (tensor <= classes))
        checks.append((right, f"{name}: there is no such class. Expected 0 … {classes - 1}, or {classes} for none."))
    with tf.control_dependencies([tf.debugging.Assert(right, [message]) for right, message in checks]):
        return tf.ensure_shape(tf.identity(tensor), spec.shape)
