"""Data parallel training on two virtual devices of JAX: KERAS_BACKEND=jax pytest tests/jax_alone/check_devices.py"""

import os
import pathlib
import subprocess
import sys

TESTS = pathlib.Path(__file__).parents[1]


def test_two_devices_make_the_updates_of_one(tmp_path):
    """Also where a run that began on two goes on with one."""
    program = TESTS / "training" / "replicas_process.py"
    path = os.pathsep.join([str(TESTS), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": path}
    done = subprocess.run([sys.executable, program, tmp_path], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "equal" in done.stdout


def test_batch_normalization_asks_the_other_devices_once_forward_and_once_backward():
    """Each round costs a wait for the slowest device; automatic differentiation takes twice as many."""
    done = subprocess.run(
        [sys.executable, "-c", ROUNDS], capture_output=True, text=True, env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.split() == ["2", "4"], "ours, Keras's"


ROUNDS = """
import jax, keras, numpy as np
jax.config.update("jax_num_cpu_devices", 2)
import zoo
from jax.sharding import Mesh, NamedSharding, PartitionSpec

mesh = Mesh(np.array(jax.devices()), ("batch",))
keras.distribution.set_distribution(keras.distribution.DataParallel(devices=keras.distribution.list_devices()))
x = jax.device_put(np.ones((4, 3, 3, 2), "float32"), NamedSharding(mesh, PartitionSpec("batch")))
for kind in (zoo.layers.BatchNormalization, keras.layers.BatchNormalization):
    layer = kind()
    layer.build(x.shape)
    given = [[v.value for v in each] for each in (layer.trainable_variables, layer.non_trainable_variables)]

    def loss(x, weights, others):
        y, others = layer.stateless_call(weights, others, x, training=True)
        return keras.ops.mean(y**3), others

    step = jax.jit(jax.grad(lambda *given: loss(*given)[0], (0, 1)))  # the loss itself would take a round, too
    print(step.lower(x, *given).compile().as_text().count(" all-reduce("))
"""
