"""Evaluations of f while an ODE-Net trains, with and without the terms that keep its flow easy to integrate.

    python docs/guides/nfe.py [--updates 200] [--filters 16] [--kinetic 0.1] [--jacobian 0.01]

ODENetMNIST of few channels, trained on MNIST through the adaptive solver itself (dopri5, rtol = atol = 1e-3, the
gradient of the discrete solution), from the same initial weights and on the same batches each time. Kinetic: ½ ∫ mean
f² dt; Jacobian: ∫ mean (εᵀ ∂f/∂u)² dt (Finlay et al., 2020, arXiv:2002.02798). The lines printed are the tables of
docs/guides/odenets.md; the counts go to docs/figures/data/, from where ``python docs/figures nfe`` draws them.
"""

import argparse
import pathlib
import sys

import keras
import numpy as np

import zoo
from zoo.data import datasets as data
from zoo.layers import ODE
from zoo.serving import evaluate
from zoo.training import schedule

sys.path.append(str(pathlib.Path(__file__).parents[1] / "figures"))
import style

BATCH = 128


def network(filters, **terms):
    """ODENetMNIST with the terms in the loss of its flow."""

    def clone(layer):
        own = terms if isinstance(layer, ODE) else {}
        return type(layer).from_config({**layer.get_config(), **own})

    keras.utils.set_random_seed(0)
    plain = zoo.applications.ODENetMNIST(weights=None, filters=filters)
    regularized = keras.models.clone_model(plain, clone_function=clone)
    regularized.set_weights(plain.get_weights())
    return regularized


class Record(keras.callbacks.Callback):
    """Evaluations of f in each update, forward and backward."""

    def __init__(self):
        super().__init__()
        self.rows = []

    def on_train_batch_end(self, batch, logs=None):
        self.rows.append((logs["stage1_nfe"], logs["stage1_nfe_backward"]))
        self.model.reset_metrics()  # so that the next is that of the next update alone


def trained(model, dataset, updates):
    """Evaluations in each update, ``(updates, 2)``, of a training with a one-cycle learning rate."""
    rate = schedule.OneCycle(0.05, updates, 0.2)
    loss = keras.losses.SparseCategoricalCrossentropy()
    model.compile(keras.optimizers.SGD(rate, 0.9, nesterov=True), loss, jit_compile=False)
    order = np.random.default_rng(0).permutation(len(dataset.x_train))[: updates * BATCH]
    record = Record()
    x, y = dataset.x_train[order].astype("float32"), dataset.y_train[order]
    model.fit(x, y, batch_size=BATCH, shuffle=False, verbose=0, callbacks=[record])
    return np.array(record.rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--updates", type=int, default=200)
    parser.add_argument("--filters", type=int, default=16)
    parser.add_argument("--kinetic", type=float, default=0.1)
    parser.add_argument("--jacobian", type=float, default=0.01)
    arguments = parser.parse_args()
    dataset = data.load("mnist")
    if arguments.updates > len(dataset.x_train) // BATCH:
        parser.error(f"--updates must be at most {len(dataset.x_train) // BATCH}, one pass over the pictures")
    kinetic, jacobian = {"kinetic": arguments.kinetic}, {"jacobian": arguments.jacobian}
    nets = {"neither": {}, "kinetic": kinetic, "Jacobian": jacobian, "both": {**kinetic, **jacobian}}
    at = [0, *(arguments.updates * share // 4 - 1 for share in (1, 2, 3, 4))]
    print(f"| term | {' | '.join(f'update {update + 1}' for update in at)} | test error |")
    print("|---|" + "--:|" * (len(at) + 1))
    counts = {}
    for name, terms in nets.items():
        model = network(arguments.filters, **terms)
        counts[name] = trained(model, dataset, arguments.updates)
        error = 100 - evaluate.top1(model, dataset.x_test, dataset.y_test).percent
        cells = " | ".join("{:.0f} / {:.0f}".format(*counts[name][update]) for update in at)
        print(f"| {name} | {cells} | {error:.2f} % |", flush=True)
    kept = [
        {"term": name, "update": update, "forward": int(forward), "backward": int(backward)}
        for name, count in counts.items()
        for update, (forward, backward) in enumerate(count, start=1)
    ]
    style.write("nfe", kept)


if __name__ == "__main__":
    main()
