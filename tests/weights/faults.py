"""A server with faults, and what a download makes of each.

``python tests/weights/faults.py`` writes the table of docs/reliability.md.
"""

import contextlib
import dataclasses
import hashlib
import pathlib
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator

from zoo import weights
from zoo.weights import cache, download

CONTENT = bytes(range(256)) * 400
"""Of the file that the server has: 102,400 bytes."""
LENGTH = len(CONTENT)


def limits(most: int) -> download.Limits:
    """Faults end in a second under these; under the usual ones they wait a minute."""
    return download.Limits(size=most, connect=0.5, read=0.6, rate=20_000, window=0.4, pause=0.01, longest=0.05)


QUICK = limits(len(CONTENT))


class Server:
    """Answers each connection by the next of ``answers``; the last one stays."""

    def __init__(self, *answers: Callable) -> None:
        self.answers, self.asked, self.request = list(answers), 0, b""
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self.socket.getsockname()[1]}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection):
        with connection, contextlib.suppress(OSError):
            request = b""
            while b"\r\n\r\n" not in request:
                part = connection.recv(4096)
                if not part:
                    return
                request += part
            answer = self.answers[min(self.asked, len(self.answers) - 1)]
            self.asked += 1
            self.request = request
            answer(connection, self)

    def close(self) -> None:
        self.socket.close()


def head(status="200 OK", length=LENGTH, *lines):
    rows = [
        f"HTTP/1.1 {status}",
        *([] if length is None else [f"Content-Length: {length}"]),
        *lines,
        "Connection: close",
    ]
    return "\r\n".join([*rows, "", ""]).encode()


def well(connection, server):
    connection.sendall(head() + CONTENT)


def status(line, *lines):
    return lambda connection, server: connection.sendall(head(line, 0, *lines))


def cut(share):
    """The body ends early, though its length was told."""
    return lambda connection, server: connection.sendall(head() + CONTENT[: int(share * len(CONTENT))])


def untold(share):
    """The body ends early, and no length was told."""
    return lambda connection, server: connection.sendall(head(length=None) + CONTENT[: int(share * len(CONTENT))])


def flipped(connection, server):
    damaged = bytearray(CONTENT)
    damaged[5000] ^= 1
    connection.sendall(head() + damaged)


def page(connection, server):
    body = b"<html>Please log in</html>"
    connection.sendall(head("200 OK", len(body), "Content-Type: text/html") + body)


def endless(connection, server):
    connection.sendall(head(length=None))
    while True:
        connection.sendall(CONTENT)


def longer(connection, server):
    connection.sendall(head(length=10**10))
    while True:
        connection.sendall(CONTENT)


def shorter(connection, server):
    connection.sendall(head(length=1000) + CONTENT)


def stalled(connection, server):
    connection.sendall(head() + CONTENT[:5000])
    time.sleep(30)


def silent(connection, server):
    time.sleep(30)


def drip(connection, server):
    connection.sendall(head())
    for byte in CONTENT:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


def dripping_header(connection, server):
    for byte in head():
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def reset(connection, server):
    connection.sendall(head() + CONTENT[:5000])
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def nonsense(connection, server):
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 3)


def to(target):
    return lambda connection, server: connection.sendall(
        head("302 Found", 0, f"Location: {target.format(url=server.url)}")
    )


GOOD = "the file"


@dataclasses.dataclass(frozen=True)
class Fault:
    """What a server does, how often it is asked, and what comes of it: ``GOOD``, or words of the error."""

    name: str
    answers: tuple[Callable, ...]
    asked: int
    outcome: str


ANOTHER = "another file: expected sha256:"
FAULTS = [
    *(Fault(f"the body ends at {10 * n} %, once", (cut(n / 10), well), 2, GOOD) for n in range(10)),
    Fault("the body ends at 50 %, always", (cut(0.5),), 4, "it ended before its end (4 tries)"),
    Fault("the body ends at 50 %, without a length", (untold(0.5),), 2, ANOTHER),
    Fault("one bit is another, once", (flipped, well), 2, GOOD),
    Fault("one bit is another, always", (flipped,), 2, ANOTHER),
    Fault("an HTML page with status 200", (page,), 2, ANOTHER),
    Fault("a body without end", (endless,), 1, "more than the 102,400 bytes that are expected"),
    Fault("a body of 10 GB", (longer,), 1, "more than the 102,400 bytes that are expected"),
    Fault("a length that is too short", (shorter,), 2, ANOTHER),
    Fault("403", (status("403 Forbidden"),), 1, "HTTP 403 Forbidden"),
    Fault("404", (status("404 Not Found"),), 1, "HTTP 404 Not Found"),
    Fault("429, once", (status("429 Too Many Requests", "Retry-After: 1"), well), 2, GOOD),
    Fault("500, twice", (status("500 Internal Server Error"), status("500 Internal Server Error"), well), 3, GOOD),
    Fault("503, always", (status("503 Service Unavailable"),), 4, "HTTP 503 Service Unavailable (4 tries)"),
    Fault("a redirect", (to("{url}/elsewhere"), well), 2, GOOD),
    Fault("redirects without end", (to("{url}/again"),), 6, "more than 5 redirects"),
    Fault(
        "a redirect to ftp", (to("ftp://example.org/x"),), 1, "it redirects to ftp://example.org/x, which is less safe"
    ),
    Fault("a redirect to a file", (to("file:///etc/passwd"),), 1, "it redirects to file:///etc/passwd, which is less"),
    Fault("a redirect to http elsewhere", (to("http://example.org/x"),), 1, "http://example.org/x is not asked"),
    Fault("a reset connection, once", (reset, well), 2, GOOD),
    Fault("a reset connection, always", (reset,), 4, "(4 tries)"),
    Fault("no HTTP", (nonsense,), 4, "(4 tries)"),
    Fault("no answer, once", (silent, well), 1, "less than 20,000 bytes a second came for 0.4 s"),
    Fault("the body stalls", (stalled,), 1, "less than 20,000 bytes a second came for 0.4 s (ZOO_LEAST_RATE sets it)"),
    Fault("20 bytes a second", (drip,), 1, "less than 20,000 bytes a second came for 0.4 s"),
    Fault("a header of 10 bytes a second", (dripping_header,), 1, "less than 20,000 bytes a second came for 0.4 s"),
]


def checkpoint() -> weights.Checkpoint:
    """The row of the file that the server has."""
    digest = weights.Digest("sha256", hashlib.sha256(CONTENT).hexdigest())
    row = weights.get("lm_resnet20-cifar10")
    return dataclasses.replace(
        row, name="played", file=weights.File("played-00000000.safetensors", len(CONTENT), digest)
    )


@contextlib.contextmanager
def served(*answers: Callable) -> Iterator[Server]:
    server = Server(*answers)
    try:
        yield server
    finally:
        server.close()


def outcome(row: weights.Checkpoint) -> str:
    """What a caller gets: ``GOOD``, or the error."""
    try:
        return GOOD if weights.read(row) == CONTENT else "a wrong file"
    except weights.WeightsError as error:
        return str(error)
    finally:
        place = cache.place(row)
        assert not place.exists() or place.read_bytes() == CONTENT, "a wrong file under a right name"


def table() -> str:
    """The faults, tries and outcomes, as Markdown."""
    lines = ["| the server's fault | asked | outcome |", "|---|--:|---|"]
    for fault in FAULTS:
        words = f"{fault.outcome}…" if fault.outcome == ANOTHER else fault.outcome
        lines.append(f"| {fault.name} | {fault.asked} | {words} |")
    return "\n".join(lines)


DOCUMENT = pathlib.Path(__file__).resolve().parents[2] / "docs" / "reliability.md"
BEGIN, END = "<!-- faults -->", "<!-- /faults -->"


def written(text: str) -> str:
    """The document with the table in its place."""
    before, rest = text.split(BEGIN)
    return f"{before}{BEGIN}\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    sys.exit(DOCUMENT.write_text(written(DOCUMENT.read_text("utf-8")), "utf-8") == 0)
