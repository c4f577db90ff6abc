"""The figures of the documents: what is computed is computed again, what is measured says where, all are shown."""

import importlib
import re
import sys

import numpy as np
import pytest
from rules import ROOT

import zoo
from zoo.analysis import dictionary

FIGURES = ROOT / "docs" / "figures"
IMAGES = ROOT / "docs" / "images"
PAGES = [ROOT / "README.md", ROOT / "benchmarks" / "README.md", *(ROOT / "docs").rglob("*.md")]


@pytest.fixture(scope="module")
def figures():
    """The modules of docs/figures by name, and their helpers."""
    before = set(sys.modules)
    sys.path.insert(0, str(FIGURES))
    try:
        names = [path.stem for path in FIGURES.glob("*.py") if path.stem != "__main__"]
        yield {name: importlib.import_module(name) for name in names}
    finally:
        sys.path.remove(str(FIGURES))
        for name in names:
            if name not in before:
                del sys.modules[name]


def drawn(figures):
    return {name: module for name, module in figures.items() if hasattr(module, "draw")}


def assert_alike(computed, kept):
    """Rows of the same texts, and of the same numbers to three digits."""
    assert [list(row) for row in computed] == [list(row) for row in kept]
    for mine, theirs in zip(computed, kept, strict=True):
        for key, value in mine.items():
            if isinstance(value, str):
                assert value == theirs[key]
            else:
                np.testing.assert_allclose(value, theirs[key], rtol=1e-3, atol=1e-12, err_msg=str(mine))


def test_the_data_of_each_figure_is_what_its_module_computes(figures):
    for name, module in drawn(figures).items():
        if name != "orders" and hasattr(module, "data"):
            assert_alike(module.data(), figures["style"].read(name))


def test_the_orders_are_those_of_the_layers(figures):
    """The two coarsest steps of each; the others take longer and say the same."""
    coarse = figures["orders"].STEPS[:2]
    kept = figures["style"].read("orders")
    assert {row["steps"] for row in kept} == set(figures["orders"].STEPS)
    assert_alike(figures["orders"].data(coarse), [row for row in kept if row["steps"] in coarse])


def test_each_scheme_is_there_and_has_its_order(figures):
    """The slope of log error against log step, where rounding does not show."""
    schemes = {entry.name: entry.layer.method for entry in dictionary.schemes() if entry.layer.method is not None}
    of_layer = {name.partition(",")[0]: method for name, method in schemes.items()}
    curves = figures["style"].groups(figures["style"].read("orders"), "layer")
    assert {name.partition(",")[0] for name in curves} == set(of_layer)
    for name, rows in curves.items():
        points = [(1 / row["steps"], row["error"]) for row in rows if row["error"] > 1e-12]
        slope = np.polyfit(*np.log(points[-3:]).T, 1)[0]
        method = schemes.get(name) or of_layer[name.partition(",")[0]]
        assert slope == pytest.approx(method.order, abs=0.6), name  # tsit5 comes near 5.5 at these steps


def test_the_boundaries_of_stability_are_boundaries(figures):
    """A little towards the inside the steps stay bounded, outside they do not."""
    stability = figures["stability"]
    curves = figures["style"].groups(figures["style"].read("stability"), "scheme")
    for name, (method, _, _) in stability.REGIONS.items():
        z = np.array([complex(row["re"], row["im"]) for row in curves[name]])
        sizes = np.abs(np.linalg.eigvals(method.stability(z))).max(axis=-1)
        np.testing.assert_allclose(sizes, 1, atol=1e-4)
        assert z.real.min() == pytest.approx(-method.stability.real_limit(), abs=0.15)


def test_each_picture_has_an_origin_a_page_and_a_size(figures):
    own = {f"{name}.png" for name in drawn(figures)}
    there = {path.name for path in IMAGES.iterdir() if path.suffix in {".png", ".gif"}}
    assert there == own | set(figures["guides"].PICTURES)
    shown = {name for page in PAGES for name in re.findall(r"images/([\w.-]+\.(?:png|gif))\)", page.read_text("utf-8"))}
    assert there <= shown
    kept = {path.stem for path in (FIGURES / "data").iterdir()}
    assert kept == set(drawn(figures)) | {"flow_toys"}
    for name in there:
        assert (IMAGES / name).stat().st_size < 1_000_000, name


@pytest.mark.parametrize("toy", ["8gaussians", "pinwheel"])
def test_the_ways_of_points_are_those_of_the_released_flows(figures, monkeypatch, toy):
    """Of the pictures of toys, which show many more of them."""
    monkeypatch.syspath_prepend(ROOT / "docs" / "guides")
    flow_toys = importlib.import_module("flow_toys")
    kept = figures["style"].groups(figures["style"].read("flow_toys"), "toy")
    assert list(kept) == list(flow_toys.released())
    computed = flow_toys.ways(zoo.load(f"ffjord-{toy}"), toy)
    assert [(row["share"], row["point"]) for row in computed] == [(row["share"], row["point"]) for row in kept[toy]]
    for axis in ("x", "y"):
        found = [np.array([row[axis] for row in rows]) for rows in (computed, kept[toy])]
        np.testing.assert_allclose(*found, atol=0.02)


def test_each_figure_computes_its_data_or_says_what_measured_it(figures):
    for name, module in drawn(figures).items():
        assert hasattr(module, "data") or hasattr(module, "MEASURED"), name


def test_what_is_measured_says_by_what(figures):
    measured = [module.MEASURED for module in drawn(figures).values() if hasattr(module, "MEASURED")]
    for origin in [*measured, *figures["guides"].PICTURES.values()]:
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", origin.date)
        assert origin.machine
        for script in re.findall(r"\S+\.py", origin.command):
            assert (ROOT / script).is_file()
