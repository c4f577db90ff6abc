"""The rows of weights that others published: what is known of them, and how they come into the manifest.

    python -m zoo.release.others

writes the rows of ``PUBLISHED`` behind those of the weights that were trained here; it builds each network, to count
its weights and operations, and downloads nothing.
"""

import dataclasses
import json
import math

from zoo import _check
from zoo.analysis import macs
from zoo.applications import registered
from zoo.data.datasets import IMAGENET
from zoo.weights import Checkpoint, Classifier, Converted, Digest, File, Metric, Trained
from zoo.weights.manifest import MANIFEST, available

KERAS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/resnet/",
    "https://github.com/keras-team/keras-applications/releases/download/resnet/",
)
"""Where Keras's files lie."""


@dataclasses.dataclass(frozen=True)
class Published:
    """A file of others, and the application that it is for.

    Attributes:
        variant: The slug of the variant: NAME is ``<variant>-imagenet``.
        file: Its name here.
        digest: Its published checksum.
        layout: A name of ``zoo.weights.convert.LAYOUTS``.
        size: Pixels at which the figures were measured.
        top1, top5: The reported accuracies in %.
        urls: Where it lies.
        source: The page that says so.
        licence: SPDX identifier.
    """

    variant: str
    file: str
    digest: Digest
    layout: str
    size: int
    top1: float
    top5: float
    urls: tuple[str, ...]
    source: str = "https://keras.io/api/applications/"
    licence: str = "MIT"


def _keras(name, md5):
    return f"{name}_weights_tf_dim_ordering_tf_kernels.h5", Digest("md5", md5)


V2 = {
    50: (*_keras("resnet50v2", "3ef43a0b657b3be2300d5770ece849e0"), 299, 75.960, 93.034),
    101: (*_keras("resnet101v2", "6343647c601c52e1368623803854d971"), 299, 77.234, 93.816),
    152: (*_keras("resnet152v2", "a49b44d1979771252814e80f8ec446f9"), 299, 78.032, 94.162),
}
V1 = {
    50: (*_keras("resnet50", "2cb95161c43110f7111970584f804107"), 224, 74.928, 92.060),
    101: (*_keras("resnet101", "f1aeb4b969a6efcfb50fad2f0c20cfc5"), 224, 76.420, 92.786),
    152: (*_keras("resnet152", "100835be76be38e30d865e96f2aaae62"), 224, 76.604, 93.118),
}
TABLE = (
    *((f"resnet{depth}v2", "keras_resnet_v2", row) for depth, row in V2.items()),
    *((f"lm_resnet{depth}", "keras_lm_resnet_v2", row) for depth, row in V2.items()),
    *((f"resnet{depth}", "keras_resnet_v1", row) for depth, row in V1.items()),
)


def _timm(depth, sha256, top1, top5):
    page = f"https://huggingface.co/timm/resnetv2_{depth}.ra4_e3600_r224_in1k"
    file = f"resnetv2_{depth}.ra4_e3600_r224_in1k.safetensors"
    return Published(
        f"resnet{depth}v2", file, Digest("sha256", sha256), "timm_resnet_v2", 224, top1, top5,
        (f"{page}/resolve/main/model.safetensors",), page, "Apache-2.0",
    )  # fmt: skip


PUBLISHED = (
    _timm(18, "8cbd1843d961f937eed89815af452c0dcc63f0bb5c54b60a4cd8ed5fc66ffb3e", 73.57, 91.36),
    _timm(34, "248e47c20c4e9b995099b5e39d8fb3396efd01d8b4befa2567eebcfa55ab5601", 77.63, 93.52),
    *(
        Published(variant, file, digest, layout, size, top1, top5, tuple(f"{host}{file}" for host in KERAS))
        for variant, layout, (file, digest, size, top1, top5) in TABLE
    ),
)
"""Every file of others. The LM-ResNets' are those of their V2 twins, which they equal at k = 0."""


def checkpoint(published: Published) -> Checkpoint:
    """The row of a file of others, with the counts of the network that it is for."""
    variants = {each.slug: each for each in registered().values() if each.listed}
    application = variants[_check.known(published.variant, variants, "variant")]
    shape = (published.size, published.size, 3)
    model = application(weights=None, input_shape=shape, classes=IMAGENET.classes)
    figures = (("top-1", published.top1), ("top-5", published.top5))
    return Checkpoint(
        name=f"{published.variant}-{IMAGENET.name}",
        application=application.root.name,
        keywords=application.describe().architecture,
        file=File(published.file, None, published.digest, published.urls),
        task=Classifier(IMAGENET.labels, shape),
        provenance=Converted(
            published.source,
            published.layout,
            tuple(Metric(name, value, "%", value, None, 1) for name, value in figures),
        ),
        dataset=IMAGENET.name,
        metrics=(),
        parameters=sum(math.prod(variable.shape) for variable in model.trainable_variables),
        macs=macs(model),
        licence=published.licence,
    )


def write() -> None:
    """Write the manifest anew: the rows that were trained here as they are, and those of ``PUBLISHED``."""
    own = [row for row in available() if isinstance(row.provenance, Trained)]
    rows = [row.row() for row in (*own, *map(checkpoint, PUBLISHED))]
    MANIFEST.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    write()
