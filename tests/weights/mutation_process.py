"""A process that reads what is given to it, for ``test_mutations.py``: it answers, or it refuses in an error.

A line ``{"kind": …, "path": …}`` on stdin is answered by a line: ``{"answer": …}`` or ``{"refused": …}``. ``"wrote"``
names what was written outside of the folder of the first argument.
"""

import hashlib
import json
import pathlib
import sys

import numpy as np

ALLOWED = pathlib.Path(sys.argv[1]).resolve()
WROTE: list[str] = []
EVENTS = {
    "os.mkdir": 0,
    "os.rename": 1,
    "os.remove": 0,
    "os.rmdir": 0,
    "os.symlink": 1,
    "os.link": 1,
    "shutil.rmtree": 0,
}


def watch(event, arguments):
    """Note what is written outside."""
    if event == "open" and arguments[1] is not None and any(letter in str(arguments[1]) for letter in "wax+"):
        target = arguments[0]
    elif event in EVENTS:
        target = arguments[EVENTS[event]]
    else:
        return
    if isinstance(target, int):
        return
    path = pathlib.Path(target if isinstance(target, str) else str(target)).absolute()
    if ALLOWED not in (path, *path.parents) and path != pathlib.Path("/dev/null"):
        WROTE.append(f"{event} {path}")


def digest(tensors):
    """One digest of arrays by name; raises ``AssertionError`` unless they are arrays of numbers."""
    found = hashlib.sha256()
    for name in sorted(tensors):
        array = np.asarray(tensors[name])
        assert array.dtype != object
        found.update(repr((name, array.shape, str(array.dtype))).encode() + array.tobytes())
    return found.hexdigest()


def manifest(path):
    """Every row of a manifest, and where its file would be kept."""
    from zoo.weights import cache
    from zoo.weights.checkpoint import Checkpoint

    for row in json.loads(pathlib.Path(path).read_text("utf-8")):
        checkpoint = Checkpoint.from_row(row)
        place = cache.place(checkpoint).absolute()
        assert place.parent == cache.home().absolute() / "weights"
        pathlib.Path(ALLOWED, "names").mkdir(exist_ok=True)
    return "rows"


def release(path):
    """The first row of a manifest fetched from the folder that it lies in."""
    from zoo.weights import store
    from zoo.weights.checkpoint import Checkpoint

    checkpoint = Checkpoint.from_row(json.loads(pathlib.Path(path).read_text("utf-8"))[0])
    return hashlib.sha256(store.read(checkpoint)).hexdigest()


def preset(path):
    from zoo.weights import preset

    return digest(preset.read(path).tensors)


def weights(path):
    from zoo.weights import formats

    return digest(formats.read(path)[0])


def hdf5(path):
    from zoo.weights import hdf5

    hdf5.check(path, 10_000, "it")
    return "checked"


def load(path):
    """A whole model, by Keras."""
    import zoo

    model = zoo.load(path)
    return digest(zoo.weights.keys.arrays_of(model))


def main():
    sys.addaudithook(watch)
    for line in sys.stdin:
        asked = json.loads(line)
        del WROTE[:]
        try:
            answer = {"answer": globals()[asked["kind"]](asked["path"])}
        except (ValueError, OSError, TypeError, KeyError, OverflowError) as error:
            answer = {"refused": f"{type(error).__name__}: {str(error)[:200]}"}
        except Exception as error:
            answer = {"failed": f"{type(error).__name__}: {str(error)[:500]}"}
        print(json.dumps({**answer, "wrote": WROTE}), flush=True)


if __name__ == "__main__":
    main()
