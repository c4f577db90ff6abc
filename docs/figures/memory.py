"""Memory of a training step against depth and against the batch, family by family (benchmarks/README.md)."""

import style

MEASURED = style.Measured("python benchmarks/memory_networks.py", "two cores of an AMD EPYC", "2026-11-30")
LOOKS = {
    "ResNet": (style.BLACK, "o", "-"),
    "LM-ResNet": (style.ORANGE, "s", "-"),
    "MomentumResNet": (style.GREY, "x", "--"),
    "PolyNet, poly-2": (style.PURPLE, "D", "-"),
    "thin FractalNet": (style.GREEN, "P", "-"),
    "HamiltonianNet": (style.SKY, "^", "-"),
    "LeapfrogNet": (style.VERMILION, "<", "-"),
    "RevNet, plain gradients": (style.BLUE, "v", "--"),
    "RevNet": (style.BLUE, "v", "-"),
}
LABELS = {"depth": "depth, in layers (64 pictures)", "batch": "pictures in a batch (least depth)"}


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(4.6)
    panels = figure.subplots(1, 2)
    for axes, (against, own) in zip(panels, style.groups(rows, "against").items(), strict=True):
        for network, points in style.groups(own, "network").items():
            color, mark, line = LOOKS[network]
            x, y = style.column(points, against), style.column(points, "megabytes")
            axes.plot(x, y, line, marker=mark, color=color, label=network, linewidth=1.4, markersize=5)
        axes.set(xlabel=LABELS[against], ylim=(0, None))
    panels[0].set_ylabel("MB that a training step adds")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return figure
