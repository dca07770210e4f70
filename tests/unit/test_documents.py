from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from specweave.documents import dump, read_document, split, write_document
from specweave.errors import ProblemError, StorageError

TEXT = """---
# who asked
increment: 0001-churn
owner: Ærøskøbing   # a comment at the end of a line
ml:
  # why this metric
  metric: f1
  folds: 5  # five is enough

  split:
    strategy: auto
    # inside the block
    test_share: 0.2

# after the block
custom: {kept: yes}
---

# Title

Body with --- inside.
"""


def value(**changes):
    return {"metric": "f1", "folds": 5, "split": {"strategy": "auto", "test_share": 0.2}} | changes


def test_an_unchanged_block_leaves_every_byte():
    assert split(TEXT).replaced("ml", value()).text() == TEXT


def test_a_changed_key_keeps_comments_around_it():
    changed = split(TEXT).replaced("ml", value(metric="recall")).text()
    assert changed == TEXT.replace("metric: f1", "metric: recall")


def test_a_new_key_joins_the_block_before_the_comment_that_follows():
    changed = split(TEXT).replaced("ml", value(seed=7)).text()
    assert changed == TEXT.replace("    test_share: 0.2\n", "    test_share: 0.2\n  seed: 7\n")


def test_a_dropped_key_goes_alone():
    kept = {key: child for key, child in value().items() if key != "folds"}
    assert split(TEXT).replaced("ml", kept).text() == TEXT.replace("  folds: 5  # five is enough\n", "")


def test_a_nested_value_that_changes_replaces_its_own_key_only():
    changed = split(TEXT).replaced("ml", value(split={"strategy": "time", "time": "day"})).text()
    assert "  # why this metric\n" in changed
    assert "# after the block\ncustom: {kept: yes}" in changed
    assert split(changed).values()["ml"]["split"] == {"strategy": "time", "time": "day"}


@pytest.mark.parametrize(
    "front",
    [
        "ml: {metric: f1, folds: 5}\nother: 1\n",
        "{ml: {metric: f1}, other: 1}\n",
        "other: 1\n",
        "ml:\nother: 1\n",
        "ml: &a {metric: f1}\nother: 1\ncopy: *a\n",
        "other: 1\nml:\n      metric: >\n        folded\n        text\n      folds: 3",
    ],
)
def test_other_forms_of_yaml_keep_their_meaning(front):
    document = split(f"---\n{front.rstrip()}\n---\nBody\n")
    before = {key: child for key, child in document.values().items() if key != "ml"}
    changed = split(document.replaced("ml", value(seed=1)).text())
    assert changed.values() == {**before, "ml": value(seed=1)}
    assert changed.text().endswith("---\nBody\n")


texts = st.text(
    st.characters(codec="utf-8", exclude_characters="\x85\u2028\u2029\r", exclude_categories=("Cs", "Cc")), max_size=30
)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**40), 2**40) | texts,
    lambda child: st.lists(child, max_size=3) | st.dictionaries(texts, child, max_size=3),
    max_leaves=8,
)


@given(
    block=st.dictionaries(texts.filter(bool), values, min_size=1, max_size=5),
    other=st.dictionaries(texts, values, max_size=3),
)
def test_any_block_round_trips(block, other):
    document = split(f"---\n{dump({'before': other, 'ml': {'metric': 'f1', 'folds': 5}, 'after': other})}---\n\nBody\n")
    changed = split(document.replaced("ml", block).text())
    assert changed.values() == {"before": other, "ml": block, "after": other}
    assert changed.text().endswith("\nBody\n")


def test_a_document_without_front_matter_gets_one():
    assert split("# Only text\n").replaced("ml", {"folds": 5}).text() == "---\nml:\n  folds: 5\n---\n\n# Only text\n"


def test_yes_no_and_dates_stay_what_was_typed():
    assert split("---\nml:\n  a: yes\n  b: 2024-01-02\n  c: true\n  d: off\n---\n").values() == {
        "ml": {"a": "yes", "b": "2024-01-02", "c": True, "d": "off"}
    }


def test_what_is_dumped_reads_alike_in_every_yaml_reader():
    known = {"a": "yes", "b": "2024-01-02", "c": True, "d": "off", "e": "0.5", "f": None}
    assert yaml.safe_load(dump(known)) == known


def test_invalid_yaml_names_the_line_of_the_file():
    with pytest.raises(ProblemError) as caught:
        split("---\nincrement: a\nml:\n  metric: [f1\n---\n").values()
    assert "line 5" in caught.value.what or "line 4" in caught.value.what
    assert caught.value.next_step


def test_an_unclosed_front_matter_is_said():
    with pytest.raises(ProblemError, match="never closed"):
        split("---\nml:\n  folds: 5\n")


def test_a_list_for_front_matter_is_refused():
    with pytest.raises(ProblemError, match="key: value"):
        split("---\n- a\n- b\n---\n").values()


def test_windows_line_ends_and_byte_order_mark_do_not_matter(tmp_path):
    path = tmp_path / "spec.md"
    path.write_bytes(b"\xef\xbb\xbf---\r\nml:\r\n  folds: 5\r\n---\r\nBody\r\n")
    text = read_document(path)
    assert split(text).values() == {"ml": {"folds": 5}}
    assert write_document(path, text) is False
    assert write_document(path, text.replace("Body", "Other")) is True
    assert path.read_bytes() == b"---\r\nml:\r\n  folds: 5\r\n---\r\nOther\r\n"


def test_a_file_that_is_not_text_is_an_error_with_the_byte(tmp_path):
    path = tmp_path / "spec.md"
    path.write_bytes(b"---\nname: \xff\n---\n")
    with pytest.raises(StorageError, match="byte 10"):
        read_document(path)
