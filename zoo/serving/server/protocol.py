"""TensorFlow Serving's JSON: from requests to arrays, and from arrays to answers.

A request has ``instances``, a list with an item for each picture, or ``inputs``, an array for each input. Bytes are
``{"b64": "…"}``. Answers are ``predictions`` or ``outputs`` in the same way.
"""

import base64
import binascii
import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np


class BadRequest(ValueError):
    """A request that cannot be answered; the message says what was expected."""


@dataclasses.dataclass(frozen=True)
class Tensor:
    """An input or output of a signature: NumPy's type (``object`` for strings), and a shape with ``None`` for open."""

    dtype: np.dtype
    shape: tuple[int | None, ...]


@dataclasses.dataclass(frozen=True)
class Request:
    """What is asked: arrays by the names of the inputs, and whether the answer has a row for each instance."""

    signature: str
    inputs: dict[str, np.ndarray]
    rows: bool


def signature_of(body: Any) -> str:
    """The signature that a request names; raises ``BadRequest`` if it is no request."""
    if not isinstance(body, dict):
        raise BadRequest('Expected a JSON object with "instances" or "inputs".')
    name = body.get("signature_name", "serving_default")
    if not isinstance(name, str):
        raise BadRequest(f'Expected a string as "signature_name". Received: {name!r}.')
    return name


def parse(body: Any, inputs: Mapping[str, Tensor]) -> Request:
    """The request in a JSON body, for a signature with these inputs.

    Raises ``BadRequest`` that says what is missing, unknown or of another type or shape.
    """
    name = signature_of(body)
    if ("instances" in body) == ("inputs" in body):
        raise BadRequest('Expected either "instances" or "inputs" in the request.')
    rows = "instances" in body
    columns = _of_rows(body["instances"], inputs) if rows else _of_columns(body["inputs"], inputs)
    arrays = {key: _array(key, columns[key], tensor) for key, tensor in inputs.items()}
    counts = {len(array) for array in arrays.values()}
    if len(counts) != 1:
        raise BadRequest(f"The inputs have different numbers of pictures: {sorted(counts)}.")
    return Request(name, arrays, rows)


def _of_rows(instances: Any, inputs: Mapping[str, Tensor]) -> dict[str, list]:
    """The items of the instances by input; an instance is a value, or an object with a value for each input."""
    if not isinstance(instances, list) or not instances:
        raise BadRequest('Expected at least one item in the list "instances".')
    if all(isinstance(each, dict) and "b64" not in each for each in instances):
        for each in instances:
            _same(each, inputs)
        return {name: [each[name] for each in instances] for name in inputs}
    return {_only(inputs): instances}


def _of_columns(values: Any, inputs: Mapping[str, Tensor]) -> dict[str, Any]:
    if isinstance(values, dict) and "b64" not in values:
        _same(values, inputs)
        return values
    return {_only(inputs): values}


def _only(inputs: Mapping[str, Tensor]) -> str:
    if len(inputs) != 1:
        raise BadRequest(f"Expected a value for each of the inputs {', '.join(inputs)} by name.")
    return next(iter(inputs))


def _same(given: Mapping[str, Any], inputs: Mapping[str, Tensor]) -> None:
    if given.keys() != inputs.keys():
        raise BadRequest(f"Expected the inputs {', '.join(inputs)}. Received: {', '.join(given) or 'none'}.")


def _array(name: str, value: Any, tensor: Tensor) -> np.ndarray:
    """The value as an array of the input's type and shape."""
    if tensor.dtype == object:
        items = value if isinstance(value, list) else [value]
        array = np.empty(len(items), object)
        array[:] = [_bytes(name, item) for item in items]
    else:
        try:
            raw = np.array(value)
        except ValueError:
            raise BadRequest(f"{name}: expected pictures of one size in a request. Received several.") from None
        array = _numbers(name, raw, tensor)
    fits = array.ndim == len(tensor.shape) and all(
        wanted in (None, got) for wanted, got in zip(tensor.shape, array.shape, strict=True)
    )
    if not fits or 0 in array.shape:
        shape = ", ".join("any" if size is None else str(size) for size in tensor.shape)
        raise BadRequest(f"{name}: expected the shape ({shape}), of at least one. Received: {array.shape}.")
    return array


def _numbers(name: str, raw: np.ndarray, tensor: Tensor) -> np.ndarray:
    if raw.dtype.kind not in "iuf":
        raise BadRequest(f"{name}: expected numbers.")
    if tensor.dtype.kind not in "iu":
        return raw.astype(tensor.dtype)
    limits = np.iinfo(tensor.dtype)
    if raw.size and (raw.min() < limits.min or raw.max() > limits.max or (raw != np.round(raw)).any()):
        raise BadRequest(f"{name}: expected whole numbers from {limits.min} to {limits.max}.")
    return raw.astype(tensor.dtype)


def _bytes(name: str, item: Any) -> bytes:
    if isinstance(item, dict) and set(item) == {"b64"} and isinstance(item["b64"], str):
        try:
            return base64.b64decode(item["b64"], validate=True)
        except (binascii.Error, ValueError):
            raise BadRequest(f'{name}: the text of "b64" is no base64.') from None
    raise BadRequest(f'{name}: expected bytes as {{"b64": "…"}}. Received: {type(item).__name__}.')


def answer(outputs: Mapping[str, np.ndarray], rows: bool) -> dict[str, Any]:
    """The JSON of outputs: a row for each picture, or an array for each output; the only output has no name."""
    columns = {name: _plain(array) for name, array in outputs.items()}
    if not rows:
        return {"outputs": columns if len(columns) > 1 else next(iter(columns.values()))}
    if len(columns) == 1:
        return {"predictions": next(iter(columns.values()))}
    items = zip(*columns.values(), strict=True)
    return {"predictions": [dict(zip(columns, item, strict=True)) for item in items]}


def _plain(array: np.ndarray) -> Any:
    if array.dtype != object:
        return array.tolist()
    return np.vectorize(lambda item: item.decode("utf-8", "replace"), otypes=[object])(array).tolist()
