"""How far a download is, for whoever waits for it."""

import contextlib
import logging
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def shown(name: str, size: int) -> Iterator[Callable[[int], None]]:
    """A function that takes the bytes that are there: size and rate on a terminal's stderr.

    Elsewhere the ``zoo`` logger has one line of level INFO.
    """
    import rich.console
    import rich.progress

    console = rich.console.Console(stderr=True, emoji=False)
    if not console.is_terminal:
        logging.getLogger("zoo").info("downloading %s (%.1f MB)", name, size / 1e6)
    columns = (
        rich.progress.TextColumn("{task.description}", markup=False),
        rich.progress.BarColumn(),
        rich.progress.DownloadColumn(),
        rich.progress.TransferSpeedColumn(),
        rich.progress.TimeRemainingColumn(),
    )
    with rich.progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task(name, total=size)
        yield lambda done: bars.update(task, completed=done)
