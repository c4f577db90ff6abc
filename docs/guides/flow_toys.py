"""The released flows of toys in the plane, one row each, and the way from noise to points as a film.

    pip install '.[train]' && python docs/guides/flow_toys.py [NAME …]

By default of every release of FFJORD for a toy, in the order of ``zoo.data.toys.TOYS``. Writes flow_toys.png (points of
the toy, samples, density, states between noise and samples) and flow_toys.gif into docs/images, each below 1 MB,
keeps the ways of some points in docs/figures/data/flow_toys.csv, and prints a table: NLL beside the true density's, and
evaluations of f. Seeded.
"""

import argparse
import io
import pathlib
import sys

import matplotlib
import numpy as np
from PIL import Image

import zoo
from zoo.data import toys

sys.path.append(str(pathlib.Path(__file__).parents[1] / "figures"))
import style

matplotlib.use("agg")
from matplotlib import pyplot

IMAGES = pathlib.Path(__file__).parents[1] / "images"
KEPT = 100
"""Points of each toy whose ways are kept as numbers."""
SIDE = 4.5
"""Half of what is shown in each direction."""
STRIP = (0.0, 0.25, 0.5, 0.75, 0.9, 1.0)
"""Shares of the end time."""
FRAMES, LAST = 40, 1500
"""Pictures of the film, and milliseconds of its last one."""


def released():
    """The releases of toys by the name of the toy."""
    rows = [row for row in zoo.weights.available() if row.application == "FFJORD"]
    by_toy = {row.dataset: row.name for row in rows}
    return {toy: by_toy[toy] for toy in toys.TOYS if toy in by_toy}


def moving(flow, shares, count):
    """States of the same noise at shares of the end time, ``(times, count, 2)``."""
    cnf = flow.flows[0]
    times = [cnf.t0 + share * (float(cnf.end) - cnf.t0) for share in shares]
    return flow.transport(times, n=count, seed=0).values


def ways(flow, toy):
    """Rows of the ways of some points from noise to samples."""
    states = moving(flow, STRIP, KEPT)
    rows = []
    for share, points in zip(STRIP, states, strict=True):
        for number, (x, y) in enumerate(points):
            rows.append({"toy": toy, "share": share, "point": number, "x": round(float(x), 3), "y": round(float(y), 3)})
    return rows


def histogram(axes, points):
    axes.hist2d(*points.T, bins=90, range=[[-SIDE, SIDE]] * 2, cmap="viridis")


def density(axes, flow, side):
    middle = (np.arange(side) + 0.5) / side * 2 * SIDE - SIDE
    grid = np.stack(np.meshgrid(middle, middle), axis=-1).reshape(-1, 2)
    log_p = flow.log_prob(grid, batch_size=6_400, rtol=1e-4, atol=1e-4)
    axes.imshow(np.exp(log_p).reshape(side, side), origin="lower", extent=[-SIDE, SIDE] * 2, cmap="viridis")


def pictures(flows, count, side):
    """The rows of all toys."""
    columns = 3 + len(STRIP)
    size = {"figsize": (1.25 * columns, 1.3 * len(flows) + 0.35), "layout": "constrained"}
    figure, places = pyplot.subplots(len(flows), columns, squeeze=False, **size)
    for row, (toy, flow) in zip(places, flows.items(), strict=True):
        histogram(row[0], toys.sample(toy, count, seed=5))
        states = moving(flow, STRIP, count)
        histogram(row[1], states[-1])
        density(row[2], flow, side)
        for axes, points in zip(row[3:], states, strict=True):
            histogram(axes, points)
        row[0].set_ylabel(toy, fontsize=12)
    titles = ["data", "samples", "density", *(f"t = {share:g} T" for share in STRIP)]
    for axes, title in zip(places[0], titles, strict=True):
        axes.set_title(title, fontsize=12)
    for axes in places.flat:
        axes.set(xticks=[], yticks=[], aspect="equal")
    save(figure, IMAGES / "flow_toys.png", dpi=100)


def film(flows, count=1000):
    """All toys at once, from noise to samples; the colour is how far right a point begins."""
    across = min(4, len(flows))
    down = -(-len(flows) // across)
    figure, places = pyplot.subplots(down, across, squeeze=False, figsize=(1.7 * across, 1.9 * down), dpi=80)
    figure.subplots_adjust(0.01, 0.01, 0.99, 0.9, 0.03, 0.12)
    noise = np.random.default_rng(0).standard_normal((count, 2), dtype="float32")
    colours, dots = np.clip(noise[:, 0], -2, 2), []
    for axes, toy in zip(places.flat, flows, strict=False):
        dots.append(axes.scatter(*noise.T, c=colours, cmap="viridis", vmax=2.7, s=2, linewidths=0))
        axes.set(xlim=(-SIDE, SIDE), ylim=(-SIDE, SIDE), aspect="equal", xticks=[], yticks=[])
        axes.set_title(toy, fontsize=10, pad=3)
    for axes in list(places.flat)[len(flows) :]:
        axes.axis("off")
    shares = np.linspace(0, 1, FRAMES)
    states = [moving(flow, shares, count) for flow in flows.values()]
    frames = []
    for number in range(FRAMES):
        for each, dot in zip(states, dots, strict=True):
            dot.set_offsets(each[number])
        content = io.BytesIO()
        figure.savefig(content, format="png")
        frames.append(Image.open(content).convert("RGB"))
    pyplot.close(figure)
    palette = frames[-1].quantize(48)
    frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    waits = [300, *[60] * (FRAMES - 2), LAST]
    path = IMAGES / "flow_toys.gif"
    frames[0].save(path, save_all=True, append_images=frames[1:], duration=waits, loop=0, optimize=True)
    check(path)


def save(figure, path, dpi):
    """As PNG with a palette of 256 colours, which is a third of the size."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=dpi)
    pyplot.close(figure)
    Image.open(content).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)
    check(path)


def check(path):
    size = path.stat().st_size
    print(f"{path.name}: {size / 1e6:.2f} MB")
    if size >= 1e6:
        raise SystemExit(f"{path.name} is to be below 1 MB. Take fewer --points or FRAMES.")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="Releases; all of toys by default.")
    parser.add_argument("--points", type=int, default=20_000, help="of a picture")
    parser.add_argument("--grid", type=int, default=120, help="points of the density on a side")
    arguments = parser.parse_args()
    names = arguments.names or released().values()
    flows = {zoo.weights.get(name).dataset: zoo.load(name) for name in names}
    pictures(flows, arguments.points, arguments.grid)
    film(flows)
    if not arguments.names:
        style.write("flow_toys", [row for toy, flow in flows.items() for row in ways(flow, toy)])
    print("| toy | NLL, nats | true density | evaluations of a sample |\n|---|--:|--:|--:|")
    for toy, flow in flows.items():
        x = toys.sample(toy, 5_000, seed=9)
        nll, true = -np.mean(flow.log_prob(x)), -np.mean(toys.log_density(toy, x))
        print(f"| {toy} | {nll:.3f} | {true:.3f} | {flow.sample(1000, seed=0).nfe} |")


if __name__ == "__main__":
    main()
