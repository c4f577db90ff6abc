"""Several devices: each has its part of every batch, and the update is that of one device with the whole batch."""

import contextlib
from collections.abc import Iterator

import keras

from zoo.training import processes

STRATEGIES = {"mirrored": "tensorflow", "data_parallel": "jax"}
"""The ways of training on several devices, each with the backend that it is for."""


@contextlib.contextmanager
def devices(strategy: str | None, batch_size: int, replicas: int | None = None) -> Iterator[None]:
    """Within this, networks are built and trained on several devices.

    The batch of a recipe is that of all devices together: each of n computes batch_size / n pictures, the gradients are
    averaged, and batch-normalization statistics are those of the whole batch (``synchronize`` on TensorFlow; JAX
    compiles one program for all devices). So the learning rate stays what it is, and a run goes on from a saved state
    on any number of devices. On JAX these may be those of several processes, each of which has joined the others by
    ``zoo.training.joining.join()``.

    Args:
        strategy: ``"mirrored"`` is ``tf.distribute.MirroredStrategy``, ``"data_parallel"`` is
            ``keras.distribution.DataParallel`` on JAX; ``None`` is one device.
        batch_size: Pictures in an update, on all devices together.
        replicas: How many devices. Defaults to ``None``, all accelerators. On a machine without one, the CPU is split
            into so many, to try it; this must be before TensorFlow or JAX has computed anything.

    Raises:
        ValueError: There is no such strategy, it is not for the backend, the machine has fewer devices, or
            ``batch_size`` is not a multiple of their number.
        RuntimeError: The CPU was to be split, but the backend has started already.
    """
    if strategy is None:
        if processes.count() > 1:
            raise ValueError("Several processes train together by strategy='data_parallel'. Received: None.")
        if replicas is not None:
            ways = ", ".join(STRATEGIES)
            raise ValueError(f"replicas needs a strategy, {ways}. Received: replicas={replicas}, strategy=None.")
        yield
        return
    _check_backend(strategy)
    with _MAKERS[strategy](batch_size, replicas):
        yield


def synchronize(model: keras.Model) -> None:
    """Let every batch normalization of the model take its statistics over all replicas, where there are several.

    Args:
        model: Built in the scope of a strategy of TensorFlow; on one device nothing changes.
    """
    if keras.backend.backend() != "tensorflow" or model.distribute_strategy.num_replicas_in_sync == 1:
        return
    for layer in model._flatten_layers():
        if isinstance(layer, keras.layers.BatchNormalization):
            layer.synchronized = True


@contextlib.contextmanager
def scope_of(model: keras.Model) -> Iterator[None]:
    """The scope in which what belongs to the model, such as its optimizer, is to be built."""
    with model.distribute_strategy.scope() if keras.backend.backend() == "tensorflow" else contextlib.nullcontext():
        yield


@contextlib.contextmanager
def _mirrored(batch_size: int, replicas: int | None) -> Iterator[None]:
    import tensorflow as tf

    kind = "GPU" if tf.config.list_physical_devices("GPU") else "CPU"
    if kind == "CPU" and replicas:
        _split_cpu_of_tensorflow(replicas)
    found = [device.name for device in tf.config.list_logical_devices(kind)]
    used = _chosen(found, replicas)
    _check_batch(batch_size, len(used))
    with tf.distribute.MirroredStrategy(used).scope():
        yield


@contextlib.contextmanager
def _data_parallel(batch_size: int, replicas: int | None) -> Iterator[None]:
    if replicas:
        _split_cpu_of_jax(replicas)
        if processes.count() > 1:
            raise ValueError(f"Several processes use all their devices. Leave out replicas. Received: {replicas}.")
    used = _chosen(keras.distribution.list_devices(), replicas)
    _check_batch(batch_size, len(used))
    before = keras.distribution.distribution()
    keras.distribution.set_distribution(keras.distribution.DataParallel(devices=used, auto_shard_dataset=False))
    try:
        yield
    finally:
        keras.distribution.set_distribution(before)


_MAKERS = {"mirrored": _mirrored, "data_parallel": _data_parallel}


def _split_cpu_of_tensorflow(replicas):
    import tensorflow as tf

    cpu = tf.config.list_physical_devices("CPU")[0]
    parts = tf.config.get_logical_device_configuration(cpu)
    if parts is not None and len(parts) >= replicas:
        return
    try:
        tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * replicas)
    except RuntimeError:
        raise RuntimeError(
            f"The CPU cannot be split into {replicas} devices any more: TensorFlow has started. Expected this to be "
            "asked for first in a new process."
        ) from None


def _split_cpu_of_jax(replicas):
    import jax

    with contextlib.suppress(RuntimeError):  # JAX has started: it has the devices that it has
        jax.config.update("jax_num_cpu_devices", replicas)


def _chosen(found, replicas):
    if replicas is not None and not 1 <= replicas <= len(found):
        raise ValueError(f"This machine has {len(found)} such devices. Received: replicas={replicas}.")
    return found[:replicas]


def _check_batch(batch_size, replicas):
    if batch_size % replicas:
        raise ValueError(
            f"Every device gets an equal part of a batch. Received: batch_size={batch_size} on {replicas} devices. "
            f"Choose a multiple of {replicas}, or fewer devices (replicas)."
        )


def _check_backend(strategy):
    if strategy not in STRATEGIES:
        raise ValueError(f"There is no strategy {strategy!r}. Expected one of {', '.join(STRATEGIES)}.")
    backend = STRATEGIES[strategy]
    if keras.backend.backend() != backend:
        others = [name for name, own in STRATEGIES.items() if own == keras.backend.backend()]
        raise ValueError(
            f"The strategy {strategy} is for KERAS_BACKEND={backend}. Received: {keras.backend.backend()}. "
            f"There use {' or '.join(others) or 'one device'}."
        )
