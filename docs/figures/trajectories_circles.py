"""Where trained networks take a disc and the ring around it (docs/guides/trajectories.md)."""

import paths
import style

MEASURED = style.Measured("python docs/guides/trajectories.py", "two cores of an AMD EPYC", "2026-11-30")


def draw(rows: list[dict]) -> style.Figure:
    return paths.figure(rows)
