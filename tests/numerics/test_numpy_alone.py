"""``zoo.numerics`` is NumPy alone."""

import subprocess
import sys

SCRIPT = """
import importlib.util, sys
sys.modules["zoo"] = importlib.util.module_from_spec(importlib.util.find_spec("zoo"))  # not executed: its path alone
import zoo.numerics
print(zoo.numerics.DOPRI5.order, *sorted({name.split(".")[0] for name in sys.modules} & {"keras", "tensorflow", "jax"}))
"""


def test_importing_it_imports_neither_keras_nor_tensorflow():
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True)
    assert done.stdout.split() == ["5"], done.stdout + done.stderr
