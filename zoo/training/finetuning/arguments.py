"""What fine-tuning can be told, checked without Keras: a mistake is found before anything is loaded or read."""

import dataclasses
import importlib.util
import os

from zoo import _check
from zoo.data import folders
from zoo.training.finetuning import output

BATCH_NORMALIZATION = ("frozen", "adapt")


@dataclasses.dataclass(frozen=True)
class Options:
    """How a network is fine-tuned; ``zoo.finetune`` says what each means.

    Raises ``ValueError`` for a value that does not fit.
    """

    head_epochs: int = 2
    epochs: int = 5
    learning_rate: float = 0.05
    trunk_rate: float = 0.1
    batch_normalization: str = "adapt"
    batch_size: int = 32
    augment: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name, least in (("head_epochs", 0), ("epochs", 0), ("batch_size", 1), ("seed", 0)):
            _check.integer(getattr(self, name), name, least)
        if _check.finite(self.learning_rate, "learning_rate") <= 0:
            raise ValueError(f"learning_rate must be greater than 0. Received: learning_rate={self.learning_rate!r}.")
        if _check.finite(self.trunk_rate, "trunk_rate") < 0:
            raise ValueError(f"trunk_rate must be at least 0. Received: trunk_rate={self.trunk_rate!r}.")
        _check.known(self.batch_normalization, BATCH_NORMALIZATION, "batch_normalization policy")


def check_folders(folder: str | os.PathLike, out: str | os.PathLike, validation: float) -> list[str]:
    """The classes, if these arguments of ``finetune_folder`` fit; raises as it does. No picture is read."""
    if not 0 < _check.finite(validation, "validation") < 1:
        raise ValueError(
            "validation is the share of the pictures that is held out, greater than 0 and less than 1 (0.2 is a "
            f"fifth). Received: validation={validation!r}."
        )
    for package in ("sklearn", "matplotlib"):
        if importlib.util.find_spec(package) is None:
            raise ImportError(f"{package} is not installed. Install it by: pip install 'odezoo[train]'")
    classes = folders.classes_of(folder)
    if len(classes) < 2:
        raise ValueError(
            f"Expected at least two classes, each a folder of pictures in {folder}. Received: {classes[0]} alone."
        )
    output.check(out)
    return classes
