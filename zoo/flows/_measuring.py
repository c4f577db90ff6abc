"""Densities and samples of a flow as arrays, in batches."""

from typing import NamedTuple

import numpy as np

from zoo import _check
from zoo.flows import _checks, _stack
from zoo.flows.cnf import CNF, TRACES
from zoo.flows.guidance import Guidance

LEAST_DRAWS = 8
"""Fewer noises tell too little of their spread."""


class How(NamedTuple):
    """What takes the place of the flow's own trace and solver, or ``None``."""

    trace: str | None
    solver: str | None
    rtol: float | None
    atol: float | None
    steps: int | None

    def discretization(self, cnf):
        """That of a layer with these changes."""
        return cnf.discretization.changed(self.solver, self.rtol, self.atol, self.steps)


def log_prob(flow, x, condition, error, draws, seed, how, batch_size, probe=None):
    """See ``FlowModel.log_prob``."""
    from zoo.flows.flow_model import LogProb

    x = _checks.points(flow, x)
    condition = _checks.conditions(flow, condition, len(x))
    probe = None if probe is None else _checks.probe(flow, probe, len(x), error)
    if how.trace is not None:
        _check.known(how.trace, TRACES, "trace")
    draws = _check.integer(draws, "draws", LEAST_DRAWS if error else 1)
    estimated = any((how.trace or cnf.trace) == "hutchinson" for cnf in flow.flows)
    draws = draws if estimated and error else 1
    loose = any(how.discretization(cnf).loose for cnf in flow.flows)
    times = 10 / 9 if loose else 1  # a second that is finer is off itself, by up to a tenth as much
    rows = []
    generator = np.random.default_rng(seed)
    for part, given, told in _batches(x, condition, batch_size, probe):
        noises = [_noises(flow, part, generator, told) if estimated else {} for _ in range(draws)]
        values = np.stack([_values(flow, part, given, how, noise, False) for noise in noises])
        spread = values.std(axis=0, ddof=1) / np.sqrt(draws) if draws > 1 else np.zeros(len(part))
        others = [_values(flow, part, given, how, noise, True) for noise in noises[: 1 if error else 0]]
        solver = times * np.abs(values[0] - others[0]) if error else spread
        rows.append((values.mean(axis=0), solver, spread))
    columns = [np.concatenate(column).astype("float32") for column in zip(*rows, strict=True)] or [
        np.zeros(0, "float32")
    ] * 3
    return LogProb(*columns) if error else columns[0]


def _values(flow, x, condition, how, noises, other):
    """log p of a batch by a discretisation, with the noise of each flow."""

    def options(cnf):
        discretization = how.discretization(cnf)
        discretization = discretization.second() if other else discretization
        return {"trace": how.trace, "discretization": discretization, "epsilon": noises.get(id(cnf))}

    total = np.zeros(len(x))
    for transform in reversed(flow.transforms):
        x, change, _ = _stack.move(transform, "inverse", x, condition, how=options)
        total = total + np.asarray(change, "float64")
    return total + np.asarray(flow.base.log_prob(x), "float64")


def _noises(flow, x, generator, told):
    """A noise for each flow, by the identity of the layer, of the shape of the state there; the one that is told."""
    if told is not None:
        return flow.probes(told)
    noises = {}
    for cnf, shape in _stack.places(flow.transforms, (None, *flow.event_shape)):
        normal = generator.standard_normal((len(x), *shape[1:]), dtype="float32")
        noises[id(cnf)] = normal if cnf.noise == "gaussian" else np.where(normal < 0, -1, 1)
    return {key: value.astype("float32") for key, value in noises.items()}


def sample(flow, n, seed, condition, guidance, noise, how, batch_size, times=None):
    """See ``FlowModel.sample`` and, with times, ``FlowModel.transport``."""
    if noise is None:
        z = flow.base.sample(_check.integer(n, "n"), np.random.default_rng(seed))
    else:
        z = np.asarray(noise, "float32")
        expected = (n, *flow.base.event_shape)
        if z.shape != expected or not np.isfinite(z).all():
            raise ValueError(f"noise must be finite and of shape {expected}. Received: shape {z.shape}.")
    condition = _checks.conditions(flow, condition, len(z))
    if times is not None:
        _checks.single(flow, "transport has the times of one flow.")
    guided = _guided(flow, Guidance.of(guidance), condition)
    parts, most = [], 0
    for part, given, _ in _batches(z, condition, batch_size):
        values, nfe = _carried(flow, part, given, guided, how, times)
        parts.append(values)
        most = max(most, nfe)
    return np.concatenate(parts, axis=0 if times is None else 1), most


def _guided(flow, guidance, condition):
    if guidance.weight != 1 and (flow.classes is None or (condition == flow.classes).any()):
        raise ValueError(f"guidance is towards a class. Expected: condition=CLASS. Received: guidance={guidance}.")
    return guidance.over(flow.classes)


def _carried(flow, z, condition, guided, how, times):
    """Where a batch goes, and the evaluations of the field."""
    nfe, states = 0, z
    after = False  # whether there are states at several times

    def options(cnf):
        return {"density": False, "discretization": how.discretization(cnf), "guided": guided}

    for transform in flow.transforms:
        if times is not None and isinstance(transform, CNF):
            moved, after = transform.transport(states, times, condition, **options(transform)), True
            states, nfe = moved.values, int(moved.nfe)
        elif after:
            later = [_stack.move(transform, "forward", each).values for each in states]
            states = np.stack([np.asarray(each) for each in later])
        else:
            states, _, evaluations = _stack.move(transform, "forward", states, condition, how=options)
            nfe += int(evaluations)
    return np.asarray(states, "float32"), nfe * (1 if guided is None else 2)


def _batches(x, condition, size, probe=None):
    size = _check.integer(size, "batch_size")
    for start in range(0, len(x), size):
        yield tuple(None if each is None else each[start : start + size] for each in (x, condition, probe))
