"""Pictures in a request, as the graph reads them."""

import numpy as np

from zoo.data import encoding
from zoo.serving.server import protocol


def readable(array: np.ndarray) -> np.ndarray:
    """Pictures in bytes as the graph reads them; raises ``BadRequest`` that says which one is none."""
    for number, data in enumerate(array):
        try:
            array[number] = encoding.for_a_graph(data)
        except ValueError as error:
            raise protocol.BadRequest(f"picture {number}: {error}") from None
    return array
