"""Zoo: a Keras model zoo in which every network is a numerical method for u' = f(u)."""

import importlib.metadata

from zoo import analysis as analysis
from zoo import applications as applications
from zoo import flows as flows
from zoo import layers as layers
from zoo import serving as serving
from zoo import weights as weights
from zoo.analysis import rediscretize as rediscretize
from zoo.applications import checkpoint as checkpoint
from zoo.applications import labels as labels
from zoo.applications import list_models as list_models
from zoo.applications import load as load
from zoo.applications import save as save
from zoo.serving import export as export
from zoo.solvers import odeint as odeint
from zoo.training.finetuning import finetune as finetune

__version__ = importlib.metadata.version("odezoo")
