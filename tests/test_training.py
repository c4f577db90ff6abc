"""Schedule, loss and run, against numbers computed by hand."""

import dataclasses
import math

import keras
import numpy as np
import pytest

from zoo import reproduce
from zoo.training import data, recipes, run
from zoo.training.recipes import Recipe
from zoo.training.schedule import OneCycle

TINY = Recipe("tiny", "LMResNet", {"depth": 8}, "cifar10", epochs=3, batch_size=16, learning_rate=0.05)


def tiny_data(images=64):
    generator = np.random.default_rng(0)
    labels = (np.arange(images) % 2).astype(np.int32)
    x = generator.integers(0, 100, (images, 8, 8, 3)) + 155 * labels[:, None, None, None]
    x = x.astype(np.uint8)
    return data.Dataset("cifar10", x, labels, x[:10], labels[:10], data.CLASSES["cifar10"])


def test_one_cycle():
    schedule = OneCycle(0.2, steps=100, warmup=0.2)
    expected = {0: 0.0, 10: 0.1, 20: 0.2, 60: 0.1, 100: 0.0, 130: 0.0}
    expected[40] = 0.1 * (1 + math.cos(math.pi / 4))
    for step, rate in expected.items():
        assert float(schedule(step)) == pytest.approx(rate, abs=1e-7)
    assert float(OneCycle(0.2, 100, warmup=0)(0)) == pytest.approx(0.2)
    assert OneCycle.from_config(schedule.get_config()).get_config() == schedule.get_config()


@pytest.mark.parametrize("arguments", [(0, 10), (0.1, 0), (0.1, 10, 1.0), (0.1, 10, -0.1)])
def test_one_cycle_refuses(arguments):
    with pytest.raises(ValueError, match="Received: peak="):
        OneCycle(*arguments)


def test_loss_is_cross_entropy_plus_half_l2_of_the_kernels():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4, activation="softmax")])
    run.compile_for(model, dataclasses.replace(TINY, l2=0.1), updates=10)
    x, y = np.random.default_rng(0).normal(size=(5, 3)).astype("float32"), np.array([0, 1, 2, 3, 0])
    kernel, bias = model.get_weights()
    scores = x @ kernel + bias
    entropy = np.mean(np.log(np.exp(scores).sum(axis=1)) - scores[np.arange(5), y])
    assert model.evaluate(x, y, verbose=0)[0] == pytest.approx(entropy + 0.05 * np.sum(kernel**2), rel=1e-5)


def test_l2_reaches_every_kernel_and_nothing_else():
    model = reproduce.network(TINY, tiny_data())
    run.add_l2(model, 0.1)
    with_l2 = {variable.path for variable in model.trainable_variables if variable.regularizer}
    assert with_l2 == {variable.path for variable in model.trainable_variables if variable.name == "kernel"}
    assert len(with_l2) == 1 + 3 * 2 + 2 + 1  # stem, three branches of two, two projections, head


def test_updates_are_sgd_with_nesterov_momentum():
    """Two updates of one weight by hand: v⁺ = μv − αg, w⁺ = w + μv⁺ − αg."""
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(2, use_bias=False, activation="softmax")])
    run.compile_for(model, dataclasses.replace(TINY, l2=0.0, warmup=0.0, learning_rate=0.1), updates=1000)
    model.set_weights([np.array([[0.5, -0.5]])])
    w, v = np.array([0.5, -0.5]), np.zeros(2)
    for step in range(2):
        model.train_on_batch(np.ones((1, 1)), np.array([0]))
        rate = 0.1 * (1 + math.cos(math.pi * step / 1000)) / 2
        gradient = np.exp(w) / np.exp(w).sum() - np.array([1, 0])
        v = 0.9 * v - rate * gradient
        w = w + 0.9 * v - rate * gradient
    np.testing.assert_allclose(model.get_weights()[0][0], w, rtol=1e-5)


def test_a_run_learns_and_writes_its_files(tmp_path):
    model, final = reproduce.train(TINY, tiny_data(), tmp_path / "run", verbose=0)
    assert final == tmp_path / "run" / "final.weights.h5"
    rows = (tmp_path / "run" / "log.csv").read_text().splitlines()
    assert [row.split(",")[0] for row in rows] == ["epoch", "0", "1", "2"]
    accuracy = [float(row.split(",")[1]) for row in rows[1:]]
    assert accuracy[-1] > 0.9 > accuracy[0]
    again = reproduce.network(TINY, tiny_data())
    again.load_weights(final)
    for old, new in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)


class InterruptionError(Exception):
    pass


def test_an_interrupted_run_goes_on_after_its_last_whole_epoch(tmp_path, monkeypatch):
    dataset = tiny_data()
    whole, _ = reproduce.train(TINY, dataset, tmp_path / "whole", verbose=0)
    take = data.Batches.__getitem__

    def fail(self, step):
        if (self.epoch, step) == (2, 1):
            raise InterruptionError
        return take(self, step)

    monkeypatch.setattr(data.Batches, "__getitem__", fail)
    with pytest.raises(Exception, match="InterruptionError"):
        reproduce.train(TINY, dataset, tmp_path / "broken", verbose=0)
    monkeypatch.undo()
    assert not (tmp_path / "broken" / "final.weights.h5").exists()
    resumed, _ = reproduce.train(TINY, dataset, tmp_path / "broken", verbose=0)
    assert int(resumed.optimizer.iterations) == 12
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)


def test_a_complete_run_is_not_trained_again(tmp_path):
    first, final = reproduce.train(TINY, tiny_data(), tmp_path, verbose=0)
    written = final.stat().st_mtime_ns
    second, _ = reproduce.train(TINY, tiny_data(), tmp_path, verbose=0)
    assert final.stat().st_mtime_ns == written
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_folder_with_another_recipe_is_refused(tmp_path):
    reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), tmp_path, verbose=0)
    with pytest.raises(ValueError, match="another recipe"):
        reproduce.train(TINY, tiny_data(), tmp_path, verbose=0)


def test_a_diverging_run_stops(tmp_path):
    recipe = dataclasses.replace(TINY, learning_rate=1e30, warmup=0.0)
    with pytest.raises(Exception, match="(?i)nan|invalid loss"):
        reproduce.train(recipe, tiny_data(), tmp_path, verbose=0)
    assert not (tmp_path / "final.weights.h5").exists()


def test_recipes_name_applications_and_data_sets():
    from zoo import applications

    for name, recipe in recipes.RECIPES.items():
        assert recipe.name == name
        assert name.split("-")[0] in applications.VARIANTS
        assert hasattr(applications, recipe.application)
        assert recipe.dataset in data.CLASSES
    with pytest.raises(ValueError, match="Did you mean 'lm_resnet20-cifar10'"):
        recipes.get("lm_resnet20-cifar")
