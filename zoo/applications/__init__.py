"""Networks as functions, each a numerical method, with the arguments of ``keras.applications.ResNet50``.

    model = zoo.applications.LMResNet()              # the default released model, ready to predict
    model = zoo.applications.LMResNet56(weights=None, classes=100)

Every application is a ``zoo.applications.Application``; ``help(zoo.applications.LMResNet20)`` shows its formula, its
source and every argument. Those common to all come first, in ResNet50's order, then the network's own, keyword-only.
Pictures are raw 0..255 values; normalisation is a layer of the model. The result is a functional ``keras.Model``.

A new family of networks is a module here and its name in the list of imports below; its applications and their
variants register themselves. ``make stubs`` then writes ``__init__.pyi``, by which editors and type checkers see them.
"""

from zoo.applications import ffjord as ffjord
from zoo.applications import flownet as flownet
from zoo.applications import fractalnet as fractalnet
from zoo.applications import fractalnet_imagenet as fractalnet_imagenet
from zoo.applications import hamiltonian_net as hamiltonian_net
from zoo.applications import irevnet as irevnet
from zoo.applications import leapfrog_net as leapfrog_net
from zoo.applications import lm_resnet as lm_resnet
from zoo.applications import momentum_resnet as momentum_resnet
from zoo.applications import odenet as odenet
from zoo.applications import polynet as polynet
from zoo.applications import resnet as resnet
from zoo.applications import resnet_mnist as resnet_mnist
from zoo.applications import resnet_v1 as resnet_v1
from zoo.applications import resnet_v2 as resnet_v2
from zoo.applications import resnext_v1 as resnext_v1
from zoo.applications import revnet as revnet
from zoo.applications import revnet_imagenet as revnet_imagenet
from zoo.applications import very_deep_polynet as very_deep_polynet
from zoo.applications.application import Application as Application
from zoo.applications.application import Network as Network
from zoo.applications.application import registered as registered
from zoo.applications.conversion import learned_k as learned_k
from zoo.applications.conversion import to_lm as to_lm
from zoo.applications.identity import calibration as calibration
from zoo.applications.identity import checkpoint as checkpoint
from zoo.applications.identity import identify as identify
from zoo.applications.identity import labels as labels
from zoo.applications.identity import preprocessing as preprocessing
from zoo.applications.models import build as build
from zoo.applications.models import list_models as list_models
from zoo.applications.models import load as load
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import logits as logits
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.predictions import probe_picture as probe_picture
from zoo.applications.saving import save as save

globals().update(registered())
