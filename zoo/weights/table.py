"""The tables of README.md and weights/README.md, written from the manifest: ``python -m zoo.weights.table``."""

import pathlib
import re

from zoo.weights.registry import available

ROOT = pathlib.Path(__file__).resolve().parents[2]


def models() -> str:
    """The table of released models, as Markdown: one row a recipe, with the spread over its seeds."""
    lines = [
        "| NAME | parameters | MACs | top-1 on the test set | epochs | seeds | file |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    for c in available():
        if c.name != c.recipe:
            continue  # a further seed; its file is in the other table
        metric = c.metrics[0]
        spread = "" if metric.sd is None else f" (mean {metric.mean:.2f} ± {metric.sd:.2f})"
        lines.append(
            f"| `{c.name}` | {c.parameters:,} | {c.macs / 1e6:.1f} M | {metric.value:.2f} {metric.unit}{spread} "
            f"| {c.epochs} | {metric.n} | {c.bytes / 1e6:.2f} MB |"
        )
    return "\n".join(lines)


def files() -> str:
    """The table of released files with their checksums, as Markdown."""
    lines = ["| file | bytes | SHA-256 | recipe | seed | commit | licence |", "|---|--:|---|---|--:|---|---|"]
    for c in available():
        lines.append(
            f"| `{c.file}` | {c.bytes:,} | `{c.digest.value}` | `{c.recipe}` | {c.seed} | `{c.commit}` | {c.licence} |"
        )
    return "\n".join(lines)


TABLES = {"README.md": ("models", models), "weights/README.md": ("files", files)}
"""For each document the name of its marked place and the table that belongs there."""


def written(document: str) -> str:
    """The document with its table as it should be, between ``<!-- NAME -->`` and ``<!-- /NAME -->``."""
    place, table = TABLES[document]
    text = (ROOT / document).read_text("utf-8")
    pattern = re.compile(f"(<!-- {place} -->\n).*?(<!-- /{place} -->)", re.DOTALL)
    return pattern.sub(lambda match: f"{match[1]}{table()}\n{match[2]}", text)


if __name__ == "__main__":
    for name in TABLES:
        (ROOT / name).write_text(written(name), "utf-8")
