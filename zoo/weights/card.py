"""The card of a preset: what a reader of its folder wants to know first."""

import json
from collections.abc import Sequence
from typing import Any

from zoo.weights import front_matter

CARD = """{head}
# {name}

{what}

```python
import zoo

model = zoo.load("{folder}")  # the path of this folder
```

```sh
zoo predict photo.png --model {folder}
zoo export {folder} --out served
```

`model.keras`, if there is one beside this card, holds the same model for Keras alone. Import `zoo.layers` before you
load it:

```python
import keras, zoo.layers

model = keras.saving.load_model("model.keras")
```

* Parameters: {parameters:,}
* Classes: {classes}
* Made by: {made}
* Licence: {licence}
{facts}
The weights are in `model.safetensors`, what they belong to in `config.json`. Nothing in this folder is code.
"""

UNKNOWN = (
    "not stated. What it was trained from, and the pictures that it was trained on, have licences of their own: say "
    'which one holds here before you publish it (`zoo.save(model, folder, licence="…")`).'
)


def in_words(labels: Sequence[str]) -> str:
    """The names of classes, or of many the first and how many they are."""
    return ", ".join(labels) if len(labels) <= 20 else f"{', '.join(labels[:5])}, … ({len(labels):,} in all)"


def of(config: dict[str, Any], parameters: int) -> str:
    """The text of ``README.md`` for a preset with this configuration and so many parameters."""
    labels, provenance = config.get("labels"), config.get("provenance", {})
    made = "a network with a configuration of its own"
    if "application" in config:
        keywords = ", ".join(f"{key}={value!r}" for key, value in config["keywords"].items())
        made = f"`zoo.applications.{config['application']}({keywords})`"
    began = config.get("checkpoint")
    what = f"A network of [Zoo](https://pypi.org/project/odezoo/){f', trained from `{began}`' if began else ''}."
    facts = "".join(
        f"* {name}: {value if isinstance(value, (str, int, float)) else json.dumps(value, ensure_ascii=False)}\n"
        for name, value in provenance.items()
        if name != "licence"
    )
    task = "image-classification" if labels else "feature-extraction"
    licence = provenance.get("licence", "")
    figure = provenance.get("top-1")
    results = [] if figure is None else [front_matter.result(task, "held-out pictures", "top-1", figure)]
    return CARD.format(
        head=front_matter.text(licence or "other", task, config["name"], results),
        licence=licence or UNKNOWN,
        name=config["name"],
        what=what,
        folder=config["name"],
        parameters=parameters,
        classes=in_words(labels) if labels else "without names",
        made=made,
        facts=facts,
    )
