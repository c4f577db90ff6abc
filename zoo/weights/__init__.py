"""Released weights: the manifest, and verified copies of the files."""

from zoo.data.environment import offline as offline
from zoo.weights.checkpoint import Checkpoint as Checkpoint
from zoo.weights.checkpoint import Digest as Digest
from zoo.weights.checkpoint import Metric as Metric
from zoo.weights.checkpoint import available as available
from zoo.weights.checkpoint import get as get
from zoo.weights.store import WeightsError as WeightsError
from zoo.weights.store import fetch as fetch
from zoo.weights.store import home as home
from zoo.weights.store import locate as locate
from zoo.weights.store import sha256 as sha256
