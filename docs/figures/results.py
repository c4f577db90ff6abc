"""The released classifiers of CIFAR-10: accuracy against parameters and against multiplications."""

import style

import zoo

MARKS = (
    (style.VERMILION, "s"),
    (style.BLACK, "o"),
    (style.ORANGE, "^"),
    (style.GREEN, "P"),
    (style.BLUE, "v"),
    (style.PURPLE, "D"),
    (style.SKY, "X"),
    (style.GREY, "*"),
)
SEED = ".seed"


def data() -> list[dict]:
    """Accuracy on the test set (mean over the seeds, in percent), its spread, and what a picture costs."""
    rows = []
    for checkpoint in zoo.weights.trained():
        if (
            SEED not in checkpoint.name
            and checkpoint.dataset == "cifar10"
            and isinstance(checkpoint.task, zoo.weights.Classifier)
        ):
            figure = checkpoint.metrics[0]
            row = {"network": checkpoint.name.partition("-")[0], "parameters": checkpoint.parameters}
            accuracy = {"top1": figure.mean, "sd": float("nan") if figure.sd is None else figure.sd, "seeds": figure.n}
            rows.append({**row, "macs": checkpoint.macs, **accuracy})
    return rows


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(4.0)
    left, right = figure.subplots(1, 2, sharey=True)
    for row, (color, mark) in zip(rows, MARKS, strict=False):
        for axes, key in ((left, "parameters"), (right, "macs")):
            spread = row["sd"] if row["seeds"] > 1 else None
            axes.errorbar(
                row[key] / 1e6,
                row["top1"],
                spread,
                fmt=mark,
                color=color,
                markersize=8,
                capsize=3,
                label=row["network"],
            )
    for axes, label, limits, ticks in (
        (left, "parameters, in millions", (0.2, 3), (0.2, 0.5, 1, 2)),
        (right, "multiply-accumulates a picture, in millions", (30, 1300), (50, 100, 200, 500, 1000)),
    ):
        axes.set(xscale="log", xlabel=label, xlim=limits)
        style.ticks(axes.xaxis, ticks)
        axes.grid(axis="y", color=style.GREY, alpha=0.25)
    left.set_ylabel("top-1 on CIFAR-10's test set, %")
    handles, labels = left.get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4)
    return figure
