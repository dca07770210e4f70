from __future__ import annotations

import json
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from specweave.data import Profile, Reading, Table, profile_table, write_profile

NASTY = "<script>alert('x')</script> | & \"q\""


@pytest.fixture
def found():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({f"column {j}": rng.normal(size=200) for j in range(150)})
    frame[NASTY] = rng.choice([NASTY, "plain"], 200)
    frame["at"] = pd.date_range("2024-01-01", periods=200)
    frame["inf"] = [np.inf, *rng.normal(size=199)]
    frame["y"] = rng.choice(["a", "b"], 200)
    return profile_table(Table(frame, Reading(location="data/rows.csv", format="text", delimiter=";")), "y")


class Checker(HTMLParser):
    void = ("meta", "link", "img", "br", "rect", "line")

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.outside = [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.outside += [v for k, v in attrs if k in ("src", "href") and not v.startswith("data:")]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in self.void
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_json_gives_the_profile_back(found, tmp_path):
    path = write_profile(found, tmp_path)[0]
    assert path.name == "profile.json"
    again = Profile.model_validate_json(path.read_text("utf-8"))
    assert again.column("column 3") == found.column("column 3")
    assert json.loads(path.read_text("utf-8"))["n_columns"] == 154


def test_the_page_is_whole_alone_and_escaped(found, tmp_path):
    text = write_profile(found, tmp_path)[2].read_text("utf-8")
    checker = Checker()
    checker.feed(text)
    assert checker.open == []
    assert checker.outside == []
    assert "script" not in checker.tags
    assert checker.tags.count("svg") > 100
    assert len(text.encode()) < 2_000_000


def test_long_tables_are_cut_with_a_pointer(found, tmp_path):
    _, markdown, page = write_profile(found, tmp_path)
    assert "94 more in profile.json" in markdown.read_text("utf-8")
    assert "34 more in profile.json" in page.read_text("utf-8")


def test_markdown_tables_have_even_rows(found, tmp_path):
    text = write_profile(found, tmp_path)[1].read_text("utf-8")
    table = [line for line in text.split("## Columns")[1].splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in table} == {8}
