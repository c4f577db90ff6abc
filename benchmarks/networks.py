"""The networks that the benchmarks compare: one of each family, LM-ResNet-20 with Keras's batch normalization, and in
plain PyTorch."""

import contextlib
import importlib.util

if importlib.util.find_spec("torch"):
    importlib.import_module("torch._dynamo")  # loaded after TensorFlow it crashes (PyTorch 2.14)

import keras

import zoo
from zoo.layers import BatchNormalization, GroupNormalization

FAMILIES = {
    "ResNet-20": zoo.applications.ResNet20,
    "LM-ResNet-20": zoo.applications.LMResNet20,
    "MomentumResNet-20": zoo.applications.MomentumResNet20,
    "PolyNet-20, poly-2": zoo.applications.PolyNet20,
    "RevNet-38": zoo.applications.RevNet38,
    "thin FractalNet-20": zoo.applications.ThinFractalNet20,
    "HamiltonianNet-74": zoo.applications.HamiltonianNet74,
    "LeapfrogNet-26": zoo.applications.LeapfrogNet26,
}
"""One small network of each family."""


def families():
    """One network of each family with fresh weights, by name."""
    return {name: build(weights=None) for name, build in FAMILIES.items()}


@contextlib.contextmanager
def keras_batch_normalization():
    """While this is open, networks are traced with Keras's own batch normalization."""
    fused = BatchNormalization._fits_fused_kernel
    BatchNormalization._fits_fused_kernel = lambda self, inputs, mask: False
    try:
        yield
    finally:
        BatchNormalization._fits_fused_kernel = fused


@contextlib.contextmanager
def keras_group_normalization():
    """While this is open, networks are traced with Keras's own group normalization."""
    compiled = GroupNormalization._fits_compiled_kernel
    GroupNormalization._fits_compiled_kernel = lambda self, inputs: False
    try:
        yield
    finally:
        GroupNormalization._fits_compiled_kernel = compiled


@contextlib.contextmanager
def bfloat16():
    """While this is open, networks are built in mixed precision: bfloat16 with float32 weights."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


def ours():
    return zoo.applications.LMResNet20(weights=None)


def torch_lm_resnet20():
    """LM-ResNet-20 in plain PyTorch, the same layout, channels-last; takes normalised images, gives logits."""
    import torch
    from torch import nn
    from torch.nn import functional

    def branch(inputs, filters, stride):
        return nn.Sequential(
            nn.BatchNorm2d(inputs),
            nn.ReLU(),
            nn.Conv2d(inputs, filters, 3, stride, 1, bias=False),
            nn.BatchNorm2d(filters),
            nn.ReLU(),
            nn.Conv2d(filters, filters, 3, 1, 1, bias=False),
        )

    class LMResNet(nn.Module):
        def __init__(self):
            super().__init__()
            self.stem = nn.Conv2d(3, 16, 3, 1, 1, bias=False)
            widths = [16, 16, 16, 16, 32, 32, 32, 64, 64, 64]
            pairs = list(zip(widths[:-1], widths[1:], strict=True))
            self.fields = nn.ModuleList(branch(a, b, 2 if a != b else 1) for a, b in pairs)
            self.shortcuts = nn.ModuleDict(
                {
                    str(i): nn.Sequential(nn.BatchNorm2d(a), nn.ReLU(), nn.Conv2d(a, b, 1, 2, bias=False))
                    for i, (a, b) in enumerate(pairs)
                    if a != b
                }
            )
            self.k = nn.Parameter(torch.empty(9).uniform_(-0.1, 0))
            self.norm, self.head = nn.BatchNorm2d(64), nn.Linear(64, 10)

        def forward(self, image):
            u, previous = self.stem(image), None
            for i, f in enumerate(self.fields):
                if str(i) in self.shortcuts:
                    previous = self.shortcuts[str(i)](u)
                    u = previous + f(u)
                elif previous is None:
                    previous, u = u, u + f(u)
                else:
                    k = self.k[i]
                    previous, u = u, (1 - k) * u + k * previous + f(u)
            u = functional.relu(self.norm(u))
            return self.head(u.mean(dim=(2, 3)))

    return LMResNet().to(memory_format=torch.channels_last)
