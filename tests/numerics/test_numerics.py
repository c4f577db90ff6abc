"""Tableaux, multistep formulas and stability against what the literature says of them."""

import math

import numpy as np
import pytest

from zoo import numerics
from zoo.numerics import ButcherTableau, Multistep, NeumannSeries, StabilityMatrix, rooted_trees

TABLEAUS = pytest.mark.parametrize("tableau", numerics.TABLEAUS.values(), ids=list(numerics.TABLEAUS))
SCHEMES = pytest.mark.parametrize(
    "scheme",
    [
        *numerics.TABLEAUS.values(),
        *(numerics.two_step(k) for k in (-0.9, -0.4, 0, 0.5, 1)),
        numerics.LEAPFROG,
        *(NeumannSeries(terms) for terms in (1, 2, 3)),
        numerics.SYMPLECTIC_EULER,
    ],
    ids=lambda scheme: scheme.name,
)

EXPECTED = {
    # stages, order, embedded order, first same as last, evaluations, real limit, imaginary limit
    "euler": (1, 1, None, False, 1, 2.0, 0.0),
    "midpoint": (2, 2, None, False, 2, 2.0, 0.0),
    "heun": (2, 2, 1, False, 2, 2.0, 0.0),
    "ralston": (2, 2, None, False, 2, 2.0, 0.0),
    "bosh3": (4, 3, 2, True, 3, 2.5127, math.sqrt(3)),
    "rk4": (4, 4, None, False, 4, 2.7853, math.sqrt(8)),
    "rk38": (4, 4, None, False, 4, 2.7853, math.sqrt(8)),
    "dopri5": (7, 5, 4, True, 6, 3.3066, None),
    "tsit5": (7, 5, 4, True, 6, None, None),
}
"""Hairer, Nørsett and Wanner (1993), §II.5; Hairer and Wanner (1996), §IV.2, for the limits."""


@TABLEAUS
def test_tableaus_have_what_the_literature_says(tableau):
    stages, order, embedded, fsal, evaluations, real, imaginary = EXPECTED[tableau.name]
    assert (tableau.stages, tableau.order, tableau.embedded_order) == (stages, order, embedded)
    assert (tableau.fsal, tableau.evaluations) == (fsal, evaluations)
    if real is not None:
        assert tableau.stability.real_limit() == pytest.approx(real, abs=1e-3)
    if imaginary is not None:
        assert tableau.stability.imaginary_limit() == pytest.approx(imaginary, abs=1e-3)


def test_the_error_of_a_step_is_the_distance_of_the_embedded_solution():
    for name, order in {"heun": 2, "bosh3": 3, "dopri5": 5, "tsit5": 5}.items():
        tableau = numerics.TABLEAUS[name]
        assert tableau.error_order == order
        np.testing.assert_allclose(np.add(tableau.error_weights, tableau.b_embedded), tableau.b, atol=1e-15)
    for wanted in ("error_order", "error_weights"):
        with pytest.raises(ValueError, match="rk4 has no embedded method"):
            getattr(numerics.RK4, wanted)


@TABLEAUS
def test_the_stability_polynomial_is_the_exponential_up_to_the_order(tableau):
    coefficients = tableau.stability.entries[0][0]
    expected = [1 / math.factorial(j) for j in range(tableau.order + 1)]
    np.testing.assert_allclose(coefficients[: tableau.order + 1], expected, atol=1e-12)


def test_rooted_trees():
    """Their numbers, and the four conditions of order 4 as everyone writes them."""
    assert [len(rooted_trees.trees(nodes)) for nodes in range(1, 8)] == [1, 1, 2, 4, 9, 20, 48]
    conditions = {rooted_trees.formula(tree) for tree in rooted_trees.trees(4)}
    assert conditions == {"Σ b c³ = 1/4", "Σ b c (A c) = 1/8", "Σ b (A c²) = 1/12", "Σ b (A (A c)) = 1/24"}
    a = numerics.RK4.matrix
    c = a.sum(axis=1)
    mixed = next(tree for tree in rooted_trees.trees(4) if rooted_trees.density(tree) == 8)
    np.testing.assert_allclose(rooted_trees.weights(mixed, a), c * (a @ c))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"c": (0, 0.5), "a": ((), (0.4,)), "b": (0, 1)}, r"row 1 of a must sum to c\[1\] = 0.5. Received: 0.4"),
        ({"c": (0,), "a": ((),), "b": (0.9,)}, r"condition of order 1: Σ b = 1. Received: 0.9"),
        ({"c": (0, 1), "a": ((), (1,)), "b": (0.4, 0.6), "order": 2}, r"order 2: Σ b c = 1/2. Received: 0.6"),
        (
            {
                "c": (0, 0.5, 0.5, 1),
                "a": ((), (0.5,), (0.5, 0), (0, 0, 1)),
                "b": (1 / 6, 1 / 3, 1 / 3, 1 / 6),
                "order": 4,
            },
            r"order 3: Σ b \(A c\) = 1/6",
        ),
        ({"c": (0, 1), "a": ((), (1,)), "b": (0.5, 0.5), "order": 1}, "has order 2. Received the claim: 1"),
        ({"c": (0, 1), "a": ((), (1,)), "b": (1,)}, "1 weights b need 1 nodes c"),
        ({"c": (0, 1), "a": ((0,), (1,)), "b": (0.5, 0.5)}, r"explicit\). Received: 2 nodes, rows of lengths \[1, 1\]"),
        ({"c": (0,), "a": ((),), "b": (1,), "b_embedded": (1, 0)}, "b_embedded needs 1 weights. Received: 2"),
        (
            {"c": (0, 1), "a": ((), (1,)), "b": (0.5, 0.5), "b_embedded": (1, 0), "embedded_order": 2},
            "b_embedded violates a condition of order 2",
        ),
    ],
)
def test_a_wrong_tableau_does_not_come_to_be(arguments, message):
    with pytest.raises(ValueError, match=message):
        ButcherTableau("wrong", **arguments)


@pytest.mark.parametrize(
    ("alpha", "beta", "order", "zero_stable"),
    [
        ((-1, 1), (1, 0), 1, True),
        ((0, -1, 1), (-1 / 2, 3 / 2, 0), 2, True),  # Adams–Bashforth
        ((0, 0, -1, 1), (5 / 12, -16 / 12, 23 / 12, 0), 3, True),
        ((-1, 0, 1), (0, 2, 0), 2, True),  # the midpoint rule
        ((-5, 4, 1), (2, 4, 0), 3, False),  # the explicit two-step method of highest order
        ((0.5, -1.5, 1), (0, 0.5, 0), 1, True),
        ((2, -3, 1), (-1, 0, 0), 1, False),
    ],
)
def test_multistep_methods(alpha, beta, order, zero_stable):
    method = Multistep("method", alpha, beta)
    assert (method.order, method.zero_stable, method.steps) == (order, zero_stable, len(alpha) - 1)


@pytest.mark.parametrize("k", [-0.95, -0.5, 0.0, 0.3, 0.99, 1.0])
def test_the_two_step_method_is_zero_stable_from_minus_1_to_1(k):
    method = numerics.two_step(k)
    assert method.order == (2 if k == 1 else 1)
    assert method.zero_stable
    assert numerics.two_step(k=-1.05).zero_stable is False
    assert numerics.two_step(k=1.05).zero_stable is False
    if k < 1:
        assert method.stability.real_limit() == pytest.approx(2 * (1 - k) / (1 + k), abs=1e-6)


def test_leapfrog_solves_the_equation_of_second_order():
    assert (numerics.LEAPFROG.order, numerics.LEAPFROG.zero_stable) == (2, True)
    assert numerics.LEAPFROG.stability.imaginary_limit() == pytest.approx(2, abs=1e-6)
    assert numerics.LEAPFROG_MIDPOINT.stability.imaginary_limit() == pytest.approx(1, abs=1e-6)
    assert numerics.SYMPLECTIC_EULER.stability.imaginary_limit() == pytest.approx(2, abs=1e-6)


@pytest.mark.parametrize(
    ("alpha", "beta", "message"),
    [
        ((-1, 1), (1,), "same length"),
        ((-2, 2), (1, 0), "1 as its last alpha"),
        ((-1, 1), (0.5, 0.5), "0 as its last beta"),
        ((-1, 1), (0.5, 0), "not consistent"),
        ((1, 0, 1), (0, 1, 0), "not consistent"),
    ],
)
def test_a_wrong_multistep_method_does_not_come_to_be(alpha, beta, message):
    with pytest.raises(ValueError, match=message):
        Multistep("wrong", alpha, beta)


def test_the_two_step_method_without_f_does_not_come_to_be():
    with pytest.raises(ValueError, match="not consistent"):
        numerics.two_step(-1)


@pytest.mark.parametrize("terms", [1, 2, 3, 6])
def test_the_neumann_series_lacks_its_remainder(terms):
    """Σ (hF)ʲ = (I − hF)⁻¹ − (hF)ⁿ⁺¹ (I − hF)⁻¹."""
    matrix = 0.3 * np.random.default_rng(0).normal(size=(4, 4))
    inverse = np.linalg.inv(np.eye(4) - matrix)
    expected = inverse - np.linalg.matrix_power(matrix, terms + 1) @ inverse
    np.testing.assert_allclose(NeumannSeries(terms)(matrix), expected, atol=1e-12)
    assert (NeumannSeries(terms).order, NeumannSeries(terms).evaluations) == (1, terms)
    with pytest.raises(ValueError, match="terms=0"):
        NeumannSeries(0)


@SCHEMES
@pytest.mark.parametrize("direction", [-1.0, 1j], ids=["real", "imaginary"])
def test_at_the_limit_powers_begin_to_grow(scheme, direction):
    """Measured on powers of M(z), not on its eigenvalues: bounded inside, growing outside."""
    stability = scheme.stability
    limit = stability.real_limit() if direction == -1 else stability.imaginary_limit()
    for share in (0.3, 0.9, 0.99) if limit else ():
        assert np.abs(np.linalg.matrix_power(stability(direction * limit * share), 2**16)).max() < 1e3
    outside = direction * (1.03 * limit + 0.05)
    with np.errstate(all="ignore"):
        grown = np.abs(np.linalg.matrix_power(stability(outside), 2**30))
    assert not np.isfinite(grown).all() or grown.max() > 1e6


def test_stability_takes_arrays():
    z = np.array([[-1.0, -3.0], [1j, 0.5]])
    assert numerics.EULER.stability(z).shape == (2, 2, 1, 1)
    np.testing.assert_array_equal(numerics.EULER.stability.stable(z), [[True, False], [False, False]])
    midpoint = numerics.LEAPFROG_MIDPOINT.stability
    np.testing.assert_array_equal(midpoint.stable(np.array([0.9j, 1.1j, -0.9j, -0.1])), [True, False, True, False])
    assert StabilityMatrix.polynomial([1.0, 0.0]).real_limit() == np.inf
