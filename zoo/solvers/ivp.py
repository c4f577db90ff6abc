"""Solve an ordinary differential equation in one call."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from zoo import _check

if TYPE_CHECKING:
    from zoo.numerics import ButcherTableau
    from zoo.solvers.backsolve import Backsolve


def odeint(
    f: Callable,
    u0: Any,
    times: Any,
    *,
    method: "str | ButcherTableau" = "dopri5",
    rtol: float = 1e-3,
    atol: float = 1e-6,
    steps: int | None = None,
    max_steps: int | None = None,
    gradient: "str | Backsolve" = "replay",
    constants: dict[str, Any] | None = None,
    on_failure: str = "raise",
) -> Any:
    """The solution of u' = f(t, u), u(times[0]) = u0, at all times, the first included (TensorFlow).

    The order is that of the method. A call outside of ``tf.function`` compiles the solve anew: put repeated ones into
    a ``tf.function``.

    >>> import tensorflow as tf
    >>> states = odeint(lambda t, u: -u, tf.constant([1.0], tf.float64), [0.0, 0.5, 1.0], rtol=1e-6)
    >>> states.numpy().round(4).tolist()
    [[1.0], [0.6065], [0.3679]]

    Source: ``zoo.solvers.RungeKuttaSolver``, which says what the arguments mean.

    Args:
        f: Function f(t, u, **constants) with the structure, shape and dtype of u. t is a scalar tensor.
        u0: Initial state: a tensor or a nest of tensors, float32 or float64.
        times: 1-D, at least two, strictly increasing or strictly decreasing: numbers in a list or ``range``, an array,
            or a tensor, whose length may be open outside XLA.
        method: Name of a tableau in ``zoo.numerics.TABLEAUS`` (default ``"dopri5"``), or a ``ButcherTableau``.
        rtol, atol: Tolerances of an adaptive step. Default ``1e-3`` and ``1e-6``.
        steps: Equal steps between two times; ``None`` (default) adapts them.
        max_steps: Most attempts of an adaptive solve between two times. Defaults to ``None``: 10,000, or 64 under XLA.
        gradient: ``"replay"`` (default), ``"direct"``, ``"backsolve"``, a ``zoo.solvers.Backsolve`` or ``"tfp"``.
        constants: Dictionary of tensors that f takes by name and that gradients reach.
        on_failure: ``"raise"`` (default): ``tf.errors.InvalidArgumentError`` if a time is not reached, with the time at
            which the solve ended, why, and what to do; XLA has no errors at run time, so there it is as ``"nan"``: the
            states that were not reached are NaN.

    Returns:
        The states, structured like u0, with an axis of length ``len(times)`` in front of the axes of u0.

    Raises:
        ValueError: Bad times, tolerances or names; f whose value does not fit u.
        tf.errors.InvalidArgumentError: See ``on_failure``.
    """
    with _check.tensorflow_for("zoo.odeint"):
        import tensorflow as tf

        from zoo.solvers.failure import told
        from zoo.solvers.solver import RungeKuttaSolver

    _check.known(on_failure, ("raise", "nan"), "on_failure")
    times = times if hasattr(times, "shape") else list(times)
    count = len(times) if isinstance(times, list) else [*times.shape, 0][0]
    if count is not None and count < 2:
        raise ValueError(f"times must be at least two, the first that of u0. Received: {times}.")
    solver = RungeKuttaSolver(method, rtol=rtol, atol=atol, steps=steps, max_steps=max_steps, gradient=gradient)
    results = solver.solve(f, times[0], u0, times[1:], constants=constants)
    counts = results.diagnostics

    def joined(first, rest):
        rest = told(rest, on_failure, counts.status, counts.time, times, solver.most(bounded=False))
        return tf.concat([tf.convert_to_tensor(first)[None], rest], 0)

    return tf.nest.map_structure(joined, u0, results.states)
