"""Released weights: the manifest, and verified copies of the files. Importing it imports no Keras."""

from zoo.data.environment import offline as offline
from zoo.weights.cache import home as home
from zoo.weights.calibration import Calibration as Calibration
from zoo.weights.checkpoint import KINDS as KINDS
from zoo.weights.checkpoint import Checkpoint as Checkpoint
from zoo.weights.checkpoint import Classifier as Classifier
from zoo.weights.checkpoint import Converted as Converted
from zoo.weights.checkpoint import Density as Density
from zoo.weights.checkpoint import Digest as Digest
from zoo.weights.checkpoint import File as File
from zoo.weights.checkpoint import Metric as Metric
from zoo.weights.checkpoint import Preprocessing as Preprocessing
from zoo.weights.checkpoint import Trained as Trained
from zoo.weights.manifest import available as available
from zoo.weights.manifest import get as get
from zoo.weights.manifest import trained as trained
from zoo.weights.store import WeightsError as WeightsError
from zoo.weights.store import copies as copies
from zoo.weights.store import fetch as fetch
from zoo.weights.store import locate as locate
from zoo.weights.store import read as read
from zoo.weights.store import sha256 as sha256
