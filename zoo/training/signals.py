"""What asks a training to stop."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Protocol

STOPPING = [getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGHUP") if hasattr(signal, name)]
"""What asks a training to stop: a cluster or a service, Ctrl-C, a terminal that is closed."""


class Request(Protocol):
    """What a run asks whether it is to stop."""

    def is_set(self) -> bool:
        """Whether it is."""


class _Request:
    """A flag without a lock, which a second signal inside the handler could not take."""

    def __init__(self) -> None:
        self._set = False

    def set(self, *signal_and_frame: object) -> None:
        self._set = True

    def is_set(self) -> bool:
        return self._set


@contextlib.contextmanager
def stop_on_signals() -> Iterator[Request]:
    """A request that is set by any of ``STOPPING`` instead of what these signals do otherwise; then they do it again.

    A signal that this process was started to ignore (SIGHUP under ``nohup``, SIGINT behind a script's ``&``) stays
    ignored. Outside the main thread, where Python handles no signals, it is never set.
    """
    event = _Request()
    if threading.current_thread() is not threading.main_thread():
        yield event
        return
    heard = [number for number in STOPPING if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, event.set) for number in heard}
    try:
        yield event
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
