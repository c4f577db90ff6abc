"""FlowNet: a class-conditional flow of pictures, trained by flow matching."""

from zoo import _check
from zoo.applications.application import Network, application
from zoo.applications.density import DensityTask
from zoo.data.datasets import FASHION_MNIST, MNIST
from zoo.flows import CNF, Affine, UNet

PICTURES: dict[str, tuple[int, ...]] = {row.name: row.shape for row in (MNIST, FASHION_MNIST)}
CHANNELS = {MNIST.name: 32, FASHION_MNIST.name: 48}
"""Of the first level of the U-Net, where nothing else is asked for: cloth has more to it than digits."""


@application("flownet", DensityTask(PICTURES, MNIST.classes), listed=True)
def FlowNet(
    *,
    dataset: str = MNIST.name,
    channels: int | None = None,
    levels: int = 2,
    blocks: int = 1,
    solver: str = "dopri5",
    rtol: float = 1e-3,
    atol: float = 1e-3,
    steps: int | None = None,
) -> Network:
    """``x = 128 u(1) + 128``, ``u' = f(t, u, class)``, ``u(0) ~ N(0, 1)``: noise flows to pictures; f is a U-Net.

    Points are grey pictures with uniform noise in each pixel, in [0, 256): ``pictures + rng.random(pictures.shape)``.
    −log p over 784 log 2 is then in bits a dimension, and a bound on that of the pictures themselves. Samples are such
    points, too: ``np.clip(samples, 0, 255).astype("uint8")`` are pictures.

    Source: Lipman et al. (2023, arXiv:2210.02747) for the training; Ho and Salimans (2022, arXiv:2207.12598) for the
    guidance of ``sample``; see ``zoo.flows.UNet`` for f. Small, to be trained on a core of a processor.

    Args:
        channels: Channels of the first level of the U-Net. Defaults to ``None``: 32 for MNIST, 48 for Fashion-MNIST.
        levels: Levels of the U-Net, each with twice the channels and half the sides of the one before; with n of them
            the sides of the pictures are multiples of 2ⁿ. Defaults to 2, for 28×28 and 32×32.
        blocks: Residual blocks of a level on each way. Defaults to 1.
        solver: The method of the flow, which any call can replace. Defaults to "dopri5".
        rtol: Its relative tolerance. Defaults to 1e-3.
        atol: Its absolute tolerance. Defaults to 1e-3.
        steps: Equal steps instead of adaptive ones. Defaults to None.
    """
    if channels is None:
        channels = CHANNELS[_check.known(dataset, CHANNELS, "data set")]
    multipliers = [2**level for level in range(_check.integer(levels, "levels"))]

    def trunk(event_shape, classes):
        field = UNet(channels, multipliers, blocks, classes=classes, name="field")
        cnf = CNF(field, trace="hutchinson", solver=solver, rtol=rtol, atol=atol, steps=steps, name="cnf")
        return [cnf, Affine(128.0, 128.0, name="pixels")]

    architecture = {"channels": channels, "levels": levels, "blocks": blocks}
    return Network(architecture, trunk, CNF, {"solver": solver, "rtol": rtol, "atol": atol, "steps": steps})
