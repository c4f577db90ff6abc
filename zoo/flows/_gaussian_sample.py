"""The variational posterior of a latent state."""

import keras

from zoo import _check


@keras.saving.register_keras_serializable(package="zoo")
class GaussianSample(keras.layers.Layer):
    """``z = μ + exp(v/2) ε``, ``ε ~ N(0, 1)`` while training; ``z = μ`` in inference.

    Adds the mean over the batch of ``KL(N(μ, exp v) ‖ N(0, 1)) = ½ Σ (μ² + exp v − v − 1)``, times ``weight``, to the
    loss.

    Source: Kingma and Welling, "Auto-Encoding Variational Bayes" (2014, arXiv:1312.6114), §2.4 and appendix B.

    Args:
        weight: Factor of the divergence. Defaults to ``1.0``.
        seed: Of ε.

    Input: a list of μ and v, both ``(batch, latent)``. Output shape: the same.
    """

    def __init__(self, weight=1.0, seed=None, **kwargs):
        super().__init__(**kwargs)
        self.weight = _check.finite(weight, "weight")
        self.seed = seed
        self.seed_generator = keras.random.SeedGenerator(seed)

    def call(self, inputs, training=False):
        mean, log_variance = inputs
        divergence = 0.5 * keras.ops.sum(mean**2 + keras.ops.exp(log_variance) - log_variance - 1, axis=-1)
        self.add_loss(self.weight * keras.ops.mean(divergence))
        if not training:
            return mean
        noise = keras.random.normal(keras.ops.shape(mean), dtype=mean.dtype, seed=self.seed_generator)
        return mean + keras.ops.exp(0.5 * log_variance) * noise

    def compute_output_shape(self, input_shape):
        return input_shape[0]

    def get_config(self):
        return {**super().get_config(), "weight": self.weight, "seed": self.seed}
