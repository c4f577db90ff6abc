"""Networks that are no classifiers: generative models whose decoder or density is a flow."""

from zoo.flows.affine import Affine as Affine
from zoo.flows.cnf import CNF as CNF
from zoo.flows.cnf import Moved as Moved
from zoo.flows.dequantization import bits_per_dim as bits_per_dim
from zoo.flows.dequantization import dequantized as dequantized
from zoo.flows.flow_model import FlowModel as FlowModel
from zoo.flows.flow_model import LogProb as LogProb
from zoo.flows.flow_model import Samples as Samples
from zoo.flows.gaussian import Gaussian as Gaussian
from zoo.flows.guidance import Guidance as Guidance
from zoo.flows.latent_ode import GaussianLikelihood as GaussianLikelihood
from zoo.flows.latent_ode import LatentODE as LatentODE
from zoo.flows.logit import Logit as Logit
from zoo.flows.moving_batch_norm import MovingBatchNorm as MovingBatchNorm
from zoo.flows.multiscale import Multiscale as Multiscale
from zoo.flows.planar import Planar as Planar
from zoo.flows.squeeze import Squeeze as Squeeze
from zoo.flows.time_conv_net import TimeConvNet as TimeConvNet
from zoo.flows.time_dense import TimeDense as TimeDense
from zoo.flows.time_mlp import TimeMLP as TimeMLP
from zoo.flows.unet import UNet as UNet
