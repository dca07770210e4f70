from __future__ import annotations

import csv

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from specweave.errors import ExperimentError
from specweave.experiments import artifacts


def test_file_and_folder_are_copied(tmp_path):
    (tmp_path / "src" / "deep").mkdir(parents=True)
    (tmp_path / "src" / "deep" / "ä.txt").write_text("x", "utf-8")
    store = tmp_path / "record"
    assert artifacts.copy_artifact(tmp_path / "src" / "deep" / "ä.txt", store, None).read_text("utf-8") == "x"
    copied = artifacts.copy_artifact(tmp_path / "src", store, None)
    assert (copied / "deep" / "ä.txt").read_text("utf-8") == "x"
    assert sorted(p.name for p in store.iterdir()) == ["src", "ä.txt"]


def test_second_copy_replaces_the_first(tmp_path):
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a").write_text("1", "utf-8")
    artifacts.copy_artifact(tmp_path / "src", tmp_path / "record", "s")
    (tmp_path / "src" / "a").rename(tmp_path / "src" / "b")
    copied = artifacts.copy_artifact(tmp_path / "src", tmp_path / "record", "s")
    assert [p.name for p in copied.iterdir()] == ["b"]


def test_missing_file_is_named(tmp_path):
    with pytest.raises(ExperimentError, match=r"nothing\.csv"):
        artifacts.copy_artifact(tmp_path / "nothing.csv", tmp_path, None)


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a/../../x", "C:\\x", "..\\x", ""])
def test_name_that_leaves_the_record_is_refused(tmp_path, name):
    with pytest.raises(ExperimentError, match="inside the record"):
        artifacts.inside(tmp_path, name)


def test_matplotlib_figure_and_axes(tmp_path):
    from matplotlib.figure import Figure

    figure = Figure()
    axes = figure.add_subplot()
    axes.plot([1, 2])
    drawn = artifacts.write_figure(figure, tmp_path, "curve")
    assert drawn.name == "curve.png"
    assert _format(drawn) == "PNG"
    assert artifacts.write_figure(axes, tmp_path, "axes.svg").read_text("utf-8").startswith("<?xml")


def test_figure_that_writes_html_becomes_a_page(tmp_path):
    class Plotly:
        def to_html(self, *, full_html, include_plotlyjs):
            return f"<html>{full_html}{include_plotlyjs}</html>"

    page = artifacts.write_figure(Plotly(), tmp_path, "roc.png")
    assert page.name == "roc.html"
    assert page.read_text("utf-8") == "<html>TrueTrue</html>"


def test_image(tmp_path):
    drawn = artifacts.write_figure(Image.fromarray(np.zeros((4, 4), dtype="uint8")), tmp_path, "mask.jpg")
    assert _format(drawn) == "JPEG"


def _format(path):
    with Image.open(path) as image:
        return image.format


def test_anything_else_is_no_figure(tmp_path):
    with pytest.raises(ExperimentError, match="not a figure"):
        artifacts.write_figure("roc", tmp_path, "x")


def test_frame_is_written_whole_and_its_head_as_markdown(tmp_path):
    frame = pd.DataFrame({"a|b": range(30), "c": [1 / 3] * 30})
    path = artifacts.write_table(frame, tmp_path, "scores")
    pd.testing.assert_frame_equal(pd.read_csv(path), frame)
    shown = path.with_suffix(".md").read_text("utf-8")
    assert shown.startswith("| a\\|b | c |\n| --- | --- |\n| 0 | 0.3333 |\n")
    assert shown.endswith("\n10 more rows in scores.csv\n")


def test_labels_of_a_frame_and_a_series_are_kept(tmp_path):
    counts = pd.Series([3, 1], index=["x", "y"], name="n")
    path = artifacts.write_table(counts, tmp_path, "counts.csv")
    assert path.read_text("utf-8") == "index,n\nx,3\ny,1\n"


def test_list_of_dicts_with_different_keys(tmp_path):
    path = artifacts.write_table([{"fold": 1, "auc": 0.5}, {"fold": 2, "note": "x, y"}], tmp_path, "folds")
    with path.open(newline="") as source:
        assert list(csv.reader(source)) == [["fold", "auc", "note"], ["1", "0.5", ""], ["2", "", "x, y"]]


def test_dict_of_columns(tmp_path):
    path = artifacts.write_table({"a": np.array([1, 2]), "b": ["x", "y"]}, tmp_path, "t")
    assert path.read_text("utf-8") == "a,b\n1,x\n2,y\n"


@pytest.mark.parametrize("table", ["text", 3, [1, 2], {"a": 1}])
def test_anything_else_is_no_table(tmp_path, table):
    with pytest.raises(ExperimentError, match="not a table"):
        artifacts.write_table(table, tmp_path, "t")


def test_columns_of_unequal_length_are_named(tmp_path):
    with pytest.raises(ExperimentError, match="a 2, b 1"):
        artifacts.write_table({"a": [1, 2], "b": [1]}, tmp_path, "t")
