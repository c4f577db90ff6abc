"""Solve an ordinary differential equation in one call."""

from zoo import _check


def odeint(
    f,
    u0,
    times,
    *,
    method="dopri5",
    rtol=1e-3,
    atol=1e-6,
    steps=None,
    max_steps=64,
    gradient="replay",
    constants=None,
    on_failure="raise",
):
    """The solution of u' = f(t, u), u(times[0]) = u0, at all times, the first included (TensorFlow).

    A call outside of ``tf.function`` compiles the solve anew: put repeated ones into a ``tf.function``.

    Source: ``zoo.solvers.solver.RungeKuttaSolver``, which says what the arguments mean.

    Args:
        f: Function f(t, u, **constants) with the structure, shape and dtype of u. t is a scalar tensor.
        u0: Initial state: a tensor or a nest of tensors, float32 or float64.
        times: 1-D, at least two, strictly increasing or strictly decreasing.
        method: Name of a tableau in ``zoo.numerics.TABLEAUS`` (default ``"dopri5"``), or a ``ButcherTableau``.
        rtol, atol: Tolerances of an adaptive step. Default ``1e-3`` and ``1e-6``.
        steps: Equal steps between two times instead of adaptive ones.
        max_steps: Most attempts of an adaptive solve between two times. Defaults to ``64``.
        gradient: ``"replay"`` (default), ``"direct"``, ``"backsolve"`` or ``"tfp"``.
        constants: Dictionary of tensors that f takes by name and that gradients reach.
        on_failure: ``"raise"`` (default): ``tf.errors.InvalidArgumentError`` if a time is not reached; XLA has no
            errors at run time, so there it is as ``"nan"``: the states that were not reached are NaN.

    Returns:
        The states, with an axis of length ``len(times)`` in front of the axes of u0.

    Raises:
        ValueError: Bad times, tolerances or names; f whose value does not fit u.
        tf.errors.InvalidArgumentError: See ``on_failure``.
    """
    import tensorflow as tf

    from zoo.solvers.solver import RungeKuttaSolver
    from zoo.solvers.step_control import raise_on_failure

    _check.known(on_failure, ("raise", "nan"), "on_failure")
    count = len(times) if isinstance(times, (list, tuple)) else times.shape[0]
    if count is None or count < 2:
        raise ValueError(f"times must be at least two, the first that of u0. Received: {count}.")
    solver = RungeKuttaSolver(method, rtol=rtol, atol=atol, steps=steps, max_steps=max_steps, gradient=gradient)
    results = solver.solve(f, times[0], u0, times[1:], constants=constants)

    def joined(first, rest):
        rest = raise_on_failure(rest, results.diagnostics.status) if on_failure == "raise" else rest
        return tf.concat([tf.convert_to_tensor(first)[None], rest], 0)

    return tf.nest.map_structure(joined, u0, results.states)
