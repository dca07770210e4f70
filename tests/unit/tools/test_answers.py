from specweave.tools.answers import bounded, bullets, table
from specweave.tools.tokens import count_tokens


def test_long_lists_are_cut_and_say_how_many_are_left_out():
    assert bullets(["a", "b", "c"], most=2) == ["- a", "- b", "- 1 more in the report"]


def test_long_tables_are_cut_and_say_how_many_rows_are_left_out():
    lines = table(["x"], [["1"], ["2"], ["3"]], most=2)
    assert lines == ["| x |", "| --- |", "| 1 |", "| 2 |", "1 more in the report"]


def test_an_answer_keeps_its_verdict_and_its_paths_within_the_limit():
    text = bounded(["verdict", *(f"line {i} with several words in it" for i in range(500)), "Files: a.md"], limit=200)
    assert count_tokens(text).tokens <= 220
    assert text.startswith("verdict\n")
    assert text.endswith("more lines in the report\nFiles: a.md")


def test_a_short_answer_is_left_alone():
    assert bounded(["a", "b"]) == "a\nb"
