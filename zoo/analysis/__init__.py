"""What only networks that are numerical methods can do: refine, rediscretize, measure their truncation error."""

from zoo.analysis.adaptive_steps import solver_work as solver_work
from zoo.analysis.coefficients import step_coefficients as step_coefficients
from zoo.analysis.discretization_error import estimate as estimate
from zoo.analysis.discretization_error import until_settled as until_settled
from zoo.analysis.finer_labels import label_changes as label_changes
from zoo.analysis.fractal_columns import Anytime as Anytime
from zoo.analysis.fractal_columns import anytime as anytime
from zoo.analysis.fractal_columns import column as column
from zoo.analysis.fractal_columns import columns as columns
from zoo.analysis.instruments import Instruments as Instruments
from zoo.analysis.inversion import last_states as last_states
from zoo.analysis.inversion import picture_of as picture_of
from zoo.analysis.operations import macs as macs
from zoo.analysis.reconstruction import reconstruction_errors as reconstruction_errors
from zoo.analysis.rediscretization import rediscretize as rediscretize
from zoo.analysis.refinement import change as change
from zoo.analysis.refinement import refine as refine
from zoo.analysis.spectral_radius import spectral_radii as spectral_radii
from zoo.analysis.stage_states import features as features
from zoo.analysis.truncation_error import truncation as truncation
from zoo.analysis.work_precision import dial as dial
