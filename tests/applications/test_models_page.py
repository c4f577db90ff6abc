"""The blocks of docs/models.md that need a download run against a host that is played, with files of random weights."""

import dataclasses
import hashlib
import pathlib
import re

import pytest
from test_imagenet import DEPTH, WIDTH, host, mini, published, row_of

import zoo
from zoo import weights
from zoo.data import imagenet
from zoo.weights import store

PAGE = pathlib.Path(__file__).resolve().parents[2] / "docs" / "models.md"
BLOCKS = re.findall(r"```python network\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
PLAYED = {
    "lm_resnet50-imagenet": {"depth": DEPTH, "width": WIDTH, "per_channel": False},
    "resnet50v2-imagenet": {"depth": DEPTH, "width": WIDTH},
}
"""What the host has, and the keywords of the narrow network that its files are for."""


@pytest.mark.slow
def test_each_block_that_needs_a_download_runs_alone(install, monkeypatch, tmp_path, capsys):
    assert BLOCKS
    content, rows = published(mini("ResNet50V2")), []
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")
    files = {weights.get(name).file.name: content for name in PLAYED}
    with host(**files) as (url, asked):
        for name, keywords in PLAYED.items():
            row = row_of(name, content, url, hashlib.md5(content).hexdigest())
            task = dataclasses.replace(row.task, classes=imagenet.labels(), input_shape=(64, 64, 3))
            rows.append(dataclasses.replace(row, keywords=keywords, task=task))
        install(*rows)
        for number, block in enumerate(BLOCKS):
            (tmp_path / str(number)).mkdir()
            monkeypatch.chdir(tmp_path / str(number))
            exec(compile(block, f"block {number} of docs/models.md", "exec"), {"__name__": "__main__"})
        assert asked
        assert set(asked) <= {f"/{file}" for file in files}
    printed = capsys.readouterr().out
    assert "stage4_block2" in printed, "the coefficients that the first block prints"
    tuned = zoo.load(tmp_path / "0" / "flowers")
    assert zoo.labels(tuned) == ("rose", "tulip")
    assert any(zoo.applications.learned_k(tuned).values()), "they have moved"
