"""The card of a released file: what it is for, how good it is and how it was made, from its row."""

from zoo.weights import card, front_matter
from zoo.weights.checkpoint import Checkpoint, Classifier, Converted, Metric, Trained

CARD = """{head}
# {name}

`zoo.applications.{application}({keywords})` of [Zoo](https://pypi.org/project/odezoo/), a network that is a numerical
method for a differential equation.

```python
import zoo

model = zoo.load("{name}")
```

* Use: {use}
* Parameters: {parameters:,}; multiply-accumulates of one answer: {macs:,}
{metrics}
* Made by: {made}{deprecated}
* Limits: {limits}
* Licence of the weights: {licence}. {terms}
* File: `{file}`, {size}, {algorithm} `{digest}`
"""


TERMS = {
    Trained: "The data set that they were trained on has terms of its own.",
    Converted: "It is that of who made them. The data set has terms of its own: ImageNet's allow research that is not "
    "commercial, and may bear on weights.",
}


def of(checkpoint: Checkpoint) -> str:
    """The text of the card, Markdown under a header that model hubs read."""
    task, file = checkpoint.task, checkpoint.file
    return CARD.format(
        name=checkpoint.name,
        application=checkpoint.application,
        keywords=", ".join(f"{key}={value!r}" for key, value in checkpoint.keywords.items()),
        head=front_matter.text(
            checkpoint.licence, _kind(task), checkpoint.name, _results(checkpoint), [checkpoint.dataset]
        ),
        licence=checkpoint.licence,
        terms=TERMS[type(checkpoint.provenance)],
        deprecated=f"\n* Deprecated: {checkpoint.deprecated}" if checkpoint.deprecated else "",
        use=_use(checkpoint),
        parameters=checkpoint.parameters,
        macs=checkpoint.macs,
        metrics="\n".join(
            f"* {_figure(metric, bool(checkpoint.metrics))} on the test set of {checkpoint.dataset}"
            for metric in checkpoint.figures
        ),
        made=_made(checkpoint.provenance, checkpoint.name),
        limits=_limits(checkpoint),
        file=file.name,
        size=file.size,
        algorithm=file.digest.algorithm,
        digest=file.digest.value,
    )


def _use(checkpoint):
    if not isinstance(checkpoint.task, Classifier):
        return f"the density of points of shape {checkpoint.task.event_shape}"
    height, width, channels = checkpoint.task.input_shape
    classes = checkpoint.task.classes
    return (
        f"names one of {len(classes)} classes ({card.in_words(classes)}) on pictures of "
        f"{height}×{width} pixels and {channels} channel{'s' if channels > 1 else ''}; and a trunk to fine-tune"
    )


def _figure(metric: Metric, measured: bool) -> str:
    if not measured:
        return f"{metric.name}: {metric.value:.2f} {metric.unit} (reported by the source, not measured here)"
    spread = "" if metric.sd is None else f" (mean {metric.mean:.2f} ± {metric.sd:.2f} over {metric.n} seeds)"
    return f"{metric.name}: {metric.value:.2f} {metric.unit}{spread or ' (one seed)'}"


def _made(provenance, name):
    if isinstance(provenance, Trained):
        return (
            f"`zoo train {name}`, {provenance.epochs} epochs, seed {provenance.seed}, with the code of commit "
            f"`{provenance.commit}`, on the whole training set"
        )
    return f"others, published at {provenance.source}, converted here; their figures are their own"


def _limits(checkpoint):
    if not isinstance(checkpoint.task, Classifier):
        return "measured on the data set alone"
    return (
        f"it names one of its classes whatever a picture shows, {_confidence(checkpoint.calibration)}, and it was "
        "measured on the pictures of its data set alone"
    )


def _confidence(known):
    if known is None:
        return "its probabilities are not calibrated"
    before, after = (100 * error for error in (known.ece_before, known.ece_after))
    return (
        f"its probabilities are off by {before:.2f} % in the mean (ECE), by {after:.2f} % under the temperature "
        f"{known.temperature:.3g} that `zoo.predict` applies ({known.how})"
    )


def _kind(task):
    return "image-classification" if isinstance(task, Classifier) else "density-estimation"


def _results(checkpoint):
    """The figures as model hubs keep them."""
    provenance, kind = checkpoint.provenance, _kind(checkpoint.task)
    own = [front_matter.result(kind, checkpoint.dataset, metric.name, metric.value) for metric in checkpoint.metrics]
    if not isinstance(provenance, Converted):
        return own
    return own + [
        front_matter.result(kind, checkpoint.dataset, metric.name, metric.value, provenance.source)
        for metric in provenance.reported_metrics
    ]
