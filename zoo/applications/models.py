"""Every model by name: the variants, the released ones, and what was saved."""

import fnmatch
import os
from typing import Any

import keras

from zoo import _check
from zoo.applications import identity, saving
from zoo.applications.application import registered
from zoo.data.datasets import DATASETS
from zoo.weights import KINDS, Checkpoint, Classifier, available
from zoo.weights.locations import GRAMMAR, is_path, local


def list_models(
    pattern: str = "*", *, dataset: str | None = None, task: str | None = None, pretrained: bool | None = None
) -> list[str]:
    """Names of models.

    Args:
        pattern: Wildcards that the whole name matches, such as ``"*resnet*"``. Defaults to ``"*"``.
        dataset: Only models for this data set, such as ``"cifar10"`` or ``"8gaussians"``.
        task: Only ``"classifier"`` or ``"density"`` models.
        pretrained: ``None`` lists every variant (``"lm_resnet20"``), ``True`` every released NAME
            (``"lm_resnet20-cifar10"``), which ``load`` takes, ``False`` the variants without a release.

    Raises ``ValueError`` for an unknown data set or task.
    """
    every = {each.slug: each for each in registered().values() if each.listed}
    if dataset is not None:
        known = (name for each in every.values() for name in each.task.datasets)
        _check.known(dataset, dict.fromkeys([*DATASETS, *known]), "data set")
    if task is not None:
        _check.known(task, KINDS, "task")
    rows: dict[str, tuple[tuple[str, ...], str]]
    if pretrained:
        rows = {c.name: ((c.dataset,), c.kind) for c in available()}
    else:
        released = {c.variant for c in available() if dataset in (None, c.dataset)}
        rows = {slug: (each.task.datasets, each.task.kind) for slug, each in every.items()}
        if pretrained is False:
            rows = {name: row for name, row in rows.items() if name not in released}
    return [
        name
        for name, (data, kind) in rows.items()
        if fnmatch.fnmatchcase(name, pattern) and dataset in (None, *data) and task in (None, kind)
    ]


def build(name: str, **arguments: Any) -> keras.Model:
    """The model of a variant such as ``"lm_resnet20"``, by its application's arguments.

    Raises ``ValueError`` that names the nearest variant if there is none of that name.
    """
    variants = {each.slug: each for each in registered().values() if each.listed}
    return variants[_check.known(name, variants, "model")](**arguments)


def load(model: str | os.PathLike, **arguments: Any) -> keras.Model:
    """A trained model: a released one by NAME, a preset wherever it lies, or a ``.keras`` file.

    Args:
        model: NAME of a checkpoint (``list_models(pretrained=True)``), such as ``"lm_resnet20-cifar10"``; its variant
            (``"lm_resnet20"``) means the release for the data set that it is for. Or the path of a folder that
            ``zoo.save`` or ``zoo finetune`` wrote, or of a ``.keras`` file, which is loaded in safe mode and not
            compiled. Or the location of such a folder: ``"https://…"``, ``"hf://user/repo"``,
            ``"hf://user/repo@revision"``, ``"s3://bucket/folder"`` or ``"file://…"``; it is fetched once and must be
            the same later. ``"…#sha256=…"`` says from the start what it must be: the SHA-256 of its ``SHA256SUMS``.
        **arguments: Arguments of its application, such as ``classes`` or ``include_top``; none for ``.keras`` files
            and presets of other models.

    Raises:
        ValueError: No such NAME (the nearest is named), arguments that do not fit, a file that is not readable, or a
            preset that is not the one that was pinned.
        FileNotFoundError: There is nothing at the path.
        ImportError: ``hf://`` without huggingface_hub, or ``s3://`` without s3fs.
        zoo.weights.WeightsError: The file of a release, or a preset that lies elsewhere, cannot be had intact.

    Example:
        >>> model = zoo.load("lm_resnet20-cifar10")
        >>> zoo.labels(model)[:2]
        ('airplane', 'automobile')
    """
    if not is_path(model):
        return _released(release(str(model)), arguments)
    path = local(model)
    if path.is_dir():
        return saving.load(path, **arguments)
    if not path.exists():
        raise FileNotFoundError(f"There is nothing at {path}. Expected {GRAMMAR}.")
    if path.suffix != ".keras":
        raise ValueError(f"Expected {GRAMMAR}. Received: {path}.")
    if arguments:
        raise ValueError(
            f"A .keras file holds a whole model. Expected: no arguments. Received: {', '.join(arguments)}."
        )
    return identity.load_keras(path)


def release(name: str) -> Checkpoint:
    """The checkpoint of a NAME, or of a variant with a release for the pictures that it is for.

    Raises ``ValueError`` that names the nearest if there is none.
    """
    rows = {checkpoint.name: checkpoint for checkpoint in available()}
    usual = {each.slug: f"{each.slug}-{each.task.dataset}" for each in registered().values()}
    theirs = [each for each in rows if each.startswith(f"{name}-")]
    if name in usual and usual[name] not in rows and theirs:
        raise ValueError(f"{name} was not trained here. There are weights of others: {', '.join(theirs)}.")
    return rows[_check.known(usual.get(name, name) if usual.get(name) in rows else name, rows, "released weights")]


def _released(checkpoint: Checkpoint, arguments: dict[str, Any]) -> keras.Model:
    defaults: dict[str, Any] = {**checkpoint.keywords, "weights": checkpoint.name}
    if isinstance(checkpoint.task, Classifier):
        defaults["classes"] = len(checkpoint.task.classes)
        if "input_tensor" not in arguments:
            defaults["input_shape"] = checkpoint.task.input_shape
    else:
        defaults["dataset"] = checkpoint.dataset
    return registered()[checkpoint.application](**{**defaults, **arguments})
