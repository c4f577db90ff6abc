"""Checks of what a user passes in: each returns the value, or raises an error that says what was expected."""

import contextlib
import difflib
import math
import numbers
import operator
import os.path
from collections.abc import Iterator


def known(name, choices, kind: str, listing: str = "") -> str:
    """Return the name if it is one of the choices; else raise ``unknown``."""
    choices = list(choices)
    if name not in choices:
        raise unknown(name, choices, kind, listing)
    return name


MANY = 8
"""Of more choices a message names only the nearest."""


def unknown(name, choices, kind: str, listing: str = "") -> ValueError:
    """The error for a name that is none of the choices: it names the nearest, and all of them if they are few.

    ``listing`` says where all are seen if they are many, such as ``"zoo list"``.
    """
    choices = list(choices)
    near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.5)
    near.sort(key=lambda choice: _likeness(str(name), choice), reverse=True)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    rest = f"… ({len(choices)} in all{listing and f': {listing}'})"
    listed = choices if len(choices) <= MANY else [*(near or choices[:3]), rest]
    return ValueError(f"Unknown {kind}: {name!r}.{hint} Expected one of: {', '.join(listed) or '(none exist yet)'}.")


def _likeness(name, choice):
    """Similar letters first; among equals, the longer common beginning."""
    return difflib.SequenceMatcher(None, choice, name).ratio(), len(os.path.commonprefix([choice, name]))


def integer(value, name: str, least: int = 1) -> int:
    """The value as an int, NumPy's integers included; raises ``ValueError`` unless it is an integer ≥ ``least``."""
    try:
        number = None if isinstance(value, bool) else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{name} must be an integer of at least {least}. Received: {name}={value!r}.")
    return number


def finite(value, name: str) -> float:
    """The value as a float; raises ``ValueError`` unless it is a finite real number."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not math.isfinite(value):
        raise ValueError(f"{name} must be a finite number. Received: {name}={value!r}.")
    return float(value)


def share(value, name: str) -> float:
    """The value as a float; raises ``ValueError`` unless it is a number in [0, 1]."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= float(value) <= 1:
        raise ValueError(f"{name} must be a number in [0, 1]. Received: {name}={value!r}.")
    return float(value)


def rate(value, name: str) -> float:
    """The value as a float; raises ``ValueError`` unless it is a number in [0, 1)."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real) or not 0 <= float(value) < 1:
        raise ValueError(f"{name} must be a number in [0, 1). Received: {name}={value!r}.")
    return float(value)


@contextlib.contextmanager
def tensorflow_for(what: str) -> Iterator[None]:
    """Around imports of TensorFlow: where it is not installed the error says what needs it, and what to do.

    Args:
        what: ``"Keras"``, which has other backends, or what has none but TensorFlow.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name != "tensorflow":
            raise
        remedy = "with JAX alone, set KERAS_BACKEND=jax before Python starts"
        if what != "Keras":
            remedy = "on another backend, integrate on a fixed grid with zoo.layers.RungeKutta"
        default = ", the backend of Keras unless it is told otherwise" if what == "Keras" else ""
        raise ImportError(
            f"{what} needs TensorFlow{default}, and it is not installed. Install it (pip install tensorflow) or, "
            f"{remedy}."
        ) from error


def functional(model, who: str):
    """The model; raises ``ValueError`` unless it is a functional ``keras.Model``, whose graph can be followed."""
    import keras

    if not isinstance(model, keras.Model) or isinstance(model, keras.Sequential) or not hasattr(model, "operations"):
        raise ValueError(
            f"{who} follows the graph of a functional model, such as those of zoo.applications; of a Sequential, make "
            f"one by keras.Model(model.inputs, model.outputs). Received: {model!r}."
        )
    return model
