"""What few steps do to the samples of the flows of MNIST: shares named as wanted, and Fréchet distances.

The rows are the tables of docs/guides/flow_pictures.md, which ``python docs/guides/flow_steps.py`` prints.
"""

import style

MEASURED = style.Measured(
    "python docs/guides/flow_steps.py flownet-mnist flownet-mnist.rectified", "two cores of an AMD EPYC", "2026-11-29"
)
PAGE = "docs/guides/flow_pictures.md"
NAMES = ("flownet-mnist", "flownet-mnist.rectified")
METHODS = {"euler": (style.BLACK, "o"), "midpoint": (style.VERMILION, "s"), "rk4": (style.BLUE, "^")}
LINES = ("-", "--")


def data() -> list[dict]:
    """Evaluations, share and distance of each row of the page."""
    rows = []
    for name, table in zip(NAMES, style.tables(PAGE, "solver"), strict=True):
        for solver, _, nfe, _, named, _, ratio, _ in table:
            row = {"name": name, "solver": solver, "evaluations": float(nfe)}
            rows.append({**row, "named": float(named.split()[0]), "frechet": float(ratio)})
    return rows


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(3.8)
    named, frechet = figure.subplots(1, 2)
    for line, (name, own) in zip(LINES, style.groups(rows, "name").items(), strict=True):
        for solver, points in style.groups(own, "solver").items():
            color, mark = METHODS[solver]
            how = {"color": color, "marker": mark, "linestyle": line, "linewidth": 1.2, "label": f"{name}, {solver}"}
            x = style.column(points, "evaluations")
            named.semilogx(x, style.column(points, "named"), **how)
            frechet.loglog(x, style.column(points, "frechet"), **how)
    for axes in (named, frechet):
        axes.set_xlabel("evaluations of f, those of guidance twice")
        style.ticks(axes.xaxis, (1, 2, 4, 8, 16, 32, 100))
    named.set_ylabel("named as wanted, %")
    named.set_ylim(90, 100.5)
    frechet.set_ylabel("Fréchet distance, times real")
    style.ticks(frechet.yaxis, (1, 1.5, 2, 3, 4, 5))
    figure.legend(*named.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
