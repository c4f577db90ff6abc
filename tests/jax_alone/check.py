"""LM-ResNet where TensorFlow is not installed: KERAS_BACKEND=jax pytest tests/jax_alone/check.py"""

import csv
import importlib.util

import keras
import numpy as np
import pytest

import zoo
from zoo import analysis, applications
from zoo.analysis import refinement as refine
from zoo.analysis import truncation_error as truncation
from zoo.analysis import work_precision as dial
from zoo.data import datasets as data
from zoo.data import pictures
from zoo.release import reproduce
from zoo.training import recipes


def test_this_is_jax_alone():
    assert keras.backend.backend() == "jax"
    assert importlib.util.find_spec("tensorflow") is None


SHIPPED = [  # the classifiers that the wheel carries
    checkpoint
    for checkpoint in zoo.weights.trained()
    if checkpoint.headline and isinstance(checkpoint.task, zoo.weights.Classifier)
]


@pytest.mark.parametrize("checkpoint", SHIPPED, ids=lambda checkpoint: checkpoint.name)
def test_released_logits(checkpoint):
    """Adaptive steps are TensorFlow's; on a grid of RK4 the answers are the same within their tolerance."""
    adaptive = "solver" in checkpoint.keywords and not checkpoint.keywords["steps"]
    model = zoo.load(checkpoint.name, **({"solver": "rk4", "steps": 8} if adaptive else {}))
    logits = applications.logits(model, applications.probe_picture(checkpoint.task.input_shape))[0]
    within = 2e-2 if adaptive else 1e-4
    np.testing.assert_allclose(logits, checkpoint.probe, atol=within * np.abs(checkpoint.probe).max())


def test_a_flow_on_a_grid_under_other_methods():
    model = applications.ODENetMNIST(weights=None, filters=8, solver="midpoint", steps=2)
    images = np.zeros((2, 28, 28, 1), np.uint8)
    assert zoo.rediscretize(model, "rk4", 3).get_layer("stage1").steps == 3
    settings = [dial.Setting("midpoint", 2), dial.Setting("euler", 1)]
    same, euler = dial.dial(model, images, settings=settings)
    assert (same.evaluations, same.change, euler.evaluations) == (4, 0, 1)
    for call in (zoo.rediscretize, lambda model: applications.ODENetMNIST(weights=None)):
        with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
            call(model)


def tiny():
    generator = np.random.default_rng(0)
    labels = (np.arange(64) % 2).astype(np.int32)
    images = (generator.integers(0, 100, (64, 8, 8, 3)) + 155 * labels[:, None, None, None]).astype(np.uint8)
    return data.Dataset("cifar10", images, labels, images, labels, data.CIFAR10.labels)


NARROW = {
    "ResNet": {"depth": 14},
    "LMResNet": {"depth": 14},
    "MomentumResNet": {"depth": 14},
    "RevNet": {"depth": 26},
    "PolyNet": {"depth": 8},
    "HamiltonianNet": {"depth": 26},
    "LeapfrogNet": {"depth": 14},
    "FractalNet": {"depth": 10, "filters": 4, "drop_path": 0.15},
    "ODENetCIFAR": {"filters": 4, "solver": "midpoint", "steps": 1},
}


@pytest.mark.parametrize("application", NARROW)
def test_trains(application, tmp_path):
    keywords = NARROW[application]
    recipe = recipes.Recipe("tiny", application, keywords, "cifar10", epochs=2, batch_size=16, learning_rate=0.05)
    _, final = reproduce.train(recipe, tiny(), tmp_path, every=3)
    assert final.exists()
    with open(tmp_path / "log.csv", newline="") as file:
        losses = [float(row["loss"]) for row in csv.DictReader(file)]
    assert losses[-1] < losses[0]


def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path):
    recipe = recipes.Recipe(
        "tiny", "LMResNet", {"depth": 8, "drop_path": 0.3}, "cifar10", epochs=2, batch_size=16, ema=0.9
    )
    whole, _ = reproduce.train(recipe, tiny(), tmp_path / "whole")

    def fail(update, updates, row):
        if update == 6:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        reproduce.train(recipe, tiny(), tmp_path / "broken", every=2, report=fail)
    resumed, _ = reproduce.train(recipe, tiny(), tmp_path / "broken", resume=True)
    for one, other in zip(whole.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(one, other)


def test_refines():
    model = applications.LMResNet(weights=None, depth=14)
    images = np.zeros((2, 32, 32, 3), np.uint8)
    assert refine.change(model, refine.refine(model), images).relative < 1
    assert set(truncation.by_stage(truncation.truncation(model, images))) == {1, 2, 3}


IMAGENET = {
    "ResNeXtV1": {"depth": 26, "width": 4, "groups": 2, "group_width": 2},
    "RevNetImageNet": {"depth": 32, "width": 4},
    "FractalNetImageNet": {"depth": 6, "filters": 4},
    "ODENet": {"filters": 4, "solver": "euler", "steps": 1},
}


@pytest.mark.parametrize("application", IMAGENET)
def test_a_small_network_for_imagenet_runs(application):
    build = applications.registered()[application]
    model = build(weights=None, classes=2, input_shape=(64, 64, 3), **IMAGENET[application])
    images = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3)).astype("float32")
    np.testing.assert_allclose(np.sum(model(images)), 1, rtol=1e-5)


def test_an_i_revnet_gives_its_pictures_back():
    model = applications.IRevNet(weights=None, depth=13, classes=2, input_shape=(32, 32, 3))
    images = np.random.default_rng(0).integers(0, 256, (2, 32, 32, 3)).astype("float32")
    again = analysis.picture_of(model, analysis.last_states(model, images))
    np.testing.assert_allclose(again, images, atol=2e-3)


def test_resnext_and_stochastic_depth_run():
    model = applications.LMResNeXt(weights=None, depth=11, groups=2, width=2, drop_path=0.2)
    images = np.zeros((2, 32, 32, 3), np.uint8)
    assert np.isfinite(model(images, training=True)).all()


def test_pictures_fit():
    assert pictures.fit(np.zeros((40, 60, 3), np.uint8), (32, 32)).shape == (32, 32, 3)


def test_counting_operations_asks_for_tensorflow():
    with pytest.raises(RuntimeError, match="KERAS_BACKEND=tensorflow"):
        analysis.macs(applications.LMResNet(weights=None))
