"""Names that a user types: the known one, or an error that says which was meant."""

import difflib
import os.path


def known(name, choices, kind: str) -> str:
    """Return the name if it is one of the choices; else raise ``unknown``."""
    choices = list(choices)
    if name not in choices:
        raise unknown(name, choices, kind)
    return name


def unknown(name, choices, kind: str) -> ValueError:
    """The error for a name that is none of the choices: it names the nearest, then all of them."""
    near = difflib.get_close_matches(str(name), choices, n=3, cutoff=0.5)
    hint = f" Did you mean {max(near, key=lambda choice: _likeness(str(name), choice))!r}?" if near else ""
    return ValueError(f"Unknown {kind}: {name!r}.{hint} Expected one of: {', '.join(choices) or '(none exist yet)'}.")


def _likeness(name, choice):
    """Similar letters first; among equals, the longer common beginning."""
    return difflib.SequenceMatcher(None, choice, name).ratio(), len(os.path.commonprefix([choice, name]))
