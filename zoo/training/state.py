"""The whole state of a run: out of a model that trains, and back into it."""

import keras
import numpy as np


def _variables(model):
    """Every variable that an update reads, by a name for the file: weights, statistics, random seeds, optimizer."""
    groups = {"model": model.variables, "optimizer": model.optimizer.variables}
    return {f"{group}/{i:04d}": variable for group, variables in groups.items() for i, variable in enumerate(variables)}


def capture(model):
    """The values of ``_variables``. Raises ``FloatingPointError`` if one is not finite."""
    if hasattr(model, "jax_state_sync"):  # in the middle of fit, JAX's trainer holds the values itself
        model.jax_state_sync()
    arrays = {}
    for name, variable in _variables(model).items():
        arrays[name] = np.asarray(keras.ops.convert_to_numpy(variable))
        if not np.isfinite(arrays[name]).all():
            raise FloatingPointError(
                f"{variable.path} is not finite any more. The last saved state is kept. "
                "Lower the learning rate or clip the gradient (clip_norm)."
            )
    return arrays


def restore(model, checkpoints, batches):
    """Put the newest whole state into the model and the batches; returns the log's rows and the epoch's sums."""
    found = checkpoints.latest()
    if found is None:
        return [], {}
    update, arrays, meta = found
    for name, variable in _variables(model).items():
        variable.assign(arrays[name])
    batches.start = update
    return meta["rows"], meta["sums"]
