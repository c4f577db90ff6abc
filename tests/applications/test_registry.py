"""Applications: what they say of themselves, and that none can be forgotten or taken twice."""

import doctest
import inspect
import pydoc
import re

import keras
import numpy as np
import pytest

import zoo
from zoo import applications
from zoo.applications.application import Network, application
from zoo.applications.classifier import ClassifierTask
from zoo.data.datasets import CIFAR10

EVERY = list(applications.registered().values())
every_application = pytest.mark.parametrize("app", EVERY, ids=lambda app: app.name)
RESNET50 = list(inspect.signature(keras.applications.ResNet50).parameters)


@every_application
def test_the_signature_is_whole(app):
    parameters = inspect.signature(app).parameters
    names = list(parameters)
    common = [each.name for each in app.task.parameters()]
    if app.task.kind == "classifier":
        assert common[:7] == RESNET50[:7]
    assert names[: len(common)] == common
    own = [name for name in inspect.signature(app.network).parameters if name not in {*app.fixed, *common}]
    assert names[len(common) :] == own
    assert all(parameters[name].kind is inspect.Parameter.KEYWORD_ONLY for name in own)
    assert all(parameters[name].annotation is not inspect.Parameter.empty for name in names)
    assert inspect.signature(app).return_annotation is keras.Model


@every_application
def test_help_says_everything(app):
    text = pydoc.plain(pydoc.render_doc(app))
    for part in ("Args:", "Returns:", "Raises:", "Example:", "Source:"):
        assert part in text, part
    assert re.match(r"(``\w+\(.*\)``: )?``.+ = .+``", app.__doc__), "the formula comes first"
    for name in inspect.signature(app).parameters:
        assert f"    {name}: " in text, name
    for name in app.fixed:
        assert f"    {name}: " not in text, name
    assert "see ``zoo.applications``" not in text


def test_describe_describes_the_variant():
    assert applications.ResNet56.describe().architecture["depth"] == 56
    assert applications.ResNet56.describe(step_size=0.5).architecture == {"depth": 56, "step_size": 0.5}
    assert applications.RKNetMNIST.describe(steps=2).settings["solver"] == "rk4"


def test_fixed_keywords_cannot_be_given():
    with pytest.raises(TypeError, match=r"ResNet20: .*depth.*Expected: ResNet20\(include_top=True"):
        applications.ResNet20(weights=None, depth=56)
    with pytest.raises(TypeError, match="unexpected keyword argument 'drop_paht'"):
        applications.ResNet20(weights=None, drop_paht=0.1)


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: applications.ResNet(weights=None, depth=14, step_size=0.5), "resnet_depth14_step_size0.5"),
        (lambda: applications.RevNet(weights=None, step_size=0.5), "revnet_step_size0.5"),
        (lambda: applications.PolyNet(weights=None, depth=14, module="2-way"), "polynet_depth14_module2-way"),
        (lambda: applications.ResNet(weights=None, depth=38, step_size=0.5), "resnet38_refined"),
        (lambda: applications.LMResNet(weights=None), "lm_resnet20"),
        (lambda: applications.RKNetMNIST(weights=None, filters=64), "rknet_mnist"),
        (lambda: applications.ODENetMNIST(weights=None, steps=2), "odenet_mnist"),
        (lambda: applications.ResNet20(weights=None, name="mine"), "mine"),
    ],
)
def test_names_are_made_in_one_way(make, name):
    assert make().name == name


def test_a_name_is_taken_once():
    with pytest.raises(ValueError, match="application ResNet20"):
        applications.ResNet.variant("ResNet20", "resnet20_again", depth=26)
    with pytest.raises(ValueError, match="begin with 'resnet20'"):
        applications.ResNet.variant("ResNet26", "resnet20", depth=26)

    def ResNet(*, depth: int = 20) -> Network:
        """``u⁺ = u``."""
        return applications.ResNet.describe(depth=depth)

    with pytest.raises(ValueError, match="application ResNet"):
        application("another", ClassifierTask(CIFAR10))(ResNet)
    assert set(applications.registered()) == {app.name for app in EVERY}


def test_the_namespace_has_every_application():
    for app in EVERY:
        assert getattr(applications, app.name) is app


def test_list_models_takes_wildcards_data_sets_and_tasks():
    released = zoo.list_models("*resnet20*", dataset="cifar10", pretrained=True)
    assert "lm_resnet20-cifar10" in released
    assert not any(name.startswith("odenet") for name in released)
    assert zoo.list_models("odenet_mnist*", dataset="mnist") == ["odenet_mnist"]
    large = zoo.list_models(dataset="imagenet")
    assert {"resnet50", "resnet50v2", "lm_resnet50"} <= set(large)
    assert not {"resnet20", "lm_resnet20", "odenet_mnist"} & set(large)
    assert "resnet18v2-imagenet" in zoo.list_models("*v2*", dataset="imagenet", pretrained=True)
    assert all(
        zoo.weights.get(name).dataset == "imagenet" for name in zoo.list_models(dataset="imagenet", pretrained=True)
    )
    assert "resnet" not in zoo.list_models()
    assert "flownet" in zoo.list_models(task="density")
    assert "resnet20" not in zoo.list_models(task="density")
    assert zoo.list_models(dataset="moons") == ["ffjord"]
    assert zoo.list_models("flownet*", dataset="fashion_mnist", task="density") == ["flownet"]
    assert "ffjord-8gaussians" in zoo.list_models(dataset="8gaussians", task="density", pretrained=True)
    assert set(zoo.list_models(pretrained=False)).isdisjoint({"lm_resnet20", "resnet20"})
    with pytest.raises(ValueError, match="Unknown data set: 'cifar'"):
        zoo.list_models(dataset="cifar")


def test_a_variant_means_its_one_release():
    model = zoo.load("lm_resnet20")
    assert zoo.checkpoint(model).name == "lm_resnet20-cifar10"
    with pytest.raises(ValueError, match="Did you mean 'lm_resnet20"):
        zoo.load("lm_resnet2")


@pytest.mark.slow
@pytest.mark.parametrize("app", [applications.LMResNet20, applications.ODENetMNIST], ids=lambda app: app.name)
def test_the_example_in_the_docstring_runs(app):
    parsed = doctest.DocTestParser().get_doctest(app.__doc__, {"zoo": zoo, "np": np}, app.name, None, 0)
    assert len(parsed.examples) == 3
    failures = []
    doctest.DocTestRunner().run(parsed, out=failures.append)
    assert failures == []
