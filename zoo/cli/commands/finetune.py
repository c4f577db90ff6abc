"""``zoo finetune``."""

import pathlib
import shlex
import sys
from typing import Annotated

import typer

from zoo.cli import models, quiet
from zoo.cli.command import command


@command("finetune")
def finetune(
    folder: Annotated[str, typer.Argument(help="Holds one folder of pictures for each class.")],
    out: Annotated[str, typer.Option(help="Folder to write: a preset, which every command takes as MODEL.")],
    model: models.ModelOption = models.DEFAULT,
    head_epochs: Annotated[int, typer.Option(min=0, help="Passes for the new head alone.")] = 2,
    epochs: Annotated[int, typer.Option(min=0, help="Passes for the whole network.")] = 5,
    batch_normalization: Annotated[str, typer.Option(help="Of the trunk: frozen or adapt.")] = "frozen",
    seed: Annotated[int, typer.Option(min=0, help="Of the split and of the training.")] = 0,
) -> None:
    """Fine-tune a model on your own pictures; a fifth of them is held out to measure it.

    Example: zoo finetune flowers/ --out flowers-model
    """
    models.check(model)
    quiet.start()
    from zoo.training.from_folder import finetune_folder

    def unreadable(file: pathlib.Path, reason: str) -> None:
        print(f"{file}: {reason}", file=sys.stderr)

    metrics = finetune_folder(
        folder,
        model,
        out,
        seed=seed,
        unreadable=unreadable,
        head_epochs=head_epochs,
        epochs=epochs,
        batch_normalization=batch_normalization,
    )
    print(f"{out}: top-1 {metrics['top-1']:.2f} % of {metrics['held out']} pictures held out")
    written = shlex.quote(out)
    print(f"Next: zoo predict PHOTO --model {written}")
    print(f"      zoo evaluate {written} --data FOLDER")
    print(f"      zoo export {written} --out served")
