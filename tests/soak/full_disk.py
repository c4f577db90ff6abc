"""Downloads onto a disk that is full, at sizes up to that of the file: a clear line, nothing wrong left, then success.

    python tests/soak/full_disk.py

Linux: it mounts a small tmpfs in a namespace of its own (``unshare``). Exits 1 if anything is not as it should be.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

PROGRAM = """
import pathlib, sys
sys.path.insert(0, sys.argv[1])
import faults
from zoo import weights
weights.store.PACKAGE = pathlib.Path("/nowhere/zoo/weights")
row = faults.checkpoint()
with faults.served(faults.well) as server:
    import os
    os.environ["ZOO_WEIGHTS_URL"] = server.url
    first = faults.outcome(row)
    left = sorted(path.name for path in weights.cache.place(row).parent.glob("*"))
    os.system("mount -o remount,size=2m " + os.environ["ZOO_HOME"])
    print(first == faults.GOOD, "No space left on device" in first, left, faults.outcome(row) == faults.GOOD)
"""


def main():
    wrong = 0
    folder = pathlib.Path(__file__).resolve().parents[1] / "weights"
    for size in range(4, 132, 8):
        with tempfile.TemporaryDirectory() as home:
            mount = f'mount -t tmpfs -o size={size}k none {home} && exec {sys.executable} -c "$PROGRAM" {folder}'
            done = subprocess.run(
                ["unshare", "-rm", "sh", "-c", mount],
                env={**os.environ, "ZOO_HOME": home, "PROGRAM": PROGRAM},
                capture_output=True,
                text=True,
                timeout=120,
            )
        answer = done.stdout.strip()
        fits = answer.startswith("True False")
        good = fits or answer == "False True [] True"
        wrong += not good
        print(f"{size} kB: {answer or done.stderr[-500:]}{'' if good else '  <- wrong'}", flush=True)
    sys.exit(wrong > 0)


if __name__ == "__main__":
    main()
