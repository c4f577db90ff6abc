"""Every named variant in every format, each variant in a process of its own, so that a large one has the memory alone.

    python tests/soak/exports.py [NAME …] [--to saved_model onnx litert openvino]

A line for each variant: its seconds, and what pytest says. Goes on after a failure, and ends with status 1 if there was
one.
"""

import argparse
import os
import pathlib
import subprocess
import sys
import time

from zoo.serving.exporting.exports import FORMATS

TESTS = pathlib.Path(__file__).parents[1]


def main() -> int:
    sys.path.insert(0, str(TESTS))
    from descriptors import APPLICATIONS

    known = [name for row in APPLICATIONS for name in row.parameters]
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", choices=[[], *known], default=[], metavar="NAME")
    parser.add_argument("--to", nargs="+", choices=FORMATS, default=FORMATS)
    arguments = parser.parse_args()
    failed = []
    for name in arguments.names or known:
        start = time.perf_counter()
        done = tried(name, arguments.to)
        *_, last = done.stdout.strip().splitlines() or [f"no answer, status {done.returncode}"]
        print(f"{name}: {time.perf_counter() - start:.0f} s, {last}", flush=True)
        if done.returncode:
            failed.append(name)
            print(done.stdout[-3000:], done.stderr[-1000:], flush=True)
    print(f"failed: {', '.join(failed)}" if failed else "all agree, or are refused by name")
    return 1 if failed else 0


def tried(name: str, formats: list[str]) -> subprocess.CompletedProcess:
    """The tests of a variant, in a process of their own."""
    test = TESTS / "serving" / "test_every_application.py"
    tests = [f"{test}::test_a_variant_is_exported_or_refused[{name}-{to}]" for to in formats]
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-o", "addopts=", "-q", *tests]
    environment = {**os.environ, "ZOO_WHOLE": "1"}
    return subprocess.run(command, capture_output=True, text=True, env=environment, cwd=TESTS.parent)


if __name__ == "__main__":
    sys.exit(main())
