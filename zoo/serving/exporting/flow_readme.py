"""What stands beside the versions of an exported flow: its signatures, and how they are asked."""

import os

from zoo.serving.exporting import beside, measuring
from zoo.serving.exporting.density import EXACT, Density
from zoo.serving.exporting.flow_signatures import density_inputs, sampler_inputs
from zoo.serving.exporting.folder import MARK

README = """# {name}

{mark} It is a density and a sampler, no classifier, and takes no picture files.
TensorFlow Serving takes the version of the highest number.

```sh
docker run -p 8501:8501 --mount type=bind,source="$PWD",target=/models/{name} \\
  -e MODEL_NAME={name} tensorflow/serving:2.20.0
python3 -c "import json, numpy; noise = numpy.random.normal({normal})
print(json.dumps({{'signature_name': 'sample', 'inputs': {{'noise': noise.tolist(){condition}}}}}))" |
  curl -d @- localhost:8501/v1/models/{name}:predict
```

`models.config` is for a server of several models (`--model_config_file`). Each signature is warmed up when the server
loads it (`assets.extra` of the version). There is no `serving_default`: a request says its `signature_name`.

| signature | takes | gives | steps | evaluations | ms for one |
|---|---|---|---|--:|--:|
{rows}

{arguments}

What is not finite, of another shape or of no class is INVALID_ARGUMENT.{adaptive} Milliseconds: the median of up to
{calls} calls from Python on the machine that exported ({cores} cores).
"""

GUIDANCE = """, with guidance {weight:g}{times}
  towards its class, which was fixed when it was exported and takes two evaluations for one (densities have none)"""
EXACT_TRACE = "with the exact trace"
ESTIMATED = """with Hutchinson's
  estimate of the trace, `probe · ∂f/∂u probe`, by one probe on the whole way"""
PROBE = """
* `probe`: float32 `(batch, {event})`, the noise of the estimated trace, entries independent and ±1 with equal odds. The
  mean over several probes, and its standard error, say how far off one is. It is needed above {most} dimensions."""
ADAPTIVE = """ Steps that adapt are
chosen for the whole batch: an answer depends on the others in its request, within the tolerances, so let no server put
requests together. """


def texts(served: Density, nfe: dict[str, int], milliseconds: dict[str, float]) -> dict[str, str]:
    """``README.md`` and ``models.config``.

    Args:
        served: The flow.
        nfe: Evaluations by the name of the signature, for the points on which it was compared.
        milliseconds: For one point.
    """
    flow = served.flow
    rows = []
    for name, way in served.ways.items():
        for kind, inputs, output in (
            ("log_prob", density_inputs(served), "log_prob"),
            ("sample", sampler_inputs(served), "samples"),
        ):
            full = f"{kind}_{name}" if name else kind
            takes = ", ".join(f"`{each}`" for each in inputs)
            figures = f"{nfe[full]} | {milliseconds[full]:.1f}"
            rows.append(f"| `{full}` | {takes} | `{output}`, `nfe` | {_steps(served, way)} | {figures} |")
    readme = README.format(
        name=flow.name,
        mark=MARK,
        normal=f"{flow.base.mean:g}, {flow.base.deviation:g}, {(1, *flow.base.event_shape)}",
        condition=_example(flow),
        rows="\n".join(rows),
        arguments=_arguments(served),
        adaptive=ADAPTIVE.rstrip() if any(served.adapts(way) for way in served.ways.values()) else "",
        calls=measuring.CALLS,
        cores=os.cpu_count() or 1,
    )
    return {"README.md": readme, "models.config": beside.MODELS.format(mark=MARK, name=flow.name)}


def _steps(served, way):
    """How an equation is solved, in words."""
    ways = dict.fromkeys(cnf.discretization.changed(**way) for cnf in served.flow.flows)
    words = [
        f"{each.solver} × {each.steps}" if each.steps else f"{each.solver}, rtol {each.rtol:g}, atol {each.atol:g}"
        for each in ways
    ]
    return "; ".join(words)


def _arguments(served):
    """What the inputs and outputs are, a line each; all have the batch first."""
    flow, base = served.flow, served.flow.base
    event = ", ".join(map(str, flow.event_shape))
    lines = [
        f"* `x`: float32 `(batch, {event})`, points.",
        f"* `noise`: float32 `(batch, {', '.join(map(str, base.event_shape))})`, normal with mean {base.mean:g} and "
        f"deviation {base.deviation:g}.",
    ]
    if flow.classes is not None:
        lines.append(f"* `condition`: int32 `(batch,)`, the class, 0 … {flow.classes - 1}, or {flow.classes} for none.")
    if flow.condition_shape is not None:
        lines.append(f"* `condition`: float32 `(batch, {', '.join(map(str, flow.condition_shape))})`.")
    lines += [PROBE.strip().format(event=event, most=EXACT)] if served.estimated else []
    weight, start, stop = served.guidance
    times = "" if served.guidance.always else f" for {start:g} ≤ t < {stop:g}"
    guidance = "" if weight == 1 else GUIDANCE.format(weight=weight, times=times)
    return "\n".join(
        [
            *lines,
            f"* `log_prob`: `(batch,)`, log p(x) in nats, NaN where a solve failed, "
            f"{ESTIMATED if served.estimated else EXACT_TRACE}.",
            f"* `samples`: `(batch, {event})`, where the noise flows to, the same for the same noise{guidance}.",
            "* `nfe`: `(batch,)`, the evaluations of the field that the answer took.",
        ]
    )


def _example(flow):
    """The condition in the example."""
    if flow.classes is not None:
        return ", 'condition': [0]"
    if flow.condition_shape is not None:
        return f", 'condition': numpy.zeros({(1, *flow.condition_shape)}).tolist()"
    return ""
