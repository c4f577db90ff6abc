"""How a solve ended."""

import enum


class Status(enum.IntEnum):
    """How a solve ended. ``tfp.math.ode`` calls a negative status a failure."""

    SUCCESS = 0
    STEP_TOO_SMALL = -1
    TOO_MANY_STEPS = -2
    NOT_FINITE = -3
