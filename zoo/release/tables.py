"""The tables of the READMEs and the site, from the manifest and the code: ``python -m zoo.release.tables``."""

import pathlib

from zoo import applications
from zoo.analysis import dictionary as schemes
from zoo.release import comparison
from zoo.weights import Checkpoint, Classifier, Converted, Trained, available, trained

ROOT = pathlib.Path(__file__).resolve().parents[2]


def models() -> str:
    """The table of released models, as Markdown: one row a recipe, with the spread over its seeds."""
    lines = [
        "| NAME | parameters | MACs | top-1 on the test set | epochs | seeds | file |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for c in trained():
        if not c.headline:
            continue  # a further seed; its file is in the other table
        metric = c.metrics[0]
        spread = "" if metric.sd is None else f" (mean {metric.mean:.2f} ± {metric.sd:.2f})"
        spread += "" if metric.name == "top-1" else f" {metric.name}"
        lines.append(
            f"| `{c.name}` | {c.parameters:,} | {c.operations} | {metric.value:.2f} {metric.unit}{spread} "
            f"| {_made(c).epochs} | {metric.n} | {c.megabytes} |"
        )
    return "\n".join(lines)


def _made(checkpoint: Checkpoint) -> Trained:
    """How the weights were trained."""
    if not isinstance(checkpoint.provenance, Trained):
        raise TypeError(f"{checkpoint.name} was not trained here.")
    return checkpoint.provenance


def others() -> str:
    """The table of weights that others published, as Markdown: their figures are their own."""
    lines = [
        "| NAME | parameters | MACs | measured at | crop, interpolation | top-1, top-5 (reported by the source) "
        "| licence | checksum |",
        "|---|--:|--:|--:|---|--:|---|---|",
    ]
    for c in available():
        if not isinstance(c.provenance, Converted):
            continue
        figures = ", ".join(f"{metric.value:.2f} {metric.unit}" for metric in c.figures)
        if not isinstance(c.task, Classifier):
            raise TypeError(f"{c.name} is no classifier.")
        height, width, _ = c.task.input_shape
        way = c.task.preprocessing
        brought = "none" if way.crop == 1 else f"{100 * way.crop:g} %, {way.interpolation}"
        lines.append(
            f"| `{c.name}` | {c.parameters:,} | {c.macs / 1e9:.2f} G | {height}×{width} "
            f"| {brought}{' (assumed)' if way.assumed else ''} | {figures} | {c.licence} | {c.file.digest.algorithm} |"
        )
    return "\n".join(lines)


def toys() -> str:
    """The table of the released flows of toys, as Markdown: nats above the true density, by each of the trainings."""
    lines = [
        "| NAME | NLL of the true density | of the flow | more | after matching alone, more |",
        "|---|--:|--:|--:|--:|",
    ]
    for c in trained():
        figures = {metric.name: metric.value for metric in c.metrics}
        if "nll of the true density" in figures:
            true, nll, matched = (
                figures[name] for name in ("nll of the true density", "nll", "nll after flow matching alone")
            )
            lines.append(f"| `{c.name}` | {true:.3f} | {nll:.3f} | {nll - true:.3f} | {matched - true:.3f} |")
    return "\n".join(lines)


def files() -> str:
    """The table of released files with their checksums, as Markdown."""
    lines = ["| file | bytes | SHA-256 | recipe | seed | commit | licence |", "|---|--:|---|---|--:|---|---|"]
    for c in trained():
        lines.append(
            f"| `{c.file.name}` | {c.file.size.removesuffix(' bytes')} | `{c.file.digest.value}` "
            f"| `{_made(c).recipe}` | {_made(c).seed} "
            f"| `{_made(c).commit}` | {c.licence} |"
        )
    return "\n".join(lines)


def coefficients() -> str:
    """The trained k of every block of the released LM-ResNets, as Markdown."""
    names = [c.name for c in trained() if c.application == "LMResNet"]
    released = {name: applications.learned_k(applications.load(name)) for name in names}
    blocks = list(next(iter(released.values())))
    lines = [f"| NAME | {' | '.join(blocks)} |", "|---|" + len(blocks) * "--:|"]
    for name, k in released.items():
        lines.append(f"| `{name}` | {' | '.join(f'{k[block]:.3f}' for block in blocks)} |")
    return "\n".join(lines)


TABLES = {
    "README.md": {"models": models, "brief": schemes.brief},
    "docs/models.md": {"comparison": comparison.table, "others": others},
    "docs/dictionary.md": {"schemes": schemes.table},
    "docs/guides/flows.md": {"toys": toys},
    "weights/README.md": {"files": files, "coefficients": coefficients},
}
"""For each document the names of its marked places and the tables that belong there."""


def written(document: str) -> str:
    """The document with its tables as they should be, each between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    text = (ROOT / document).read_text("utf-8")
    for place, table in TABLES[document].items():
        start, end = f"<!-- {place} -->\n", f"<!-- /{place} -->"
        before, _, rest = text.partition(start)
        text = f"{before}{start}{table()}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    for name in TABLES:
        (ROOT / name).write_text(written(name), "utf-8")
