"""CIFAR weights of imgclsmob in our own networks, against its code (tf2cv), through the whole path of a download."""

import dataclasses
import io
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


@pytest.fixture(scope="module", params=["preresnet20_cifar10", "preresnet164bn_cifar10"])
def published(request, tmp_path_factory):
    """Depth, the published file and the logits of their network on the probe picture."""
    folder = tmp_path_factory.mktemp("tf2cv")
    np.save(folder / "picture.npy", applications.probe_picture((32, 32, 3)))
    command = [sys.executable, PROCESS, request.param, folder / "picture.npy", folder]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    depth = 20 if "20" in request.param else 164
    return depth, (folder / f"{request.param}.h5").read_bytes(), np.load(folder / "logits.npy")


@pytest.mark.parametrize("family", ["ResNet", "LMResNet"])
def test_their_weights_compute_the_same_in_our_network(family, published, install, monkeypatch, tmp_path):
    depth, content, expected = published
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")
    build = applications.registered()[family]
    row = weights.get(f"{'lm_' if family == 'LMResNet' else ''}resnet{depth}-cifar10.imgclsmob")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr(row.file.name, content)
    with host(**{f"{row.file.name}.zip": archive.getvalue()}) as (url, asked):
        file = dataclasses.replace(
            row.file, digest=weights.Digest.of("sha1", content), urls=(f"{url}/{row.file.name}.zip",)
        )
        install(dataclasses.replace(row, file=file))
        model = build(depth=depth, weights="cifar10.imgclsmob", classifier_activation=None)
        again = zoo.load(row.name)
        assert asked == [f"/{row.file.name}.zip"]
    logits = np.asarray(model(applications.probe_picture((32, 32, 3))))
    assert np.abs(logits - expected).max() < 1e-4 * np.abs(expected).max()
    loaded = keys.arrays_of(again)
    assert all(np.array_equal(loaded[key], array) for key, array in keys.arrays_of(model).items())
    assert set(applications.learned_k(model).values()) <= {0.0}
    assert (len(applications.learned_k(model)) > 0) == (family == "LMResNet")


def test_the_bare_tag_is_ours_and_where_ours_is_missing_theirs_is_named():
    assert zoo.load("resnet20", include_top=False).name == "resnet20"
    assert applications.models.release("resnet20").name == "resnet20-cifar10"
    with pytest.raises(ValueError, match="cifar10.imgclsmob"):
        applications.ResNet110()
    with pytest.raises(ValueError, match="resnet110-cifar10.imgclsmob"):
        zoo.load("resnet110")
