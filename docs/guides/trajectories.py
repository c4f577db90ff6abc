"""Where points go: ResNet, LM-ResNet, ODENet and an augmented ODENet on circles and spirals in the plane.

    pip install '.[train]' && python docs/guides/trajectories.py [--epochs 60] [--seeds 3]

Circles: |x| < 0.5 against 1 < |x| < 1.5. The paths of an ODE cannot cross, so that in the plane no flow can take the
inner disc out of the ring: it is a homeomorphism (Dupont et al. 2019, arXiv:1904.01681, §3). Networks with separate
steps jump, and one more dimension lets the flow lift the disc. Spirals: two arms, which a flow can untwist. The
read-out is linear in all. The paths go to docs/figures/data/, from where ``python docs/figures`` draws them; the last
lines printed are a table.
"""

import argparse
import pathlib
import sys

import keras
import numpy as np

from zoo import layers

sys.path.append(str(pathlib.Path(__file__).parents[1] / "figures"))
import style

STEPS = 6
DRAWN = 80
"""Points whose paths are kept."""


def circles(generator, points):
    """|x| < 0.5 is class 0, 1 < |x| < 1.5 class 1; equally many, uniform on their areas."""
    labels = np.arange(points) % 2
    angles = generator.uniform(0, 2 * np.pi, points)
    radii = np.sqrt(np.where(labels, generator.uniform(1, 2.25, points), generator.uniform(0, 0.25, points)))
    return np.stack([radii * np.cos(angles), radii * np.sin(angles)], axis=1), labels


def spirals(generator, points):
    """Two arms of one and a half turns, opposite to each other, with a little noise."""
    labels = np.arange(points) % 2
    s = generator.uniform(0.15, 1, points)
    angles = 3 * np.pi * s + np.pi * labels
    plane = 1.5 * s[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return plane + generator.normal(scale=0.03, size=plane.shape), labels


DATA = {"circles": circles, "spirals": spirals}


def field(width):
    tanh = [keras.layers.Dense(32, "tanh") for _ in range(2)]
    return keras.Sequential([*tanh, keras.layers.Dense(width)])


def resnet(u):
    for _ in range(STEPS):
        u = layers.ForwardEuler(field(2), 1 / STEPS)(u)
    return u


def lm_resnet(u):
    before, u = u, layers.ForwardEuler(field(2), 1 / STEPS)(u)
    for _ in range(STEPS - 1):
        before, u = u, layers.LinearMultistep(field(2), step_size=1 / STEPS)([u, before])
    return u


NETS = {
    "ResNet": resnet,
    "LM-ResNet": lm_resnet,
    "ODENet": lambda u: layers.ODE(field(2), name="ode")(u),
    "augmented ODENet": lambda u: layers.ODE(field(3), augment=1, name="ode")(u),
}


def network(build):
    """A classifier of points: the scheme, then a linear read-out."""
    points = keras.Input((2,))
    return keras.Model(points, keras.layers.Dense(1)(build(points)))


def paths(model, points):
    """The states of the points in time, ``(points, times, channels)``, with the augmented channels."""
    odes = [layer for layer in model.layers if isinstance(layer, layers.ODE)]
    if not odes:
        steps = [
            layer.output for layer in model.layers if isinstance(layer, layers.ForwardEuler | layers.LinearMultistep)
        ]
        states = keras.Model(model.input, steps).predict(points, verbose=0)
        return np.stack([points, *states], axis=1)
    start = np.pad(points, [(0, 0), (0, odes[0].augment)]).astype("float32")
    dense = layers.ODE(odes[0].f, times=list(np.linspace(0.05, 1, 20)))
    return np.concatenate([start[:, None], dense(start)], axis=1)


def rows(network, model, points, labels):
    """The states of the points as rows of a table; ``z`` is empty in the plane."""
    states = paths(model, points)
    times = np.linspace(0, 1, states.shape[1])
    return [
        {"network": network, "point": point, "label": int(label), "t": float(t)}
        | {axis: float(u[n]) if n < len(u) else "" for n, axis in enumerate("xyz")}
        for point, (path, label) in enumerate(zip(states, labels, strict=True))
        for t, u in zip(times, path, strict=True)
    ]


def trained(build, x, labels, epochs, seed):
    keras.utils.set_random_seed(seed)
    model = network(build)
    rate = keras.optimizers.schedules.CosineDecay(5e-3, epochs * -(-len(x) // 100))
    loss = keras.losses.BinaryCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(rate), loss, jit_compile=False)
    model.fit(x, labels, batch_size=100, epochs=epochs, verbose=0)
    return model


def judged(model, x, labels):
    """Cross-entropy, share of right answers in % and evaluations of f on new points."""
    logits = model.predict(x, batch_size=len(x), verbose=0)[:, 0].astype("float64")
    loss = np.mean(np.logaddexp(0, np.where(labels, -logits, logits)))
    odes = [layer for layer in model.layers if isinstance(layer, layers.ODE)]
    evaluations = int(odes[0].integrate(x).evaluations) if odes else STEPS
    return loss, 100 * np.mean((logits > 0) == labels), evaluations


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--points", type=int, default=1000)
    arguments = parser.parse_args()
    lines = ["| | network | cross-entropy | right, % | evaluations of f |", "|---|---|--:|--:|--:|"]
    for name, make in DATA.items():
        models, results = {}, {net: [] for net in NETS}
        for seed in range(arguments.seeds):
            generator = np.random.default_rng(seed)
            x, labels = make(generator, arguments.points)
            new, truth = make(generator, arguments.points)
            for net, build in NETS.items():
                model = trained(build, x.astype("float32"), labels, arguments.epochs, seed)
                results[net].append(judged(model, new.astype("float32"), truth))
                models.setdefault(net, model)
                print(name, seed, net, *results[net][-1], flush=True)
        points = new[:DRAWN].astype("float32")
        kept = [row for net, model in models.items() for row in rows(net, model, points, truth[:DRAWN])]
        style.write(f"trajectories_{name}", kept)
        for net, values in results.items():
            loss, right, evaluations = (np.array(column) for column in zip(*values, strict=True))
            counts = f"{evaluations.min()} … {evaluations.max()}" if np.ptp(evaluations) else f"{evaluations[0]}"
            losses = ", ".join(f"{value:.1e}" for value in loss)
            lines.append(f"| {name} | {net} | {losses} | {right.min():.1f} … {right.max():.1f} | {counts} |")
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
