"""Flow matching of pictures as a regression: the batches, and the model that ``fit`` trains."""

import keras
import numpy as np

from zoo.data.batches import Batches
from zoo.flows import dequantized
from zoo.training.recipe import MatchingRecipe


class MatchingBatches(Batches):
    """``x_t = (1 − t) z + t x`` with t and the class, and ``x − z``, the velocity that is to be learnt.

    x is the picture with uniform noise below a grey level, scaled to [-1, 1]; z ~ N(0, 1), t ~ U(0, 1). All that is
    drawn is a function of (seed, epoch, step), as in ``Batches``.

    Source: Lipman et al. (2023, arXiv:2210.02747), equation 23 with σ = 0; classes left out: Ho and Salimans (2022,
    arXiv:2207.12598), algorithm 1.

    Args:
        recipe: The size of a batch, the epochs, the seed, and the share of left-out classes.
        images: uint8 ``(n, height, width, channels)``.
        labels: Class numbers, ``(n,)``.
        classes: How many there are; it is the number of the null class.
    """

    def __init__(self, recipe: MatchingRecipe, images: np.ndarray, labels: np.ndarray, classes: int) -> None:
        super().__init__(images, labels, recipe.batch_size, recipe.epochs, recipe.seed, augment=False)
        self.classes, self.drop_condition = classes, recipe.drop_condition

    def batch(self, update: int) -> tuple[dict[str, np.ndarray], np.ndarray]:  # type: ignore[override]
        """What goes into the model of ``regression`` and what is to come out, for one update of the run."""
        images, labels = super().batch(update)
        rng = np.random.default_rng((self.seed, *divmod(update, self.steps)))
        x = 2 * dequantized(images, rng) - 1
        z = rng.standard_normal(x.shape, "float32")
        t = rng.random((len(x), 1, 1, 1), "float32")
        told = np.where(rng.random(len(x)) < self.drop_condition, self.classes, labels)
        state = (1 - t) * z + t * x
        return {"t": t[:, 0, 0, 0], "u": state, "condition": told.astype("int32")}, x - z


def regression(field: keras.layers.Layer, shape: tuple[int, ...]) -> keras.Model:
    """The field as a model of named inputs, ``t``, ``u`` and ``condition``, that ``fit`` trains on ``MatchingBatches``.

    Args:
        field: Called ``(t, u, condition)``.
        shape: Of a picture.
    """
    t, u = keras.Input((), name="t"), keras.Input(shape, name="u")
    condition = keras.Input((), dtype="int32", name="condition")
    return keras.Model({"t": t, "u": u, "condition": condition}, field(t, u, condition), name="matching")
