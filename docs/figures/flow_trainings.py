"""Three trainings of one flow for as many CPU seconds, and the paths of their samples (docs/guides/flows.md)."""

import style

MEASURED = style.Measured("python docs/guides/flows.py --seconds 40", "one thread of an AMD EPYC", "2026-11-30")
COLORS = (style.BLUE, style.VERMILION, style.GREEN)
MARKS = "os^"


def draw(rows: list[dict]) -> style.Figure:
    """``kind`` says what a row is: a point of the ``course`` of a training (CPU seconds, nats), the ``true`` density
    (0, nats), or a state of the ``path`` of a sample (x, y)."""
    figure = style.figure(5.6)
    upper, lower = figure.subfigures(2, 1, height_ratios=(3, 2.6))
    kinds = style.groups(rows, "kind")
    course = upper.subplots()
    (true,) = style.column(kinds["true"], "y")
    panels = zip(style.groups(kinds["path"], "training").items(), lower.subplots(1, 3), COLORS, MARKS, strict=True)
    for (training, states), axes, color, mark in panels:
        own = style.groups(kinds["course"], "training")[training]
        course.semilogx(style.column(own, "x"), style.column(own, "y"), marker=mark, color=color, label=training)
        for path in style.groups(states, "sample").values():
            axes.plot(style.column(path, "x"), style.column(path, "y"), color=color, linewidth=0.6, alpha=0.7)
            axes.plot(path[-1]["x"], path[-1]["y"], mark, color=style.BLACK, markersize=2.5)
        axes.set(aspect="equal", xticks=[], yticks=[], xlim=(-4.5, 4.5), ylim=(-4.5, 4.5))
        axes.set_title(training, fontsize=10)
    course.axhline(true, color=style.BLACK, linewidth=1, linestyle=":", label="the true density")
    course.set(xlabel="CPU seconds of training", ylabel="NLL of test points, nats", ylim=(true - 0.05, true + 1.2))
    style.ticks(course.xaxis, (2, 5, 10, 20, 50, 100))
    course.set_xlim(right=1.15 * own[-1]["x"])
    course.legend()
    return figure
