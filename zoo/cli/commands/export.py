"""``zoo export``."""

from typing import Annotated

import typer

from zoo.cli import models
from zoo.cli.command import command


@command("export")
def export(
    model: models.Model,
    out: Annotated[str, typer.Option(help="Folder; OUT/VERSION/saved_model.pb, or OUT/model.onnx and so on.")],
    to: Annotated[str, typer.Option(help="saved_model, onnx, litert or openvino.")] = "saved_model",
    version: Annotated[int, typer.Option(min=0, help="A server takes the highest.")] = 1,
    dial: Annotated[
        list[str] | None,
        typer.Option(help="Further signatures: steps=1,2,4, midpoint:steps=2, rtol=1e-3 or column=2; may be repeated."),
    ] = None,
    data: Annotated[
        str | None, typer.Option(help="An .npz file of the release's data set, for the README's accuracy.")
    ] = None,
) -> None:
    """Write a model for other runtimes, as a SavedModel (picture files in, named probabilities out), ONNX, LiteRT or
    OpenVINO, without Zoo or Keras.

    What is written is run once and compared with the Keras model. OUT/README.md says how it is used.
    """
    network = models.load(model)
    from zoo import serving
    from zoo.serving import evaluate

    pictures = None if data is None else evaluate.test_set(network, data)
    print(serving.export(network, out, to, version=version, dial=dial or (), data=pictures))
