"""The k that the released LM-ResNets learned, block by block.

u⁺ = (1 − k) u + k u⁻ + f(u) is (u⁺ − u) = −k (u − u⁻) + f(u): of the last change −k goes on. Below 0 that is
momentum, above 0 the change is turned back. Read from the weight files; three seeds.
"""

import style
from safetensors.numpy import load_file

import zoo

NAMES = ("lm_resnet20-cifar10", "lm_resnet20-cifar10.seed1", "lm_resnet20-cifar10.seed2")
COLORS = (style.BLUE, style.ORANGE, style.GREEN)
BLOCKS_A_STAGE = 3


def data() -> list[dict]:
    """k of each block that has a state before the last, by name of the release."""
    rows = []
    for name in NAMES:
        weights = load_file(style.ROOT / "weights" / zoo.weights.get(name).file.name)
        for stage in (1, 2, 3):
            for block in range(1, BLOCKS_A_STAGE + 1):
                key = f"stage{stage}_block{block}/k"
                if key in weights:
                    rows.append({"name": name, "stage": stage, "block": block, "k": float(weights[key])})
    return rows


def draw(rows: list[dict]) -> style.Figure:
    figure = style.figure(4.0)
    axes = figure.subplots()
    axes.axhspan(-1, 0, color=style.SKY, alpha=0.12, linewidth=0)
    axes.axhline(0, color=style.GREY, linewidth=0.8)
    for (name, points), color, mark in zip(style.groups(rows, "name").items(), COLORS, "os^", strict=True):
        for stage, own in style.groups(points, "stage").items():
            place = [BLOCKS_A_STAGE * (stage - 1) + row["block"] for row in own]
            label = {"label": name} if stage == 1 else {}
            axes.plot(place, style.column(own, "k"), marker=mark, color=color, linewidth=1, **label)
    for end in (3.5, 6.5):
        axes.axvline(end, color=style.GREY, linewidth=0.8, linestyle=":")
    for stage, width in ((1, "32×32"), (2, "16×16"), (3, "8×8")):
        axes.text(3 * stage - 1, 1.02, f"stage {stage}, {width}", ha="center", va="bottom")
    axes.text(0.65, -0.93, "k < 0: the block goes on with −k of the last change (momentum)")
    axes.text(0.65, 0.84, "k > 0: the block takes k of the last change back (damping)")
    axes.set(xlabel="block", ylabel="learned k", xlim=(0.5, 9.5), ylim=(-1, 1), xticks=range(1, 10))
    right = axes.secondary_yaxis("right", functions=(lambda k: -k, lambda k: -k))
    right.set_ylabel("momentum −k")
    figure.legend(loc="outside lower center", ncols=3)
    return figure
