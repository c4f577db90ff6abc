"""What is said of a release."""

from zoo.weights import Checkpoint, Classifier, Converted, Trained


def of(row: Checkpoint) -> list[str]:
    """Its figures, how it was made, its file and its licence, a line each."""
    lines = [f"release      {row.name}, trained on {row.dataset}"]
    lines += [f"deprecated   {row.deprecated}"] if row.deprecated else []
    for metric in row.figures if not row.metrics else ():
        lines.append(f"{metric.name:12} {metric.value:.2f} {metric.unit} (reported by the source, not measured here)")
    for metric in row.metrics:
        spread = "one seed" if metric.sd is None else f"{metric.mean:.2f} ± {metric.sd:.2f} over {metric.n} seeds"
        lines.append(f"{metric.name:12} {metric.value:.2f} {metric.unit} ({spread})")
    if isinstance(row.provenance, Trained):
        made = row.provenance
        lines.append(f"made by      recipe {made.recipe}, {made.epochs} epochs, seed {made.seed}, commit {made.commit}")
    if isinstance(row.provenance, Converted):
        size = "×".join(map(str, getattr(row.task, "input_shape", ())[:2]))
        lines.append(f"made by      others: {row.provenance.source}, measured there at {size} pixels")
    if isinstance(row.task, Classifier):
        lines += _brought(row.task)
    each = "picture" if isinstance(row.task, Classifier) else "point"
    lines.append(f"operations   {row.operations} multiply-accumulates a {each}")
    lines.append(f"file         {row.file.name}, {row.file.size}, {row.licence}")
    lines.append(f"{row.file.digest.algorithm:12} {row.file.digest.value}")
    return lines


def _brought(task: Classifier) -> list[str]:
    """How pictures come to the network, a line each, and which of that is assumed."""
    way, lines = task.preprocessing, []
    for word, field, value in (
        ("crop", "crop", f"centre, {100 * way.crop:g} % of the shorter side"),
        ("resize", "interpolation", way.interpolation),
    ):
        assumed = " (assumed: the source does not say)" if field in way.assumed else ""
        lines.append(f"{word:12} {value}{assumed}")
    return [f"size         {'×'.join(map(str, task.input_shape))}", *lines]
