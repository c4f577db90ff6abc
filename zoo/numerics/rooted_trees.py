"""Rooted trees, which number the order conditions of Runge–Kutta methods.

A tree is the sorted tuple of its children; the single node τ is ``()``. Each tree t stands for one condition
b · Φ(t) = 1/γ(t); a method has order p if all conditions of the trees of at most p nodes hold.

Source: Butcher, "Numerical Methods for Ordinary Differential Equations" (2016), §3.1: elementary weights, theorem 315A.
"""

import collections
import functools
import math

import numpy as np

Tree = tuple
"""A rooted tree: the sorted tuple of its children, each a tree."""


@functools.cache
def trees(nodes: int) -> tuple[Tree, ...]:
    """All rooted trees of that many nodes: 1, 1, 2, 4, 9, 20, … of them."""
    return tuple(sorted(_forests(nodes - 1)))


def _forests(nodes, most=None):
    """Every multiset of trees that has ``nodes`` nodes in all, as sorted tuples; none larger than ``most``."""
    if nodes == 0:
        return {()}
    found = set()
    for size in range(1, min(nodes, most or nodes) + 1):
        for tree in trees(size):
            found |= {tuple(sorted((tree, *rest))) for rest in _forests(nodes - size, size)}
    return found


def density(tree: Tree) -> int:
    """γ(t): the number of nodes times the densities of the children."""
    return _size(tree) * math.prod(density(child) for child in tree)


def weights(tree: Tree, a: np.ndarray) -> np.ndarray:
    """Φ(t), one entry a stage: the product over the children of A Φ(child); 1 for τ.

    Args:
        tree: A rooted tree t.
        a: The matrix A of a tableau, ``(stages, stages)``.

    Returns:
        A vector ``(stages,)``.
    """
    return math.prod((a @ weights(child, a) for child in tree), start=np.ones(len(a)))


def formula(tree: Tree) -> str:
    """The condition in words, for example ``"Σ b c² (A c) = 1/30"``."""
    return f"Σ b{_factors(tree)} = 1/{density(tree)}" if tree else "Σ b = 1"


def _size(tree):
    return 1 + sum(_size(child) for child in tree)


def _factors(tree):
    counts = collections.Counter(" c" if child == () else f" (A{_factors(child)})" for child in tree)
    powers = {1: "", 2: "²", 3: "³", 4: "⁴", 5: "⁵", 6: "⁶"}
    return "".join(factor + powers[count] for factor, count in sorted(counts.items(), reverse=True))
