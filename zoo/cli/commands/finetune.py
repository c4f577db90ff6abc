"""``zoo finetune``."""

import json
import pathlib
import sys
from typing import Annotated, Any

import typer

from zoo.cli import finetuning, models, quiet, terminal
from zoo.cli.command import command
from zoo.training.finetuning.arguments import Options, check_folders


@command("finetune")
def finetune(
    folder: Annotated[str, typer.Argument(help="Holds one folder of pictures for each class.")],
    out: Annotated[str, typer.Option(help="Folder to write: a preset, which every command takes as MODEL.")],
    model: models.ModelOption = models.DEFAULT,
    head_epochs: Annotated[int, typer.Option(min=0, help="Passes for the new head alone.")] = Options.head_epochs,
    epochs: Annotated[int, typer.Option(min=0, help="Passes for the whole network.")] = Options.epochs,
    learning_rate: Annotated[float, typer.Option(help="Peak rate of the head.")] = Options.learning_rate,
    trunk_rate: Annotated[float, typer.Option(help="Factor on it for the trunk.")] = Options.trunk_rate,
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures in an update.")] = Options.batch_size,
    batch_normalization: Annotated[
        str, typer.Option(help="Of the trunk: frozen or adapt.")
    ] = Options.batch_normalization,
    augment: Annotated[bool, typer.Option(help="Flip and shift pictures at random.")] = Options.augment,
    validation: Annotated[float, typer.Option(help="Share of the pictures to hold out and measure.")] = 0.2,
    seed: Annotated[int, typer.Option(min=0, help="Of the split and of the training.")] = Options.seed,
    as_json: terminal.Json = False,
) -> None:
    """Fine-tune a model on your own pictures; a fifth of them is held out to measure it.

    Ctrl-C, SIGTERM and SIGHUP end the training after the current batch: what there is then is measured and saved, and
    the exit code is 130.

    Example: zoo finetune flowers/ --out flowers-model
    """
    options = Options(head_epochs, epochs, learning_rate, trunk_rate, batch_normalization, batch_size, augment, seed)
    models.check(model)
    check_folders(folder, out, validation)
    unreadable: list[pathlib.Path] = []
    metrics = _run(folder, model, out, options, validation, unreadable, as_json)
    if as_json:
        print(json.dumps(metrics, indent=1, ensure_ascii=False))
    else:
        _print(metrics, finetuning.next_commands(out, folder, evaluable=not unreadable), out)
    if "stopped" in metrics:
        raise typer.Exit(130)


def _run(
    folder: str,
    model: str,
    out: str,
    options: Options,
    validation: float,
    unreadable: list[pathlib.Path],
    silent: bool,
) -> dict[str, Any]:
    """Fine-tune, and show how far it is unless silent; an interruption before the training ends the program."""

    def report(file: pathlib.Path, reason: str) -> None:
        print(terminal.escaped(f"{file}: {reason}"), file=sys.stderr)
        unreadable.append(file)

    try:
        if not silent:
            print(f"loading {model}", file=sys.stderr, flush=True)
        quiet.start(training=True)
        from zoo.training import finetune_folder

        with finetuning.shown() as shown:
            progress = None if silent else shown
            return finetune_folder(
                folder, model, out, options, validation=validation, unreadable=report, progress=progress
            )
    except KeyboardInterrupt:
        print("Interrupted before the training: nothing is written.", file=sys.stderr)
        raise typer.Exit(130) from None


def _print(metrics: dict[str, Any], commands: list[str], out: str) -> None:
    print(f"{out}: top-1 {metrics['top-1']:.2f} % of {metrics['held out']} pictures held out")
    if "stopped" in metrics:
        stopped = metrics["stopped"]
        where = f"{finetuning.PHASES[stopped['phase']]}, epoch {stopped['epoch']}/{stopped['of']}"
        print(f"Stopped in {where}; what there was then is saved.")
    for number, line in enumerate(commands):
        print(f"{'Next: ' if number == 0 else '      '}{line}")
