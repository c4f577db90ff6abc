"""All figures of the documents, by one command.

    pip install -e '.[train]' && python docs/figures [NAME …]     # default: all that are drawn here
    python docs/figures --list                                     # those that a longer measurement makes, too

Each module here is one figure. It has ``data()``, which computes its rows and is run again by the tests, or
``MEASURED``, which says where its rows come from; ``draw(rows)`` needs nothing else. The rows are kept in
docs/figures/data/NAME.csv, the picture is docs/images/NAME.png.
"""

import argparse
import importlib
import pathlib

import guides
import style

HELPERS = {"__main__", "guides", "paths", "style"}
NAMES = sorted(path.stem for path in pathlib.Path(__file__).parent.glob("*.py") if path.stem not in HELPERS)


def make(name: str) -> None:
    """Compute the rows of a figure, if they are computed, keep them, and draw it."""
    module = importlib.import_module(name)
    if hasattr(module, "data"):
        style.write(name, module.data())
    module.draw(style.read(name)).savefig(style.IMAGES / f"{name}.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], default=[], metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--list", action="store_true", help="say which picture is made by which command, and stop")
    arguments = parser.parse_args()
    if arguments.list:
        for name in NAMES:
            measured = getattr(importlib.import_module(name), "MEASURED", None)
            rows = f"measured by {measured.command}; {measured.machine}; {measured.date}" if measured else "computed"
            print(f"{name}.png: python docs/figures {name} ({rows})")
        for picture, origin in guides.PICTURES.items():
            print(f"{picture}: {origin.command} ({origin.machine}; {origin.date})")
        return
    for name in arguments.names or NAMES:
        make(name)
        print(f"docs/images/{name}.png, docs/figures/data/{name}.csv", flush=True)


if __name__ == "__main__":
    main()
