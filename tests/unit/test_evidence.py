from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from specweave.errors import StorageError
from specweave.evidence import Evidence, check_document, citations, cite, pointer_to, says, value_hash
from specweave.rendering import number, percent
from specweave.workspace import IncrementFolder, write_json, write_text

RUN = "exp-003-lightgbm"


@pytest.fixture
def folder(workspace):
    made = IncrementFolder(workspace.increments / "0001-kündigung")
    write_json(made.experiments / RUN / "metrics.json", {"roc_auc": 0.912745, "rmse": 48231.7, "mape": None})
    write_json(made.reports / "evaluation.json", {"metrics": [{"value": 0.5}], "per|class": {"a--b/c": 0.25}})
    return made


@pytest.fixture
def document(folder):
    evidence = Evidence(folder.path)
    lines = [
        "# Report",
        f"The area is {evidence.cite('0.9127', RUN, '/roc_auc')} and the error {evidence.cite('48,230', RUN, '/rmse')}.",
        f"| a | {evidence.cite('91.3 %', RUN, '/roc_auc')} | {evidence.cite('–', RUN, '/mape')} |",
        f"| b | {evidence.cite('0.25', folder.reports / 'evaluation.json', pointer_to('per|class', 'a--b/c'))} |",
    ]
    return write_text(folder.reports / "report.md", "\n".join(lines))


def test_a_generated_document_has_no_problem(document, folder):
    assert check_document(document, folder) == []
    assert citations(document.read_text("utf-8")) == 5


def test_an_edited_number_is_found_with_its_line(document, folder):
    write_text(document, document.read_text("utf-8").replace("91.3 %", "93.1 %"))
    (problem,) = check_document(document, folder)
    assert problem.line == 3
    assert "93.1 % is not what its evidence says: exp-003-lightgbm#/roc_auc is 0.912745" in str(problem)


def test_changed_evidence_makes_the_number_stale(document, folder):
    write_json(folder.experiments / RUN / "metrics.json", {"roc_auc": 0.91274, "rmse": 48231.7, "mape": None})
    problems = check_document(document, folder)
    assert [p.line for p in problems] == [2, 3]
    assert all("stale" in p.sentence for p in problems)


def test_other_values_may_be_added_to_the_evidence(document, folder):
    write_json(folder.experiments / RUN / "metrics.json", {"f1": 1, "roc_auc": 0.912745, "rmse": 48231.7, "mape": None})
    assert check_document(document, folder) == []


def test_missing_evidence_is_found(document, folder):
    (folder.experiments / RUN / "metrics.json").unlink()
    problems = check_document(document, folder)
    assert len(problems) == 4
    assert "the source does not exist" in problems[0].sentence


def test_damaged_evidence_a_deleted_number_and_a_broken_comment_are_found(document, folder):
    text = document.read_text("utf-8")
    write_text(document, text.replace("0.9127<!--", "<!--"))
    assert "is gone" in check_document(document, folder)[0].sentence
    write_text(document, text.replace("@", "@zz", 1))
    assert "cannot be read" in check_document(document, folder)[0].sentence
    write_text(document, text)
    write_text(folder.experiments / RUN / "metrics.json", "{")
    assert "not valid JSON" in check_document(document, folder)[0].sentence


def test_a_table_stays_a_table(document):
    row = document.read_text("utf-8").splitlines()[3]
    assert row.count("|") == 3
    assert row.count("--") == 2


def test_a_source_outside_the_increment_is_refused(folder):
    write_json(folder.path.parent / "other.json", {"a": 1})
    with pytest.raises(StorageError, match="outside the increment"):
        Evidence(folder.path).cite("1", "../other.json", "/a")


def test_the_file_s_place_gives_the_run_id(folder):
    made = cite("0.9127", folder.experiments / RUN / "metrics.json", "/roc_auc")
    assert made == f"0.9127<!--ev:{RUN}#/roc_auc@{value_hash(0.912745)}-->"
    assert cite("0.5", folder.reports / "evaluation.json", "/metrics/0/value").startswith("0.5<!--ev:evaluation.json#/")
    with pytest.raises(StorageError, match="does not exist"):
        cite("1", folder.experiments / RUN / "metrics.json", "/f1")
    with pytest.raises(StorageError, match="not below an increment"):
        cite("1", folder.root / "x.json", "/a")


@pytest.fixture
def listed(folder):
    """A document with short marks and their evidence at the end."""
    evidence = Evidence(folder.path)
    area, error = evidence.refer("0.9127", RUN, "/roc_auc"), evidence.refer("48,230", RUN, "/rmse")
    again = evidence.refer("91.3 %", RUN, "/roc_auc")
    text = f"# Report\n\nArea {area}, error {error}.\n\n| a | {again} |\n\n{evidence.listing()}\n"
    return write_text(folder.reports / "listed.md", text)


def test_short_marks_leave_the_text_readable_and_are_checked_against_the_list(listed, folder):
    assert check_document(listed, folder) == []
    assert "Area 0.9127<!--e1-->, error 48,230<!--e2-->." in listed.read_text("utf-8")
    assert "| a | 91.3 %<!--e1--> |" in listed.read_text("utf-8")


@pytest.mark.parametrize(
    ("edit", "line", "sentence"),
    [
        (("48,230", "40,230"), 3, "is not what its evidence says"),
        (("91.3 %<!--e1-->", "91.3 %<!--e7-->"), 5, "e7 is not in the document's list"),
        (("48,230<!--e2-->", "small"), 9, "the number cited as e2 is gone"),
        (("error 48,230<!--", "error <!--"), 3, "is gone"),
        (("<!--e2-->", "<!-- e2 -->"), 3, "cannot be read"),
        (("#/rmse@", "#/mae@"), 3, "the value does not exist"),
    ],
)
def test_damage_to_a_listed_citation_is_found_with_its_line(listed, folder, edit, line, sentence):
    text = listed.read_text("utf-8")
    assert edit[0] in text
    write_text(listed, text.replace(*edit, 1))
    problem = check_document(listed, folder)[0]
    assert (problem.line, sentence in problem.sentence) == (line, True), problem


def test_a_list_that_was_cut_off_leaves_every_number_without_evidence(listed, folder):
    text = listed.read_text("utf-8")
    write_text(listed, text[: text.index("<!-- evidence")])
    assert len(check_document(listed, folder)) == 3


@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e14, max_value=1e14))
def test_every_number_as_reports_print_it_is_recognised(value):
    assert says(number(value), value)


@given(st.integers(-(10**12), 10**12), st.integers(1, 100))
def test_a_count_is_compared_exactly(value, off):
    assert says(number(value), value)
    assert not says(number(value + off), value)


@given(st.floats(min_value=0, max_value=1), st.integers(0, 3))
def test_every_percentage_is_recognised(value, digits):
    assert says(percent(value, digits), value)


@given(st.floats(min_value=0.1, max_value=1e6), st.floats(min_value=0.002, max_value=0.5))
def test_a_number_off_by_more_than_its_rounding_is_not(value, off):
    assert not says(number(value * (1 + off)), value)
