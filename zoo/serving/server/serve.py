"""Run the server until it is told to stop."""

import os
import pathlib
import socket

from zoo.serving.server.limits import Limits
from zoo.serving.server.versions import Versions

LOOPBACK = ("127.0.0.1", "localhost", "::1")


def serve(folder: str | os.PathLike, host: str = "127.0.0.1", port: int = 8501, limits: Limits | None = None) -> None:
    """Serve a folder that ``zoo.export`` wrote, until Ctrl-C or SIGTERM; what was accepted is answered first.

    It speaks TensorFlow Serving's REST (``/v1/models/NAME:predict``), with a page to try the model on at ``/``, and
    takes a newer version as soon as it is in the folder. It is for development: it has no TLS and no log-in, and does
    not batch requests as TensorFlow Serving does.

    Args:
        folder: With ``<number>/saved_model.pb``; its name is the model's.
        host: Address to listen on. Defaults to ``"127.0.0.1"``: this machine alone.
        port: Defaults to ``8501``; 0 takes a free one, which is printed.
        limits: Bounds on requests. Defaults to ``Limits()``.

    Raises:
        ImportError: The extra ``serve`` is not installed.
        ValueError: There is no version in the folder.
        OSError: The port is taken.
    """
    try:
        import uvicorn

        from zoo.serving.server import app
    except ImportError as error:
        raise ImportError(f"zoo serve needs the extra serve: pip install 'odezoo[serve]' ({error}).") from error
    versions = Versions(pathlib.Path(folder).expanduser())
    made = app.application(versions, limits, local=host in LOOPBACK)
    config = uvicorn.Config(
        made, log_level="warning", access_log=False, server_header=False, timeout_graceful_shutdown=60
    )
    with _listening(host, port) as listening:
        url = f"http://{f'[{host}]' if ':' in host else host}:{listening.getsockname()[1]}"
        print(f"{versions.name} at {url}  (for development, not for production)", flush=True)
        uvicorn.Server(config).run(sockets=[listening])


def _listening(host: str, port: int) -> socket.socket:
    """A socket that is bound to the address; raises ``OSError`` that names it if it is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((host, port))
    except OSError as error:
        found.close()
        raise OSError(f"{host}:{port} cannot be listened on ({error.strerror}). Choose another --port.") from None
    return found
