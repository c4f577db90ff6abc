"""The table of weights that others published: files, checksums, figures, licences."""

from zoo.release.imgclsmob import IMGCLSMOB
from zoo.release.publication import Published
from zoo.weights import Digest

KERAS = (
    "https://storage.googleapis.com/tensorflow/keras-applications/resnet/",
    "https://github.com/keras-team/keras-applications/releases/download/resnet/",
)
"""Where Keras's files lie."""


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


def _timm(depth, sha256, *figures):
    page = f"https://huggingface.co/timm/resnetv2_{depth}.ra4_e3600_r224_in1k"
    file = f"resnetv2_{depth}.ra4_e3600_r224_in1k.safetensors"
    url = f"{page}/resolve/main/model.safetensors"
    name, digest = f"resnet{depth}v2-imagenet", Digest("sha256", sha256)
    return Published(name, file, digest, "timm_resnet_v2", 224, figures, (url,), page, "Apache-2.0")


PUBLISHED = (
    _timm(18, "8cbd1843d961f937eed89815af452c0dcc63f0bb5c54b60a4cd8ed5fc66ffb3e", 73.57, 91.36),
    _timm(34, "248e47c20c4e9b995099b5e39d8fb3396efd01d8b4befa2567eebcfa55ab5601", 77.63, 93.52),
    *(
        Published(
            f"{variant}-imagenet", file, digest, layout, size, (top1, top5), tuple(f"{host}{file}" for host in KERAS)
        )
        for variant, layout, (file, digest, size, top1, top5) in TABLE
    ),
    *IMGCLSMOB,
)
"""Every file of others. The LM-ResNets' are those of their twins, which they equal at k = 0."""
