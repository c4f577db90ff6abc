"""Shared fixtures. Nothing here needs TensorFlow, so that the JAX-only tests can use it."""

import ctypes
import dataclasses
import functools
import gc
import hashlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import pytest

# Most of a test's time goes into building and compiling what runs once: XLA leaves its optimisations out, and a worker
# keeps to one thread, since there are more workers than cores. TensorFlow reads this when it is imported.
os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

gc.disable()  # until all is imported: a fifth of the time of that, since none of it is garbage


def pytest_sessionstart(session):
    """Prepare TensorFlow in the processes that run tests, of which the one that only hands them out is none."""
    if not hasattr(session.config, "workerinput") and session.config.getoption("numprocesses", None):
        gc.enable()  # it collects no tests
        return
    import keras

    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf
        from tensorflow.python.framework import ops

        # XLA keeps the Python stack of each operation that it compiles for as long as the process lives: half of what
        # a compiled solve leaves in memory.
        ops._create_c_op = functools.partial(ops._create_c_op, extract_traceback=False)
        # Optimising graphs that run once took an eighth of the time of the solver's tests. The processes that tests
        # start do optimise theirs, as the user's do, and so does what is exported.
        tf.config.optimizer.set_experimental_options({"disable_meta_optimizer": True})


def pytest_collection_finish():
    """The collector need not look at what is imported again and again: that was a tenth of the time of the tests."""
    gc.freeze()
    gc.enable()


def pytest_sessionfinish():
    gc.unfreeze()  # Hypothesis asks the collector for referrers when it is imported, at the latest now


@pytest.fixture(autouse=True, scope="session")
def _processes_as_of_a_user():
    """What tests start sees neither scikit-learn nor Matplotlib, which Keras imports where it can: a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(pathlib.Path(__file__).with_name("as_installed")), prepend=os.pathsep)
        yield


@pytest.fixture(autouse=True)
def _fixed_seed():
    import keras

    keras.utils.set_random_seed(1)


@pytest.fixture(autouse=True)
def _own_cache(tmp_path, monkeypatch):
    """Every test has an empty cache and no mirror, whatever the machine's environment says."""
    monkeypatch.setenv("ZOO_HOME", str(tmp_path / "zoo_home"))
    monkeypatch.setenv("ZOO_DATA", str(tmp_path / "no_data"))
    monkeypatch.delenv("ZOO_WEIGHTS_URL", raising=False)
    monkeypatch.delenv("ZOO_OFFLINE", raising=False)


@pytest.fixture(autouse=True, scope="module")
def _memory_of_its_own():
    """What the module before has built is let go. What XLA has compiled stays: a worker reaches 2.8 GB of it.

    A model is a knot of references that only the collector unties, and glibc keeps what was freed in small pieces
    until it is asked for it. What is alive between two modules, and no test's any more, is looked at no more.
    """
    import keras

    keras.backend.clear_session()  # which collects
    gc.freeze()
    if sys.platform == "linux":
        ctypes.CDLL(None).malloc_trim(0)


@pytest.fixture
def heard():
    """Signals are heard, also where these tests were started to ignore them, as ``nohup`` and a script's ``&`` do."""
    numbers = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    before = {number: signal.signal(number, handler) for number, handler in numbers.items()}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture
def run(monkeypatch, capsys):
    """Call the command line in this process: (exit code, stdout, stderr)."""
    from zoo.cli import main as cli

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["zoo", *map(str, arguments)])
        with pytest.raises(SystemExit) as stopped:
            cli.main()
        captured = capsys.readouterr()
        return stopped.value.code or 0, captured.out, captured.err

    return call


@pytest.fixture
def install(monkeypatch, tmp_path):
    """install(*checkpoints): let them be the manifest."""

    def install(*checkpoints):
        from zoo.weights import manifest

        path = tmp_path / f"manifest-{len(list(tmp_path.glob('manifest-*')))}.json"
        path.write_text(json.dumps([checkpoint.row() for checkpoint in checkpoints]), "utf-8")
        monkeypatch.setattr(manifest, "MANIFEST", path)

    return install


@pytest.fixture
def released(tmp_path, monkeypatch, install):
    """A released LMResNet(depth=14) of ten classes in a checkout of its own: (checkpoint, model, its file)."""
    from zoo import applications, weights
    from zoo.weights import file, keys, store

    package = tmp_path / "checkout" / "zoo" / "weights"
    package.mkdir(parents=True)
    (tmp_path / "checkout" / "weights").mkdir()
    model = applications.LMResNet(weights=None, depth=14)
    content = file.packed(keys.arrays_of(model), {"name": model.name})
    digest = hashlib.sha256(content).hexdigest()
    name = f"lm_resnet14-cifar10-{digest[:8]}.safetensors"
    checkpoint = dataclasses.replace(
        weights.get("lm_resnet20-cifar10"),
        name="lm_resnet14-cifar10",
        keywords={"depth": 14},
        file=weights.File(name, len(content), weights.Digest("sha256", digest)),
        task=weights.Classifier(tuple("abcdefghij"), (32, 32, 3)),
        metrics=(weights.Metric("top-1", 10.0, "%", 10.0, None, 1),),
    )
    path = tmp_path / "checkout" / "weights" / name
    path.write_bytes(content)
    install(checkpoint)
    monkeypatch.setattr(store, "PACKAGE", package)
    return checkpoint, model, path


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """An empty checkout, and the tiny data set in place of CIFAR-10."""
    from tiny import tiny_data

    from zoo.data import datasets
    from zoo.weights import store

    root = tmp_path / "checkout"
    (root / "zoo" / "weights").mkdir(parents=True)
    (root / "weights").mkdir()
    (root / "zoo" / "weights" / "manifest.json").write_text("[]")
    for command in ("init -q", "add -A", "-c user.name=t -c user.email=t@t commit -qm first"):
        subprocess.run(["git", "-C", root, *command.split()], check=True, capture_output=True)
    monkeypatch.setattr(datasets, "load", lambda name, path=None: tiny_data())
    monkeypatch.setattr(store, "PACKAGE", root / "zoo" / "weights")
    return root
