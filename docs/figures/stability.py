"""Where in the plane of z = hλ the steps of the networks stay bounded, on one axis.

The boundary is traced: z with an eigenvalue e^{iθ} of the step's matrix M(z). A one-step method has R(z) = e^{iθ}, a
polynomial whose root is followed from z = 0; a two-step method has z = ρ(ζ)/σ(ζ) at ζ = e^{iθ}.
"""

import numpy as np
import style

from zoo import numerics

REGIONS = {
    "Euler: ResNet": (numerics.EULER, style.BLACK, "-"),
    "midpoint, Heun: order 2": (numerics.HEUN, style.ORANGE, "-"),
    "rk4: order 4": (numerics.RK4, style.BLUE, "-"),
    "dopri5: ODE-Net": (numerics.DOPRI5, style.SKY, "-"),
    "two-step, k = −0.5: LM-ResNet, momentum": (numerics.two_step(-0.5), style.VERMILION, "--"),
    "two-step, k = 0.5: LM-ResNet, damped": (numerics.two_step(0.5), style.GREEN, "--"),
    "1 + z + z²: PolyNet, poly-2": (numerics.NeumannSeries(2), style.PURPLE, ":"),
    "1 + z + z² + z³: PolyNet, poly-3": (numerics.NeumannSeries(3), style.GREY, ":"),
}
SEGMENTS = {
    "u⁺ = u⁻ + 2h f(u)": numerics.LEAPFROG_MIDPOINT,
    "RevNet, Hamiltonian, leapfrog": numerics.SYMPLECTIC_EULER,
}
TURN = 60
"""Points in a turn of θ."""


def one_step(coefficients: np.ndarray) -> np.ndarray:
    """The curve |R(z)| = 1 through 0, once around."""
    polynomial = np.polynomial.Polynomial(coefficients)
    z = [0j]
    for turn in range(1, TURN * (len(coefficients) - 1) + 1):
        roots = (polynomial - np.exp(2j * np.pi * turn / TURN)).roots()
        z.append(roots[np.argmin(np.abs(roots - z[-1]))])
        if turn % TURN == 0 and abs(z[-1]) < 1e-6:
            break
    return np.array(z)


def two_step(method: numerics.Multistep) -> np.ndarray:
    """ρ(ζ)/σ(ζ) around the unit circle."""
    zeta = np.exp(2j * np.pi * np.arange(TURN + 1) / TURN)
    value = np.polynomial.polynomial.polyval
    return value(zeta, method.alpha) / value(zeta, method.beta)


def data() -> list[dict]:
    """Points of each boundary."""
    rows = []
    for name, (method, _, _) in REGIONS.items():
        multistep = isinstance(method, numerics.Multistep)
        curve = two_step(method) if multistep else one_step(np.array(method.stability.entries[0][0]))
        rows += [{"scheme": name, "re": float(z.real), "im": float(z.imag)} for z in curve]
    for name, method in SEGMENTS.items():
        limit = method.stability.imaginary_limit()
        rows += [{"scheme": name, "re": 0.0, "im": sign * float(limit)} for sign in (-1, 1)]
    return rows


def draw(rows: list[dict]) -> style.Figure:
    """The upper half of the plane; below it everything is mirrored."""
    figure = style.figure(4.7)
    axes = figure.subplots()
    axes.axvline(0, color=style.GREY, linewidth=0.6)
    for name, points in style.groups(rows, "scheme").items():
        x, y = style.column(points, "re"), style.column(points, "im")
        if name in REGIONS:
            _, color, line = REGIONS[name]
            axes.plot(x, y, line, color=color, label=name)
            axes.fill(x, y, color=color, alpha=0.06)
        else:
            axes.plot(x, y, color=style.BLACK, linewidth=5, alpha=0.3, solid_capstyle="butt")
            end = {"xytext": (0.45, y[-1]), "va": "center", "arrowprops": {"arrowstyle": "-", "linewidth": 0.8}}
            axes.annotate(f"to {y[-1]:g}i: {name}", (0.05, y[-1]), **end)
    axes.set(aspect="equal", xlim=(-6.3, 3.7), ylim=(0, 3.5))
    axes.set(xlabel="Re hλ (decay on the left, growth on the right)", ylabel="Im hλ (rotation)")
    figure.legend(loc="outside lower center", ncols=2)
    return figure
