from __future__ import annotations

from specweave.experiments.pipelines import drawing

FACTS = {
    "status": "done",
    "why": "it was not done before",
    "seconds": 1.23456,
    "inputs": {'a "b" <c>.csv': "x"},
    "outputs": {},
    "after": [],
    "metrics": {"auc": 0.912345, "none": None},
}


def test_names_cannot_break_the_chart():
    chart = drawing.chart({"load|all\nnow": FACTS})
    assert "a #quot;b#quot; #lt;c#gt;.csv" in chart
    assert "load|all now<br/>done, 1.235 s" in chart


def test_table_has_numbers_reasons_and_savings():
    page = drawing.page("p", "exp-001-p", {"a": FACTS, "b": {**FACTS, "status": "skipped", "seconds_saved": 2.0}})
    assert "| a | done | it was not done before | 1.235 | auc 0.9123, none not defined |" in page
    assert "1 of 2 stages done, 1 skipped because nothing changed (about 2 s saved)." in page
