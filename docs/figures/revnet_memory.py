"""Memory of a training step against depth: what is kept for the gradient, and what RevNet computes again.

The rows are the table of benchmarks/README.md, which ``python benchmarks/memory_networks.py`` prints.
"""

import style

MEASURED = style.Measured(
    "python benchmarks/memory_networks.py", "2 cores of an Intel Xeon virtual machine, batch 64", "2026-11-25"
)
LOOKS = {
    "RevNet": (style.BLUE, "v", "-"),
    "RevNet, plain gradients": (style.SKY, "v", "--"),
    "ResNet": (style.BLACK, "o", "-"),
}
DEPTHS = (38, 62, 86, 110)


def data() -> list[dict]:
    """Depth and megabytes of each curve of the page."""
    (table,) = style.tables("benchmarks/README.md", f"MB at depth {', '.join(map(str, DEPTHS))}")
    return [
        {"network": network, "depth": float(depth), "megabytes": float(megabytes)}
        for network, peaks, _ in table
        for depth, megabytes in zip(DEPTHS, peaks.split(", "), strict=True)
    ]


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(4.0)
    axes = figure.subplots()
    for network, points in style.groups(rows, "network").items():
        color, mark, line = LOOKS[network]
        x, y = style.column(points, "depth"), style.column(points, "megabytes")
        axes.plot(x, y, line, marker=mark, color=color, label=network)
    axes.set(xlabel="depth, in layers", ylabel="MB of activations in a training step", ylim=(0, 600), xticks=DEPTHS)
    axes.legend()
    return figure
