"""The manifest: every released file, what it is, how it was made and how good it is."""

import dataclasses
import functools
import importlib.resources
import json

from zoo import _check


@dataclasses.dataclass(frozen=True)
class Metric:
    """A measured figure of a checkpoint.

    Attributes:
        name: ``"top-1"`` for classifiers, ``"top-1 of column 3"`` for one of a fractal network, ``"nll"`` for flows.
        value: Of this file.
        unit: ``"%"`` or ``"nats"``.
        mean, sd, n: Mean, sample standard deviation (``None`` for n = 1) and number of the recipe's seeds.
    """

    name: str
    value: float
    unit: str
    mean: float
    sd: float | None
    n: int


@dataclasses.dataclass(frozen=True)
class Digest:
    """The checksum of a file: ``algorithm`` is ``"sha256"``, ``value`` its hexadecimal digits."""

    algorithm: str
    value: str


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """One released file; a row of ``manifest.json``.

    Attributes:
        name: ``<variant>-<tag>``, for example ``"lm_resnet20-cifar10"``; a further seed ends in ``.seed1``.
        application, kwargs: The function in ``zoo.applications`` that builds the network, and its arguments.
        file, urls, digest, bytes: File name, where it can be downloaded, its checksum and size.
        parameters, macs: Trainable weights; multiply-accumulates of one forward pass at ``input_shape``.
        dataset, input_shape, input_range, classes: What it was trained on; ``classes`` are the labels in order.
        metrics: Measured on the test set; the first is the headline.
        epochs, seed, recipe, commit: How it was made: ``recipe`` is a row of ``zoo.training.recipes``.
        licence: SPDX identifier.
        probe: Logits on ``zoo.applications.probe_picture(input_shape)``, in order of ``classes``.
    """

    name: str
    application: str
    kwargs: dict
    file: str
    urls: tuple[str, ...]
    digest: Digest
    bytes: int
    parameters: int
    macs: int
    dataset: str
    input_shape: tuple[int, int, int]
    input_range: tuple[float, float]
    classes: tuple[str, ...]
    metrics: tuple[Metric, ...]
    epochs: int
    seed: int
    recipe: str
    commit: str
    licence: str
    probe: tuple[float, ...]

    @property
    def variant(self) -> str:
        """The part of the name before the tag: ``"lm_resnet20"``."""
        return self.name.partition("-")[0]

    @property
    def tag(self) -> str:
        """The part of the name after the variant: ``"cifar10"``, or ``"cifar10.seed1"``."""
        return self.name.partition("-")[2]

    @classmethod
    def from_row(cls, row: dict) -> "Checkpoint":
        """The checkpoint of a manifest row; raises ``TypeError`` if a field is missing or unknown."""
        lists = ("urls", "input_shape", "input_range", "classes", "probe")
        converted = {key: tuple(row[key]) for key in lists if key in row}
        metrics = tuple(Metric(**metric) for metric in row.get("metrics", ()))
        return cls(**{**row, **converted, "digest": Digest(**row["digest"]), "metrics": metrics})

    def row(self) -> dict:
        """The manifest row of this checkpoint."""
        return dataclasses.asdict(self)


@functools.cache
def available() -> tuple[Checkpoint, ...]:
    """Every released checkpoint, in the order of the manifest."""
    text = importlib.resources.files("zoo.weights").joinpath("manifest.json").read_text("utf-8")
    return tuple(Checkpoint.from_row(row) for row in json.loads(text))


def get(name: str) -> Checkpoint:
    """The checkpoint of that NAME; raises ``ValueError`` that names the nearest if there is none."""
    rows = {checkpoint.name: checkpoint for checkpoint in available()}
    return rows[_check.known(name, rows, "released weights")]
