"""A flow of scikit-learn's 8×8 digits, trained by matching, and its bits a dimension on held-out digits.

    python docs/guides/digits.py [--copies 200] [--epochs 8] [--seed 0]       # about five minutes

Prints the figure of docs/guides/flow_pictures.md. Needs scikit-learn (pip install "odezoo[train]"), whose digits have
17 grey levels, so that the uniform distribution has log₂ 17 = 4.09 bits a dimension.
"""

import argparse
import time

import keras
import numpy as np
import scipy.stats
from sklearn.datasets import load_digits

from zoo import flows

LEVELS, TEST = 17, 360


def data(copies, seed):
    """Points of 64 numbers in [0, 1): the training digits, each with ``copies`` noises, and the held-out ones."""
    pixels = np.random.default_rng(0).permutation(load_digits().data)
    train = flows.dequantized(np.repeat(pixels[TEST:], copies, axis=0), seed, LEVELS)
    return train, flows.dequantized(pixels[:TEST], seed + 1, LEVELS)


def model():
    """Noise flows to points about 0, in units of half the range of a pixel."""
    cnf = flows.CNF(flows.TimeMLP((256, 256, 256), activation="swish"), rtol=1e-3, atol=1e-3)
    return flows.FlowModel([cnf, flows.Affine(0.5, 0.5)], (64,))


def normal(train, test):
    """The bits a dimension of a normal distribution fitted to the training points."""
    fitted = scipy.stats.multivariate_normal(train.mean(axis=0), np.cov(train.T))
    return bits(-fitted.logpdf(test).mean())


def bits(nll):
    return flows.bits_per_dim(nll, (64,), width=1 / LEVELS)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=200, help="Noises of each training digit.")
    parser.add_argument("--epochs", type=int, default=8, help="Passes over all of them.")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    train, test = data(arguments.copies, arguments.seed)
    flow, start = model(), time.perf_counter()
    rate = keras.optimizers.schedules.CosineDecay(2e-3, arguments.epochs * -(-len(train) // 256))
    flow.compile("flow_matching", optimizer=keras.optimizers.Adam(rate))
    flow.fit(train, batch_size=256, epochs=arguments.epochs, verbose=2)
    print(f"a normal distribution: {normal(train, test):.3f} bits/dim", flush=True)
    print(f"trained in {time.perf_counter() - start:.0f} s", flush=True)
    found = flow.log_prob(test, error=True, batch_size=TEST)
    each = bits(-found.values)
    solver = found.solver.mean() / (64 * np.log(2))
    seen = bits(-flow.log_prob(train[:: arguments.copies][:TEST], trace="hutchinson", seed=0)).mean()
    print(
        f"{each.mean():.3f} ± {each.std(ddof=1) / np.sqrt(len(each)):.3f} bits/dim on {len(test)} held-out digits "
        f"(solver {solver:.1e}, exact trace), {seen:.3f} on as many training digits"
    )


if __name__ == "__main__":
    main()
