"""Grouped convolution that any TensorFlow server runs."""

from typing import final

import keras

from zoo.layers.tensors import Tensor


@final
@keras.saving.register_keras_serializable(package="zoo")
class GroupedConv2D(keras.layers.Conv2D):
    """``y[…, G_g] = conv(x[…, I_g], W[…, G_g])`` for each of ``groups`` slices of the channels.

    Arguments and weights are those of ``keras.layers.Conv2D(groups=…)``. On TensorFlow, Keras
    compiles a grouped convolution with XLA, and a server with XLA switched off (TensorFlow
    Serving's default) refuses the exported model. Here it is split, convolve, concatenate:
    ordinary operations everywhere. Other backends run Keras's own.

    Source: Xie et al. (2017, arXiv:1611.05431), figure 3c, for its use in ResNeXt.

    Input shape: ``(batch, height, width, channels)``, channels divisible by ``groups``.
    """

    def convolution_op(self, inputs: Tensor, kernel: Tensor) -> Tensor:
        if self.groups == 1 or keras.backend.backend() != "tensorflow":
            return super().convolution_op(inputs, kernel)
        channels = -1 if self.data_format == "channels_last" else 1
        slices = zip(
            keras.ops.split(inputs, self.groups, axis=channels),
            keras.ops.split(kernel, self.groups, axis=-1),
            strict=True,
        )
        convolved = [super(GroupedConv2D, self).convolution_op(x, w) for x, w in slices]
        return keras.ops.concatenate(convolved, axis=channels)
