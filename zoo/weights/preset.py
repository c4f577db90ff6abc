"""The folder of a preset: a model that travels. ``README.md``, ``config.json``, ``model.safetensors``.

Data only: nothing in it runs. Needs neither Keras nor TensorFlow.
"""

import dataclasses
import json
import os
import pathlib
from typing import Any

import numpy as np

from zoo.data import files
from zoo.weights import file, sums

CONFIG, TENSORS, CARD = "config.json", "model.safetensors", "README.md"
FORMAT = 1
LARGEST_CONFIG = 20_000_000
"""Bytes of the largest configuration that is read."""


@dataclasses.dataclass(frozen=True)
class Preset:
    """What is in the folder.

    Attributes:
        config: Of ``config.json``: the application and its keywords or Keras's configuration, labels, preprocessing,
            provenance.
        tensors: Weights by key.
    """

    config: dict[str, Any]
    tensors: dict[str, np.ndarray]


def is_preset(path: str | os.PathLike) -> bool:
    """Whether the path is a folder with a configuration in it."""
    return pathlib.Path(path).is_dir() and (pathlib.Path(path) / CONFIG).is_file()


def read(folder: str | os.PathLike) -> Preset:
    """The preset in a folder. Where ``SHA256SUMS`` lies beside its files, what is read is compared with it.

    Raises ``FileNotFoundError`` if a file is missing, ``ValueError`` if one is not readable, of a later format, or
    another than is listed.
    """
    folder = pathlib.Path(folder).expanduser()
    for name in (CONFIG, TENSORS):
        if not (folder / name).is_file():
            raise FileNotFoundError(
                f"{folder} is no preset: it has no {name}. Expected a folder that zoo.save or zoo finetune wrote."
            )
    config = configuration(folder)
    path = folder / TENSORS
    return Preset(config, file.unpacked(_content(path), str(path))[0])


def configuration(folder: pathlib.Path) -> dict[str, Any]:
    """What ``config.json`` in a folder says; raises as ``read``."""
    path = folder / CONFIG
    content = _content(path, LARGEST_CONFIG)
    try:
        config = json.loads(content.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{path} is not readable JSON: {error}.") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else type(config).__name__
        raise ValueError(f"{path} must have format {FORMAT}. Received: {found!r}. Update Zoo, or save the model anew.")
    return config


def _content(path, most=None):
    """What is in a file of a preset, as it is listed where there is a list."""
    content = files.content(path, most=most)
    if (path.parent / sums.NAME).exists():
        sums.check(path, content, sums.read(path.parent))
    return content


def write(folder: str | os.PathLike, preset: Preset, card: str) -> pathlib.Path:
    """Write a preset, whole or not at all; other files of the folder stay.

    Args:
        folder: Made if missing. It must hold no preset yet.
        preset: What to write.
        card: The text of ``README.md``.

    Returns:
        The folder.

    Raises ``FileExistsError`` if the folder holds a preset, ``OSError`` if it cannot be written.
    """
    folder = pathlib.Path(folder).expanduser()
    if (folder / CONFIG).exists():
        raise FileExistsError(f"{folder} holds a preset already. Choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    config: dict[str, Any] = {"format": FORMAT, **preset.config}
    header: dict[str, Any] = {
        key: config[key] for key in ("name", "application", "keywords", "labels", "checkpoint") if key in config
    }
    tensors = file.packed(preset.tensors, header)
    config["bytes"] = len(tensors)
    contents = {
        TENSORS: tensors,
        CARD: card.encode(),
        CONFIG: (json.dumps(config, indent=1, ensure_ascii=False) + "\n").encode(),  # the last: it makes the preset
    }
    with files.staged(folder) as partial:
        for name, content in contents.items():
            (partial / name).write_bytes(content)
        for name in contents:
            (partial / name).replace(folder / name)
    return folder
