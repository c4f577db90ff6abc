"""Networks as functions, each a numerical method, with the arguments of ``keras.applications.ResNet50``.

    model = zoo.applications.LMResNet()              # the default released model, ready to predict
    model = zoo.applications.LMResNet56(weights=None, classes=100)

Arguments common to all, in this order:

* ``include_top=True``: whether to end in global average pooling and a classifier.
* ``weights="cifar10"``: ``None`` (random), a tag, a full NAME (``zoo.list_models(pretrained=True)``) or the path of a
  ``.weights.h5`` file. It is never derived from ``name``. A tag without a released file raises. Networks for other
  pictures have another tag by default, such as ``"mnist"``.
* ``input_tensor=None``: a symbolic tensor to start from instead of a new ``Input``.
* ``input_shape=None``: (height, width, channels), a tuple or a list; 32×32×3 by default unless the network says
  otherwise, at least 8×8; a side may be ``None``. One channel (grey) is repeated to three before normalisation;
  networks for MNIST take one channel and no other.
* ``pooling=None``: without top, ``None`` (feature map), ``"avg"`` or ``"max"``.
* ``classes=10``: another number than the checkpoint's loads the trunk and starts a new head, with one log line.
* ``classifier_activation="softmax"``: ``None`` gives logits; with released weights one of these two.
* ``name=None``: of the model; layer names are fixed.

Then come the network's own, keyword-only arguments. Pictures are raw 0..255 values; normalisation is a layer of the
model. The result is a functional ``keras.Model``. A call raises ``ValueError`` for an argument that does not fit or for
weights that do not exist, ``FileNotFoundError`` for a path without a file, and ``zoo.weights.WeightsError`` when a
released file cannot be had intact.
"""

from zoo.applications._models import FUNCTIONS as FUNCTIONS
from zoo.applications._models import VARIANTS as VARIANTS
from zoo.applications._models import build as build
from zoo.applications._models import list_models as list_models
from zoo.applications._models import load as load
from zoo.applications.fractalnet import FractalNet as FractalNet
from zoo.applications.fractalnet import FractalNet20 as FractalNet20
from zoo.applications.fractalnet import FractalNet40 as FractalNet40
from zoo.applications.fractalnet import ThinFractalNet5 as ThinFractalNet5
from zoo.applications.fractalnet import ThinFractalNet10 as ThinFractalNet10
from zoo.applications.fractalnet import ThinFractalNet20 as ThinFractalNet20
from zoo.applications.fractalnet import ThinFractalNet40 as ThinFractalNet40
from zoo.applications.fractalnet import ThinFractalNet80 as ThinFractalNet80
from zoo.applications.fractalnet import ThinFractalNet160 as ThinFractalNet160
from zoo.applications.hamiltonian_net import HamiltonianNet as HamiltonianNet
from zoo.applications.hamiltonian_net import HamiltonianNet74 as HamiltonianNet74
from zoo.applications.hamiltonian_net import HamiltonianNet218 as HamiltonianNet218
from zoo.applications.leapfrog_net import LeapfrogNet as LeapfrogNet
from zoo.applications.leapfrog_net import LeapfrogNet26 as LeapfrogNet26
from zoo.applications.leapfrog_net import LeapfrogNet62 as LeapfrogNet62
from zoo.applications.lm_resnet import LMResNet as LMResNet
from zoo.applications.lm_resnet import LMResNet20 as LMResNet20
from zoo.applications.lm_resnet import LMResNet32 as LMResNet32
from zoo.applications.lm_resnet import LMResNet44 as LMResNet44
from zoo.applications.lm_resnet import LMResNet56 as LMResNet56
from zoo.applications.lm_resnet import LMResNet110 as LMResNet110
from zoo.applications.lm_resnet import LMResNet164 as LMResNet164
from zoo.applications.lm_resnet import LMResNeXt as LMResNeXt
from zoo.applications.lm_resnet import LMResNeXt29 as LMResNeXt29
from zoo.applications.lm_resnet import learned_k as learned_k
from zoo.applications.lm_resnet import to_lm as to_lm
from zoo.applications.momentum_resnet import MomentumResNet as MomentumResNet
from zoo.applications.momentum_resnet import MomentumResNet20 as MomentumResNet20
from zoo.applications.momentum_resnet import MomentumResNet56 as MomentumResNet56
from zoo.applications.odenet import AugmentedODENet as AugmentedODENet
from zoo.applications.odenet import ODENet as ODENet
from zoo.applications.odenet import ODENetCIFAR as ODENetCIFAR
from zoo.applications.odenet import ODENetMNIST as ODENetMNIST
from zoo.applications.odenet import RKNetCIFAR as RKNetCIFAR
from zoo.applications.odenet import RKNetMNIST as RKNetMNIST
from zoo.applications.polynet import PolyNet as PolyNet
from zoo.applications.polynet import PolyNet20 as PolyNet20
from zoo.applications.polynet import PolyNet56 as PolyNet56
from zoo.applications.predictions import decode_predictions as decode_predictions
from zoo.applications.predictions import logits as logits
from zoo.applications.predictions import preprocess_input as preprocess_input
from zoo.applications.predictions import probe_picture as probe_picture
from zoo.applications.resnet import ResNet as ResNet
from zoo.applications.resnet import ResNet20 as ResNet20
from zoo.applications.resnet import ResNet32 as ResNet32
from zoo.applications.resnet import ResNet38Refined as ResNet38Refined
from zoo.applications.resnet import ResNet44 as ResNet44
from zoo.applications.resnet import ResNet56 as ResNet56
from zoo.applications.resnet import ResNet110 as ResNet110
from zoo.applications.resnet import ResNet164 as ResNet164
from zoo.applications.resnet import ResNeXt as ResNeXt
from zoo.applications.resnet import ResNeXt29 as ResNeXt29
from zoo.applications.resnet_mnist import ResNet6MNIST as ResNet6MNIST
from zoo.applications.resnet_mnist import ResNetMNIST as ResNetMNIST
from zoo.applications.revnet import RevNet as RevNet
from zoo.applications.revnet import RevNet38 as RevNet38
from zoo.applications.revnet import RevNet110 as RevNet110
from zoo.applications.revnet import RevNet164 as RevNet164
