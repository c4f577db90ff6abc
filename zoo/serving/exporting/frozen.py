"""The function from a model's own input to its probabilities as one graph of constants, which converters read."""

import dataclasses
import importlib.util
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

from zoo.serving.exporting import compare
from zoo.serving.exporting.classifier import Classifier
from zoo.serving.exporting.fewer_bits import report
from zoo.serving.exporting.folded import Weights
from zoo.serving.exporting.folder import MARK
from zoo.serving.exporting.labelled import Labelled
from zoo.serving.exporting.precision import ALLOWED, Precision
from zoo.serving.exporting.signatures import graph, probabilities

README = """# {name}

{mark} `{file}` takes `tensor`, {dtype} `(batch, {shape})`, raw 0..255: the picture as RGB (or grey), cropped at
the centre ({crop} of the shorter side) and resized ({interpolation}, antialiased). It gives `probabilities`,
`(batch, {classes})`, in the order of `labels.txt`. Its largest difference from the Keras model on random pictures is
{error:.1e}.{more}

```python
{usage}
```
"""


@dataclasses.dataclass(frozen=True)
class Frozen:
    """A graph, and the names of the tensors that are its input and its output."""

    definition: Any
    input: str
    output: str


def network(served: Classifier, weights: Weights | None = None) -> tf.types.experimental.PolymorphicFunction:
    """From the model's own input to ``probabilities``, folded; its weights are in ``weights``, or constants."""
    return graph(served, lambda x: {"probabilities": probabilities(served, x)}, weights)


def frozen(served: Classifier) -> Frozen:
    """The graph with all weights, and whatever else a layer keeps, as constants: its input is the picture alone."""
    constant = convert_variables_to_constants_v2(network(served).get_concrete_function())
    return Frozen(constant.graph.as_graph_def(), constant.inputs[0].name, constant.outputs[0].name)


def require(modules: Sequence[str], extra: str) -> None:
    """Raise ``ImportError``, which names the extra, unless all modules are installed."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        raise ImportError(f"This format needs {', '.join(missing)}: pip install 'odezoo[{extra}]'.")


def refuse_adaptive(served: Classifier, what: str) -> None:
    """Raise ``ValueError``, which says what to do, if steps adapt."""
    if served.adapts:
        raise ValueError(
            f"{served.model.name} has steps that adapt to the picture, a loop that {what} does not run. Expected equal "
            "steps: give dial=['steps=4'] (--dial steps=4), or build the network with steps=."
        )


def compared(
    served: Classifier, run: Callable[[np.ndarray], np.ndarray], where: str, allowed: float = compare.ALLOWED
) -> float:
    """Run two pictures, compare with the Keras model (see ``compare.check``), and return the largest difference."""
    tensor = compare.fitted(served, compare.photos(served))
    expected, found = compare.probabilities(served, tensor), run(tensor)
    compare.check(where, {"probabilities": found}, {"probabilities": expected}, allowed)
    return float(np.max(np.abs(found - expected)))


def verified(
    served: Classifier,
    run: Callable[[np.ndarray], np.ndarray],
    where: str,
    precision: Precision,
    data: Labelled | None,
) -> tuple[float, str]:
    """``compared`` as the precision allows, and what the README says of that; see ``fewer_bits.report``."""
    difference = compared(served, run, where, max(ALLOWED[precision.name], compare.ALLOWED))
    return difference, report(served, run, precision, data)


def texts(served: Classifier, file: str, usage: str, error: float, more: str = "") -> dict[str, str]:
    """``README.md`` and ``labels.txt``."""
    readme = README.format(
        **{"name": served.model.name, "mark": MARK, "file": file, "usage": usage, "error": error, "more": more},
        dtype=tf.as_dtype(served.model.inputs[0].dtype).name,
        shape=", ".join(map(str, served.model.input_shape[1:])),
        classes=len(served.labels),
        crop=f"{served.way.crop:.1%}",
        interpolation=served.way.interpolation,
    )
    return {"README.md": readme, "labels.txt": "".join(f"{label}\n" for label in served.labels)}
