"""A released file: what it is, how it was made and how good it is."""

import dataclasses
from typing import Any

from zoo import _check
from zoo.data.datasets import CIFAR100, DATASETS, IMAGENET
from zoo.weights.calibration import Calibration as Calibration
from zoo.weights.digest import Digest as Digest
from zoo.weights.digest import File as File


@dataclasses.dataclass(frozen=True)
class Metric:
    """A measured figure of a checkpoint.

    Attributes:
        name: ``"top-1"`` for classifiers, ``"top-1 of column 3"`` for one of a fractal network, ``"nll"`` for flows.
        value: The figure of this file.
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
class Preprocessing:
    """How pictures come to a classifier; the model normalises them itself.

    Attributes:
        input_range: Smallest and largest value of a pixel.
        crop: Share of the shorter side that the centre crop keeps.
        interpolation: Of the resize to the size of ``input_shape``: ``"bilinear"`` or ``"bicubic"``, antialiased.
        assumed: The names of those of these fields of which the source of the weights says nothing.
    """

    input_range: tuple[float, float] = (0.0, 255.0)
    crop: float = 1.0
    interpolation: str = "bilinear"
    assumed: tuple[str, ...] = ()

    @classmethod
    def from_row(cls, row: dict) -> "Preprocessing":
        """What a row of the manifest or the configuration of a preset says; what it leaves out is the default."""
        lists = {key: tuple(row[key]) for key in ("input_range", "assumed") if key in row}
        return cls(**{**row, **lists})

    def row(self) -> dict[str, Any]:
        """The same as a row: lists, numbers and strings; without ``assumed`` where nothing is."""
        row = {**dataclasses.asdict(self), "input_range": list(self.input_range), "assumed": list(self.assumed)}
        return row if self.assumed else {key: value for key, value in row.items() if key != "assumed"}


@dataclasses.dataclass(frozen=True)
class Classifier:
    """The task of a network that names the class of a picture.

    Attributes:
        classes: The labels, in the order of the outputs.
        input_shape: Height, width and channels at which the metrics were measured.
        preprocessing: How pictures are brought to that shape.
    """

    classes: tuple[str, ...]
    input_shape: tuple[int, int, int]
    preprocessing: Preprocessing = Preprocessing()


@dataclasses.dataclass(frozen=True)
class Density:
    """The task of a network that is a probability density: ``event_shape`` is the shape of a point."""

    event_shape: tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Trained:
    """The provenance of weights that were trained here.

    Attributes:
        recipe: A row of ``zoo.training.recipes``.
        epochs, seed: Passes over the training data, and the seed of weights, order and augmentation.
        commit: Of the code that the run was started with.
    """

    recipe: str
    epochs: int
    seed: int
    commit: str


@dataclasses.dataclass(frozen=True)
class Converted:
    """The provenance of weights that others trained and published.

    Attributes:
        source: Address of what was published: a page or the file.
        layout: How the arrays are called there: a name of ``zoo.weights.convert.LAYOUTS``.
        reported_metrics: What the source reports; not measured here.
    """

    source: str
    layout: str
    reported_metrics: tuple[Metric, ...] = ()


@dataclasses.dataclass(frozen=True)
class Checkpoint:
    """One released file; a row of ``manifest.json``.

    Attributes:
        name: ``<variant>-<tag>``, for example ``"lm_resnet20-cifar10"``; a further seed ends in ``.seed1``.
        application, keywords: The application in ``zoo.applications`` that builds the network, and its own keywords.
        file: The released file.
        task: What the network does: ``Classifier`` or ``Density``.
        provenance: Where the weights are from: ``Trained`` or ``Converted``.
        dataset: Name of the data set that it was trained on.
        metrics: Measured on the test set here; the first is the headline. Empty for converted weights that were not.
        parameters, macs: Trainable weights; multiply-accumulates of one forward pass.
        licence: SPDX identifier.
        probe: Logits on ``zoo.applications.probe_picture(task.input_shape)``, in order of the classes.
        calibration: What is known of its confidence, and the temperature; ``None`` if nothing.
        deprecated: What to use instead, in words; empty for a row that is up to date. The file stays loadable.
    """

    name: str
    application: str
    keywords: dict
    file: File
    task: Classifier | Density
    provenance: Trained | Converted
    dataset: str
    metrics: tuple[Metric, ...]
    parameters: int
    macs: int
    licence: str
    probe: tuple[float, ...] = ()
    deprecated: str = ""
    calibration: Calibration | None = None

    @property
    def variant(self) -> str:
        """The part of the name before the tag: ``"lm_resnet20"``."""
        return self.name.partition("-")[0]

    @property
    def tag(self) -> str:
        """The part of the name after the variant: ``"cifar10"``, or ``"cifar10.seed1"``."""
        return self.name.partition("-")[2]

    @property
    def kind(self) -> str:
        """What the network is: one of ``KINDS``."""
        return type(self.task).__name__.lower()

    @property
    def largest(self) -> int:
        """The most bytes that its file may have: its size, or where that is not known a quarter more than its numbers
        take."""
        return int(1.25 * 4 * self.parameters) if self.file.bytes is None else self.file.bytes

    @property
    def figures(self) -> tuple[Metric, ...]:
        """What is known of how good it is: measured here, or else what the source reports."""
        return self.metrics or getattr(self.provenance, "reported_metrics", ())

    @property
    def operations(self) -> str:
        """Its multiply-accumulates in millions, for tables."""
        millions = self.macs / 1e6
        return f"{millions:.1f} M" if millions >= 0.05 else f"{millions:.3f} M"

    @property
    def megabytes(self) -> str:
        """The size of its file in words, or the most that it can be."""
        return f"{'≤ ' if self.file.bytes is None else ''}{self.largest / 1e6:.2f} MB"

    @property
    def headline(self) -> bool:
        """Whether this is the row of its recipe, and not a further seed."""
        return not isinstance(self.provenance, Trained) or self.name == self.provenance.recipe

    @classmethod
    def from_row(cls, row: dict) -> "Checkpoint":
        """The checkpoint of a manifest row; raises ``ValueError`` if a field is missing, unknown or of another kind."""
        try:
            return cls._from_row(row)
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError(f"This is no row of a manifest: {type(error).__name__}: {error}.") from None

    @classmethod
    def _from_row(cls, row):
        parts = {
            "file": _file(row["file"]),
            "task": _kind(row["task"], TASKS),
            "provenance": _kind(row["provenance"], PROVENANCES),
            "metrics": tuple(Metric(**metric) for metric in row["metrics"]),
            "probe": tuple(row.get("probe", ())),
            "calibration": Calibration(**row["calibration"]) if "calibration" in row else None,
        }
        return cls(**{**row, **parts})

    def row(self) -> dict:
        """The manifest row of this checkpoint: numbers, strings, lists and dictionaries."""
        kinds = {part: {"kind": type(getattr(self, part)).__name__} for part in ("task", "provenance")}
        row = dataclasses.asdict(self)
        row = {**row, **{part: {**kind, **row[part]} for part, kind in kinds.items()}}
        if isinstance(self.task, Classifier):
            row["task"]["preprocessing"] = self.task.preprocessing.row()
        for many in (CIFAR100, IMAGENET):
            if row["task"].get("classes") == many.labels:  # too many to write each time
                row["task"]["classes"] = many.name
        return {key: value for key, value in row.items() if value or key not in ("calibration", "deprecated")}


TASKS = {kind.__name__: kind for kind in (Classifier, Density)}
KINDS = tuple(name.lower() for name in TASKS)
"""What a network is: a classifier or a density."""
PROVENANCES = {kind.__name__: kind for kind in (Trained, Converted)}


def _file(row):
    return File(**{**row, "digest": Digest(**row["digest"]), "urls": tuple(row["urls"])})


def _kind(row, kinds):
    """The task or provenance that a row describes."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in row.items()}
    if isinstance(values.get("classes"), str):  # the name of a data set
        values["classes"] = DATASETS[_check.known(values["classes"], DATASETS, "data set")].labels
    kind = kinds[_check.known(values.pop("kind"), kinds, "kind of task or provenance")]
    if "preprocessing" in values:
        values["preprocessing"] = Preprocessing.from_row(values["preprocessing"])
    if kind is Converted:
        values["reported_metrics"] = tuple(Metric(**metric) for metric in values.get("reported_metrics", ()))
    return kind(**values)
