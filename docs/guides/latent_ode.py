"""The latent ODE against a recurrent network on spirals, observed at 30, 50 or 100 of 100 times.

    python docs/guides/latent_ode.py [--epochs 200] [--seeds 1] [--points 30 50 100]

1,000 noisy spirals for training, 1,000 others for the test. From the observed points of the first 100 times each
network reconstructs these and predicts the next 100, of which it has seen none in training; the figures are the root
mean squares, over spirals, times and coordinates, of the difference from the true curve. Beside them stand those of
Chen et al. (2018, arXiv:1806.07366, §5.1). The recurrent network is ours: an encoder of 25 units that reads the same
points forward, and a decoder of 25 units that is given the time since the state before. The last lines printed are a
table.
"""

import argparse

import keras
import numpy as np

from zoo.data.spirals import STEP, observed, spirals
from zoo.flows import GaussianLikelihood, LatentODE

SEEN = 100
PAPER = {30: (0.3937, 0.1642), 50: (0.3202, 0.1502), 100: (0.1813, 0.1346)}
"""RMSE of the paper's recurrent network and latent ODE."""


def recurrent(times):
    """A recurrent encoder of the observed points, and a recurrent decoder that steps through all times."""
    values = keras.Input((len(times), 2), name="values")
    seen = keras.Input((len(times),), dtype="bool", name="observed")
    clock = keras.ops.zeros_like(values[..., :1]) + np.array(times, "float32")[:, None]
    known = keras.ops.where(keras.ops.expand_dims(seen, -1), values, 0.0)
    code = keras.layers.SimpleRNN(25)(keras.ops.concatenate([known, clock], axis=-1), mask=seen)
    elapsed = keras.ops.zeros_like(clock) + np.diff(times, prepend=0.0).astype("float32")[:, None]
    states = keras.layers.SimpleRNN(25, return_sequences=True)(elapsed, initial_state=code)
    return keras.Model({"values": values, "observed": seen}, keras.layers.Dense(2)(states), name="recurrent")


NETS = {"RNN": recurrent, "latent ODE": LatentODE}


def rmse(build, points, epochs, seed):
    """Train on the first times; the errors on them and on as many later times of other spirals."""
    keras.utils.set_random_seed(seed)
    times = STEP * np.arange(1, SEEN + 1)
    values, _ = spirals(1000, seed)
    mask = observed(len(values), SEEN, points, seed)
    model = build(times)
    rate = keras.optimizers.schedules.CosineDecay(1e-2, epochs * 10)
    model.compile(keras.optimizers.Adam(rate, global_clipnorm=10.0), GaussianLikelihood(0.3), jit_compile=False)
    inputs = {"values": values[:, :SEEN], "observed": mask}
    model.fit(inputs, values[:, :SEEN], sample_weight=mask.astype("float32"), batch_size=100, epochs=epochs, verbose=0)
    longer = build(STEP * np.arange(1, 2 * SEEN + 1))
    longer.set_weights(model.get_weights())
    values, truth = spirals(1000, seed + 10_000)
    unseen = np.zeros((len(values), SEEN), bool)
    mask = np.concatenate([observed(len(values), SEEN, points, seed + 10_000), unseen], axis=1)
    predicted = longer.predict({"values": values, "observed": mask}, batch_size=1000, verbose=0)
    squares = (predicted - truth) ** 2
    return tuple(float(np.sqrt(np.mean(part))) for part in (squares[:, :SEEN], squares[:, SEEN:]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--points", type=int, nargs="+", default=list(PAPER), choices=list(PAPER))
    arguments = parser.parse_args()
    parts = [f"{name}, {part} 100" for name in NETS for part in ("first", "next")]
    lines = [f"| observed of 100 | {' | '.join(parts)} | paper: RNN | paper: latent ODE |", "|--:|" + 6 * "--:|"]
    for points in arguments.points:
        found = {}
        for name, build in NETS.items():
            found[name] = [rmse(build, points, arguments.epochs, seed) for seed in range(arguments.seeds)]
            print(points, name, found[name], flush=True)
        cells = [values for pairs in found.values() for values in zip(*pairs, strict=True)]
        ours = " | ".join(", ".join(f"{value:.2f}" for value in values) for values in cells)
        lines.append(f"| {points} | {ours} | {PAPER[points][0]:.4f} | {PAPER[points][1]:.4f} |")
    print("\n" + "\n".join(lines))


if __name__ == "__main__":
    main()
