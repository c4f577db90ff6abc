"""Released weights: the manifest, and verified copies of the files."""

from zoo.weights.download import WeightsError as WeightsError
from zoo.weights.download import fetch as fetch
from zoo.weights.download import home as home
from zoo.weights.download import locate as locate
from zoo.weights.download import offline as offline
from zoo.weights.download import sha256 as sha256
from zoo.weights.registry import Checkpoint as Checkpoint
from zoo.weights.registry import Digest as Digest
from zoo.weights.registry import Metric as Metric
from zoo.weights.registry import available as available
from zoo.weights.registry import get as get
