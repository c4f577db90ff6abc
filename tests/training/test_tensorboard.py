"""Epoch rows as TensorBoard scalars."""

import pytest
import tensorflow as tf

from zoo.training.tensorboard import summaries


def test_each_row_becomes_scalars(tmp_path):
    report = summaries(tmp_path)
    report(1, 8, None)
    for epoch in (1, 2):
        report(4 * epoch, 8, {"epoch": epoch, "loss": 0.5 * epoch, "accuracy": 0.25})
    (file,) = tmp_path.iterdir()
    found = {}
    for record in tf.data.TFRecordDataset(str(file)):
        event = tf.compat.v1.Event.FromString(record.numpy())
        for value in event.summary.value:
            found[value.tag, event.step] = float(tf.make_ndarray(value.tensor))
    assert found == {
        ("loss", 1): 0.5,
        ("loss", 2): 1.0,
        ("accuracy", 1): 0.25,
        ("accuracy", 2): 0.25,
    }


def test_without_tensorboard_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ImportError, match=r"odezoo\[train\]"):
        summaries(tmp_path)
