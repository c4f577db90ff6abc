"""Recipes, schedules, the training run and fine-tuning. Importing it imports no Keras; recipes need none."""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoo.training.finetuning.from_data import finetune as finetune
    from zoo.training.finetuning.from_folder import finetune_folder as finetune_folder
    from zoo.training.monitor import Stopped as Stopped
    from zoo.training.recipe import Recipe as Recipe
    from zoo.training.recipes import RECIPES as RECIPES
    from zoo.training.schedule import OneCycle as OneCycle
    from zoo.training.schedule import Steps as Steps

_EXPORTS = {
    "OneCycle": "schedule",
    "RECIPES": "recipes",
    "Recipe": "recipe",
    "Steps": "schedule",
    "Stopped": "monitor",
    "finetune": "finetuning.from_data",
    "finetune_folder": "finetuning.from_folder",
}
"""The module of each exported name, which is imported when the name is first asked for (PEP 562)."""

_MODULES = ("recipes", "run")


def __getattr__(name: str) -> object:
    if name in _MODULES:
        return importlib.import_module(f"zoo.training.{name}")
    if name not in _EXPORTS:
        raise AttributeError(f"module 'zoo.training' has no attribute {name!r}")
    return getattr(importlib.import_module(f"zoo.training.{_EXPORTS[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_EXPORTS, *_MODULES})
