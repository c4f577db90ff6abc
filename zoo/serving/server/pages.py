"""The page of the server, for a person."""

import html
import importlib.resources
from collections.abc import Iterable, Mapping


def page(model: str, card: str, signatures: Mapping[str, Iterable[str]]) -> str:
    """A page on which a picture is dropped; of a model that takes no picture files one that says what it is asked.

    Args:
        model: Its name.
        card: Its README.
        signatures: The names of the inputs of each; empty while the model is being loaded.
    """
    inputs = {name: sorted(each) for name, each in signatures.items()}
    pictures = not inputs or ["image_bytes"] in inputs.values()
    name = "page.html" if pictures else "no_pictures.html"
    text = importlib.resources.files("zoo.serving.server").joinpath(name).read_text("utf-8")
    asked = "".join(f"<li>{name}({', '.join(each)})</li>" for name, each in inputs.items())
    for key, value in {"model": model, "signatures": asked, "card": html.escape(card)}.items():
        text = text.replace(f"{{{{{key}}}}}", value)
    return text
