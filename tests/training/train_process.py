"""A training run in a process of its own, to be killed: ``python train_process.py FOLDER``. Prints every update."""

import dataclasses
import sys

import keras
import tensorflow as tf
from tiny import STOPPED, tiny_data

from zoo.release import reproduce
from zoo.training.monitor import Stopped

EPOCHS = 6  # of 4 updates, so that a signal arrives long before the end


def main(folder):
    tf.config.threading.set_intra_op_parallelism_threads(2)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    tf.config.experimental.enable_op_determinism()
    keras.utils.set_random_seed(3)  # recipes draw their own seeds
    try:
        recipe = dataclasses.replace(STOPPED, epochs=EPOCHS)
        reproduce.train(recipe, tiny_data(), folder, resume=True, every=1, report=report)
    except Stopped as stopped:
        print("stopped", stopped.update, flush=True)


def report(update, updates, row):
    print(update, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
