"""The papers in the folder of a run: its recipe and its log."""

import csv
import dataclasses
import io
import json
import pathlib
from typing import Any

from zoo.data import files
from zoo.training.monitor import Row
from zoo.training.recipe import MatchingRecipe, Recipe


def claim(directory: pathlib.Path, recipe: Recipe | MatchingRecipe, resume: bool) -> None:
    """Write ``recipe.json``, or hold the recipe against the one that is there.

    Raises ``ValueError`` if it is another, or the same one and ``resume`` is not set.
    """
    path, row = directory / "recipe.json", json.dumps(dataclasses.asdict(recipe), indent=1)
    if path.exists():
        fields = dataclasses.fields(recipe)  # older runs do not name those that came later
        defaults = {field.name: field.default for field in fields if field.default is not dataclasses.MISSING}
        as_written = json.loads(json.dumps(defaults))
        found = _recipe_in(path)
        if {**as_written, **found} != json.loads(row):
            raise ValueError(f"{directory} holds a run of another recipe ({path}). Choose another directory.")
        if not resume:
            raise ValueError(
                f"{directory} holds a run already. Go on with it by --resume (resume=True), or choose another."
            )
        return
    files.write(path, row.encode())


def _recipe_in(path: pathlib.Path) -> dict[str, Any]:
    try:
        found = json.loads(files.content(path))
    except ValueError as error:
        raise ValueError(f"{path} is not readable JSON: {error}. Choose another directory.") from None
    if not isinstance(found, dict):
        raise ValueError(f"{path} is no recipe but a {type(found).__name__}. Choose another directory.")
    return found


def write_log(path: pathlib.Path, rows: list[Row]) -> None:
    """Write the rows of the epochs as CSV; where a run went on with other instruments, some cells are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list({name: None for row in rows for name in row}) or ["epoch"])
    writer.writeheader()
    writer.writerows(rows)
    files.write(path, text.getvalue().encode())
