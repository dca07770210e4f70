from __future__ import annotations

import pyarrow as pa
import pytest

from specweave.data.columns import Hints, convert_column


def converted(*texts, name="column", hints=None):
    column, reading = convert_column(pa.array(texts, pa.string()), name, hints or Hints())
    return column.to_pylist(), reading


def test_marks_beside_numbers_are_missing():
    values, reading = converted("1", "-", "2", "N/A", "None", "", "?")
    assert values == [1, None, 2, None, None, None, None]
    assert reading.kind == "integer"
    assert reading.missing_marks == {"-": 1, "N/A": 1, "None": 1, "?": 1}


def test_a_word_among_numbers_makes_text_and_is_reported():
    values, reading = converted("1", "2", "3", "lots")
    assert values == ["1", "2", "3", "lots"]
    assert "mixed: 3 of 4 distinct values are numbers, others are 'lots'" in reading.notes[0]


def test_the_users_marks_are_missing():
    values, reading = converted("1", "2", "lots", hints=Hints(extra_marks=("lots",)))
    assert values == [1, 2, None]
    assert reading.missing_marks == {"lots": 1}


def test_a_question_mark_among_words_is_missing_and_none_is_kept():
    values, reading = converted("Private", "?", "None", "State")
    assert values == ["Private", None, "None", "State"]
    assert any("'None' (1 rows) is kept" in note for note in reading.notes)


def test_na_among_country_codes_is_namibia():
    assert converted("DE", "FR", "NA", "ZA")[0] == ["DE", "FR", "NA", "ZA"]
    assert converted("Gd", "TA", "NA", "Fa")[0] == ["Gd", "TA", None, "Fa"]


def test_a_hyphen_among_signs_is_a_value():
    assert converted("+", "-", "+")[0] == ["+", "-", "+"]
    assert converted("left", "-", "right")[0] == ["left", None, "right"]


def test_kept_marks_stay_values():
    assert converted("a", "NA", hints=Hints(kept_marks=("NA",)))[0] == ["a", "NA"]


def test_truth_values_and_their_gaps():
    assert converted("TRUE", "false", "True")[0] == [True, False, True]
    assert converted("true", "", "false")[0] == ["true", None, "false"]
    assert converted("yes", "no")[1].kind == "text"


def test_codes_with_leading_zeros_stay_text():
    values, reading = converted("00123", "04567", "99999")
    assert values[0] == "00123"
    assert reading.notes == ["leading zeros: kept as a code, not read as numbers"]


def test_whole_numbers_beyond_64_bits_become_floats():
    assert converted("123456789012345678901234", "5")[0] == [1.2345678901234568e23, 5.0]


def test_eight_digits_are_dates_only_under_a_name_that_says_so():
    assert converted("20240131", "20240201", name="order_date")[1].kind == "datetime"
    assert converted("20240131", "20240201", name="amount")[1].kind == "integer"
    assert converted("20240131", "20249901", name="order_date")[1].kind == "integer"


def test_blanks_around_cells_are_dropped():
    assert converted(" 1 ", "2")[0] == [1, 2]
    assert converted(" a ", "b")[0] == ["a", "b"]


def test_dates_with_a_few_other_texts_stay_text_and_say_so():
    values, reading = converted("2014-01-01", "2014-01-02", "soon")
    assert values[2] == "soon"
    assert "66.7% of the distinct values are dates" in reading.notes[0]


@pytest.mark.parametrize("empty", [("", ""), ("NA", ""), (None, "")])
def test_nothing_but_gaps_is_an_empty_column(empty):
    values, reading = converted(*empty)
    assert reading.kind == "empty"
    assert values == [None, None]


def test_typed_sources_keep_texts_of_digits():
    values, _ = converted("1", "2", hints=Hints(numbers=False))
    assert values == ["1", "2"]
