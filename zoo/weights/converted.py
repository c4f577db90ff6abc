"""Released files in the layout of others, converted once: ours lies in the cache beside theirs."""

import json
import pathlib

import numpy as np

from zoo.data import files
from zoo.weights import cache, convert, file, store
from zoo.weights.checkpoint import Checkpoint, Converted, Digest
from zoo.weights.locations import SUFFIX


def place(checkpoint: Checkpoint) -> pathlib.Path:
    """Where the converted file is kept; a row of another source or layout has another place."""
    return cache.home() / "converted" / f"{checkpoint.name}-{checkpoint.file.digest.value[:8]}{SUFFIX}"


def read(checkpoint: Checkpoint) -> dict[str, np.ndarray]:
    """The tensors of a released file by our keys, whoever made it.

    What is in the cache has the SHA-256 that was written down when it was converted; else it is converted again.

    Raises ``WeightsError`` if no intact copy can be had, ``ValueError`` for a file that is not of its layout.
    """
    provenance = checkpoint.provenance
    if not isinstance(provenance, Converted):
        return file.unpacked(store.read(checkpoint), checkpoint.file.name)[0]
    known = _known(checkpoint, provenance.layout)
    if known is not None:
        return file.unpacked(known, str(place(checkpoint)))[0]
    arrays = convert.convert(provenance.layout, store.read(checkpoint), checkpoint.file.name)
    _keep(checkpoint, provenance, arrays)
    return arrays


def _known(checkpoint, layout) -> bytes | None:
    """The converted file, if it is what was written."""
    path = place(checkpoint)
    try:
        content, row = files.content(path), json.loads(files.content(_receipt(path)))
        if row == {"layout": layout, "from": _source(checkpoint), "sha256": Digest.of("sha256", content).value}:
            return content
    except (OSError, ValueError):
        pass
    return None


def _keep(checkpoint, provenance, arrays) -> None:
    """Write the converted file and what it is; where nothing can be written, it is converted each time."""
    path = place(checkpoint)
    header = {"name": checkpoint.name, "source": provenance.source, "licence": checkpoint.licence}
    content = file.packed(arrays, header)
    row = {"layout": provenance.layout, "from": _source(checkpoint), "sha256": Digest.of("sha256", content).value}
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write(path, content)
        files.write(_receipt(path), (json.dumps(row, indent=1) + "\n").encode())
    except OSError:
        pass


def _source(checkpoint):
    return f"{checkpoint.file.digest.algorithm}:{checkpoint.file.digest.value}"


def _receipt(path):
    return path.with_suffix(".json")
