"""``zoo sample``."""

import math
import pathlib
from typing import Annotated

import typer

from zoo.cli import models, terminal
from zoo.cli.command import command


@command("sample")
def sample(
    model: models.Model,
    count: Annotated[int, typer.Option(min=1, max=10_000, help="Pictures.")] = 64,
    number: Annotated[
        str | None, typer.Option("--class", help="The name or number of a class. Default: all, one after the other.")
    ] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Equal steps. Default: adaptive ones.")] = None,
    solver: Annotated[
        str | None, typer.Option(help="Method, such as euler, midpoint, rk4. Default: the flow's.")
    ] = None,
    guidance: Annotated[
        str | None,
        typer.Option(
            help="How much the class is exaggerated; 1 is not at all, 2:0.2:0.8 in the middle alone. Default: as in "
            "the figures of the release."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the noise: the same pictures again.")] = 0,
    out: Annotated[pathlib.Path, typer.Option(help="The PNG file to write.")] = pathlib.Path("samples.png"),
) -> None:
    """Draw pictures from a flow and write them as one PNG, side by side.

    It says how often the field was evaluated for each picture; guidance evaluates it twice.

    Example: zoo sample flownet-mnist --class 7 --steps 8 --out sevens.png
    """
    network = models.load(model)
    from zoo.flows import Guidance
    from zoo.serving import flow_evaluation, sampling

    sampling.destination(out)
    flow = sampling.check(network)
    wanted = sampling.wanted(flow, number, count)
    exaggerated = flow_evaluation.guidance_of(flow) if guidance is None else Guidance.of(guidance)
    way = sampling.Way(solver, steps, exaggerated, seed)
    made = sampling.pictures(flow, wanted, way, terminal.track)
    path = sampling.save(sampling.grid(made.pictures, math.ceil(math.sqrt(count))), out)
    how = f"guidance {exaggerated}, {made.nfe} evaluations of the field each, seed {seed}"
    print(f"{path}: {count} pictures, {how}")
