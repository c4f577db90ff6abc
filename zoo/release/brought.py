"""How the sources of weights brought pictures to their networks when they measured them."""

from zoo.weights import Preprocessing

SILENT = Preprocessing(crop=0.875, interpolation="bilinear", assumed=("crop", "interpolation"))
"""Of a source that does not say how: what most of those do that say it."""

SOURCES = {
    ("timm", "imagenet"): Preprocessing(crop=0.9, interpolation="bicubic"),
    ("imgclsmob", "imagenet"): Preprocessing(crop=0.875, interpolation="bilinear"),
    ("keras", "imagenet"): SILENT,
}
"""By the first word of the layout and the data set. timm: ``crop_pct`` and ``interpolation`` of the networks' rows in
``timm/models/resnetv2.py`` (those of ``test_crop_pct`` are for 288 pixels). imgclsmob: ``resize_inv_factor`` and
``interpolation`` of ``ImageNet1KMetaInfo``. Keras publishes no code of its measurements."""

AS_THEY_ARE = ("cifar10", "cifar100", "mnist", "fashion_mnist")
"""Data sets whose pictures have the size of the networks: nothing is cropped or resized."""


def of(layout: str, dataset: str) -> Preprocessing:
    """How pictures of a data set come to a network with weights of this layout."""
    if dataset in AS_THEY_ARE:
        return Preprocessing()
    return SOURCES.get((layout.partition("_")[0], dataset), SILENT)
