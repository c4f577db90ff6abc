"""The examples in the docstrings of layers and analysis run and give what they say."""

import doctest

import pytest

from zoo import analysis, layers

EXAMPLES = [
    *(layers.ForwardEuler, layers.LinearMultistep, layers.RungeKutta, layers.ODE, layers.Reversible),
    *(layers.StochasticDepth, layers.basic_branch, analysis.refine, analysis.rediscretize, analysis.truncation),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.__name__)
def test_the_example_of(example):
    (test,) = [each for each in doctest.DocTestFinder(recurse=False).find(example, example.__name__) if each.examples]
    report = []
    results = doctest.DocTestRunner().run(test, out=report.append)
    assert results.attempted > 1
    assert results.failed == 0, "".join(report)
