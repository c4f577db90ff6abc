"""Pictures that a longer measurement draws itself: made by which command, on what, when."""

from style import Measured

EPYC = "two cores of an AMD EPYC"
CORES = "two CPU cores"

PICTURES = {
    "export_dial.png": Measured("python docs/guides/exports.py", EPYC, "2026-11-29"),
    "flow_toys.gif": Measured("python docs/guides/flow_toys.py", EPYC, "2026-11-29"),
    "flow_toys.png": Measured("python docs/guides/flow_toys.py", EPYC, "2026-11-29"),
    "flow_trainings.png": Measured("python docs/guides/flows.py --seconds 40", EPYC, "2026-11-29"),
    "flownet-mnist.png": Measured("python docs/guides/flow_pictures.py", EPYC, "2026-11-29"),
    "flownet-mnist_steps.png": Measured("python docs/guides/flow_pictures.py", EPYC, "2026-11-29"),
    "flownet-mnist_times.png": Measured("python docs/guides/flow_pictures.py", EPYC, "2026-11-29"),
    "nfe.png": Measured("python docs/guides/nfe.py", CORES, "2026-11-25"),
    "serve.png": Measured(
        "zoo serve odenet_mnist-mnist --dial euler:steps=1 --dial midpoint:steps=1,2,4", "Chromium", "2026-11-29"
    ),
    "trajectories_circles.png": Measured("python docs/guides/trajectories.py", CORES, "2026-11-25"),
    "trajectories_spirals.png": Measured("python docs/guides/trajectories.py", CORES, "2026-11-25"),
}
"""By file below docs/images."""
