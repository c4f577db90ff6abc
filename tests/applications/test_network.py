"""The real files of others, where there is a network: `ZOO_NETWORK=1 pytest tests/applications/test_network.py`.

With `ZOO_IMAGENET=FOLDER`, a folder of validation pictures for each class, the accuracy on it is compared with what the
source reports. `ZOO_NETWORK_NAMES` is a comma-separated choice of names; by default the smallest file of each layout.
"""

import math
import os
import pathlib

import numpy as np
import pytest

import zoo
from zoo import applications, serving, weights

pytestmark = [
    pytest.mark.slow,
    pytest.mark.network,
    pytest.mark.skipif(not os.environ.get("ZOO_NETWORK"), reason="ZOO_NETWORK=1 allows downloads"),
]
CONVERTED = [row for row in weights.available() if isinstance(row.provenance, weights.Converted)]


def names():
    """The NAMEs that are tried."""
    if chosen := os.environ.get("ZOO_NETWORK_NAMES"):
        return chosen.split(",")
    smallest = {}
    for row in sorted(CONVERTED, key=lambda row: row.parameters, reverse=True):
        smallest[row.provenance.layout] = row.name
    return sorted(smallest.values())


@pytest.mark.parametrize("name", names())
def test_the_published_file_is_had_converted_and_answers(name, monkeypatch):
    """Another file is refused by its checksum; the answers are finite and differ from picture to picture."""
    monkeypatch.setenv("ZOO_HOME", os.environ.get("ZOO_NETWORK_HOME", str(pathlib.Path.home() / ".cache" / "zoo")))
    row, model = weights.get(name), zoo.load(name)
    picture = applications.probe_picture(row.task.input_shape)
    answers = np.asarray(model.predict(np.concatenate([picture, 255 - picture]), verbose=0))
    assert np.isfinite(answers).all()
    assert np.abs(answers[0] - answers[1]).max() > 1e-4
    folder = os.environ.get("ZOO_IMAGENET")
    if folder is None or row.dataset != "imagenet":
        return
    measured = serving.scores_on_folder(model, folder, lambda path, reason: None)["top-1"]
    reported = row.figures[0].value
    allowed = 3 * 100 * math.sqrt(reported / 100 * (1 - reported / 100) / measured.total) + 0.3
    assert abs(measured.percent - reported) < allowed, f"{measured.percent:.2f} % of {measured.total}, not {reported} %"
