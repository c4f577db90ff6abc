"""The dial of the released ODE-Nets: error on the test set against evaluations of f, method by method.

The rows are the tables of docs/guides/odenets.md, which ``python docs/guides/dial.py`` prints.
"""

import style

MEASURED = style.Measured("python docs/guides/dial.py", "two CPU cores", "2026-11-25")
PAGE = "docs/guides/odenets.md"
NAMES = ("odenet_mnist-mnist", "odenet_mnist-fashion_mnist", "odenet_cifar-cifar10")
METHODS = {
    "euler": (style.BLACK, "o"),
    "midpoint": (style.ORANGE, "s"),
    "rk4": (style.BLUE, "^"),
    "dopri5": (style.VERMILION, "v"),
}
TICKS = ((0.4, 0.5, 1, 2, 4), (7, 8, 9, 10, 12), (12, 15, 20, 30))


def data() -> list[dict]:
    """Setting, evaluations and error of each row of the page."""
    rows = []
    for name, table in zip(NAMES, style.tables(PAGE, "evaluations of f, first 100"), strict=True):
        for setting, evaluations, _, error in table:
            rows.append(
                {"name": name, "setting": setting, "evaluations": float(evaluations), "error": float(error.split()[0])}
            )
    return rows


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(3.5)
    for axes, ticks, (name, points) in zip(
        figure.subplots(1, len(NAMES)), TICKS, style.groups(rows, "name").items(), strict=True
    ):
        for method, (color, mark) in METHODS.items():
            own = [row for row in points if row["setting"].startswith(method)]
            x, y = style.column(own, "evaluations"), style.column(own, "error")
            axes.loglog(x, y, marker=mark, color=color, linewidth=1.2, label=method)
        axes.set_title(name, fontsize=10)
        axes.set_xlabel("evaluations of f")
        style.ticks(axes.xaxis, (1, 3, 10, 30, 100))
        style.ticks(axes.yaxis, ticks)
    figure.axes[0].set_ylabel("error on the test set, %")
    figure.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=4)
    return figure
