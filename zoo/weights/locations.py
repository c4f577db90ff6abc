"""What a name of a model or of weights means: a release, a path, or a preset that lies elsewhere."""

import os
import pathlib
import urllib.parse
import urllib.request
from typing import Any

SUFFIX = ".safetensors"
SUFFIXES = (SUFFIX, ".weights.h5", ".h5", ".npz", ".zip", ".keras")
"""What files of weights end in; a ``.zip`` holds one of the others."""
PICKLES = (".pt", ".pth", ".th", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib")
"""What files end in that are no weights but a program that makes them."""
SCHEMES = ("https://", "http://", "file://", "hf://", "s3://")
"""How a location begins that is no path."""
GRAMMAR = "the NAME of a release, a preset folder, a .keras file, https://… or s3://… of a preset, or hf://user/repo"
"""What a MODEL may be, for messages."""


def is_path(name: Any) -> bool:
    """Whether a name is meant as a path or a location elsewhere: it looks like one, or is a folder."""
    text = os.fspath(name)
    endings = (*SUFFIXES, *PICKLES)
    return isinstance(name, os.PathLike) or os.sep in text or text.endswith(endings) or os.path.isdir(text)


def is_elsewhere(name: Any) -> bool:
    """Whether a name begins as one of ``SCHEMES``."""
    return isinstance(name, str) and name.startswith(SCHEMES)


def check(location: str) -> None:
    """Raise ``ValueError`` for a location that is not asked, before anybody is asked."""
    from zoo.weights.remote import places

    places.origin(places.split(location)[0])


def local(location: str | os.PathLike) -> pathlib.Path:
    """Where what a path or location means lies on this machine; a preset that lies elsewhere is fetched first.

    Args:
        location: A path, a ``file://`` address, or the location of a preset. A fragment ``#sha256=…`` says what the
            digest of its ``SHA256SUMS`` must be.

    Raises:
        ValueError: It is not a location that is asked, or what is there is not what it must be.
        zoo.weights.WeightsError: It cannot be had.
    """
    if not is_elsewhere(location):
        return pathlib.Path(location).expanduser()
    from zoo.weights.remote import places, presets

    address, digest = places.split(str(location))
    if address.startswith("file://"):
        path = pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(address).path))
        if digest is not None:
            presets.compare(path, digest, address)
        return path
    return presets.fetch(str(location))
