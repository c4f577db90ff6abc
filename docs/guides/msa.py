"""Training as optimal control beside SGD: loss on 5,000 MNIST pictures against wall time, one CSV row a reading.

    python docs/guides/msa.py [--pictures 5000] [--blocks 12] [--seconds 600] [--seeds 3] [--cpu] > msa.csv

One network (a convolution, so many Euler steps of one convolution each, a dense layer) from the same initial weights
and the same batches, trained by E-MSA (``zoo.training.msa``) and by SGD with momentum for the same number of seconds.
The loss is that on all the pictures; the clock stands still while it is measured, and while the first update compiles.
So it takes seconds × 2 × seeds, an hour as it stands, on a machine that does nothing else. With --cpu there is one
thread and its processor time counts, which is wall time on a core of its own, whatever else the machine does.
"""

import argparse
import time

import keras
import numpy as np
import tensorflow as tf

from zoo import layers
from zoo.data import datasets
from zoo.training.msa import MSA

FILTERS, STEP_SIZE = 16, 0.5


def network(blocks, seed):
    """No batch normalization: its statistics are a state that changes with a call."""
    keras.utils.set_random_seed(seed)
    inputs = keras.Input((28, 28, 1))
    u = keras.layers.Rescaling(1 / 255)(inputs)
    u = keras.layers.Conv2D(FILTERS, 5, strides=4, padding="same", activation="tanh")(u)
    for block in range(blocks):
        f = keras.layers.Conv2D(FILTERS, 3, padding="same", activation="tanh")
        u = layers.ForwardEuler(f, STEP_SIZE, name=f"stage1_block{block + 1}")(u)
    return keras.Model(inputs, keras.layers.Dense(10, "softmax")(keras.layers.Flatten()(u)))


def updates(method, model, options):
    """A function that makes one update on a batch, and one that forgets those so far."""
    if method == "msa":
        trainer = MSA(model, options.rho, options.ascents, rate=0.1)
        rates, weights = list(trainer.rates), model.get_weights()

        def forget():
            trainer.rates = list(rates)
            model.set_weights(weights)

        return trainer.iterate, forget
    model.compile(keras.optimizers.SGD(options.learning_rate, momentum=0.9), "sparse_categorical_crossentropy")
    model.optimizer.build(model.trainable_variables)
    variables = [*model.optimizer.variables, *model.trainable_variables]
    values = [np.asarray(variable) for variable in variables]
    return model.train_on_batch, lambda: [v.assign(value) for v, value in zip(variables, values, strict=True)]


def measured(model, x, y):
    """Mean loss and accuracy on all the pictures."""
    outputs = np.concatenate([np.asarray(model(x[at : at + 1000])) for at in range(0, len(x), 1000)])
    right = float(np.mean(outputs.argmax(1) == y))
    return -float(np.mean(np.log(outputs[np.arange(len(y)), y] + 1e-12))), right


def train(method, seed, x, y, options):
    """Print a row before the first update and after every so many seconds of training."""
    model = network(options.blocks, seed)
    update, forget = updates(method, model, options)
    update(x[: options.batch], y[: options.batch])  # compiles
    forget()
    clock = time.process_time if options.cpu else time.perf_counter
    generator, spent, count, due = np.random.default_rng(seed), 0.0, 0, 0.0
    while True:
        if spent >= due:
            loss, right = measured(model, x, y)
            print(f"{method},{seed},{count},{spent:.1f},{loss:.5f},{100 * right:.2f}", flush=True)
            due += options.every
        if spent >= options.seconds:
            return
        rows = generator.choice(len(x), options.batch, replace=False)
        start = clock()
        update(x[rows], y[rows])
        spent, count = spent + clock() - start, count + 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--blocks", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=600.0, help="Of training, for each method and seed.")
    parser.add_argument("--every", type=float, default=20.0, help="Seconds from one reading to the next.")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=500)
    parser.add_argument("--rho", type=float, default=1.0)
    parser.add_argument("--ascents", type=int, default=5)
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--cpu", action="store_true", help="Count the processor time of one thread.")
    parser.add_argument("--data", help="An .npz file of MNIST. Defaults to the one that `zoo train` reads.")
    options = parser.parse_args()
    if options.cpu:
        tf.config.threading.set_intra_op_parallelism_threads(1)
        tf.config.threading.set_inter_op_parallelism_threads(1)
    data = datasets.load("mnist", options.data)
    x = np.reshape(data.x_train[: options.pictures], (-1, 28, 28, 1)).astype("float32")
    y = np.asarray(data.y_train[: options.pictures]).ravel().astype("int64")
    print("method,seed,updates,seconds,loss,accuracy")
    for seed in range(options.seeds):
        for method in ("msa", "sgd"):
            train(method, seed, x, y, options)


if __name__ == "__main__":
    main()
