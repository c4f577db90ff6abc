"""The site: ``make docs``. What can be computed is written anew for each build, by ``generate.py``."""

import pathlib
import sys

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent))

import generate  # noqa: E402

project = "Zoo"
copyright = "2026, the developers of Zoo"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_heading_anchors = 3
myst_enable_extensions = ["colon_fence"]
exclude_patterns = ["images/README.md", "images/photos", "images/cifar10"]
html_theme = "furo"
html_title = "Zoo"
html_show_sphinx = False
autodoc_typehints = "none"  # the docstrings say what each argument is
autodoc_member_order = "bysource"
napoleon_use_ivar = True
napoleon_custom_sections = [("Call arguments", "params_style")]
python_use_unqualified_type_names = True


def setup(app):
    """Write the generated pages before the others are read, and let docstrings be plain text."""
    app.connect("builder-inited", lambda app: generate.everything(HERE / "generated"))
    app.connect("autodoc-process-docstring", generate.plain)
