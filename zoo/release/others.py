"""The rows of weights that others published: what is known of them, and how they come into the manifest.

    python -m zoo.release.others

writes the rows of ``PUBLISHED`` behind those of the weights that were trained here; it builds each network, to count
its weights and operations, and downloads nothing.
"""

import json
import math

from zoo import _check
from zoo.analysis import macs
from zoo.applications import registered
from zoo.data.datasets import DATASETS
from zoo.release import brought
from zoo.release.publication import Published
from zoo.release.published import PUBLISHED
from zoo.weights import Checkpoint, Classifier, Converted, File, Metric, trained
from zoo.weights.manifest import MANIFEST


def checkpoint(published: Published) -> Checkpoint:
    """The row of a file of others, with the counts of the network that it is for."""
    variants = {each.slug: each for each in registered().values() if each.listed}
    variant, _, tag = published.name.partition("-")
    application, dataset = variants[_check.known(variant, variants, "variant")], DATASETS[tag.partition(".")[0]]
    shape = (published.size, published.size, 3)
    model = application(weights=None, input_shape=shape, classes=dataset.classes)
    return Checkpoint(
        name=published.name,
        application=application.root.name,
        keywords=application.describe().architecture,
        file=File(published.file, None, published.digest, published.urls),
        task=Classifier(dataset.labels, shape, brought.of(published.layout, dataset.name)),
        provenance=Converted(
            published.source,
            published.layout,
            tuple(
                Metric(name, value, "%", value, None, 1)
                for name, value in zip(("top-1", "top-5"), published.figures, strict=False)
            ),
        ),
        dataset=dataset.name,
        metrics=(),
        parameters=sum(math.prod(variable.shape) for variable in model.trainable_variables),
        macs=macs(model),
        licence=published.licence,
    )


def write() -> None:
    """Write the manifest anew: the rows that were trained here as they are, and those of ``PUBLISHED``."""
    rows = [row.row() for row in (*trained(), *map(checkpoint, PUBLISHED))]
    MANIFEST.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
