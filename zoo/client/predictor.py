"""A client over REST, as TensorFlow Serving and ``zoo serve`` speak it."""

import base64
import functools
import json
from collections.abc import Sequence
from typing import Any

import requests
from urllib3.util import Retry

from zoo.client.answer import Answer, ServerError, batches
from zoo.client.pictures import Picture, encoded

BUSY = (429, 502, 503, 504)
"""Statuses after which the same request is sent again."""


class Predictor:
    """Asks a served model what is on pictures.

    Args:
        url: Of the server: ``"http://127.0.0.1:8501"``.
        model: Its name there.
        version: A number; defaults to ``None``, the newest.
        timeout: Seconds to wait for a connection, and for the next bytes of an answer. Defaults to ``30``.
        retries: How often a request is sent again when the server is busy (429, 502, 503, 504), with growing pauses, or
            cannot be reached. Predictions change nothing, so that asking twice does no harm. Defaults to ``3``.
        batch_size: Pictures in one request. Defaults to ``32``.

    Example:
        >>> predictor = zoo.client.Predictor("http://127.0.0.1:8501", "lm_resnet20")
        >>> predictor.predict(["ship.png"])[0].label # doctest: +SKIP
        'ship'
    """

    def __init__(
        self,
        url: str,
        model: str,
        version: int | None = None,
        timeout: float = 30.0,
        retries: int = 3,
        batch_size: int = 32,
    ):
        if not url.startswith(("http://", "https://")):
            raise ValueError(f"url must begin with http:// or https://. Received: {url!r}.")
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1. Received: {batch_size}.")
        at = "" if version is None else f"/versions/{version}"
        self.model_url = f"{url.rstrip('/')}/v1/models/{model}{at}"
        self.timeout = timeout
        self.batch_size = batch_size
        pauses = Retry(
            retries, backoff_factor=0.3, status_forcelist=BUSY, allowed_methods=None, raise_on_status=False, redirect=0
        )
        self._session = requests.Session()
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, requests.adapters.HTTPAdapter(max_retries=pauses))

    def predict(self, images: Sequence[Picture], signature: str = "serving_default") -> list[Answer]:
        """The answers for pictures, in their order.

        Args:
            images: Paths, bytes of picture files, or arrays of raw RGB, uint8 ``(height, width, 3)``; a photograph is
                turned as its EXIF orientation says, and transparency lies on white.
            signature: ``"serving_default"``, or a place of the dial such as ``"serving_steps_4"``.

        Raises:
            ValueError: A picture cannot be read; nothing was sent.
            ServerError: The server refused the request, or could not be reached in time.
        """
        return [Answer.of(outputs, self.model_url) for outputs in self.outputs(images, signature)]

    def outputs(self, images: Sequence[Picture], signature: str = "serving_default") -> list[dict[str, Any]]:
        """All outputs of a signature that takes pictures in bytes, by name, for each picture; raises as ``predict``."""
        found: list[dict[str, Any]] = []
        for batch in batches(encoded(images), self.batch_size):
            instances = [{"b64": base64.b64encode(data).decode()} for data in batch]
            answer = self._ask("POST", ":predict", {"signature_name": signature, "instances": instances})
            found.extend(self._rows(answer, len(batch), signature))
        return found

    def _rows(self, answer: Any, count: int, signature: str) -> list[dict[str, Any]]:
        rows = answer.get("predictions") if isinstance(answer, dict) else None
        if not isinstance(rows, list) or len(rows) != count:
            raise ServerError(f"{self.model_url} gave no {count} predictions. Received: {str(answer)[:200]}.")
        if all(isinstance(row, dict) for row in rows):
            return rows
        (name,) = self.signatures[signature]["outputs"]  # the only output comes without its name
        return [{name: row} for row in rows]

    @functools.cached_property
    def signatures(self) -> dict[str, Any]:
        """The signatures of the model by name, with their inputs and outputs; raises ``ServerError``."""
        found = self._ask("GET", "/metadata")["metadata"]["signature_def"]["signature_def"]
        return {name: each for name, each in found.items() if not name.startswith("__")}

    def ready(self) -> bool:
        """Whether the server has a version of the model that answers."""
        try:
            status = self._ask("GET", "")
        except ServerError:
            return False
        return any(each.get("state") == "AVAILABLE" for each in status.get("model_version_status", []))

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = self.model_url + path
        try:
            response = self._session.request(method, url, json=body, timeout=self.timeout, allow_redirects=False)
            answer = response.json()
        except json.JSONDecodeError:
            raise ServerError(
                f"{url} answered {response.status_code}, but not with JSON.", response.status_code
            ) from None
        except requests.RequestException as error:
            raise ServerError(f"{url} could not be asked: {_reason(error)}. Is the server running?") from None
        if response.status_code != 200:
            words = answer.get("error", answer) if isinstance(answer, dict) else answer
            raise ServerError(f"{url} answered {response.status_code}: {words}", response.status_code)
        return answer


def _reason(error: BaseException) -> str:
    """The innermost words of a chain of errors."""
    while (inner := getattr(error, "reason", None) or next(iter(error.args), None)) is not None:
        if not isinstance(inner, BaseException):
            break
        error = inner
    return " ".join(str(error).split()) or type(error).__name__
