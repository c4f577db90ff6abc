"""Zoo: a Keras model zoo in which every network is a numerical method for u' = f(u)."""

import importlib.metadata

from zoo import applications as applications
from zoo import export as export
from zoo import layers as layers
from zoo import weights as weights
from zoo.applications import list_models as list_models
from zoo.applications import load as load
from zoo.finetune import finetune as finetune
from zoo.odeint import odeint as odeint
from zoo.rediscretize import rediscretize as rediscretize

__version__ = importlib.metadata.version("odezoo")
