from __future__ import annotations

import gzip
import hashlib

import pytest

from specweave.data import read_table
from specweave.errors import DataError
from specweave.problem import DataSource
from specweave.samples import sample_names, sample_path

SHA256 = "ca42fd5ebb0c073231f6da97319f0ab91d700e84553f08c9c7681b1684588db1"


def test_census_income_is_the_file_the_readme_describes():
    content = gzip.decompress(sample_path("census_income").read_bytes())
    assert hashlib.sha256(content).hexdigest() == SHA256
    assert SHA256 in sample_path("census_income").with_name("README.md").read_text("utf-8")


def test_census_income_loads_with_its_question_marks_as_missing(workspace):
    table = read_table(DataSource(location=str(sample_path("census_income")), allow_outside=True), workspace)
    assert table.frame.shape == (6000, 15)
    assert (table.frame["income"] == ">50K").sum() == 1407
    assert table.reading.column("workclass").missing_marks["?"] == table.frame["workclass"].isna().sum()


def test_an_unknown_sample_lists_those_there_are():
    with pytest.raises(DataError, match="census_income"):
        sample_path("iris")
    assert sample_names() == ["census_income"]
