"""imgclsmob's ResNeXts (tf2cv): ``resnext29_…_cifar10`` and ``_cifar100``, and ``resnext50_32x4d`` of ImageNet.

Their pictures of CIFAR are divided by another deviation than ours: the factor goes into the kernel of the stem.
"""

from zoo.weights.convert import _imgclsmob
from zoo.weights.convert.layout import Layout

ENTERING, LATER = r"stage(\d)/entering", r"stage(\d)/unit(\d+)"
CIFAR = (
    (r"init_block/conv/kernel", "stem/kernel"),
    (r"init_block/bn/(\w+)", r"stem_norm/\1"),
    (r"output1/(kernel|bias)", r"predictions/\1"),
    (rf"{ENTERING}/identity_conv/conv/kernel", r"stage\1_block1_shortcut/conv1/kernel"),
    (rf"{ENTERING}/identity_conv/bn/(\w+)", r"stage\1_block1_shortcut/norm1/\2"),
    (rf"{ENTERING}/body/conv(\d)/conv/kernel", r"stage\1_block1_f/conv\2/kernel"),
    (rf"{ENTERING}/body/conv(\d)/bn/(\w+)", r"stage\1_block1_f/norm\2/\3"),
    (rf"{LATER}/body/conv(\d)/conv/kernel", r"stage\1_block\2/field/conv\3/kernel"),
    (rf"{LATER}/body/conv(\d)/bn/(\w+)", r"stage\1_block\2/field/norm\3/\4"),
)
IMAGENET = (
    (r"init_block/conv/kernel", "stem/kernel"),
    (r"init_block/conv/bn/(\w+)", r"stem_norm/\1"),
    (r"output1/(kernel|bias)", r"predictions/\1"),
    (rf"{LATER}/identity_conv/conv/kernel", r"stage\1_block\2/shortcut/conv1/kernel"),
    (rf"{LATER}/identity_conv/bn/(\w+)", r"stage\1_block\2/shortcut/norm1/\3"),
    (rf"{LATER}/body/conv(\d)/conv/kernel", r"stage\1_block\2/field/conv\3/kernel"),
    (rf"{LATER}/body/conv(\d)/bn/(\w+)", r"stage\1_block\2/field/norm\3/\4"),
)
CHANGES = {"stem/kernel": _imgclsmob.for_our_pictures}
LAYOUTS = {
    "imgclsmob_resnext_cifar": Layout(_imgclsmob.read, CIFAR, CHANGES, numbered=_imgclsmob.entering),
    "imgclsmob_resnext": Layout(_imgclsmob.read, IMAGENET, numbered=_imgclsmob.places),
}
