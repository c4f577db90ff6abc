"""The commands that look: ``zoo list``, ``zoo show`` and ``zoo schemes``."""

import json
from typing import Annotated

import rich.table
import typer

import zoo
from zoo import _check, terminal
from zoo import schemes as dictionary


def list_(as_json: terminal.Json = False):
    """List the released models: parameters, accuracy and file size.

    Below them stand the networks that can be built and trained but have no released weights yet.
    """
    checkpoints = zoo.weights.available()
    if as_json:
        print(json.dumps([checkpoint.row() for checkpoint in checkpoints], indent=1))
        return
    table = rich.table.Table("NAME", "params", "MACs", "accuracy", "epochs", "size")
    for c in checkpoints:
        metric = c.metrics[0]
        table.add_row(
            *(c.name, f"{c.parameters:,}", f"{c.macs / 1e6:.1f} M", f"{metric.name} {metric.value:.2f} {metric.unit}"),
            *(str(c.epochs), f"{c.bytes / 1e6:.2f} MB"),
        )
    terminal.print_table(table)
    print("Without released weights:", ", ".join(zoo.list_models(pretrained=False)))


def show(name: Annotated[str, typer.Argument(help="A released model or a variant, such as lm_resnet56.")]):
    """Show a model: its update formula, its manifest row and its layers."""
    released = {checkpoint.name: checkpoint for checkpoint in zoo.weights.available()}
    _check.known(name, [*released, *zoo.applications.VARIANTS], "model")
    if name in released:
        model = zoo.load(name)
        application = released[name].application
    else:
        model = zoo.applications.build(name, weights=None)
        application = zoo.applications.VARIANTS[name].__wrapped__.__name__
    print(getattr(zoo.applications, application).__doc__.partition("\n\n")[0].replace("``", ""), end="\n\n")
    if name in released:
        print(json.dumps(released[name].row(), indent=1, ensure_ascii=False))
        for block, k in zoo.applications.learned_k(model).items():
            print(f"{block}: k = {k}")
    model.summary(print_fn=print)


def schemes(as_json: terminal.Json = False):
    """The dictionary between numerical methods and networks, computed.

    Stability is that of u' = λu (u'' = λ²u for leapfrog): how far z = hλ may lie on the negative real and on the
    imaginary axis, where h is the step in time (for LinearMultistep its step_size over 1 + k).
    """
    rows = [scheme.row() for scheme in dictionary.SCHEMES]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = rich.table.Table("layer", "step", "order", "real axis", "imaginary axis", "f a step", "networks")
    for row in rows:
        table.add_row(
            *(row["scheme"], row["formula"], str(row["order"])),
            *(dictionary.interval(row["real_limit"], "−"), dictionary.interval(row["imaginary_limit"], "±", "i")),
            *(str(row["evaluations"]), ", ".join(row["networks"])),
        )
    terminal.print_table(table)
