"""The order of the layers, measured: their error on a pendulum against the step.

u = (q, p), q' = p, p' = −sin q, from rest at q = 1 to t = 1, by the layers of ``zoo.layers`` in float64. The pendulum
is a system u' = f(u) for most, a pair for the Hamiltonian step, and q'' = −sin q for leapfrog.
"""

import keras
import numpy as np
import scipy.integrate
import style

from zoo import layers, numerics

STEPS = (4, 8, 16, 32, 64)
START = np.array([[1.0, 0.0]])
F64 = {"dtype": "float64"}


class Pendulum(keras.layers.Layer):
    """f(q, p) = (p, −sin q), or −f."""

    def __init__(self, sign=1, **kwargs):
        super().__init__(**kwargs)
        self.sign = sign

    def call(self, u):
        return self.sign * keras.ops.stack([u[:, 1], -keras.ops.sin(u[:, 0])], axis=1)


class Sine(keras.layers.Layer):
    """g(q) = sin q, or the force −sin q."""

    def __init__(self, sign=1, **kwargs):
        super().__init__(**kwargs)
        self.sign = sign

    def call(self, q):
        return self.sign * keras.ops.sin(q)


def repeated(layer, n, u):
    for _ in range(n):
        u = layer(u)
    return u


def two_step(f, k, h, n, u):
    """The pairs of ``LinearMultistep``, from u and one Euler step."""
    layer = layers.LinearMultistep(f, step_size=(1 + k) * h, k=k, **F64)
    before, u = u, layers.ForwardEuler(f, h, **F64)(u)
    for _ in range(n - 1):
        before, u = u, layer([u, before])
    return u


def fractal(f, h, n, u):
    """Heun's method: the identity beside two Euler steps."""
    euler = layers.ForwardEuler(f, h, **F64)
    return repeated(layers.Fractal([[keras.layers.Identity(**F64)], [euler, euler]], **F64), n, u)


def hamiltonian(f, h, n, u):
    return repeated(layers.Hamiltonian(keras.layers.Identity(**F64), Sine(**F64), h, **F64), n, u)


def reversible(f, h, n, u):
    return layers.Reversible(n * [(keras.layers.Identity(**F64), Sine(-1, **F64))], h, **F64)(u)


def runge_kutta(name):
    return lambda f, h, n, u: layers.RungeKutta(f, name, h, n, **F64)(u)


RUNS = {
    "ForwardEuler": lambda f, h, n, u: layers.ForwardEuler(f, h, n, **F64)(u),
    "BackwardEuler, n = 2": lambda f, h, n, u: repeated(layers.BackwardEuler([f, f], h, **F64), n, u),
    "BackwardEuler, n = 3": lambda f, h, n, u: repeated(layers.BackwardEuler([f, f, f], h, **F64), n, u),
    "Fractal, u beside two Euler steps": fractal,
    "Hamiltonian": hamiltonian,
    "Leapfrog": lambda f, h, n, u: layers.Leapfrog(n * [Sine(-1, **F64)], h, **F64)(u[:, :1]),
    "LeapfrogMidpoint": lambda f, h, n, u: layers.LeapfrogMidpoint(n * [f], h, **F64)(u),
    "LinearMultistep, k = −0.5": lambda f, h, n, u: two_step(f, -0.5, h, n, u),
    "LinearMultistep, k = 0.5": lambda f, h, n, u: two_step(f, 0.5, h, n, u),
    "Momentum, γ = 0.5": lambda f, h, n, u: layers.Momentum(n * [f], 0.5, h, **F64)(u),
    "ODE, dopri5": lambda f, h, n, u: layers.ODE(f, solver="dopri5", steps=n, **F64)(u),
    "Parabolic": lambda f, h, n, u: layers.Parabolic(Pendulum(-1, **F64), h, n, **F64)(u),
    "Reversible": reversible,
    **{f"RungeKutta, {name}": runge_kutta(name) for name in list(numerics.TABLEAUS)[1:]},
}
"""How each layer goes from u in n steps of size h."""
SHOWN = {
    "ForwardEuler": (1, "o"),
    "BackwardEuler, n = 2": (1, "s"),
    "LinearMultistep, k = −0.5": (1, "^"),
    "Hamiltonian": (1, "v"),
    "LeapfrogMidpoint": (2, "o"),
    "Leapfrog": (2, "s"),
    "RungeKutta, midpoint": (2, "^"),
    "RungeKutta, bosh3": (3, "o"),
    "RungeKutta, rk4": (4, "o"),
    "RungeKutta, dopri5": (5, "o"),
}
"""The order of those that the picture shows, and their marks; the pages of the schemes show the others."""
COLORS = {1: style.BLACK, 2: style.ORANGE, 3: style.GREEN, 4: style.BLUE, 5: style.VERMILION}


def data(steps: tuple[int, ...] = STEPS) -> list[dict]:
    """Distance from the solution in q at t = 1, for each layer and number of steps."""

    def pendulum(t, u):
        return [u[1], -np.sin(u[0])]

    exact = scipy.integrate.solve_ivp(pendulum, (0, 1), START[0], "DOP853", rtol=1e-13, atol=1e-14).y[0, -1]
    rows = []
    for name, run in RUNS.items():
        for n in steps:
            end = keras.ops.convert_to_numpy(run(Pendulum(**F64), 1 / n, n, START))
            rows.append({"layer": name, "steps": n, "error": float(abs(end[0, 0] - exact))})
    return rows


def draw(rows: list[dict]) -> style.Figure:
    """A curve a layer; dashed behind those of an order the line with its slope, through the finest step of the last."""
    figure = style.figure(4.6)
    axes = figure.subplots()
    guides = {}
    found = style.groups(rows, "layer")
    for name, (order, mark) in SHOWN.items():
        points = found[name]
        steps, errors = np.array(style.column(points, "steps")), style.column(points, "error")
        axes.loglog(1 / steps, errors, marker=mark, markersize=6, color=COLORS[order], linewidth=1.2, label=name)
        guides[order] = errors[-1] * (steps[-1] / steps) ** order
    for order, guide in guides.items():
        axes.loglog(1 / steps, guide, "--", color=style.GREY, linewidth=1, zorder=0)
        axes.text(1.15 / steps[0], guide[0], f"order {order}", va="center", color=COLORS[order])
    axes.set(
        xlabel="step h, in units of t", ylabel="error of q at t = 1, in radians", xlim=(0.8 / steps[-1], 2 / steps[0])
    )
    axes.set_xticks(1 / steps, [f"1/{n:g}" for n in steps])
    axes.set_xticks([], minor=True)
    figure.legend(loc="outside right upper", title="layer")
    return figure
