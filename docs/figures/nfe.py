"""Evaluations of f in each update of an ODE-Net that trains, by the terms in its loss (docs/guides/odenets.md)."""

import style

MEASURED = style.Measured("python docs/guides/nfe.py", "two cores of an AMD EPYC", "2026-11-30")
LOOKS = {
    "neither": (style.BLACK, "-"),
    "kinetic": (style.ORANGE, "-"),
    "Jacobian": (style.BLUE, "-"),
    "both": (style.VERMILION, ":"),
}


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(3.8)
    axes = figure.subplots()
    for term, own in style.groups(rows, "term").items():
        color, line = LOOKS[term]
        axes.step(
            style.column(own, "update"),
            style.column(own, "forward"),
            line,
            color=color,
            label=term,
            linewidth=3 if line == ":" else 1.4,
            where="mid",
        )
    axes.set(xlabel="update", ylabel="evaluations of f, forward")
    axes.legend(title="term of the loss")
    return figure
