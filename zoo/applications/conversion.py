"""From a ResNet to the LM-ResNet that computes the same, and the k that an LM-ResNet has learned."""

import keras

from zoo.layers import Scheme
from zoo.weights import keys


def to_lm(resnet: keras.Model, name: str | None = None) -> keras.Model:
    """The LM network with k = 0 that computes what a ``ResNet`` or ``ResNeXt`` computes.

    Every ``ForwardEuler`` that has a previous state becomes a ``LinearMultistep`` with a trainable k = 0 and the
    same f; all weights are copied, so the two share nothing. Training goes on from there.

    Args:
        resnet: A functional model of ``zoo.applications`` whose steps are ``ForwardEuler`` layers.
        name: Of the new model. Defaults to ``"lm_"`` and the old name.

    Raises:
        ValueError: The model has no ``ForwardEuler`` step with a previous state of its own shape.
    """
    before: dict = {}  # id of a state -> (that state, which keeps the id valid, and the state before it)
    converted = set()

    def call(layer, *args, **kwargs):
        u = args[0]
        _, previous = before.get(id(u), (None, None))
        two_step = layer.two_step() if isinstance(layer, Scheme) else None
        if two_step is not None and previous is not None:
            converted.add(layer.name)
            u_next = two_step([u, previous])
        else:
            u_next = layer(*args, **kwargs)
        if two_step is not None:
            previous = u
        elif isinstance(layer, keras.layers.Add):  # p(u) + f(u): the projection is the previous state
            previous = u[0]
        before[id(u_next)] = (u_next, previous)
        return u_next

    model = keras.models.clone_model(resnet, call_function=call)
    model.name = name or f"lm_{resnet.name}"
    if not converted:
        raise ValueError(
            "to_lm needs a model with ForwardEuler steps that follow one another, such as zoo.applications.ResNet(). "
            f"Received: {resnet.name}, which has none."
        )
    arrays, variables = keys.arrays_of(resnet), keys.named_weights(model)
    keys.assign({key: variable for key, variable in variables.items() if key in arrays}, arrays, resnet.name)
    return model


def learned_k(model: keras.Model) -> dict[str, float | list[float]]:
    """The value of k in every block of an LM network, by the name of the block: a number, or one for each channel.

    A block whose k is fixed counts too. The dictionary is empty for a network without such blocks.
    """
    steps = ((layer.name, layer.coefficients) for layer in model.layers if isinstance(layer, Scheme))
    return {name: keras.ops.convert_to_numpy(found["k"]).tolist() for name, found in steps if "k" in found}
