"""The server's paths and their order, and the watch on its folder."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import anyio
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.routing import Route

from zoo.serving.server.endpoints import Server
from zoo.serving.server.limits import Limits
from zoo.serving.server.versions import Versions

LOCAL = ("127.0.0.1", "localhost", "[::1]", "testserver")
"""The names under which a server on this machine is asked; another one is a page elsewhere that poses as it."""
RELOAD = 2.0
"""Seconds between two looks at the folder."""
log = logging.getLogger("zoo.serve")


def application(versions: Versions, limits: Limits | None = None, local: bool = True) -> Starlette:
    """The application of a folder of versions, for any ASGI server.

    Args:
        versions: Of the model; the newest is loaded when the application starts, and newer ones as they come.
        limits: Defaults to ``Limits()``.
        local: Whether only requests to a name of this machine are answered, so that no page elsewhere can pose as one.
            Defaults to ``True``.
    """
    server = Server(versions, limits or Limits())
    model = "/v1/models/{model}"

    @contextlib.asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        await anyio.to_thread.run_sync(versions.refresh)
        watching = asyncio.create_task(_watch(versions))
        yield
        watching.cancel()

    routes = []
    for path in (model, f"{model}/versions/{{version:int}}"):
        routes += [
            Route(f"{path}:predict", server.predict, methods=["POST"]),
            *(Route(f"{path}:{verb}", server.unknown, methods=["POST"]) for verb in ("classify", "regress")),
            Route(f"{path}/metadata", server.metadata),
            Route(path, server.status),
        ]
    routes += [
        Route("/", server.page),
        Route("/card", server.card),
        Route("/healthz", server.health),
        *(Route(path, server.count) for path in ("/metrics", "/monitoring/prometheus/metrics")),
    ]
    hosts = list(LOCAL) if local else ["*"]
    handlers: Any = {HTTPException: server.failed, ValueError: server.failed, Exception: server.broken}
    middleware = [Middleware(TrustedHostMiddleware, allowed_hosts=hosts, www_redirect=False)]
    return Starlette(routes=routes, exception_handlers=handlers, middleware=middleware, lifespan=lifespan)


async def _watch(versions: Versions) -> None:
    """Load newer versions as they come; one that is damaged is left, and the old one goes on."""
    while True:
        await asyncio.sleep(RELOAD)
        try:
            if await anyio.to_thread.run_sync(versions.refresh):
                log.warning("version %d is served now", versions.current.number if versions.current else 0)
        except Exception as error:
            log.warning("a new version cannot be loaded: %s", error)
