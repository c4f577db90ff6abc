"""What all figures have in common: colours that everyone can tell apart, sizes, and the data beside the picture."""

import csv
import dataclasses
import pathlib

import matplotlib
from matplotlib.figure import Figure

ROOT = pathlib.Path(__file__).parents[2]
IMAGES = ROOT / "docs" / "images"
DATA = pathlib.Path(__file__).parent / "data"

BLACK, ORANGE, SKY, GREEN = "#000000", "#e69f00", "#56b4e9", "#009e73"
BLUE, VERMILION, PURPLE, GREY = "#0072b2", "#d55e00", "#cc79a7", "#777777"
"""Okabe and Ito (2008), "Color Universal Design", without their yellow, which is too light for a line on white."""

PALETTE = (BLACK, ORANGE, SKY, GREEN, BLUE, VERMILION, PURPLE, GREY)

SETTINGS = {
    "font.size": 11,
    "axes.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "legend.fontsize": 10,
    "lines.linewidth": 1.8,
}
WIDTH = 8.0
"""Inches; at 100 dots an inch as wide as a README's column, so that letters keep their size there."""


@dataclasses.dataclass(frozen=True)
class Measured:
    """Where figures come from that no test computes again: the command that measured them, on what, when."""

    command: str
    machine: str
    date: str


def figure(height: float, width: float = WIDTH) -> Figure:
    """An empty figure of that many inches."""
    matplotlib.rcParams.update(SETTINGS)
    return Figure(figsize=(width, height), dpi=100, layout="constrained")


def read(name: str) -> list[dict]:
    """The rows behind a figure, numbers as ``float``."""
    with open(DATA / f"{name}.csv", encoding="utf-8", newline="") as file:
        return [{key: _value(text) for key, text in row.items()} for row in csv.DictReader(file)]


def write(name: str, rows: list[dict]) -> None:
    """Keep the rows behind a figure, numbers to six digits."""
    with open(DATA / f"{name}.csv", "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in rows:
            writer.writerow({key: f"{x:.6g}" if isinstance(x, float) else x for key, x in row.items()})


def groups(rows: list[dict], key: str) -> dict:
    """The rows by what stands in a column, in their order."""
    found: dict = {}
    for row in rows:
        found.setdefault(row[key], []).append(row)
    return found


def column(rows: list[dict], key: str) -> list:
    """One column of the rows."""
    return [row[key] for row in rows]


def ticks(axis, places: tuple[float, ...]) -> None:
    """Write these numbers at a logarithmic axis, and no others."""
    axis.set_ticks(places, [f"{place:g}" for place in places])
    axis.set_ticks([], minor=True)


def tables(page: str, first: str) -> list[list[list[str]]]:
    """The cells of each table of a page whose first heading that is; the heading itself is left out."""
    found, own = [], None
    for line in (ROOT / page).read_text("utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else None
        if cells is None:
            own = None
        elif own is not None:
            own += [] if set("".join(cells)) <= set(":-") else [cells]
        elif cells[0] == first or first in cells:
            own = []
            found.append(own)
    return found


def _value(text):
    try:
        return float(text)
    except ValueError:
        return text
