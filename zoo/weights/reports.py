"""What is said of a released file that cannot be had."""

import re
from collections.abc import Sequence

from zoo.data.environment import offline
from zoo.weights import cache, fetching
from zoo.weights.checkpoint import Checkpoint


def words(error: Exception) -> str:
    """What went wrong, in a line; of pooch's message on another file what is expected and what came."""
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    text = " ".join(str(error).split())
    digests = re.search("expected (\\S+) but got (\\w+)", text)
    return f"another file: expected {digests[1]}, got {digests[2]}" if digests else text


def report(checkpoint: Checkpoint, problems: Sequence[str]) -> str:
    """The message of the error: what was tried, and what to do."""
    tried = "; ".join(problems) or f"{cache.place(checkpoint)}: no such file"
    if offline():
        advice = "ZOO_OFFLINE is set, so nothing was downloaded: unset it, or put the file there by hand."
    elif not fetching.urls(checkpoint):
        advice = "No download address is known: set ZOO_WEIGHTS_URL to a mirror, or reinstall the package."
    else:
        advice = "Check the network and ZOO_WEIGHTS_URL, or put the file there by hand."
    digest = checkpoint.file.digest
    return f"No intact copy of {checkpoint.name} ({digest.algorithm} {digest.value}). Tried: {tried}. {advice}"
