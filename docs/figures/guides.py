"""Pictures that a longer measurement draws itself: made by which command, on what, when."""

from style import Measured

EPYC = "two cores of an AMD EPYC"

PICTURES = {
    "flow_toys.gif": Measured("python docs/guides/flow_toys.py", EPYC, "2026-11-30"),
    "flow_toys.png": Measured("python docs/guides/flow_toys.py", EPYC, "2026-11-30"),
    "flownet-fashion_mnist.png": Measured(
        "python docs/guides/flow_pictures.py flownet-fashion_mnist", "two cores of an AMD EPYC Zen 4", "2026-11-30"
    ),
    "flownet-mnist.png": Measured("python docs/guides/flow_pictures.py", EPYC, "2026-11-29"),
    "flownet-mnist_steps.png": Measured("python docs/guides/flow_pictures.py", EPYC, "2026-11-29"),
    "flownet-mnist_times.png": Measured("python docs/guides/flow_pictures.py", EPYC, "2026-11-29"),
    "serve.png": Measured(
        "zoo serve odenet_mnist-mnist --dial euler:steps=1 --dial midpoint:steps=1,2,4", "Chromium", "2026-11-29"
    ),
}
"""By file below docs/images."""
