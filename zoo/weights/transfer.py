"""One try to have a file from an address, by HTTP (requests)."""

import dataclasses
import os
import pathlib
import threading

from zoo.weights import addresses

RETRIED = (408, 425, 429, 500, 502, 503, 504)
"""HTTP statuses that may be others a second later."""
REDIRECTS = 5
"""Redirects that are followed."""
CHUNK = 1 << 14


class DownloadError(OSError):
    """A file could not be had from an address; the message says why."""


class NotFoundError(DownloadError):
    """There is no file at the address."""


class Passing(DownloadError):
    """What may be over a second later; ``after`` is how many seconds the server asks for."""

    def __init__(self, reason: str, after: float = 0.0) -> None:
        super().__init__(reason)
        self.after = after


@dataclasses.dataclass(frozen=True)
class Limits:
    """When a download is ended.

    Attributes:
        size: Bytes of the largest body.
        connect, read: Seconds until there is a connection, and until the next bytes.
        rate: Bytes a second, the least mean over ``window`` seconds; ``$ZOO_LEAST_RATE``, or 1,000.
        window: Seconds.
        tries: How often one address is asked.
        pause: Seconds before the second try; before each further one twice as many, up to ``longest``.
        longest: Seconds of the longest pause, also of one that the server asks for.
    """

    size: int
    connect: float = 10.0
    read: float = 30.0
    rate: float = dataclasses.field(default_factory=lambda: float(os.environ.get("ZOO_LEAST_RATE") or 1000))
    window: float = 60.0
    tries: int = 4
    pause: float = 0.5
    longest: float = 30.0


class Transfer:
    """One try, for a thread of its own: a name server or a header that never ends cannot hold the caller.

    Attributes:
        done: Bytes that are written.
        error: What went wrong: ``Passing``, ``DownloadError``, or what the disk raised.
        ended: Set at the end.
        cancelled: Set it to end the try at the next bytes.
    """

    def __init__(self, url: str, output: pathlib.Path, limits: Limits) -> None:
        self.url, self.output, self.limits = url, output, limits
        self.done = 0
        self.error: Exception | None = None
        self.ended, self.cancelled = threading.Event(), threading.Event()

    def run(self) -> None:
        """Write the file; whatever happens, ``ended`` is set."""
        import requests
        import urllib3

        try:
            with requests.Session() as session, self._response(session) as response, self.output.open("wb") as file:
                self._body(response, file)
        except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
            self.error = Passing(_reason(error))
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            self.error = DownloadError(_reason(error))
        except Exception as error:  # the caller raises it
            self.error = error
        finally:
            self.ended.set()

    def _response(self, session):
        url = self.url
        for _ in range(REDIRECTS + 1):
            response = session.get(
                url,
                stream=True,
                allow_redirects=False,
                timeout=(self.limits.connect, self.limits.read),
                headers={"Accept-Encoding": "identity"},
            )
            if response.status_code == 200:
                return response
            response.close()
            if response.is_redirect:
                url = addresses.redirected(url, response.headers["Location"])
            elif response.status_code in RETRIED:
                raise Passing(f"HTTP {response.status_code} {response.reason}", _after(response))
            else:
                kind = NotFoundError if response.status_code in (404, 410) else DownloadError
                raise kind(f"HTTP {response.status_code} {response.reason}")
        raise DownloadError(f"more than {REDIRECTS} redirects")

    def _body(self, response, file):
        for chunk in response.iter_content(CHUNK):
            if self.cancelled.is_set():
                return
            self.done += len(chunk)
            if self.done > self.limits.size:
                raise DownloadError(too_long(self.limits))
            file.write(chunk)


def too_long(limits: Limits) -> str:
    """What is said of a body with more bytes than it may have."""
    return f"it has more than the {limits.size:,} bytes that are expected"


def _after(response):
    """The seconds of a ``Retry-After`` header, which may also be a date."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isdigit() else 0.0


def _reason(error):
    """In a few words, without the address, which may hold a password."""
    import requests

    for kind, words in (
        (requests.exceptions.SSLError, "the connection is not secure: its certificate is not accepted"),
        (requests.exceptions.ConnectTimeout, "no connection in time"),
        (requests.exceptions.ReadTimeout, "nothing came in time"),
        (requests.exceptions.ChunkedEncodingError, "it ended before its end"),
        (requests.exceptions.ConnectionError, "no connection"),
    ):
        if isinstance(error, kind):
            return words
    return str(error)
