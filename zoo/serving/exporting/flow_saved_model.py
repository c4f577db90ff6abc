"""A flow as TensorFlow's SavedModel: its density and its sampler."""

import functools
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from zoo.serving.exporting import compare, flow_readme, measuring, saved_model, warmup
from zoo.serving.exporting.density import Density
from zoo.serving.exporting.flow_signatures import density_inputs, sampler_inputs, signatures

ROWS = 3
"""Points that the file and the Keras flow are compared on."""


def write(served: Density, folder: pathlib.Path) -> dict[str, str]:
    """Write the SavedModel, run each of its signatures once, compare it with the Keras flow, and add the warm-up.

    Args:
        served: The flow.
        folder: To be made.

    Returns:
        The text files that stand beside the version, by name.

    Raises:
        RuntimeError: An answer differs from the Keras flow's.
        ValueError: The Keras flow's answers are not finite.
        OSError: It cannot be written.
    """
    loaded = saved_model.save(signatures(served), folder)
    inputs = examples(served)
    asked = {name: inputs["sample" if name.startswith("sample") else "log_prob"] for name in loaded}
    found = {name: signature(**_tensors(asked[name])) for name, signature in loaded.items()}
    for end, way in served.ways.items():
        allowed = compare.ALLOWED_ADAPTIVE if served.adapts(way) else compare.ALLOWED
        for name, expected in expectations(served, inputs, way).items():
            full = f"{name}_{end}" if end else name
            compare.check(f"SavedModel, signature {full}", found[full], expected, allowed)
    one = {name: {key: value[:1] for key, value in given.items()} for name, given in asked.items()}
    warmup.write(folder, one)
    calls = {name: functools.partial(loaded[name], **_tensors(given)) for name, given in one.items()}
    nfe = {name: int(answer["nfe"][0]) for name, answer in found.items()}
    return flow_readme.texts(served, nfe, measuring.latencies(calls))


def examples(served: Density) -> dict[str, dict[str, np.ndarray]]:
    """What ``log_prob`` and ``sample`` are compared on, by the names of their inputs: noise, and points from it."""
    flow, rng = served.flow, np.random.default_rng(compare.SEED)
    noise = flow.base.sample(ROWS, rng)
    condition: Any = np.arange(ROWS, dtype="int32") % flow.classes if flow.classes else None
    if flow.condition_shape is not None:
        condition = rng.standard_normal((ROWS, *flow.condition_shape), dtype="float32")
    x = flow.sample(ROWS, noise=noise / 2, condition=condition).values  # pixels within their bounds
    probe = np.where(rng.random(x.shape) < 0.5, -1, 1).astype("float32")
    values = {"noise": noise, "x": x, "condition": condition, "probe": probe}
    names = {"log_prob": density_inputs(served), "sample": sampler_inputs(served)}
    return {signature: {name: values[name] for name in inputs} for signature, inputs in names.items()}


def expectations(served: Density, inputs: dict[str, dict[str, np.ndarray]], way: dict[str, Any]) -> dict[str, Any]:
    """What the Keras flow says, and the evaluations of its field where they are equal steps."""
    flow, given = served.flow, inputs["log_prob"]
    x, condition = given["x"], given.get("condition")
    if served.estimated:
        density = flow.log_prob(x, condition, probe=given["probe"], **way)
    else:
        density = flow.log_prob(x, condition, trace="exact", **way)
    noise = inputs["sample"]["noise"]
    made = flow.sample(ROWS, noise=noise, condition=condition, guidance=served.guidance, **way)
    found = {"log_prob": {"log_prob": density}, "sample": {"samples": made.values}}
    if not served.adapts(way):
        found["sample"]["nfe"] = np.full(ROWS, made.nfe)
    return found


def _tensors(inputs):
    return {name: tf.constant(value) for name, value in inputs.items()}
