"""Presets: saved and loaded, as an application or as a configuration; what cannot be held is refused."""

import json
import pathlib

import keras
import numpy as np
import pytest

import zoo
from zoo import applications, layers
from zoo.weights import preset


def pictures(size=32, channels=3):
    return np.random.default_rng(0).integers(0, 256, (2, size, size, channels)).astype("float32")


def config_of(folder):
    return json.loads((folder / "config.json").read_text("utf-8"))


def saved(model, folder, **provenance):
    """The model that comes back from a preset, and the configuration in it; their answers are equal."""
    assert zoo.save(model, folder, **provenance) == folder
    assert {path.name for path in folder.iterdir()} == {"README.md", "config.json", "model.safetensors"}
    again = zoo.load(folder)
    x = pictures(*model.input_shape[2:])
    np.testing.assert_array_equal(again(x), model(x))
    assert again.name == model.name
    return again, config_of(folder)


@pytest.mark.slow
def test_an_application_is_its_name_and_keywords(tmp_path):
    model = zoo.load("lm_resnet20-cifar10")
    again, config = saved(model, tmp_path / "a", note="first")
    assert (config["application"], config["keywords"]["depth"]) == ("LMResNet", 20)
    assert "keras" not in config
    assert config["provenance"] == {"note": "first"}
    assert zoo.labels(again) == zoo.labels(model) == tuple(config["labels"])
    assert zoo.checkpoint(again).name == "lm_resnet20-cifar10"
    assert zoo.load(tmp_path / "a", classes=3).output_shape == (None, 3)
    assert applications.LMResNet(weights=tmp_path / "a", drop_path=0.1).name == "lm_resnet20"


def test_settings_and_shapes_are_kept(tmp_path):
    model = applications.ODENetMNIST(
        weights=None, filters=8, solver="rk4", steps=2, classes=3, classifier_activation=None
    )
    again, config = saved(model, tmp_path / "a")
    assert config["keywords"]["steps"] == 2
    assert again.layers[-1].activation is keras.activations.linear


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [
        lambda: applications.to_lm(applications.ResNet(weights=None, depth=14)),
        lambda: zoo.analysis.refine(applications.ResNet(weights=None, depth=14)),
        lambda: zoo.rediscretize(applications.ODENetMNIST(weights=None, filters=8), "euler", 2),
        lambda: applications.ResNet(weights=None, depth=8, include_top=False, pooling="avg"),
    ],
    ids=["to_lm", "refine", "rediscretize", "no top"],
)
def test_what_is_no_application_is_a_configuration(make, tmp_path):
    _, config = saved(make(), tmp_path / "a")
    assert "application" not in config
    assert config["keras"]["class_name"] == "Functional"


@pytest.mark.slow
def test_a_trunk_under_layers_of_ones_own(tmp_path):
    trunk = applications.ResNet(weights=None, depth=8, include_top=False, pooling="avg")
    model = keras.Sequential(
        [keras.Input((32, 32, 3)), trunk, keras.layers.Dense(3, "softmax", name="mine")], name="own"
    )
    again, _ = saved(model, tmp_path / "a")
    assert zoo.labels(again) is None


def test_an_application_changed_by_hand_is_not_taken_for_itself(tmp_path):
    model = applications.ResNet(weights=None, depth=8)

    def other(layer):
        config = layer.get_config()
        if isinstance(layer, layers.ForwardEuler):
            config["step_size"] = 0.5
        return type(layer).from_config(config)

    changed = keras.models.clone_model(model, clone_function=other)
    _, config = saved(changed, tmp_path / "a")
    assert "application" not in config


def test_mixed_precision_is_kept(tmp_path):
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        model = applications.ResNet(weights=None, depth=8)
    finally:
        keras.config.set_dtype_policy("float32")
    zoo.save(model, tmp_path / "a")
    assert zoo.load(tmp_path / "a").get_layer("stage1_block1").compute_dtype == "bfloat16"


@keras.saving.register_keras_serializable(package="theirs")
class Theirs(keras.layers.Layer):
    def call(self, x):
        return x


@pytest.mark.parametrize("layer", [Theirs, lambda: keras.layers.Lambda(lambda x: x)], ids=["Theirs", "Lambda"])
def test_foreign_layers_and_code_are_refused_by_name(layer, tmp_path):
    model = keras.Sequential([keras.Input((2,)), layer()], name="net")
    with pytest.raises(ValueError, match="net has a (Theirs|Lambda).*cannot hold.*model.save"):
        zoo.save(model, tmp_path / "a")
    assert not (tmp_path / "a").exists()


def edited(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps({**config_of(folder), **changes}), "utf-8")
    return folder


@pytest.fixture
def folder(tmp_path):
    return zoo.save(applications.ResNet(weights=None, depth=8, classes=3), tmp_path / "preset")


@pytest.mark.slow
def test_what_is_wrong_with_a_preset_is_said(folder, tmp_path):
    with pytest.raises(FileExistsError, match="holds a preset already"):
        zoo.save(applications.ResNet(weights=None, depth=8), folder)
    for changes, message in (
        ({"format": 9}, "must have format 1. Received: 9"),
        ({"application": "Resnet"}, "Unknown application: 'Resnet'.*Did you mean 'ResNet'"),
        ({"keywords": {"depth": 14}}, "does not fit"),
    ):
        before = (folder / "config.json").read_bytes()
        with pytest.raises(ValueError, match=message):
            zoo.load(edited(folder, **changes))
        (folder / "config.json").write_bytes(before)
    (folder / "config.json").write_text("{", "utf-8")
    with pytest.raises(ValueError, match="not readable JSON"):
        zoo.load(folder)
    (folder / "model.safetensors").unlink()
    with pytest.raises(FileNotFoundError, match=r"has no model.safetensors.*zoo.save"):
        zoo.load(folder)
    with pytest.raises(FileNotFoundError, match="no preset"):
        zoo.load(tmp_path)
    with pytest.raises(FileNotFoundError, match="nothing at"):
        zoo.load(tmp_path / "nothing.keras")


def test_a_configuration_from_outside_builds_no_foreign_class(folder, tmp_path):
    evil = {"module": "os", "class_name": "system", "config": "touch /tmp/owned", "registered_name": None}
    config = config_of(folder)
    del config["application"]
    config["keras"] = evil
    (folder / "config.json").write_text(json.dumps(config), "utf-8")
    with pytest.raises(ValueError, match="has a system of os"):
        zoo.load(folder)


def test_the_card_gives_the_lines_that_load_it(folder):
    card = (folder / "README.md").read_text("utf-8")
    for line in ('zoo.load("', "import keras, zoo.layers", "zoo predict"):
        assert line in card


@pytest.mark.slow
def test_a_half_written_preset_is_none(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        zoo.save(applications.ResNet(weights=None, depth=8), tmp_path / "a")
    assert not preset.is_preset(tmp_path / "a")
    assert list((tmp_path / "a").iterdir()) == []


# Earlier formats

FIRST = pathlib.Path(__file__).parents[1] / "weights" / "first_format"


@pytest.mark.parametrize("name", ["application", "configuration"])
def test_a_preset_of_the_first_format_gives_what_it_gave_then(name):
    """Written in November 2026, before presets said how large their weights are."""
    config = json.loads((FIRST / name / "config.json").read_text("utf-8"))
    assert (config["format"], "bytes" in config) == (1, False)
    model = zoo.load(FIRST / name)
    outputs = model(applications.probe_picture(model.input_shape[1:]))
    expected = json.loads((FIRST / "outputs.json").read_text("utf-8"))[name]
    np.testing.assert_allclose(outputs, expected, rtol=1e-5, atol=2e-5)
    assert zoo.labels(model) == (("a", "b", "c") if name == "application" else None)
