"""What ``import zoo`` promises: each name is there, for editors too, and ``zoo.layers`` is enough to read a file."""

import ast
import pathlib
import subprocess
import sys

import pytest

import zoo
from zoo import applications


def test_editors_see_the_names_that_are_loaded_at_first_use():
    tree = ast.parse(pathlib.Path(zoo.__file__).read_text("utf-8"))
    (seen,) = (node for node in tree.body if isinstance(node, ast.If))
    written = {
        alias.asname: f"{node.module}.{alias.name}"
        for node in seen.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    rooms = {name: f"zoo.{name}" for name in zoo._ROOMS}
    assert written == rooms | {name: f"{module}.{name}" for name, module in zoo._FUNCTIONS.items()}


def test_every_name_is_there():
    public = {*zoo._ROOMS, *zoo._FUNCTIONS, "__version__"}
    assert public <= set(dir(zoo))
    for name in public:
        assert getattr(zoo, name) is not None
    for name in zoo._FUNCTIONS:
        assert callable(getattr(zoo, name))
    with pytest.raises(AttributeError, match="no attribute 'lode'.*load"):
        zoo.lode  # noqa: B018


@pytest.mark.slow
@pytest.mark.parametrize("order", ["import keras, zoo.layers", "import zoo.layers, keras"])
def test_keras_reads_an_application_after_the_layers_alone(order, tmp_path):
    path = tmp_path / "model.keras"
    model = applications.LMResNet(weights=None, depth=14, drop_path=0.2)
    model.save(path)
    script = (
        f"{order}\nimport sys\nmodel = keras.saving.load_model({str(path)!r})\n"
        "print(model.name, model.count_params(), 'zoo.applications' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [model.name, str(model.count_params()), "False"]


WITHOUT = """
import sys

class Without:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "tensorflow":
            raise ModuleNotFoundError("No module named 'tensorflow'", name="tensorflow")

sys.meta_path.insert(0, Without())
import zoo
"""


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("zoo.load", "Keras needs TensorFlow, the backend of Keras unless it is told otherwise"),
        ("from zoo import layers", "with JAX alone, set KERAS_BACKEND=jax before Python starts"),
        ("zoo.odeint(None, [1.0], [0.0, 1.0])", "zoo.odeint needs TensorFlow, and it is not installed"),
        ("from zoo.solvers import RungeKuttaSolver", "zoo.solvers.RungeKuttaSolver needs TensorFlow"),
        ("zoo.solvers.Backsolve", "integrate on a fixed grid with zoo.layers.RungeKutta"),
    ],
)
def test_without_tensorflow_the_error_says_what_to_do(statement, words):
    script = WITHOUT + f"try:\n    {statement}\nexcept ImportError as error:\n    print(error)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert words in done.stdout, done.stderr
