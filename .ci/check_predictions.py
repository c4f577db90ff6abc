"""Hold the output of `zoo predict docs/images/*/* --json` against what the pictures show."""

import json
import pathlib
import sys

results = json.loads(pathlib.Path(sys.argv[1]).read_text("utf-8"))
right = {pathlib.Path(r["image"]): r["predictions"][0]["label"] for r in results}
cifar = [path.stem == label for path, label in right.items() if path.parent.name == "cifar10"]
cat = [label for path, label in right.items() if path.name == "chelsea.png"]
print(f"{sum(cifar)} of {len(cifar)} CIFAR-10 pictures, chelsea.png is a {cat[0]}")
sys.exit(0 if len(cifar) == 10 and sum(cifar) >= 9 and cat == ["cat"] else 1)
