"""Tables of what other methods of integration do to a model."""

import logging
from typing import TYPE_CHECKING, Any

import rich.table

from zoo.cli import terminal

if TYPE_CHECKING:
    import keras


def print_dial(network: "keras.Model", pictures: Any, labels: Any) -> None:
    """Print accuracy and work of a network whose stages are flows, under other methods."""
    from zoo.analysis import work_precision

    logging.getLogger("tensorflow").setLevel(logging.ERROR)  # it warns of the many methods that it compiles
    table = rich.table.Table("method", "evaluations", "change of the outputs", "accuracy")
    for row in work_precision.dial(network, pictures, labels, work_precision.SETTINGS):
        accuracy = "" if row.accuracy is None else f"{row.accuracy:.2f} %"
        table.add_row(str(row.setting), f"{row.evaluations:.1f}", f"{row.change:.2g}", accuracy)
    terminal.print_table(table)


def print_flow_dial(network: "keras.Model", dataset: Any) -> None:
    """Print what few steps do to the samples of a flow of pictures."""
    from zoo import applications
    from zoo.serving import flow_dial, flow_evaluation

    classifier = None if dataset is None else applications.load(flow_evaluation.CLASSIFIERS[dataset.name])
    guidance = flow_evaluation.guidance_of(network)
    rows = flow_dial.dial(network, guidance, 4 if dataset is None else 100, dataset=dataset, classifier=classifier)
    table = rich.table.Table("solver", "steps", "evaluations", "change, grey levels", "named", "Fréchet / real")
    for row in rows:
        measured = ("", "") if row.quality is None else (f"{row.quality.named:.1f} %", f"{row.quality.ratio:.2f}")
        table.add_row(str(row.way.solver), str(row.way.steps), str(row.nfe), f"{row.change:.2f}", *measured)
    terminal.print_table(table)
