"""The modules of PolyNet by name."""

from collections.abc import Sequence

import keras

from zoo import _check
from zoo.layers.backward_euler import BackwardEuler
from zoo.layers.fields.field_sum import FieldSum
from zoo.layers.forward_euler import ForwardEuler
from zoo.layers.scheme import Scheme

POLYNET_MODULES = {
    "poly-2": ("cascade", (0, 0)),
    "poly-3": ("cascade", (0, 0, 0)),
    "mpoly-2": ("cascade", (0, 1)),
    "mpoly-3": ("cascade", (0, 1, 2)),
    "2-way": ("parallel", (0, 1)),
    "3-way": ("parallel", (0, 1, 2)),
}
"""How each module combines its fields: one after the other or side by side, and which field stands where."""


def polynet_module(
    kind: str,
    fields: Sequence[keras.layers.Layer],
    step_size: float = 1.0,
    scale: float = 1.0,
    drop_path: float = 0.0,
    name: str | None = None,
    dtype: str | keras.DTypePolicy | None = None,
) -> Scheme:
    """The PolyNet module of that kind, with F, G, H = ``fields``.

    ========  ==========================  ======  =========
    kind      (h = 1, s = 1)              fields  evaluated
    ========  ==========================  ======  =========
    poly-2    u + F(u) + F(F(u))          1       2
    poly-3    u + F(u) + F²(u) + F³(u)    1       3
    mpoly-2   u + F(u) + G(F(u))          2       2
    mpoly-3   u + F + GF + HGF            3       3
    2-way     u + F(u) + G(u)             2       2
    3-way     u + F(u) + G(u) + H(u)      3       3
    ========  ==========================  ======  =========

    The poly and mpoly kinds are ``BackwardEuler`` (hʲ before the j-th term), the n-way kinds ``ForwardEuler`` of a sum.

    Source: Zhang et al., "PolyNet" (2017, arXiv:1611.05725), §3.

    Args:
        kind: A key of ``POLYNET_MODULES``.
        fields: As many Keras layers as the kind has different letters; or one for each place (as many as are
            evaluated), so that those of one letter can share their convolutions and have normalizations of their own,
            as the authors' do (``zoo.layers.normalized_anew``).
        step_size: h. Defaults to ``1.0``.
        scale: s, the residual scaling. Defaults to ``1.0``.
        drop_path: Probability that a path is left out for a sample while training. Defaults to ``0.0``.
        name, dtype: Of the layer.

    Raises ``ValueError`` if the kind is unknown or has another number of fields.
    """
    way, places = POLYNET_MODULES[_check.known(kind, POLYNET_MODULES, "PolyNet module")]
    if len(fields) not in (len(places), len(set(places))):
        raise ValueError(f"{kind} is made of {len(set(places))} field(s). Received: {len(fields)}.")
    chosen = list(fields) if len(fields) == len(places) else [fields[place] for place in places]
    if way == "cascade":
        return BackwardEuler(chosen, step_size, scale, drop_path, name=name, dtype=dtype)
    return ForwardEuler(FieldSum(chosen, drop_path, dtype=dtype, name="sum"), step_size * scale, name=name, dtype=dtype)
