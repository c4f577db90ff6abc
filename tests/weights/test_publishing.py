"""What is published: a folder that a plain web server serves to machines with an empty cache."""

import dataclasses
import hashlib
import json
import re
import subprocess
import sys

import huggingface_hub
import pytest

import zoo
from zoo import applications, weights
from zoo.weights import publishing, released_card, store


@pytest.fixture
def flowers(tmp_path):
    """A preset."""
    model = applications.LMResNet(weights=None, depth=8, classes=2)
    return zoo.save(applications.identity.identify(model, ["rose", "tulip"]), tmp_path / "flowers")


def sums(folder):
    return dict(reversed(line.split("  ")) for line in (folder / "SHA256SUMS").read_text().splitlines())


def found(folder):
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_holds_files_cards_a_manifest_and_sums(released, flowers, tmp_path):
    checkpoint, _, path = released
    public = tmp_path / "public"
    assert publishing.publish([checkpoint.name, flowers], public) == {}
    parts = {f"flowers/{name}" for name in ("README.md", "config.json", "model.safetensors", "SHA256SUMS")}
    own = {checkpoint.file.name, f"{checkpoint.name}.md", "manifest.json", "SHA256SUMS"}
    assert found(public) == parts | own
    assert json.loads((public / "manifest.json").read_text()) == [json.loads(json.dumps(checkpoint.row()))]
    for folder in (public, public / "flowers"):
        listed = sums(folder)
        assert set(listed) == {name for name in found(folder) if not name.endswith("SHA256SUMS")}
        for name, digest in listed.items():
            assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == digest
    assert (public / checkpoint.file.name).read_bytes() == path.read_bytes()
    assert zoo.labels(zoo.load(public / "flowers")) == ("rose", "tulip")
    done = subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=public, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_what_is_published_again_is_replaced_and_the_rest_stays(released, flowers, tmp_path):
    checkpoint, _, _ = released
    public = tmp_path / "public"
    publishing.publish([flowers], public)
    before = found(public)
    publishing.publish([checkpoint.name], public)
    publishing.publish([checkpoint.name, flowers], public)
    assert before < found(public)
    assert len(json.loads((public / "manifest.json").read_text())) == 1


def test_a_plain_web_server_feeds_a_machine_with_an_empty_cache(released, tmp_path, monkeypatch):
    checkpoint, _, path = released
    public = tmp_path / "public"
    publishing.publish([checkpoint.name], public)
    content = path.read_bytes()
    monkeypatch.setattr(store, "PACKAGE", tmp_path / "elsewhere" / "zoo" / "weights")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", public]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as server:
        url = re.search(r"http://[\d.]+:\d+", server.stdout.readline())[0]
        monkeypatch.setenv("ZOO_WEIGHTS_URL", url)
        assert weights.read(checkpoint) == content
        server.terminate()


def test_what_is_not_at_hand_is_named_and_left_out(released, flowers, tmp_path, run):
    checkpoint, _, path = released
    path.unlink()
    code, out, err = run("weights", "publish", checkpoint.name, flowers, "--to", tmp_path / "public")
    assert code == 1
    assert f"left out: No intact copy of {checkpoint.name}" in err
    assert str(tmp_path / "public" / "flowers" / "config.json") in out
    assert not (tmp_path / "public" / "manifest.json").exists()


@pytest.mark.parametrize(
    ("things", "message"),
    [
        (["lm_resnet14-cifar1O"], "Did you mean 'lm_resnet14-cifar10'"),
        (["./nowhere"], "is no preset"),
        (["{flowers}", "{flowers}"], "Two presets are named flowers"),
    ],
)
def test_a_mistake_writes_nothing(released, flowers, tmp_path, things, message):
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        publishing.publish([each.format(flowers=flowers) for each in things], tmp_path / "public")
    assert not (tmp_path / "public").exists()


@pytest.mark.parametrize("checkpoint", weights.available(), ids=lambda checkpoint: checkpoint.name)
def test_the_card_of_a_released_file_says_what_its_row_says(checkpoint):
    card = huggingface_hub.ModelCard(released_card.of(checkpoint))  # what the Hub reads
    assert card.data.license == checkpoint.licence.lower()
    assert card.data.library_name == "keras"
    assert card.data.datasets == [checkpoint.dataset]
    figures = {(each.metric_type, each.metric_value, each.dataset_name) for each in card.data.eval_results}
    assert figures == {(metric.name, metric.value, checkpoint.dataset) for metric in checkpoint.figures}
    kind = "image-classification" if isinstance(checkpoint.task, weights.Classifier) else "density-estimation"
    assert {each.task_type for each in card.data.eval_results} == {kind}
    body = card.text
    for words in (
        f'zoo.load("{checkpoint.name}")',
        f"{checkpoint.figures[0].value:.2f} {checkpoint.figures[0].unit}",
        f"{checkpoint.parameters:,}",
        checkpoint.file.digest.value,
        checkpoint.licence,
        getattr(checkpoint.provenance, "commit", "reported by the source, not measured here"),
        checkpoint.task.classes[3] if isinstance(checkpoint.task, weights.Classifier) else "density of points",
    ):
        assert words in body


def test_a_row_of_others_says_who_reports_what():
    row = weights.get("resnet20-cifar10")
    reported = weights.Metric("top-1", 93.49, "%", 93.49, None, 1)
    source = weights.Converted("https://example.org/a.h5", "keras_resnet_v2", (reported,))
    row = dataclasses.replace(row, provenance=source, metrics=(), licence="MIT", deprecated="use another")
    card = huggingface_hub.ModelCard(released_card.of(row))
    (result,) = card.data.eval_results
    assert (result.metric_value, result.source_url) == (93.49, "https://example.org/a.h5")
    assert "Licence of the weights: MIT. It is that of who made them" in card.text
    assert "Deprecated: use another" in card.text


def test_the_card_of_a_preset_is_read_by_the_hub(flowers, tmp_path):
    card = huggingface_hub.ModelCard.load(flowers / "README.md")
    assert (card.data.license, card.data.library_name) == ("other", "keras")
    assert card.data.eval_results is None
    assert "Licence: not stated" in card.text
    model = zoo.load(flowers)
    again = zoo.save(model, tmp_path / "again", licence="MIT", **{"top-1": 91.5})
    card = huggingface_hub.ModelCard.load(again / "README.md")
    (result,) = card.data.eval_results
    assert (result.metric_type, result.metric_value, result.dataset_name) == ("top-1", 91.5, "held-out pictures")
    assert card.data.license == "mit"


# The commands


def test_fetch_wants_names_or_all_and_a_word_above_a_gigabyte(run, released, monkeypatch):
    checkpoint, _, _ = released
    code, out, err = run("weights", "fetch")
    assert (code, out) == (1, "")
    assert "Expected NAMEs of released files, or --all" in err
    code, out, err = run("weights", "fetch", "--all")
    assert (code, out.strip()) == (0, str(weights.home() / "weights" / checkpoint.file.name))
    assert f"1 files, {checkpoint.file.bytes:,} bytes" in err
    monkeypatch.setattr("zoo.cli.commands.weights.LARGE", 1000)
    code, out, err = run("weights", "fetch", "--all")
    assert (code, out) == (1, "")
    assert "Add --yes" in err
    assert run("weights", "fetch", "--all", "--yes")[0] == 0


def test_prune_removes_what_no_row_names(run, released):
    checkpoint, _, _ = released
    weights.fetch(checkpoint.name)
    folder = weights.home() / "weights"
    for name in ("lm_resnet14-cifar10-00000000.safetensors", f"{checkpoint.file.name}.damaged"):
        (folder / name).write_bytes(b"old")
    at_work = folder / ".zoo-atwork"
    at_work.mkdir()
    code, out, _ = run("weights", "prune", "--dry-run")
    assert (code, len(out.split())) == (0, 2)
    assert len(list(folder.iterdir())) == 4
    assert run("weights", "prune")[1] == out
    assert {path.name for path in folder.iterdir()} == {checkpoint.file.name, at_work.name}
    assert run("weights", "prune")[1] == ""
