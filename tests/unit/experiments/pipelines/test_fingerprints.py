from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from specweave.experiments.pipelines import fingerprints


def function(source, name="f"):
    """A function of a module of its own whose source inspect can find."""
    import linecache

    file = f"<made {hash(source)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    space = {"__name__": "__main__"}
    exec(compile(source, file, "exec"), space)
    return space[name]


def test_comments_and_layout_are_no_change():
    assert fingerprints.of_function(function("def f(x):\n    return x + 1\n")) == fingerprints.of_function(
        function("def f( x ):\n    # more\n    return (x + 1)\n")
    )


def test_another_constant_is_a_change():
    assert fingerprints.of_function(function("def f(x):\n    return x + 1\n")) != fingerprints.of_function(
        function("def f(x):\n    return x + 2\n")
    )


def test_recursion_ends():
    assert fingerprints.of_function(function("def g(x):\n    return f(x)\ndef f(x):\n    return g(x)\n"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 2),
        ({"a": 1}, {"a": 2}),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"b": [1, 2]})),
        (pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [1, 3]})),
        (np.zeros(500), np.zeros((5, 100))),
        (np.zeros(500), np.r_[np.zeros(499), 1]),
    ],
)
def test_values_differ_by_content(one, other):
    assert fingerprints.of_value(one) == fingerprints.of_value(one)
    assert fingerprints.of_value(one) != fingerprints.of_value(other)


def test_a_folder_is_its_files_and_their_names(tmp_path):
    (tmp_path / "a").write_text("1")
    first = fingerprints.of_path(tmp_path)
    (tmp_path / "a").rename(tmp_path / "b")
    second = fingerprints.of_path(tmp_path)
    (tmp_path / "b").write_text("2")
    assert len({first, second, fingerprints.of_path(tmp_path)}) == 3
