"""Networks that are no classifiers: generative models whose decoder or density is a flow."""

from zoo.flows.latent_ode import GaussianLikelihood as GaussianLikelihood
from zoo.flows.latent_ode import LatentODE as LatentODE
from zoo.flows.unet import UNet as UNet
