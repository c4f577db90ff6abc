"""``zoo show``."""

import json
import math
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zoo import _check
from zoo.cli import dials, facts, models, quiet, terminal
from zoo.cli.command import command
from zoo.weights import available, card
from zoo.weights.locations import is_path

if TYPE_CHECKING:
    import keras

HELP = f"{models.HELP} Or a variant, such as lm_resnet56."


@command("show")
def show(
    model: Annotated[str, typer.Argument(metavar="MODEL", help=HELP, autocompletion=models.names)],
    truncation: Annotated[bool, typer.Option(help="Show the truncation error of every stage, too.")] = False,
    dial: Annotated[bool, typer.Option(help="Show accuracy and work under other methods of integration, too.")] = False,
    path: Annotated[
        str | None,
        typer.Option("--data", help="An .npz file of the data set to measure these on instead of one fixed picture."),
    ] = None,
    as_json: terminal.Json = False,
) -> None:
    """Show a model: its update formula, what it is and how good, and its layers. With --json its manifest row alone.

    With --truncation: for each stage, how far one step of h is from two of h/2, relative to the state; where it is
    large, more and smaller steps pay. It is measured on the first 256 training pictures of --data.

    With --dial: for a table of methods, steps and tolerances, the evaluations of the fields, how far the outputs are
    from those of the model as it is, and with --data the accuracy on the first 1,000 test pictures. Only for networks
    whose stages are flows, such as odenet_cifar: elsewhere every step has a field of its own. Of a flow of pictures it
    is how far its samples move, and with --data what 100 of each class are worth.
    """
    if path and not (truncation or dial):
        raise ValueError("--data is for --truncation and --dial: add one of them, or leave --data out.")
    row = {checkpoint.name: checkpoint for checkpoint in available()}.get(model)
    if as_json:
        if row is None:
            raise ValueError(f"--json prints the manifest row of a release. Received: {model}, which is none.")
        print(json.dumps(row.row(), indent=1, ensure_ascii=False))
        return
    network, application = _built(model, truncation)
    for line in _facts(network, application):
        print(line)
    dataset = _dataset(network, application, path)
    from zoo import applications
    from zoo.flows import FlowModel

    if isinstance(network, FlowModel):
        if truncation:
            raise ValueError(f"--truncation is of classifiers. Received: {network.name}, which is a flow; use --dial.")
        if dial:
            dials.print_flow_dial(network, dataset)
        network.summary(print_fn=print)
        return
    picture = applications.probe_picture(network.input_shape[1:])
    if truncation:
        _print_truncation(network, dataset.x_train[:256] if dataset else picture)
    if dial:
        dials.print_dial(network, *((dataset.x_test[:1000], dataset.y_test[:1000]) if dataset else (picture, None)))
    network.summary(print_fn=print)


def _built(model: str, trained: bool) -> tuple["keras.Model", Any]:
    """The network, and its application if it is known; weights are loaded where there are any."""
    if not is_path(model) and model not in {name for c in available() for name in (c.name, c.variant)}:
        quiet.start()
        from zoo import applications

        _check.known(model, [*(c.name for c in available()), *applications.list_models()], "model", "zoo list --all")
        if trained:
            raise ValueError(f"--truncation is of trained weights. Received: {model}, which has none; see zoo list.")
        network = applications.build(model, weights=None)
    else:
        network = models.load(model)
    from zoo import applications

    origin = applications.identity.origin(network)
    return network, applications.registered().get(origin.get("application", ""))


def _facts(network: "keras.Model", application: Any) -> list[str]:
    """What a reader wants to know first, a line each."""
    from zoo import applications

    lines = []
    origin, row = applications.identity.origin(network), applications.checkpoint(network)
    if application is not None:
        lines += [(application.__doc__ or "").partition("\n\n")[0].replace("``", ""), ""]
        keywords = ", ".join(f"{key}={value!r}" for key, value in origin.get("keywords", {}).items())
        lines.append(f"application  {application.name}({keywords})")
    lines.append(f"parameters   {sum(math.prod(v.shape) for v in network.trainable_variables):,}")
    labels = applications.labels(network)
    if labels is not None:
        lines.append(f"classes      {card.in_words(labels)}")
    if row is not None:
        own = labels == getattr(row.task, "classes", None)
        lines += facts.of(row) if own else [f"trained from {row.name}"]
    k = applications.learned_k(network)
    return [*lines, *(f"{block}: k = {value}" for block, value in k.items()), ""]


def _dataset(network: "keras.Model", application: Any, path: str | None) -> Any:
    """The data set of the model in a file; ``None`` without one."""
    if path is None:
        return None
    from zoo import applications
    from zoo.data import datasets

    row = applications.checkpoint(network)
    if row is None and application is None:
        raise ValueError(f"It is not known which data set {network.name} is for, so --data cannot be read.")
    return datasets.load(application.task.dataset if row is None else row.dataset, path)


def _print_truncation(network: "keras.Model", pictures: Any) -> None:
    from zoo.analysis import truncation_error

    errors = truncation_error.truncation(network, pictures)
    for each in errors:
        print(f"{each.layer}: {each.steps} step(s), error {each.error:.2g}, movement {each.movement:.2g}")
    for stage, (steps, error) in truncation_error.by_stage(errors).items():
        print(f"stage {stage}: {steps} step(s), truncation error {error:.2g} of the state")
