"""What a server takes."""

import dataclasses

from zoo import _check


@dataclasses.dataclass(frozen=True)
class Limits:
    """Bounds on requests.

    Attributes:
        body: Bytes of the body of a request; a larger one is 413.
        pictures: In one request; more are 400.
        queue: Requests that are answered or wait at a time; one more is 429.
        workers: Requests that are computed at a time.
    """

    body: int = 32 << 20
    pictures: int = 256
    queue: int = 64
    workers: int = 2

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check.integer(getattr(self, field.name), field.name)
