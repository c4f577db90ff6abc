"""The weights of imgclsmob in our own networks, against its code (tf2cv), through the whole path of a download."""

import contextlib
import dataclasses
import io
import os
import pathlib
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from test_imagenet import host

import zoo
from zoo import applications, weights
from zoo.weights import keys, store

pytest.importorskip("tf2cv")
pytestmark = pytest.mark.slow
PROCESS = pathlib.Path(__file__).with_name("tf2cv_process.py")


@dataclasses.dataclass(frozen=True)
class Case:
    """A network of tf2cv, the row that its file stands for, and the keywords of ours, if they are not the row's."""

    theirs: str
    row: str
    keywords: dict = dataclasses.field(default_factory=dict)


CASES = [
    Case("preresnet20_cifar10", "resnet20-cifar10.imgclsmob"),
    Case("preresnet20_cifar10", "lm_resnet20-cifar10.imgclsmob"),
    Case("preresnet164bn_cifar100", "lm_resnet164-cifar100.imgclsmob"),
    Case("resnext20_12x2d_cifar10", "resnext29_32x4d-cifar10.imgclsmob", {"depth": 20, "groups": 12, "width": 2}),
    Case("resnext26_narrow", "resnext50-imagenet", {"depth": 26, "width": 4, "groups": 12, "group_width": 2}),
    Case("polynet_mini", "very_deep_polynet-imagenet", {"modules": "1-2-2"}),
]
WHOLE = [
    Case("preresnet164bn_cifar100", "resnet164-cifar100.imgclsmob"),
    Case("resnext29_32x4d_cifar10", "resnext29_32x4d-cifar10.imgclsmob"),
    Case("resnext29_16x64d_cifar100", "resnext29_16x64d-cifar100.imgclsmob"),
    Case("resnext50_32x4d", "resnext50-imagenet"),
    Case("resnext101_32x4d", "resnext101-imagenet"),
    Case("polynet", "very_deep_polynet-imagenet"),
]
"""`make soak` tries these, too."""
CASES += WHOLE if os.environ.get("ZOO_WHOLE") else []


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    """The published files by tf2cv's names, and the logits of their networks on the probe picture."""
    folder = tmp_path_factory.mktemp("tf2cv")
    shapes = {case.theirs: weights.get(case.row).task.input_shape for case in CASES}
    for name, shape in shapes.items():
        np.save(folder / f"{name}.npy", applications.probe_picture(shape))
    done = subprocess.run([sys.executable, PROCESS, folder, *shapes], capture_output=True, text=True, timeout=1800)
    assert done.returncode == 0, done.stderr[-2000:]
    return {name: ((folder / f"{name}.h5").read_bytes(), np.load(folder / f"{name}_logits.npy")) for name in shapes}


@pytest.fixture
def played(published, install, monkeypatch, tmp_path):
    """played(case): the row of a case at a host of ours, and the paths that were asked for."""
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")

    @contextlib.contextmanager
    def play(case):
        content, row = published[case.theirs][0], weights.get(case.row)
        archive, name = io.BytesIO(), f"{row.file.name}.zip"
        with zipfile.ZipFile(archive, "w") as made:
            made.writestr(row.file.name, content)
        with host(**{name: archive.getvalue()}) as (url, asked):
            file = dataclasses.replace(row.file, digest=weights.Digest.of("sha1", content), urls=(f"{url}/{name}",))
            row = dataclasses.replace(row, file=file, keywords={**row.keywords, **case.keywords})
            install(row)
            yield row, asked

    return play


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.row} of {case.theirs}")
def test_their_weights_compute_the_same_in_our_network(case, published, played):
    with played(case) as (row, asked):
        model = zoo.load(row.name, classifier_activation=None)
        assert asked == [f"/{row.file.name}.zip"]
    expected = published[case.theirs][1]
    logits = np.asarray(model(applications.probe_picture(row.task.input_shape), training=False))
    assert np.isfinite(expected).all()
    difference = np.abs(logits - expected).max() / np.abs(expected).max()
    print(f"{case.theirs} in {model.name}: {difference:.1e} of the largest logit")
    assert difference < 1e-4
    assert zoo.labels(model) == row.task.classes
    k = applications.learned_k(model)
    assert (len(k) > 0, set(k.values()) <= {0.0}) == (row.application.startswith("LM"), True)


def test_the_tag_gives_the_same_weights_from_the_cache(played):
    with played(CASES[0]) as (row, asked):
        named, tagged = zoo.load(row.name), applications.ResNet20(weights="cifar10.imgclsmob")
        assert asked == [f"/{row.file.name}.zip"]
    arrays = keys.arrays_of(tagged)
    assert all(np.array_equal(arrays[key], array) for key, array in keys.arrays_of(named).items())


@pytest.mark.parametrize(
    ("build", "message"),
    [
        (applications.ResNet110, "resnet110-cifar10.imgclsmob"),
        (lambda: applications.ResNet164(weights="cifar100", classes=100), "resnet164-cifar100.imgclsmob"),
        (lambda: applications.LMResNet164(weights="cifar100", classes=100), "lm_resnet164-cifar100.imgclsmob"),
        (applications.ResNeXt29_16x64d, "resnext29_16x64d-cifar10.imgclsmob, resnext29_16x64d-cifar100.imgclsmob"),
        (lambda: zoo.load("resnet110"), "resnet110-cifar10.imgclsmob"),
        (lambda: zoo.load("resnext29_32x4d"), "resnext29_32x4d-cifar10.imgclsmob"),
    ],
)
def test_the_bare_tag_is_ours_and_where_ours_is_missing_theirs_is_named(build, message):
    with pytest.raises(ValueError, match=message):
        build()


def test_the_bare_tag_of_what_was_trained_here():
    assert zoo.load("resnet20", include_top=False).name == "resnet20"
    assert applications.models.release("resnet20").name == "resnet20-cifar10"
