"""A stack of bijections, from the base to the data: how points go through it, and the flows that are in it."""

from typing import Any

from zoo.flows.cnf import CNF, Moved


def move(transform, way, u, condition=None, training=False, how=None):
    """A ``Moved``: where one transform carries points.

    Args:
        transform: A ``CNF``, one with a stack of its own (``transforms``), such as ``Multiscale``, or any other.
        way: ``"forward"``, from the base to the data, or ``"inverse"``.
        u: ``(batch, …)``.
        condition: What each ``CNF`` is told.
        training: Whether it is called in training.
        how: A function of a ``CNF`` that gives options of its ``forward``; ``None`` takes its own.
    """
    call = getattr(transform, way)
    if isinstance(transform, CNF):
        return call(u, condition, training=training, **({} if how is None else how(transform)))
    if has_stack(transform):
        return call(u, condition, training=training, how=how)
    values, change = call(u, **({"training": True} if training else {}))[:2]
    return Moved(values, change, 0)


def through(transforms, way, u, condition=None, training=False, how=None):
    """A ``Moved``: where a stack carries points; the change is ``None`` if a flow leaves it out."""
    total: Any = 0.0
    nfe: Any = 0
    for transform in transforms if way == "forward" else reversed(transforms):
        u, change, evaluations = move(transform, way, u, condition, training, how)
        total = None if total is None or change is None else total + change
        nfe = nfe + evaluations
    return Moved(u, total, nfe)


def has_stack(transform):
    """Whether there is a stack inside."""
    return hasattr(transform, "transforms")


def solves(transform):
    """Whether it takes a condition and, perhaps, solves an equation."""
    return isinstance(transform, CNF) or has_stack(transform)


def flows(transforms):
    """Every ``CNF`` in a stack, from the base to the data, also those inside others."""
    for transform in transforms:
        if isinstance(transform, CNF):
            yield transform
        elif has_stack(transform):
            yield from flows(transform.transforms)


def places(transforms, shape):
    """Every ``CNF`` in a stack with the shape of its state, from the data, of that shape, to the base."""
    for transform in reversed(transforms):
        if isinstance(transform, CNF):
            yield transform, shape
        elif has_stack(transform):
            yield from places(transform.transforms, transform.inner(shape))
        shape = tuple(transform.compute_output_shape(shape)[0])


def build(transforms, shape, given):
    """Build every transform that is not built, from the data to the base; returns the shape of the base.

    Args:
        transforms: The stack.
        shape: Of the data.
        given: The shape of a condition, or ``None``.
    """
    for transform in reversed(transforms):
        takes = given is not None and solves(transform)
        if not transform.built:
            transform.build(shape, *[given] if takes else [])
            transform.built = True
        shape = tuple(transform.compute_output_shape(shape)[0])
    return shape
