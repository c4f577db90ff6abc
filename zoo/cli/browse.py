"""The commands that look: ``zoo list``, ``zoo show`` and ``zoo schemes``."""

import json
import logging
from typing import Annotated

import rich.table
import typer

import zoo
from zoo import _check
from zoo.analysis import dictionary
from zoo.analysis import truncation_error as truncations
from zoo.analysis import work_precision as dials
from zoo.cli import terminal
from zoo.data import datasets as data


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


def show(
    name: Annotated[str, typer.Argument(help="A released model or a variant, such as lm_resnet56.")],
    truncation: Annotated[bool, typer.Option(help="Show the truncation error of every stage, too.")] = False,
    dial: Annotated[bool, typer.Option(help="Show accuracy and work under other methods of integration, too.")] = False,
    path: Annotated[
        str | None,
        typer.Option("--data", help="An .npz file of the data set to measure these on instead of one fixed picture."),
    ] = None,
):
    """Show a model: its update formula, its manifest row and its layers.

    With --truncation: for each stage, how far one step of h is from two of h/2, relative to the state; where it is
    large, more and smaller steps pay. It is measured on the first 256 training pictures of --data.

    With --dial: for a table of methods, steps and tolerances, the evaluations of the fields, how far the outputs are
    from those of the model as it is, and with --data the accuracy on the first 1,000 test pictures. Only for networks
    whose stages are flows, such as odenet_cifar: elsewhere every step has a field of its own.
    """
    released = {checkpoint.name: checkpoint for checkpoint in zoo.weights.available()}
    _check.known(name, [*released, *zoo.applications.VARIANTS], "model")
    if path and not (truncation or dial):
        raise ValueError("--data is for --truncation and --dial: add one of them, or leave --data out.")
    if name in released:
        model = zoo.load(name)
        application = released[name].application
    elif truncation:
        raise ValueError(f"--truncation is that of trained weights. Received: {name}, which has none; see zoo list.")
    else:
        model = zoo.applications.build(name, weights=None)
        application = zoo.applications.VARIANTS[name].__wrapped__.__name__
    print(getattr(zoo.applications, application).__doc__.partition("\n\n")[0].replace("``", ""), end="\n\n")
    if name in released:
        print(json.dumps(released[name].row(), indent=1, ensure_ascii=False))
        for block, k in zoo.applications.learned_k(model).items():
            print(f"{block}: k = {k}")
    picture = zoo.applications.probe_picture(model.input_shape[1:])
    dataset = data.load(_dataset(name, released, application), path) if path else None
    if truncation:
        _print_truncation(model, dataset.x_train[:256] if dataset else picture)
    if dial:
        _print_dial(model, *((dataset.x_test[:1000], dataset.y_test[:1000]) if dataset else (picture, None)))
    model.summary(print_fn=print)


def _dataset(name, released, application):
    return released[name].dataset if name in released else getattr(zoo.applications, application).pictures.tag


def _print_dial(model, pictures, labels):
    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of the many methods that it compiles
    table = rich.table.Table("method", "evaluations", "change of the outputs", "accuracy")
    for row in dials.dial(model, pictures, labels, dials.SETTINGS):
        accuracy = "" if row.accuracy is None else f"{row.accuracy:.2f} %"
        table.add_row(str(row.setting), f"{row.evaluations:.1f}", f"{row.change:.2g}", accuracy)
    terminal.print_table(table)


def _print_truncation(model, pictures):
    errors = truncations.truncation(model, pictures)
    for each in errors:
        print(f"{each.layer}: {each.steps} step(s), error {each.error:.2g}, movement {each.movement:.2g}")
    for stage, (steps, error) in truncations.by_stage(errors).items():
        print(f"stage {stage}: {steps} step(s), truncation error {error:.2g} of the state")


def schemes(as_json: terminal.Json = False):
    """The dictionary between numerical methods and networks, computed.

    Stability is that of u' = λu (u'' = λ²u for leapfrog): how far z = hλ may lie on the negative real and on the
    imaginary axis, where h is the step in time (for LinearMultistep its step_size over 1 + k).
    """
    rows = [scheme.row() for scheme in dictionary.schemes()]
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))
        return
    table = rich.table.Table("layer", "step", "order", "real axis", "imaginary axis", "f a step", "networks")
    for row in rows:
        table.add_row(
            *(row["scheme"], row["formula"], dictionary.number(row["order"])),
            *(dictionary.interval(row["real_limit"], "−"), dictionary.interval(row["imaginary_limit"], "±", "i")),
            *(dictionary.number(row["evaluations"]), ", ".join(row["networks"])),
        )
    terminal.print_table(table)
