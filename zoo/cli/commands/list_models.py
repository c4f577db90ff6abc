"""``zoo list``."""

import fnmatch
import json
from typing import Annotated

import rich.table
import typer

from zoo import _check
from zoo.cli import quiet, terminal
from zoo.cli.command import command
from zoo.weights import KINDS, Checkpoint, available


@command("list")
def list_models(
    pattern: Annotated[str, typer.Argument(help="Wildcards that the whole NAME matches, such as '*resnet*'.")] = "*",
    dataset: Annotated[str | None, typer.Option(help="Only models of this data set, such as cifar10.")] = None,
    task: Annotated[str | None, typer.Option(help="Only classifier or density models.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Networks without released weights, too.")] = False,
    as_json: terminal.Json = False,
) -> None:
    """List the released models: parameters, accuracy (or what a density is measured by) and file size.

    Networks that can be built and trained but have no released weights are named with --all alone: to know them, the
    code of all networks is loaded, which takes seconds.

    Example: zoo list '*resnet20*' --dataset cifar10
    """
    if as_json and everything:
        raise ValueError("--json prints the rows of releases, and --all names what has none: leave one of them out.")
    if task is not None:
        _check.known(task, KINDS, "task")
    others = _without_release(pattern, dataset, task) if everything else []
    if dataset is not None and not everything:
        _check.known(dataset, dict.fromkeys(c.dataset for c in available()), "data set of a release")
    found = [c for c in available() if fnmatch.fnmatchcase(c.name, pattern) and dataset in (None, c.dataset)]
    found = [c for c in found if task in (None, c.kind)]
    if as_json:
        print(json.dumps([checkpoint.row() for checkpoint in found], indent=1, ensure_ascii=False))
        return
    if not found and not others:
        where = "".join(f" --{word} {given}" for word, given in (("dataset", dataset), ("task", task)) if given)
        raise ValueError(
            f"No {'' if everything else 'released '}model matches. Expected wildcards that the whole NAME matches, "
            f"such as '*resnet*'. Received: {pattern!r}{where}. `zoo list --all` lists every model."
        )
    table = rich.table.Table("NAME", "params", "MACs", "headline", "size")
    for checkpoint in found:
        table.add_row(*_row(checkpoint))
    terminal.print_table(table)
    if everything:
        print("Without released weights:", ", ".join(others) or "none")


def _without_release(pattern: str, dataset: str | None, task: str | None) -> list[str]:
    quiet.start()
    from zoo import applications

    return applications.list_models(pattern, dataset=dataset, task=task, pretrained=False)


def _row(c: Checkpoint) -> list[str]:
    metric = c.figures[0]
    accuracy = f"{metric.name} {metric.value:.2f} {metric.unit}{'' if c.metrics else ' (reported)'}"
    name = f"{c.name} (deprecated)" if c.deprecated else c.name
    return [name, f"{c.parameters:,}", c.operations, accuracy, c.megabytes]
