"""One file from one address, by HTTP: tried again where that helps, and ended where it does not."""

import pathlib
import random
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable

from zoo.data import files
from zoo.weights import addresses
from zoo.weights.transfer import DownloadError as DownloadError
from zoo.weights.transfer import Limits as Limits
from zoo.weights.transfer import NotFoundError as NotFoundError
from zoo.weights.transfer import Passing, Transfer, too_long


def download(
    url: str, output: pathlib.Path, limits: Limits, report: Callable[[int], object] = lambda done: None
) -> None:
    """Write what is at an address into a file.

    Statuses of ``RETRIED``, broken connections and bodies that end early are tried again after a pause. Redirects are
    followed to addresses that are as safe.

    Args:
        url: An address that ``addresses.check`` lets pass.
        output: The file to write.
        limits: When to give up.
        report: Called with the bytes that are there, now and then.

    Raises:
        DownloadError: It cannot be had.
        ValueError: Another scheme than ``addresses.SCHEMES``.
    """
    addresses.check(url)
    if urllib.parse.urlsplit(url).scheme == "file":
        return _copied(pathlib.Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path)), output, limits)
    for remaining in reversed(range(limits.tries)):
        try:
            return _within(limits, Transfer(url, output, limits), report)
        except Passing as error:
            if not remaining:
                raise DownloadError(f"{error} ({limits.tries} tries)") from None
            pause = limits.pause * 2 ** (limits.tries - 1 - remaining) * random.uniform(1, 1.5)
            time.sleep(min(max(pause, error.after), limits.longest))


def _copied(path, output, limits):
    data = files.content(path)
    if len(data) > limits.size:
        raise DownloadError(too_long(limits))
    output.write_bytes(data)


def _within(limits, transfer, report):
    """Wait for a transfer as long as it keeps the least rate: whatever it waits for, this returns."""
    thread = threading.Thread(target=transfer.run, daemon=True)
    thread.start()
    began, before = time.monotonic(), 0
    while not transfer.ended.wait(min(0.2, limits.window / 4)):
        report(transfer.done)
        if time.monotonic() - began >= limits.window:
            if transfer.done - before < limits.rate * limits.window:
                transfer.cancelled.set()
                raise DownloadError(
                    f"less than {limits.rate:,.0f} bytes a second came for {limits.window:g} s (ZOO_LEAST_RATE sets it)"
                )
            began, before = time.monotonic(), transfer.done
    report(transfer.done)
    if transfer.error is not None:
        raise transfer.error
