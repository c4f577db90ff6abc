"""Schedule, loss, averages and the run itself, against numbers computed by hand."""

import csv
import dataclasses
import errno
import inspect
import json
import math
import re
import signal

import keras
import numpy as np
import pytest
from tiny import STOPPED, TINY, tiny_data

from zoo import applications
from zoo.analysis.refinement import refine
from zoo.data import batches
from zoo.data.batches import Batches
from zoo.data.datasets import DATASETS
from zoo.release import reproduce
from zoo.training import compiling, recipes, run, state, statistics
from zoo.training.checkpoints import Checkpoints
from zoo.training.lock import alone
from zoo.training.monitor import Stopped
from zoo.training.schedule import OneCycle
from zoo.weights import file, keys


def dense(units=2, inputs=1, bias=False):
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(units, use_bias=bias, activation="softmax")])


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum(axis=-1, keepdims=True)


# Loss and updates


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


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_loss_is_cross_entropy_plus_half_l2_of_the_kernels(smoothing):
    model = dense(4, 3, bias=True)
    compiling.compile_for(model, dataclasses.replace(TINY, l2=0.1, label_smoothing=smoothing), updates=10)
    x, y = np.random.default_rng(0).normal(size=(5, 3)).astype("float32"), np.array([0, 1, 2, 3, 0])
    kernel, bias = model.get_weights()
    targets = (1 - smoothing) * np.eye(4)[y] + smoothing / 4
    entropy = -np.mean(np.sum(targets * np.log(softmax(x @ kernel + bias)), axis=1))
    labels = np.eye(4)[y] if smoothing else y
    assert model.evaluate(x, labels, verbose=0)[0] == pytest.approx(entropy + 0.05 * np.sum(kernel**2), rel=1e-5)


def test_l2_reaches_every_kernel_and_nothing_else():
    model = reproduce.network(TINY, tiny_data())
    compiling.add_l2(model, 0.1)
    with_l2 = {variable.path for variable in model.trainable_variables if variable.regularizer}
    assert with_l2 == {variable.path for variable in model.trainable_variables if variable.name == "kernel"}
    assert len(with_l2) == 1 + 3 * 2 + 2 + 1  # stem, three branches of two, two projections, head


@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_updates_are_sgd_with_nesterov_momentum(clip):
    """Three updates by hand: v⁺ = μv − αg, w⁺ = w + μv⁺ − αg, with g scaled to the norm ``clip`` if longer."""
    model = dense()
    recipe = dataclasses.replace(TINY, l2=0.0, warmup=0.0, learning_rate=0.1, clip_norm=clip)
    compiling.compile_for(model, recipe, updates=1000)
    model.set_weights([np.array([[0.5, -0.5]])])
    w, v = np.array([0.5, -0.5]), np.zeros(2)
    for step in range(3):
        model.train_on_batch(np.ones((1, 1)), np.array([0]))
        rate = 0.1 * (1 + math.cos(math.pi * step / 1000)) / 2
        gradient = softmax(w) - np.array([1, 0])
        if clip:
            gradient *= min(1, clip / np.linalg.norm(gradient))
        v = 0.9 * v - rate * gradient
        w = w + 0.9 * v - rate * gradient
    np.testing.assert_allclose(model.get_weights()[0][0], w, rtol=1e-5)


def test_one_hot_labels_for_smoothing():
    recipe = dataclasses.replace(TINY, label_smoothing=0.1)
    _, labels = batches.Batches.of(recipe, tiny_data())[0]
    assert labels.shape == (16, 10)
    np.testing.assert_array_equal(labels.argmax(axis=1), batches.Batches.of(TINY, tiny_data())[0][1])


# Averages


def test_statistics_are_the_plain_mean_over_the_batches():
    inputs = keras.Input((4, 4, 3))
    norm = keras.layers.BatchNormalization(momentum=0.9)
    second = keras.layers.BatchNormalization(momentum=0.5)
    model = keras.Model(inputs, second(norm(inputs)))
    groups = np.random.default_rng(0).normal(2, 3, (5, 8, 4, 4, 3)).astype("float32")
    statistics.reestimate(model, groups)
    np.testing.assert_allclose(norm.moving_mean, groups.mean(axis=(1, 2, 3)).mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(norm.moving_variance, groups.var(axis=(1, 2, 3)).mean(axis=0), rtol=1e-4)
    np.testing.assert_allclose(second.moving_variance, np.ones(3), rtol=1e-2)
    with pytest.raises(ValueError, match="at least one batch"):
        statistics.reestimate(model, [])


@pytest.mark.slow
def test_a_run_with_ema_ends_with_the_average_of_its_weights(tmp_path):
    """One epoch of four updates by hand: a⁺ = d a + (1 − d) w, started at the initial weights."""
    decay, seen = 0.6, []
    recipe = dataclasses.replace(TINY, epochs=1, ema=decay)

    def report(update, updates, row):
        seen.append([v.numpy() for v in model.trainable_variables])

    keras.utils.set_random_seed(recipe.seed)
    model = reproduce.network(recipe, tiny_data())
    average = [v.numpy() for v in model.trainable_variables]
    run.run(model, recipe, tiny_data(), tmp_path, report=report)
    for weights in seen:
        average = [decay * a + (1 - decay) * w for a, w in zip(average, weights, strict=True)]
    assert len(seen) == 4
    for got, expected in zip(model.trainable_variables, average, strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)
    images = [batches.Batches.of(recipe, tiny_data())[i][0] for i in range(4)]
    stem = model.get_layer("stage1_block1").f.layers[0]
    before = stem.moving_mean.numpy()
    statistics.reestimate(model, images)
    np.testing.assert_allclose(before, stem.moving_mean, rtol=1e-5)


# The run


def rows(folder):
    with open(folder / "log.csv", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.slow
def test_a_run_learns_and_writes_its_files(tmp_path):
    seen = []
    model, final = reproduce.train(TINY, tiny_data(), tmp_path / "run", report=lambda *p: seen.append(p))
    assert final == tmp_path / "run" / "final.safetensors"
    assert [row["epoch"] for row in rows(tmp_path / "run")] == ["1", "2", "3"]
    accuracy = [float(row["accuracy"]) for row in rows(tmp_path / "run")]
    assert accuracy[-1] > 0.9 > accuracy[0]
    assert [p[:2] for p in seen] == [(i, 12) for i in range(1, 13)]
    assert [p[0] for p in seen if p[2]] == [4, 8, 12]
    again = reproduce.network(TINY, tiny_data())
    keys.assign(keys.named_weights(again), file.read(final)[0], "final")
    for old, new in zip(model.get_weights(), again.get_weights(), strict=True):
        np.testing.assert_array_equal(old, new)
    assert {path.name for path in (tmp_path / "run").iterdir()} == {
        *("recipe.json", "log.csv", "checkpoints", "final.safetensors", "lock")
    }
    assert list((tmp_path / "run" / "checkpoints").iterdir()) == []


@pytest.mark.slow
def test_the_log_has_the_means_of_each_epoch(tmp_path):
    """With a rate of almost 0 nothing moves, so the loss of an epoch is the mean over its own batches."""
    recipe = dataclasses.replace(TINY, learning_rate=1e-12, l2=0.0)
    model, _ = reproduce.train(recipe, tiny_data(), tmp_path)
    made = batches.Batches.of(recipe, tiny_data())
    fresh = reproduce.network(recipe, tiny_data())
    fresh.set_weights(model.get_weights())
    for epoch, row in enumerate(rows(tmp_path)):
        losses = []
        for step in range(4):
            images, labels = made[4 * epoch + step]
            probabilities = np.asarray(fresh(images, training=True))
            losses.append(-np.log(probabilities[np.arange(16), labels]).mean())
        assert float(row["loss"]) == pytest.approx(np.mean(losses), rel=1e-3)


class InterruptionError(Exception):
    pass


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory):
    """The model and the log of a run that was never stopped."""
    folder = tmp_path_factory.mktemp("whole")
    model, _ = reproduce.train(STOPPED, tiny_data(), folder)
    return model, rows(folder)


@pytest.mark.slow
@pytest.mark.parametrize("at", [0, 5, 11])
def test_a_stopped_run_goes_on_to_the_same_bits(tmp_path, whole_run, at):
    """The process dies after update ``at`` + 1; states are saved every 2 updates and after each epoch."""
    whole, log = whole_run

    def fail(update, updates, row):
        if update == at + 1:
            raise InterruptionError

    with pytest.raises(InterruptionError):
        reproduce.train(STOPPED, tiny_data(), tmp_path, every=2, report=fail)
    assert not (tmp_path / "final.safetensors").exists()
    keras.utils.set_random_seed(99)  # whatever the new process draws
    resumed, _ = reproduce.train(STOPPED, tiny_data(), tmp_path, resume=True)
    for one, other in zip(whole.variables, resumed.variables, strict=True):
        np.testing.assert_array_equal(one, other)
    for one, other in zip(log, rows(tmp_path), strict=True):
        assert float(one["loss"]) == pytest.approx(float(other["loss"]), rel=1e-5)


@pytest.mark.slow
def test_a_torn_checkpoint_is_passed_over(tmp_path, whole_run):
    def fail(update, updates, row):
        if update == 9:
            raise InterruptionError

    with pytest.raises(InterruptionError):
        reproduce.train(STOPPED, tiny_data(), tmp_path, every=3, report=fail)
    newest = Checkpoints(tmp_path / "checkpoints").paths()[-1]
    newest.write_bytes(newest.read_bytes()[:-100])
    resumed, _ = reproduce.train(STOPPED, tiny_data(), tmp_path, resume=True)
    for one, other in zip(whole_run[0].get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_saves_and_stops(heard, tmp_path, number):
    def interrupt(update, updates, row):
        if update == 6:
            signal.raise_signal(number)

    before = signal.getsignal(number)
    with pytest.raises(Stopped) as stopped:
        reproduce.train(TINY, tiny_data(), tmp_path, report=interrupt)
    assert stopped.value.update == 6
    assert signal.getsignal(number) is before
    update, _, meta = Checkpoints(tmp_path / "checkpoints").latest()
    assert update == 6
    assert len(meta["rows"]) == 1


@pytest.mark.slow
def test_a_diverging_run_stops_and_keeps_its_last_finite_state(tmp_path):
    recipe = dataclasses.replace(TINY, learning_rate=1e30, warmup=0.0)
    with pytest.raises(FloatingPointError, match=r"batch \d+ of epoch 1|not finite any more"):
        reproduce.train(recipe, tiny_data(), tmp_path, every=1)
    assert not (tmp_path / "final.safetensors").exists()
    _, arrays, _ = Checkpoints(tmp_path / "checkpoints").latest()
    assert all(np.isfinite(array).all() for array in arrays.values())


@pytest.mark.slow
def test_a_complete_run_is_not_trained_again(tmp_path):
    first, final = reproduce.train(TINY, tiny_data(), tmp_path)
    written = final.stat().st_mtime_ns
    second, _ = reproduce.train(TINY, tiny_data(), tmp_path, resume=True)
    assert final.stat().st_mtime_ns == written
    for one, other in zip(first.get_weights(), second.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.slow
def test_a_folder_in_use_is_refused(tmp_path):
    reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), tmp_path)
    with pytest.raises(ValueError, match="another recipe"):
        reproduce.train(TINY, tiny_data(), tmp_path, resume=True)
    with pytest.raises(ValueError, match="--resume"):
        reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), tmp_path)


@pytest.mark.slow
def test_a_folder_where_another_process_trains_is_refused(tmp_path):
    with alone(tmp_path), pytest.raises(ValueError, match="Another process"):
        reproduce.train(TINY, tiny_data(), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]
    reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), tmp_path)  # the lock is gone with its holder


def test_a_file_system_without_locks_locks_nothing(tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def refuse(number):
        def flock(*arguments):
            raise OSError(number, "refused")

        monkeypatch.setattr(fcntl, "flock", flock)

    refuse(errno.ENOLCK)
    with alone(tmp_path):
        pass
    refuse(errno.EIO)
    with pytest.raises(OSError, match="refused"), alone(tmp_path):
        pass


@pytest.mark.slow
def test_a_folder_of_a_run_before_a_new_option_is_the_same_run(tmp_path):
    reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), tmp_path)
    row = json.loads((tmp_path / "recipe.json").read_text())
    del row["refines"]
    (tmp_path / "recipe.json").write_text(json.dumps(row))
    reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), tmp_path, resume=True)


@pytest.mark.slow
def test_a_run_starts_from_a_refined_network(tmp_path, monkeypatch):
    shallow = applications.ResNet(weights=None, depth=14)
    monkeypatch.setattr(applications, "load", {"resnet14-cifar10": shallow}.__getitem__)
    recipe = dataclasses.replace(TINY, application="ResNet", refines="resnet14-cifar10", learning_rate=1e-12, epochs=1)
    deep = dataclasses.replace(recipe, kwargs={"depth": 26, "step_size": 0.5})
    model, _ = reproduce.train(deep, tiny_data(), tmp_path / "deep")
    for child in ("stage1_block4", "stage3_block4"):  # in stage 3 the transition comes before, and a new step
        one, other = (net.get_layer(child).f.layers[2].kernel for net in (model, refine(shallow)))
        np.testing.assert_allclose(one, other, atol=1e-6)
    with pytest.raises(ValueError, match="twice the blocks"):
        reproduce.train(dataclasses.replace(recipe, kwargs={"depth": 20}), tiny_data(), tmp_path / "other")


@pytest.mark.slow
def test_a_folder_that_cannot_be_written_is_found_before_training(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        reproduce.train(TINY, tiny_data(), tmp_path / "file")
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    with pytest.raises(OSError, match="1,000 bytes free. Expected [0-9,]+ MB: twice a checkpoint") as full:
        reproduce.train(TINY, tiny_data(), tmp_path / "full", report=lambda *p: pytest.fail("trained"))
    usage.free = int(re.search("Expected ([0-9,]+)", str(full.value))[1].replace(",", "")) * 1_000_000  # is enough
    reproduce.train(TINY, tiny_data(), tmp_path / "full", resume=True)


@pytest.mark.parametrize("content", ["[1, 2]", "null", "half", '"text"'])
def test_a_recipe_that_is_none_says_so(tmp_path, content):
    (tmp_path / "recipe.json").write_text(content)
    with pytest.raises(ValueError, match=r"recipe.json is (no recipe but a|not readable JSON)"):
        reproduce.train(TINY, tiny_data(), tmp_path, resume=True)
    assert (tmp_path / "recipe.json").read_text() == content


@pytest.mark.slow
def test_planted_links_are_not_followed(tmp_path):
    """Where a run writes, links to a file of somebody's wait."""
    theirs = tmp_path / "theirs"
    theirs.write_bytes(b"theirs")
    folder = tmp_path / "run"
    folder.mkdir()
    for name in ("recipe.partial", "log.partial", "final.partial", "log.csv"):
        (folder / name).symlink_to(theirs)
    reproduce.train(dataclasses.replace(TINY, epochs=1), tiny_data(), folder)
    assert theirs.read_bytes() == b"theirs"
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked" / "lock").symlink_to(theirs)
    with pytest.raises(OSError, match="lock"):
        reproduce.train(TINY, tiny_data(), tmp_path / "locked")
    assert theirs.read_bytes() == b"theirs"


@pytest.mark.slow
def test_several_updates_in_one_execution_are_the_same_updates(tmp_path):
    results = {}
    for several in (1, 4):
        recipe = dataclasses.replace(TINY, steps_per_execution=several, l2=0.0)
        model, _ = reproduce.train(recipe, tiny_data(), tmp_path / str(several))
        results[several] = model.get_weights(), rows(tmp_path / str(several))
    for one, other in zip(results[1][0], results[4][0], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-5)
    for one, other in zip(results[1][1], results[4][1], strict=True):
        assert float(one["loss"]) == pytest.approx(float(other["loss"]), rel=1e-3)
    with pytest.raises(ValueError, match="must divide the 4 updates of an epoch.*steps_per_execution=3"):
        reproduce.train(dataclasses.replace(TINY, steps_per_execution=3), tiny_data(), tmp_path / "3")


@pytest.mark.slow
def test_the_log_is_whole_after_a_kill_before_it_was_written(tmp_path):
    def fail(update, updates, row):
        if update == 9:
            raise InterruptionError

    with pytest.raises(InterruptionError):
        reproduce.train(TINY, tiny_data(), tmp_path, report=fail)
    (tmp_path / "log.csv").write_text("epoch")
    reproduce.train(TINY, tiny_data(), tmp_path, resume=True)
    log = rows(tmp_path)
    assert [row["epoch"] for row in log] == ["1", "2", "3"]
    schedule = OneCycle(TINY.learning_rate, 12, TINY.warmup)
    assert [float(row["learning_rate"]) for row in log] == [pytest.approx(float(schedule(i))) for i in (3, 7, 11)]


# Checkpoints


def test_damaged_later_checkpoints_do_not_push_out_good_ones(tmp_path):
    folder = Checkpoints(tmp_path, keep=2)
    for step in (600, 800):
        folder.save(step, {"a": np.ones(1)}, {})
    for path in folder.paths():
        path.write_bytes(b"torn")
    folder = Checkpoints(tmp_path, keep=2)
    assert folder.latest() is None
    folder.save(0, {"a": np.ones(1)}, {})
    folder.save(200, {"a": np.ones(1)}, {})
    assert folder.latest()[0] == 200
    assert len(list(tmp_path.iterdir())) == 2
    with pytest.raises(ValueError, match="keep=0"):
        Checkpoints(tmp_path, keep=0)


def test_checkpoints_keep_the_last_few(tmp_path):
    folder = Checkpoints(tmp_path, keep=2)
    assert folder.latest() is None
    for step in (3, 20, 100):
        folder.save(step, {"a/b": np.full(3, step)}, {"step": step})
    assert len(folder.paths()) == 2
    step, arrays, meta = folder.latest()
    assert (step, meta) == (100, {"step": 100})
    np.testing.assert_array_equal(arrays["a/b"], [100, 100, 100])
    for path in folder.paths():
        path.write_bytes(b"torn")
    assert folder.latest() is None


def test_a_write_that_fails_leaves_the_checkpoints_before_it(tmp_path, monkeypatch):
    folder = Checkpoints(tmp_path)
    folder.save(1, {"a": np.ones(2)}, {})

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        folder.save(2, {"a": np.ones(2)}, {})
    assert folder.latest()[0] == 1
    assert len(list(tmp_path.iterdir())) == 1


# Recipes


@pytest.mark.slow
def test_recipes_name_applications_and_data_sets():
    from zoo import applications

    for name, recipe in recipes.RECIPES.items():
        assert recipe.name == name
        assert name.split("-")[0] in applications.list_models()
        taken = inspect.signature(reproduce.application_of(recipe)).parameters
        assert {*reproduce.keywords_of(recipe), *(recipe.trained_as or {})} <= {*taken}  # a row names all
        assert recipe.dataset in DATASETS
        assert recipe.validation == 0, "released rows are trained on all pictures"
    with pytest.raises(ValueError, match="Did you mean 'lm_resnet20-cifar10'"):
        recipes.get("lm_resnet20-cifar")


def test_a_further_seed_is_the_same_recipe():
    recipe = recipes.get("lm_resnet20-cifar10.seed2")
    assert recipe == dataclasses.replace(recipes.get("lm_resnet20-cifar10"), name="lm_resnet20-cifar10.seed2", seed=2)
    assert recipes.base(recipe.name) == recipes.base("lm_resnet20-cifar10") == "lm_resnet20-cifar10"
    for wrong in ("lm_resnet20-cifar10.seed", "lm_resnet20-cifar10.seed01", "lm_resnet20-cifar1.seed1"):
        with pytest.raises(ValueError, match="recipe"):
            recipes.get(wrong)


@pytest.mark.slow
def test_mixed_precision_is_the_recipes_own(tmp_path):
    model, _ = reproduce.train(dataclasses.replace(TINY, mixed_precision="mixed_bfloat16"), tiny_data(), tmp_path)
    assert model.get_layer("stem").compute_dtype == "bfloat16"
    assert keras.config.dtype_policy().name == "float32"


# Pictures held out, and states by name


def two_classes(images):
    """Random pictures, no two alike, of two classes."""
    x = np.random.default_rng(0).integers(0, 256, (images, 8, 8, 3)).astype(np.uint8)
    return dataclasses.replace(tiny_data(images), x_train=x, classes=("dark", "bright"))


def test_pictures_held_out_are_balanced_fixed_and_never_trained_on(tmp_path):
    dataset = two_classes(200)
    training, images, labels = dataset.held_out(40)
    assert len(labels) == len(images)
    assert np.bincount(labels).tolist() == [20, 20]
    again = dataset.held_out(40)
    np.testing.assert_array_equal(images, again[1])
    assert len(training.x_train) == 160
    kept = {image.tobytes() for image in training.x_train}
    assert kept.isdisjoint({image.tobytes() for image in images})
    for seed in (0, 1):
        batches = Batches.of(dataclasses.replace(TINY, validation=40, augment=False, seed=seed), dataset)
        seen = {image.tobytes() for step in range(batches.steps) for image in batches.batch(step)[0]}
        assert seen <= kept
    assert dataset.held_out(0)[0] is dataset
    with pytest.raises(ValueError, match="validation=200"):
        dataset.held_out(200)


@pytest.mark.slow
def test_a_run_that_holds_out_measures_on_it(tmp_path):
    recipe = dataclasses.replace(TINY, epochs=1, validation=20)
    dataset = two_classes(100)
    model, _ = reproduce.train(recipe, dataset, tmp_path)
    _, images, labels = dataset.held_out(20)
    measured = json.loads((tmp_path / "validation.json").read_text())
    right = int(np.sum(model.predict(images, verbose=0).argmax(axis=1) == labels))
    assert measured == {"top-1": 5.0 * right, "correct": right, "total": 20}


@pytest.mark.slow
def test_a_state_is_kept_by_name_and_one_that_does_not_fit_is_refused(tmp_path):
    model = reproduce.network(STOPPED, tiny_data())
    compiling.compile_for(model, STOPPED, updates=4)
    model.optimizer.build(model.trainable_variables)
    names = set(state.variables(model))
    other = reproduce.network(STOPPED, tiny_data())
    compiling.compile_for(other, STOPPED, updates=4)
    other.optimizer.build(other.trainable_variables)
    assert set(state.variables(other)) == names
    assert "model/stage1_block1/field/conv1/kernel" in names
    assert any(name.startswith("optimizer/") and name.endswith("stage1_block1/field/conv1/kernel") for name in names)
    assert any(name.startswith("seed/") for name in names)
    arrays = state.capture(model)
    wrong = {**arrays, "model/strange": np.zeros(2)}
    del wrong["model/predictions/bias"]
    wrong["model/predictions/kernel"] = np.zeros(3)
    checkpoints = Checkpoints(tmp_path)
    checkpoints.save(1, wrong, {"rows": [], "sums": {}})
    with pytest.raises(ValueError, match="is not that of") as caught:
        state.restore(other, checkpoints, Batches.of(STOPPED, tiny_data()))
    for part in ("predictions/bias is missing", "predictions/kernel has shape (3,)", "model/strange is unknown"):
        assert part in str(caught.value)
    checkpoints.save(2, arrays, {"rows": [], "sums": {}})
    state.restore(other, checkpoints, Batches.of(STOPPED, tiny_data()))
    for name, array in state.capture(other).items():
        np.testing.assert_array_equal(array, arrays[name])


def test_instruments_are_columns_of_the_log(tmp_path):
    """Read after the first and the third epoch."""
    recipe = dataclasses.replace(TINY, kwargs={"depth": 14})
    model, _ = reproduce.train(recipe, tiny_data(), tmp_path / "run", instruments=["k"], instruments_every=2)
    with open(tmp_path / "run" / "log.csv", encoding="utf-8") as log:
        rows = list(csv.DictReader(log))
    k = [float(row["k/stage2_block2"]) for row in rows]
    assert [math.isnan(value) for value in k] == [False, True, False]
    assert k[2] == pytest.approx(float(model.get_layer("stage2_block2").k), abs=1e-7)
    with pytest.raises(ValueError, match="one device"):
        reproduce.train(TINY, tiny_data(), tmp_path / "two", strategy="mirrored", instruments=[])
