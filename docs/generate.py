"""The pages of the site that are computed: one a scheme, one a room of the package."""

import importlib
import inspect
import pathlib
import types

import scheme_pictures
from sphinx.ext.napoleon import Config, GoogleDocstring

from zoo.analysis import dictionary
from zoo.applications import Application, registered

ROOMS = {
    "applications": "Networks by name, with the arguments of ``keras.applications.ResNet50``.",
    "layers": "The schemes, each a Keras layer that takes steps, and the fields that they step.",
    "analysis": "What only these networks can: refine, rediscretise, estimate the error, turn the dial.",
    "flows": "Models whose density or decoder is a flow.",
    "solvers": "What integrates u' = f(t, u) over an interval.",
    "numerics": "The methods themselves, in NumPy alone: coefficients, orders, stability.",
    "training": "Recipes, runs that can be left and continued, fine-tuning.",
    "serving": "Prediction, evaluation and export.",
    "client": "Asking a server, without TensorFlow.",
    "data": "Data sets, pictures and batches.",
    "weights": "Released files: the manifest, the cache, the checks.",
}
"""The rooms of the package in reading order, and what is in each."""


CONFIG = Config(napoleon_use_ivar=True, napoleon_custom_sections=[("Call arguments", "params_style")])
"""How docstrings are read, here as by autodoc."""


def everything(folder: pathlib.Path) -> None:
    """Write all generated pages into the folder."""
    for part in ("api", "schemes"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for room, what in ROOMS.items():
        write(folder / "api" / f"{room}.rst", page_of_room(room, what))
    layers: dict[type, list[dictionary.Entry]] = {}
    for entry in dictionary.schemes():
        layers.setdefault(type(entry.layer), []).append(entry)
    for layer, entries in layers.items():
        write(folder / "schemes" / f"{layer.__name__}.rst", page_of_scheme(layer, entries, folder / "schemes"))


def write(path: pathlib.Path, text: str) -> None:
    """Write a page unless it is there already, so that Sphinx reads again only what has changed."""
    if not path.exists() or path.read_text("utf-8") != text:
        path.write_text(text, "utf-8")


def heading(text: str, line: str = "=") -> str:
    """A heading of reStructuredText."""
    return f"{text}\n{line * len(text)}\n\n"


def plain(app: object, what: str, name: str, thing: object, options: object, lines: list[str]) -> None:
    """Escape what is a bar or a star in the docstring, and would be markup of reStructuredText."""
    parts = "\n".join(lines).split("``")
    parts[::2] = [part.replace("|", "\\|").replace("**", "\\*\\*") for part in parts[::2]]
    lines[:] = "``".join(parts).split("\n")


def page_of_room(room: str, what: str) -> str:
    """The page of a room: everything public in it, in the order in which it is exported."""
    module = importlib.import_module(f"zoo.{room}")
    names = list(module.__all__) if hasattr(module, "__all__") else [n for n in dir(module) if not n.startswith("_")]
    exported = {name: getattr(module, name) for name in names}
    if room == "applications":
        exported = {**exported, **{name: each for name, each in registered().items() if is_base(name, each)}}
    parts = [heading(f"zoo.{room}"), what, "\n\n"]
    for name, thing in exported.items():
        if isinstance(thing, Application):
            parts += page_of_application(name, thing) if is_base(name, thing) else []
        elif isinstance(thing, types.ModuleType) or not getattr(thing, "__module__", "").startswith("zoo"):
            continue
        elif inspect.isclass(thing):
            parts.append(f".. autoclass:: zoo.{room}.{name}\n   :members:\n   :exclude-members: {KERAS_OWN}\n\n")
        elif callable(thing):
            parts.append(f".. autofunction:: zoo.{room}.{name}\n\n")
    return "".join(parts)


KERAS_OWN = "build, call, get_config, from_config, compute_output_shape, compute_output_spec, compute_mask"
"""Methods that every Keras layer has."""


def is_base(name: str, application: Application) -> bool:
    """Whether it is an application of its own, not a variant of another."""
    return application.name == name and application.family is None


def page_of_application(name: str, application: Application) -> list[str]:
    """The part of the page for an application."""
    text = str(GoogleDocstring(inspect.getdoc(application) or "", CONFIG))
    indented = "\n".join(f"   {line}".rstrip() for line in text.splitlines())
    return [f".. py:function:: zoo.applications.{name}{inspect.signature(application)}\n\n{indented}\n\n"]


def page_of_scheme(layer: type, entries: list[dictionary.Entry], folder: pathlib.Path) -> str:
    """The page of a scheme: its figures, its regions of stability, its docstring."""
    name = layer.__name__
    parts = [heading(name)]
    if entries[0].formula:
        parts.append(f"One step: ``{entries[0].formula}``.\n\n")
    parts.append(table_of(entries))
    if scheme_pictures.regions(entries, folder / f"{name}.png"):
        parts.append(
            f".. figure:: {name}.png\n   :alt: regions of stability of {name}\n\n"
            "   Where in the plane of z = hλ the steps for u' = λu stay bounded; λ is that of the linearised field, h "
            "the step in time. Drawn from the method's own stability polynomial.\n\n"
        )
    if scheme_pictures.orders(name, folder / f"{name}_order.png"):
        parts.append(
            f".. figure:: {name}_order.png\n   :alt: error of {name} against the step\n\n"
            "   The error of the layer on a pendulum at t = 1 (``docs/figures/orders.py``); halving the step of a "
            "method of order p divides it by 2^p.\n\n"
        )
    parts += [heading("The layer", "-"), f".. autoclass:: zoo.layers.{name}\n   :no-index:\n\n"]
    return "".join(parts)


def table_of(entries: list[dictionary.Entry]) -> str:
    """Order and limits of stability of each kind of a scheme."""
    rows = [("scheme", "order", "stable on the real axis", "on the imaginary axis", "f a step", "networks")]
    for entry in entries:
        row = entry.row()
        limits = (
            dictionary.interval(row["real_limit"], "−"),
            dictionary.interval(row["imaginary_limit"], "±", "i"),
        )
        numbers = dictionary.number(row["order"]), *limits, dictionary.number(row["evaluations"])
        rows.append((entry.name, *numbers, ", ".join(row["networks"]) or "—"))
    lines = [".. list-table::\n   :header-rows: 1\n\n"]
    for row in rows:
        lines += [f"   {'* -' if number == 0 else '  -'} {cell}\n" for number, cell in enumerate(row)]
    return "".join([*lines, "\n"])
