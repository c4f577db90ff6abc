"""Numerical schemes as Keras layers: one scheme, one file, one class."""

from zoo.layers.batch_normalization import BatchNormalization as BatchNormalization
from zoo.layers.branch import basic_branch as basic_branch
from zoo.layers.branch import bottleneck_branch as bottleneck_branch
from zoo.layers.branch import preactivation_projection as preactivation_projection
from zoo.layers.branch import projection as projection
from zoo.layers.branch import resnext_branch as resnext_branch
from zoo.layers.column_mask import ColumnMask as ColumnMask
from zoo.layers.forward_euler import ForwardEuler as ForwardEuler
from zoo.layers.fractal import Fractal as Fractal
from zoo.layers.fractal_block import fractal_block as fractal_block
from zoo.layers.fractal_block import fractal_unit as fractal_unit
from zoo.layers.grouped_convolution import GroupedConv2D as GroupedConv2D
from zoo.layers.linear_multistep import LinearMultistep as LinearMultistep
from zoo.layers.stochastic_depth import StochasticDepth as StochasticDepth
from zoo.layers.stochastic_depth import linear_rates as linear_rates
