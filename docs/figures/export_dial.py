"""The dial of two exported folders: error against latency, as their own READMEs say it.

The rows are the tables of docs/guides/exports.md, which ``python docs/guides/exports.py`` prints.
"""

import style

MEASURED = style.Measured("python docs/guides/exports.py", "two cores of an AMD EPYC", "2026-11-29")
NAMES = ("odenet_mnist-mnist", "thin_fractalnet20-cifar10")
TICKS = (((2, 5, 10, 20, 40), (0.3, 0.5, 1, 2)), ((2, 3, 5, 7), (10, 15, 20, 30, 40)))

PLACES = {
    "serving_midpoint_steps_1": {"xytext": (-6, -4), "ha": "right"},
    "serving_midpoint_steps_2": {"xytext": (5, -13)},
    "serving_midpoint_steps_4": {"xytext": (5, -13)},
}
"""Of the names that do not stand above their points on the right, where others are."""


def data() -> list[dict]:
    """Signature, milliseconds and error of each row of the page."""
    return [
        {"name": name, "signature": row[0].strip("`"), "milliseconds": float(row[2]), "error": error_of(row[3])}
        for name, table in zip(NAMES, style.tables("docs/guides/exports.md", "signature"), strict=True)
        for row in table
    ]


def error_of(top1: str) -> float:
    return round(100 - float(top1.split()[0]), 2)


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(3.8)
    panels = zip(figure.subplots(1, len(NAMES)), style.groups(rows, "name").items(), TICKS, strict=True)
    for axes, (name, own), (across, up) in panels:
        for row in own:
            default = row["signature"] == "serving_default"
            place = row["milliseconds"], row["error"]
            axes.loglog(*place, "s" if default else "o", color=style.VERMILION if default else style.BLUE)
            label = row["signature"].removeprefix("serving_").replace("_steps_", " × ").replace("_", " ")
            where = {"xytext": (5, 5), **PLACES.get(row["signature"], {})}
            axes.annotate(label, place, textcoords="offset points", fontsize=9, **where)
        axes.set_title(name)
        axes.set_xlabel("ms for one picture")
        axes.margins(0.25)
        style.ticks(axes.xaxis, across)
        axes.set_xlim(across[0])
        style.ticks(axes.yaxis, up)
    figure.axes[0].set_ylabel("error on the test set, %")
    return figure
