"""Work against precision of the solvers: error at the end against evaluations of f, on an orbit.

The rows are the table of benchmarks/README.md, which ``python benchmarks/work_precision.py`` prints.
"""

import style

MEASURED = style.Measured(
    "python benchmarks/work_precision.py", "2 cores of an Intel Xeon virtual machine", "2026-11-24"
)
LOOKS = {
    "bosh3": (style.GREEN, "o"),
    "dopri5": (style.VERMILION, "s"),
    "tsit5": (style.ORANGE, "D"),
    "rk4, equal steps": (style.BLUE, "^"),
    "TFP DormandPrince": (style.BLACK, "x"),
}


def data() -> list[dict]:
    """Evaluations and error of each point of the page."""
    (table,) = style.tables("benchmarks/README.md", "evaluations: error")
    rows = []
    for solver, points in table:
        for point in points.split(", "):
            evaluations, error = point.split(": ")
            rows.append({"solver": solver, "evaluations": float(evaluations), "error": float(error)})
    return rows


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(4.4)
    axes = figure.subplots()
    for solver, points in style.groups(rows, "solver").items():
        color, mark = LOOKS[solver]
        x, y = style.column(points, "evaluations"), style.column(points, "error")
        axes.loglog(x, y, marker=mark, markersize=5, color=color, linewidth=1.2, label=solver)
    axes.set(xlabel="evaluations of f", ylabel="error of the position at t = 20")
    axes.set_title("Orbit of eccentricity 0.3 and semi-axis 1, float64", loc="left")
    axes.grid(color=style.GREY, alpha=0.2)
    axes.legend()
    return figure
