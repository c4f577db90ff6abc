"""Training as optimal control beside SGD: loss on 5,000 MNIST pictures against time (docs/dictionary.md)."""

import style

MEASURED = style.Measured(
    "python docs/guides/msa.py --cpu --seconds 60 --every 5 > docs/figures/data/msa.csv",
    "one thread of an AMD EPYC (Zen 3)",
    "2026-11-30",
)
LOOKS = {"msa": (style.VERMILION, "-", "E-MSA"), "sgd": (style.BLUE, "--", "SGD with momentum")}


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(3.8)
    by_time, by_update = figure.subplots(1, 2, sharey=True)
    for method, own in style.groups(rows, "method").items():
        color, line, label = LOOKS[method]
        for number, points in enumerate(style.groups(own, "seed").values()):
            name, loss = None if number else label, style.column(points, "loss")
            by_time.semilogy(style.column(points, "seconds"), loss, line, color=color, label=name, linewidth=1.2)
            by_update.semilogy(style.column(points, "updates"), loss, line, color=color, linewidth=1.2)
    by_update.set_xscale("symlog", linthresh=1)
    by_time.set(xlabel="processor seconds of training", ylabel="cross-entropy on all 5,000 pictures")
    by_update.set(xlabel="updates")
    by_time.legend()
    return figure
