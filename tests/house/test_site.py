"""The site: it builds without a warning, asks no other host for anything, and its pages say enough."""

import os
import re
import subprocess
import sys

import pytest
import rules

DOCS = rules.ROOT / "docs"
PAGES = sorted(path for path in DOCS.glob("*.md") if "```{include}" not in path.read_text("utf-8"))
GUIDES = sorted((DOCS / "guides").glob("*.md"))
SHORT = {"licences.md"}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The folder of the built site, which Sphinx made with warnings as errors."""
    pytest.importorskip("furo")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "sphinx", "-q", "-W", "--keep-going", "-b", "html", DOCS, folder]
    environment = {**os.environ, "PYTHONPATH": str(rules.ROOT)}  # with Matplotlib, which draws the pages' schemes
    done = subprocess.run(command, capture_output=True, text=True, cwd=rules.ROOT, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    return folder


@pytest.mark.slow
def test_the_site_needs_no_other_host(built):
    pages = list(built.rglob("*.html"))
    assert len(pages) > 40
    for page in pages:
        text = page.read_text("utf-8")
        loaded = re.findall(r"<(?:script|img|iframe|source)[^>]*\ssrc=\"([^\"]*)", text)
        loaded += re.findall(r"<link[^>]*rel=\"(?:stylesheet|preload|icon)\"[^>]*href=\"([^\"]*)", text)
        assert loaded
        assert not [each for each in loaded if re.match(r"(https?:)?//", each)], page
    for sheet in built.rglob("*.css"):
        assert not re.search(r"url\(['\"]?https?:|@import ['\"]https?:", sheet.read_text("utf-8")), sheet


@pytest.mark.slow
def test_a_room_and_a_scheme_are_on_their_pages(built):
    layers = (built / "generated" / "api" / "layers.html").read_text("utf-8")
    assert "LinearMultistep" in layers
    assert "arXiv:1710.10121" in layers
    page = built / "generated" / "schemes" / "RungeKutta.html"
    assert "rk38" in page.read_text("utf-8")
    assert list((built / "_images").glob("RungeKutta*.png"))
    applications = (built / "generated" / "api" / "applications.html").read_text("utf-8")
    assert applications.count("zoo.applications.") > 20


def examples(page):
    """The blocks of Python and the commands of a page."""
    text = page.read_text("utf-8")
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL), re.findall(r"```sh\n(.*?)```", text, re.DOTALL)


@pytest.mark.parametrize("page", [*PAGES, *GUIDES], ids=lambda page: page.name)
def test_a_page_says_enough_and_shows_it(page):
    words = re.findall(r"\w{2,}", re.sub(r"```.*?```", "", page.read_text("utf-8"), flags=re.DOTALL))
    assert len(words) >= 150 or page.name in SHORT
    python, shell = examples(page)
    commands = re.findall(r"`(?:python|zoo) [^`]+`", page.read_text("utf-8"))
    assert python or shell or commands or page.name in SHORT
