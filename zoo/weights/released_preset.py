"""A released file as a preset, for hosts on which every model has a folder of its own."""

from zoo.weights import file, store
from zoo.weights.checkpoint import Checkpoint, Classifier, Trained
from zoo.weights.preset import Preset


def of(checkpoint: Checkpoint) -> Preset:
    """The preset that ``zoo.load`` makes the same model of.

    Raises ``ValueError`` for a file in the layout of others, ``WeightsError`` if no copy of it can be had.
    """
    if not isinstance(checkpoint.provenance, Trained):
        raise ValueError(
            f"{checkpoint.name} is a file of others, in their layout. Make a preset of it first: "
            f"zoo.save(zoo.load({checkpoint.name!r}), 'folder'). Their licence, {checkpoint.licence}, goes with it."
        )
    tensors, _ = file.unpacked(store.read(checkpoint), checkpoint.file.name)
    config = {
        "name": checkpoint.variant,
        "application": checkpoint.application,
        "keywords": checkpoint.keywords,
        "checkpoint": checkpoint.name,
        "digest": checkpoint.file.digest.value,
        "provenance": {"licence": checkpoint.licence},
    }
    task = checkpoint.task
    if isinstance(task, Classifier):
        config["labels"] = list(task.classes)
        config["arguments"] = {
            "input_shape": list(task.input_shape),
            "classes": len(task.classes),
            "classifier_activation": "softmax",
        }
        config["preprocessing"] = task.preprocessing.row()
    else:
        config["arguments"] = {"dataset": checkpoint.dataset, "event_shape": list(task.event_shape)}
    return Preset(config, tensors)
