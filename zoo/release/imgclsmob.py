"""The weights of imgclsmob: pre-activation ResNets and ResNeXts (CIFAR); ResNeXts, PolyNet, i-RevNet (ImageNet)."""

from zoo.release.publication import Published
from zoo.weights import Digest

SOURCE = "https://github.com/osmr/imgclsmob"
PRERESNET = {
    ("20", "cifar10"): ("preresnet20", 93.49, "d3e7771e923032393bb6fa88d62625f3da64d9fe"),
    ("56", "cifar10"): ("preresnet56", 95.51, "b4bfdaa8eaa4370899d1fb0c3c360158cf3fa3f4"),
    ("110", "cifar10"): ("preresnet110", 96.14, "287a4b0cdd424fdf29d862b411f556f3d8f57f98"),
    ("164", "cifar10"): ("preresnet164bn", 96.36, "29a459fad0f60028b48f1908970d3947728d76b0"),
    ("164", "cifar100"): ("preresnet164bn", 79.82, "c764970119e627e5c88fe3c7cb6a7d36cd7f29d0"),
}
"""imgclsmob's name, top-1 in % and SHA-1 by depth and data set."""
RESNEXT = {
    ("32x4d", "cifar10"): (96.85, "5ed2e0f0945e138c3aa0c9acc0c5fd08f2d840cd"),
    ("16x64d", "cifar10"): (97.59, "712e474493fd9f504010ca0a8eb10a94431bffdb"),
    ("32x4d", "cifar100"): (80.50, "e99791392f0930372efefbe0a54304230ac4cc90"),
    ("16x64d", "cifar100"): (83.07, "2df09272ed462101da32619e652074f8c1f3ec23"),
}
"""Top-1 in % and SHA-1 by groups and width, and data set."""
IMAGENET = {
    "resnext50": ("resnext50_32x4d", "v0.0.498", (79.18, 94.53), "7f89b9f7e795af30763596e201971da5b3a3c4e2"),
    "resnext101": ("resnext101_32x4d", "v0.0.530", (81.50, 95.82), "65226e18c3e2d54f8d82a891ffac1e29dea7ba9f"),
    "very_deep_polynet": ("polynet", "v0.0.428", (80.91, 95.49), "e752c86bbde4f5ce07ab6d079673a62a7565acf7"),
}
"""imgclsmob's name, its release, top-1 and top-5 in % and SHA-1 by variant."""


def _published(name, theirs, release, layout, size, figures, sha1):
    """The row of their file ``theirs``, whose name says the error of the last of the figures in hundredths of a %."""
    file = f"{theirs}-{round(100 * (100 - figures[-1])):04d}-{sha1[:8]}.tf2.h5"
    url = f"{SOURCE}/releases/download/{release}/{file}.zip"
    return Published(name, file, Digest("sha1", sha1), layout, size, figures, (url,), SOURCE)


def _preresnet(lm, depth, dataset):
    theirs, top1, sha1 = PRERESNET[depth, dataset]
    name, file = f"{lm}resnet{depth}-{dataset}.imgclsmob", f"{theirs}_{dataset}"
    return _published(name, file, "v0.0.439", f"imgclsmob_{lm}resnet", 32, (top1,), sha1)


def _resnext(kind, dataset):
    top1, sha1 = RESNEXT[kind, dataset]
    name, file = f"resnext29_{kind}-{dataset}.imgclsmob", f"resnext29_{kind}_{dataset}"
    return _published(name, file, "v0.0.440", "imgclsmob_resnext_cifar", 32, (top1,), sha1)


def _imagenet(variant, layout, size):
    theirs, release, figures, sha1 = IMAGENET[variant]
    return _published(f"{variant}-imagenet", theirs, release, layout, size, figures, sha1)


IREVNET = Published(
    "irevnet301-imagenet",
    "irevnet301-0738-cc2ac933.npz",
    Digest("sha1", "cc2ac933dd09db744a2931a56f16b7edd663f9a1"),
    "imgclsmob_irevnet",
    224,
    (75.73, 92.62),
    (f"{SOURCE}/releases/download/v0.0.564/irevnet301-0738-cc2ac933.npz.zip",),
    SOURCE,
)

IMGCLSMOB = (
    *(_preresnet(lm, depth, dataset) for lm in ("", "lm_") for depth, dataset in PRERESNET),
    *(_resnext(kind, dataset) for kind, dataset in RESNEXT),
    *(_imagenet(variant, "imgclsmob_resnext", 224) for variant in ("resnext50", "resnext101")),
    _imagenet("very_deep_polynet", "imgclsmob_polynet", 331),
    IREVNET,
)
"""Every file of theirs. The LM-ResNets' are those of their twins, which they equal at k = 0."""
