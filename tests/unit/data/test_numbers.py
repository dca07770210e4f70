from __future__ import annotations

import pyarrow as pa
import pytest

from specweave.data.numbers import find_number_form, has_codes


def numbers(*texts: str, decimal=None, thousands=None, delimiter=","):
    values = pa.array(texts, pa.string())
    form = find_number_form(values, decimal=decimal, thousands=thousands, delimiter=delimiter)
    return None if form is None else form.convert(values).to_pylist()


@pytest.mark.parametrize(
    ("texts", "wanted"),
    [
        (("1", "-2", "+3"), [1, -2, 3]),
        (("1.5", ".5", "2.", "1e3"), [1.5, 0.5, 2.0, 1000.0]),
        (("184,904.05", "301300", "39,348.00"), [184904.05, 301300.0, 39348.0]),
        (("1.234,56", "7,5", "12"), [1234.56, 7.5, 12.0]),
        (("0,344167", "12,5"), [0.344167, 12.5]),
        (("1 234 567", "12"), [1234567.0, 12.0]),
        (("1'234.5", "12"), [1234.5, 12.0]),
        (("£65.60", "£1,016.00"), [65.6, 1016.0]),
        (("$5", "-$7.5"), [5.0, -7.5]),
        (("(12.5)", "3"), [-12.5, 3.0]),
        (("5%", "12.5%"), [5.0, 12.5]),
        (("12.0 oz", "16 oz"), None),
        (("£5", "$7"), None),
        (("1,23,4", "5"), None),
        (("1.2.3", "4"), None),
        (("abc", "1"), None),
    ],
)
def test_forms(texts, wanted):
    assert numbers(*texts) == wanted


def test_commas_before_three_digits_are_thousands_unless_told_or_the_file_is_european():
    assert numbers("1,234", "5,678") == [1234.0, 5678.0]
    assert numbers("1,234", "5,678", delimiter=";") == [1.234, 5.678]
    assert numbers("1,234", "5,678", decimal=",") == [1.234, 5.678]


def test_the_users_signs_are_obeyed():
    assert numbers("1.234", "5.678", thousands=".", decimal=",") == [1234.0, 5678.0]


def test_leading_zeros_are_codes():
    assert has_codes(pa.array(["007", "123"]))
    assert not has_codes(pa.array(["01", "12"]))
    assert not has_codes(pa.array(["0.07", "0"]))
