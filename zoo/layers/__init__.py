"""Numerical schemes as Keras layers: one scheme, one file, one class."""

from zoo.layers.backward_euler import BackwardEuler as BackwardEuler
from zoo.layers.batch_normalization import BatchNormalization as BatchNormalization
from zoo.layers.branch import basic_branch as basic_branch
from zoo.layers.branch import bottleneck_branch as bottleneck_branch
from zoo.layers.branch import preactivation_projection as preactivation_projection
from zoo.layers.branch import projection as projection
from zoo.layers.branch import resnext_branch as resnext_branch
from zoo.layers.field_sum import FieldSum as FieldSum
from zoo.layers.forward_euler import ForwardEuler as ForwardEuler
from zoo.layers.grouped_convolution import GroupedConv2D as GroupedConv2D
from zoo.layers.hamiltonian import Hamiltonian as Hamiltonian
from zoo.layers.leapfrog import Leapfrog as Leapfrog
from zoo.layers.leapfrog_midpoint import LeapfrogMidpoint as LeapfrogMidpoint
from zoo.layers.linear_multistep import LinearMultistep as LinearMultistep
from zoo.layers.momentum import Momentum as Momentum
from zoo.layers.parabolic import Parabolic as Parabolic
from zoo.layers.polynet_module import POLYNET_MODULES as POLYNET_MODULES
from zoo.layers.polynet_module import polynet_module as polynet_module
from zoo.layers.reversible import Reversible as Reversible
from zoo.layers.runge_kutta import RungeKutta as RungeKutta
from zoo.layers.stochastic_depth import StochasticDepth as StochasticDepth
from zoo.layers.stochastic_depth import linear_rates as linear_rates
from zoo.layers.symmetric_convolution import SymmetricConv2D as SymmetricConv2D
