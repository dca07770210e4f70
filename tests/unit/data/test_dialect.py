from __future__ import annotations

import pytest

from specweave.data.dialect import ONE_COLUMN, detect_dialect
from specweave.errors import DataReadError


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_each_delimiter_is_found(delimiter):
    text = "\n".join(delimiter.join(row) for row in [["a", "b c", "d"], ["1", "x, y; z", "2.5"], ["2", "w", "3"]] * 5)
    text = text.replace("x, y; z", '"x, y; z"')
    assert detect_dialect(text).delimiter == delimiter


def test_decimal_commas_do_not_make_commas_the_delimiter():
    assert detect_dialect("a;b\n1,5;2,5\n3,5;4,5\n1,0;2,0\n").delimiter == ";"


def test_prose_is_one_column():
    text = "A first line, with a comma\nA second one\nAnd a third; with a semicolon\nThe end\n"
    assert detect_dialect(text).delimiter == ONE_COLUMN


def test_numbers_set_apart_by_blanks():
    assert detect_dialect("x  y   z\n1.0  2.0 3.5\n 4.0 5.0  6.5\n").delimiter == "whitespace"


def test_a_backslash_escapes_where_that_makes_rows_even():
    assert detect_dialect("a,b\n1,x\\, y\n2,z\n3,w\n").escape == "\\"
    assert detect_dialect("a,b\n1,C:\\dir\n2,z\n3,w\n").escape is None


def test_single_quotes_are_quotes_when_they_enclose_cells():
    assert detect_dialect("a,b\n1,'x, y'\n2,'z, z'\n3,'w, w'\n4,'v, v'\n").quote == "'"


def test_a_delimiter_of_two_characters_is_refused():
    with pytest.raises(DataReadError, match="one character"):
        detect_dialect("a||b", "||")
