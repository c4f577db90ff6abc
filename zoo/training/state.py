"""The whole state of a run: out of a model that trains, and back into it, every variable by name."""

import re
from collections.abc import Iterator

import keras
import numpy as np

from zoo.data.batches import Batches
from zoo.training.checkpoints import Checkpoints
from zoo.training.monitor import Row, synchronized
from zoo.weights.keys import named_weights

Named = dict[str, keras.Variable]


def variables(model: keras.Model) -> Named:
    """Every variable that an update reads, by a name that is the same in every process.

    ``model/stage1_block1/field/conv1/kernel`` is a weight by its key in a weight file,
    ``seed/stage1_block1/field/drop_path/0`` the state of a layer's first random generator,
    ``optimizer/momentums/stage1_block1/field/conv1/kernel`` what the optimizer keeps of a weight, and
    ``optimizer/iteration`` what it keeps once. No counter of Keras enters, so that it does not matter which models the
    process has built before.

    Args:
        model: Compiled, its optimizer built.

    Raises:
        ValueError: A variable of the model or of the optimizer would be left out.
    """
    weights = named_weights(model)
    optimizer = named_slots(model.optimizer, weights)
    named = {f"model/{name}": variable for name, variable in weights.items()}
    named |= {f"seed/{name}": variable for name, variable in named_seeds(model).items()}
    named |= {f"optimizer/{name}": variable for name, variable in optimizer.items()}
    known = {id(variable) for variable in named.values()}
    left_out = [v.path for v in (*model.variables, *model.optimizer.variables) if id(v) not in known]
    if left_out:
        raise ValueError(
            f"The state of {model.name} would lack {', '.join(left_out)}, so that a run could not go on exactly. "
            "Expected variables that layers or the optimizer hold as attributes."
        )
    return named


def named_seeds(model: keras.Model) -> Named:
    """The states of a model's random generators, by the position of the layer that owns them and a number."""
    named: Named = {}
    seen = set()
    for position, layer in positions(model):
        for number, generator in enumerate(layer._seed_generators):
            if id(generator) not in seen:
                seen.add(id(generator))
                named[f"{position}/{number}"] = generator.state
    return named


def named_slots(optimizer: keras.optimizers.Optimizer, weights: Named) -> Named:
    """The variables of an optimizer: by the attribute that holds them and the weight that they belong to, or, if they
    belong to none, by their own name.

    Args:
        optimizer: Built for the weights that train.
        weights: The weights of the model by name.
    """
    if isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        scale = {variable.name: variable for variable in optimizer._variables}
        return {**scale, **named_slots(optimizer.inner_optimizer, weights)}
    names = {id(variable): name for name, variable in weights.items()}
    keys = [names[id(variable)] for variable in optimizer._trainable_variables]
    own = {id(variable) for variable in optimizer.variables}
    named: Named = {}
    for attribute, value in vars(optimizer).items():
        if isinstance(value, list) and len(value) == len(keys) and attribute != "_variables":
            slots = zip(keys, value, strict=True)
            named |= {f"{attribute.strip('_')}/{key}": slot for key, slot in slots if id(slot) in own}
    slotted = {id(variable) for variable in named.values()}
    return named | {v.name: v for v in optimizer.variables if id(v) not in slotted}


def positions(layer: keras.layers.Layer, at: str = "") -> Iterator[tuple[str, keras.layers.Layer]]:
    """A layer and all layers inside it, each once, with a path: the names that were given to them, and the numbers of
    those that Keras has named by a counter, or like another beside them."""
    seen = {id(layer)}

    def below(parent: keras.layers.Layer, at: str) -> Iterator[tuple[str, keras.layers.Layer]]:
        yield at, parent
        names = [child.name for child in parent._layers]
        for number, child in enumerate(parent._layers):
            if id(child) not in seen:
                seen.add(id(child))
                given = names.count(child.name) == 1 and not _counted(child)
                part = child.name if given else str(number)
                yield from below(child, f"{at}/{part}" if at else part)

    return below(layer, at)


def _counted(layer: keras.layers.Layer) -> bool:
    """Whether the name is one that Keras makes from the class: ``conv2d``, ``conv2d_7``."""
    made = keras.src.utils.naming.to_snake_case(type(layer).__name__)
    return re.fullmatch(rf"{re.escape(made)}(_\d+)?", layer.name) is not None


def capture(model: keras.Model) -> dict[str, np.ndarray]:
    """The values of ``variables``. Raises ``FloatingPointError`` if one is not finite."""
    arrays = {}
    for name, variable in variables(synchronized(model)).items():
        arrays[name] = np.asarray(keras.ops.convert_to_numpy(variable))
        if not np.isfinite(arrays[name]).all():
            raise FloatingPointError(
                f"{variable.path} is not finite any more. The last saved state is kept. "
                "Lower the learning rate or clip the gradient (clip_norm)."
            )
    return arrays


def restore(model: keras.Model, checkpoints: Checkpoints, batches: Batches) -> tuple[list[Row], Row]:
    """Put the newest whole state into the model and the batches.

    Args:
        model: Compiled, its optimizer built.
        checkpoints: Of the run; without one nothing changes.
        batches: Go on after the last update of the state.

    Returns:
        The log's rows and the sums of the current epoch.

    Raises:
        ValueError: The state is not that of this model and optimizer; the message names all that differs.
    """
    found = checkpoints.latest()
    if found is None:
        return [], {}
    update, arrays, meta = found
    named = variables(model)
    problems = list(_differences(named, arrays))
    if problems:
        raise ValueError(
            f"The state after update {update} in {checkpoints.folder} is not that of {model.name} and its optimizer: "
            f"{'; '.join(problems)}. Go on with the network that was trained there, or choose another folder."
        )
    for name, variable in named.items():
        variable.assign(arrays[name])
    batches.start = update
    return meta["rows"], meta["sums"]


def _differences(named: Named, arrays: dict[str, np.ndarray]) -> Iterator[str]:
    for name, variable in named.items():
        if name not in arrays:
            yield f"{name} is missing"
        elif arrays[name].shape != tuple(variable.shape):
            yield f"{name} has shape {arrays[name].shape} instead of {tuple(variable.shape)}"
    for name in arrays.keys() - named.keys():
        yield f"{name} is unknown"
