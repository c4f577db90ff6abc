"""``zoo list``."""

import fnmatch
import json
from typing import Annotated

import rich.table
import typer

from zoo.cli import quiet, terminal
from zoo.cli.command import command
from zoo.weights import Checkpoint, available


@command("list")
def list_models(
    pattern: Annotated[str, typer.Argument(help="Wildcards that the whole NAME matches, such as '*resnet*'.")] = "*",
    dataset: Annotated[str | None, typer.Option(help="Only models of this data set, such as cifar10.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Networks without released weights, too.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """List the released models: parameters, accuracy and file size.

    Example: zoo list '*resnet20*' --dataset cifar10
    """
    found = [c for c in available() if fnmatch.fnmatchcase(c.name, pattern) and dataset in (None, c.dataset)]
    if as_json:
        print(json.dumps([checkpoint.row() for checkpoint in found], indent=1))
        return
    table = rich.table.Table("NAME", "params", "MACs", "accuracy", "size")
    for checkpoint in found:
        table.add_row(*_row(checkpoint))
    terminal.print_table(table)
    if everything:
        quiet.start()
        from zoo import applications

        names = applications.list_models(pattern, dataset=dataset, pretrained=False)
        print("Without released weights:", ", ".join(names) or "none")


def _row(c: Checkpoint) -> list[str]:
    metric = c.metrics[0]
    accuracy = f"{metric.name} {metric.value:.2f} {metric.unit}"
    return [c.name, f"{c.parameters:,}", f"{c.macs / 1e6:.1f} M", accuracy, f"{c.file.bytes / 1e6:.2f} MB"]
