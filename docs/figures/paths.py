"""Where networks take points: a panel for each network, the way of each point and where it ends."""

import numpy as np
import style

CLASSES = ((style.BLUE, "o"), (style.VERMILION, "^"))


def figure(rows: list[dict]) -> style.Figure:
    """Two panels a row; a network whose rows have a third coordinate is drawn in space."""
    drawn = style.figure(7.4)
    for place, (network, own) in enumerate(style.groups(rows, "network").items(), start=1):
        solid = own[0]["z"] != ""
        axes = drawn.add_subplot(2, 2, place, projection="3d" if solid else None)
        for path in style.groups(own, "point").values():
            color, mark = CLASSES[int(path[0]["label"])]
            states = np.array([style.column(path, axis) for axis in ("xyz" if solid else "xy")])
            axes.plot(*states, color=color, linewidth=0.7, alpha=0.5)
            axes.plot(*states[:, -1:], mark, color=color, markersize=4)
        axes.set_title(network)
        axes.locator_params(nbins=5)
        if not solid:
            axes.set(xlabel="u₁", ylabel="u₂")
    return drawn
