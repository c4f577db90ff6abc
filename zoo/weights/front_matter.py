"""The head of a model card, which model hubs read: YAML, of which JSON is a part."""

import json
from collections.abc import Sequence
from typing import Any


def text(licence: str, task: str, name: str, results: Sequence[dict[str, Any]], datasets: Sequence[str] = ()) -> str:
    """The head with its lines of dashes.

    Args:
        licence: An SPDX identifier, or ``"other"``.
        task: Such as ``"image-classification"``.
        name: Of the model.
        results: From ``result``; none is left out of the head.
        datasets: What it was trained on, where it has a name.
    """
    fields: dict[str, Any] = {"license": licence.lower(), "library_name": "keras", "tags": [task, "ode"]}
    if datasets:
        fields["datasets"] = list(datasets)
    if results:
        fields["model-index"] = [{"name": name, "results": list(results)}]
    lines = (f"{key}: {json.dumps(value, ensure_ascii=False)}\n" for key, value in fields.items())
    return f"---\n{''.join(lines)}---\n"


def result(task: str, dataset: str, metric: str, value: float, source: str | None = None) -> dict[str, Any]:
    """A figure as model hubs keep it; ``source`` is the address of who reports it, if that is somebody else."""
    row: dict[str, Any] = {
        "task": {"type": task},
        "dataset": {"name": dataset, "type": dataset.replace(" ", "-"), "split": "test"},
        "metrics": [{"type": metric, "name": metric, "value": value}],
    }
    return row if source is None else {**row, "source": {"name": "the source", "url": source}}
