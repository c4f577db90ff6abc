"""What the server answers: predict, status and metadata as TensorFlow Serving's REST; health, metrics and the page."""

import json
import time

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response

from zoo.serving.server import protocol
from zoo.serving.server.limits import Limits
from zoo.serving.server.metrics import Metrics
from zoo.serving.server.pages import page
from zoo.serving.server.pictures import readable
from zoo.serving.server.versions import Version, Versions

_SAFE = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' blob: data:; style-src 'unsafe-inline'; "
    "script-src 'unsafe-inline'",
    "X-Content-Type-Options": "nosniff",
}
"""What the page may load: itself."""


class Server:
    """The answers to requests for one model.

    Args:
        versions: Of the model.
        limits: What is taken.
    """

    def __init__(self, versions: Versions, limits: Limits):
        self.versions, self.limits = versions, limits
        self.metrics = Metrics(versions.name)
        self.asked = 0
        self.workers = anyio.CapacityLimiter(limits.workers)

    async def predict(self, request: Request) -> Response:
        """``POST /v1/models/NAME[/versions/N]:predict``."""
        version = self._version(request)
        if self.asked >= self.limits.queue:
            raise HTTPException(
                429, f"{self.asked} requests are answered or wait, the most that are taken.", {"Retry-After": "1"}
            )
        self.asked += 1
        self.metrics.waiting.set(self.asked)
        started = time.perf_counter()
        try:
            body = await self._body(request)
            answer = await anyio.to_thread.run_sync(self._answer, version, body, limiter=self.workers)
        finally:
            self.asked -= 1
            self.metrics.waiting.set(self.asked)
        self.metrics.seconds.observe(time.perf_counter() - started)
        self.metrics.answered(200)
        return Response(answer, media_type="application/json")

    def _answer(self, version: Version, body: bytes) -> bytes:
        """The JSON of the answer; runs in a thread."""
        try:
            parsed = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise protocol.BadRequest(f"The body is no JSON: {error}.") from None
        name = protocol.signature_of(parsed)
        if name not in version.inputs:
            raise protocol.BadRequest(f"There is no signature {name!r}. Expected one of: {', '.join(version.inputs)}.")
        asked = protocol.parse(parsed, version.inputs[name])
        count = len(next(iter(asked.inputs.values())))
        if count > self.limits.pictures:
            raise protocol.BadRequest(f"Expected at most {self.limits.pictures} pictures. Received: {count}.")
        inputs = {key: readable(array) if key == "image_bytes" else array for key, array in asked.inputs.items()}
        outputs = version.run(name, inputs)
        self.metrics.pictures.inc(count)
        return json.dumps(protocol.answer(outputs, asked.rows)).encode()

    async def _body(self, request: Request) -> bytes:
        found = bytearray()
        async for chunk in request.stream():
            found += chunk
            if len(found) > self.limits.body:
                raise HTTPException(413, f"The body is larger than {self.limits.body:,} bytes.")
        return bytes(found)

    async def status(self, request: Request) -> Response:
        """``GET /v1/models/NAME``: which versions there are."""
        version = self._version(request)
        state = {
            "version": str(version.number),
            "state": "AVAILABLE",
            "status": {"error_code": "OK", "error_message": ""},
        }
        return JSONResponse({"model_version_status": [state]})

    async def metadata(self, request: Request) -> Response:
        """``GET /v1/models/NAME/metadata``: the signatures."""
        return JSONResponse(self._version(request).metadata(self.versions.name))

    async def unknown(self, request: Request) -> Response:
        """What TensorFlow Serving has and this has not."""
        raise HTTPException(404, "A model for pictures is asked by :predict; it has no :classify and no :regress.")

    def _version(self, request: Request) -> Version:
        name, current = request.path_params["model"], self.versions.current
        if name != self.versions.name:
            raise HTTPException(404, f"There is no model {name!r} here. Expected: {self.versions.name!r}.")
        if current is None:
            raise HTTPException(503, "The model is being loaded.", {"Retry-After": "1"})
        wanted = request.path_params.get("version", current.number)
        if wanted != current.number:
            raise HTTPException(404, f"Version {wanted} is not served. Expected: {current.number}.")
        return current

    async def health(self, request: Request) -> Response:
        """``GET /healthz``: 200 as soon as a version answers."""
        return PlainTextResponse(
            "ok\n" if self.versions.current else "loading\n", 200 if self.versions.current else 503
        )

    async def count(self, request: Request) -> Response:
        """``GET /metrics``, and TensorFlow Serving's path for it."""
        return Response(self.metrics.text(), media_type="text/plain; version=0.0.4")

    async def card(self, request: Request) -> Response:
        """``GET /card``: the README of the folder."""
        return PlainTextResponse(self.versions.card)

    async def page(self, request: Request) -> Response:
        """``GET /``: one page, for a person."""
        current = self.versions.current
        text = page(self.versions.name, self.versions.card, {} if current is None else current.inputs)
        return HTMLResponse(text, headers=_SAFE)

    async def failed(self, request: Request, error: Exception) -> Response:
        """An error as JSON, and counted."""
        code, words = (error.status_code, error.detail) if isinstance(error, HTTPException) else (400, str(error))
        self.metrics.answered(code)
        return JSONResponse({"error": words}, code, getattr(error, "headers", None))

    async def broken(self, request: Request, error: Exception) -> Response:
        """An error of ours: 500 without its inside, which is in the log."""
        self.metrics.answered(500)
        return JSONResponse({"error": f"{type(error).__name__}; the server's log has more."}, 500)
