"""The pictures on the page of a scheme: where it is stable, and its measured order."""

import csv
import pathlib

import numpy as np
from figures import style
from matplotlib.figure import Figure

from zoo.analysis import dictionary

ORDERS = pathlib.Path(__file__).parent / "figures" / "data" / "orders.csv"


def regions(entries: list[dictionary.Entry], path: pathlib.Path) -> bool:
    """Draw the regions of stability; returns whether there is one."""
    methods = {entry.name: entry.layer.method for entry in entries if entry.layer.method is not None}
    if not methods:
        return False
    figure = Figure(figsize=(2.6 * min(len(methods), 3), 2.8 * -(-len(methods) // 3)), layout="constrained")
    grid = figure.subplots(-(-len(methods) // 3), min(len(methods), 3), squeeze=False).ravel()
    x, y = np.meshgrid(np.linspace(-6.5, 1.5, 241), np.linspace(-4, 4, 241))
    for axes, (name, method) in zip(grid, methods.items(), strict=False):
        axes.contourf(x, y, method.stability.stable(x + 1j * y).astype(float), levels=[0.5, 1.5], colors=[style.BLUE])
        axes.axhline(0, color=style.GREY, linewidth=0.6)
        axes.axvline(0, color=style.GREY, linewidth=0.6)
        axes.set(aspect="equal", title=name, xlabel="Re hλ", ylabel="Im hλ")
        axes.title.set_fontsize(8)
    for axes in grid[len(methods) :]:
        axes.set_axis_off()
    figure.savefig(path, dpi=110)
    return True


def orders(name: str, path: pathlib.Path) -> bool:
    """Draw error against step of each kind of a layer; returns whether it was measured."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for row in csv.DictReader(ORDERS.read_text("utf-8").splitlines()):
        layer, _, kind = row["layer"].partition(", ")
        if layer == name:
            curves.setdefault(kind, []).append((1 / float(row["steps"]), float(row["error"])))
    if not curves:
        return False
    figure = Figure(figsize=(6, 3.2), layout="constrained")
    axes = figure.subplots()
    for (kind, points), mark, color in zip(curves.items(), "os^vDPX*", style.PALETTE, strict=False):
        h, error = np.transpose(points)
        exact = error > 1e-12  # below, rounding shows
        slope = np.polyfit(np.log(h[exact]), np.log(error[exact]), 1)[0]
        label = f"{kind or name}: slope {slope:.2f}"
        axes.loglog(h, error, marker=mark, markersize=5, linewidth=1, color=color, label=label)
    axes.set(xlabel="step h, in units of t", ylabel="error of q, in radians")
    axes.set_xticks(h, [f"1/{1 / each:.0f}" for each in h])
    axes.set_xticks([], minor=True)
    figure.legend(loc="outside right upper", frameon=False, fontsize=9)
    figure.savefig(path, dpi=110)
    return True
