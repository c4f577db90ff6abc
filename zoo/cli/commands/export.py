"""``zoo export``."""

import contextlib
import signal
import sys
from collections.abc import Iterator
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
        str | None,
        typer.Option(help="A folder of folders of pictures, or an .npz file of the release's data set, to measure on."),
    ] = None,
    precision: Annotated[
        str, typer.Option(help="float32; litert: float16; files: int8, whose ranges are measured on --data.")
    ] = "float32",
    guidance: Annotated[
        str, typer.Option(help="Of a flow: how much the class of a sample is exaggerated (zoo sample --help).")
    ] = "1",
) -> None:
    """Write a model for other runtimes, as a SavedModel (picture files in, named probabilities out), ONNX, LiteRT or
    OpenVINO, without Zoo or Keras. A flow is a SavedModel of its density and its sampler.

    What is written is run once and compared with the Keras model. OUT/README.md says how it is used.
    """
    network = models.load(model)
    from zoo import serving

    ranges = data if precision == "int8" else None
    with _tidy():
        path = serving.export(
            network,
            out,
            to,
            version=version,
            dial=dial or (),
            data=data,
            precision=precision,
            calibration=ranges,
            guidance=guidance,
        )
        print(path)


@contextlib.contextmanager
def _tidy() -> Iterator[None]:
    """SIGTERM ends the command as Ctrl-C does, so that nothing half written stays."""
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before or signal.SIG_DFL)
