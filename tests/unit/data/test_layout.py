from __future__ import annotations

from specweave.data.layout import find_layout, footer_length, second_table


def rows(text: str) -> list[list[str]]:
    return [line.split(",") for line in text.splitlines()]


def test_names_stand_above_numbers():
    assert find_layout(rows("a,b\n1,2\n3,4\n5,6")).header == [0]


def test_rows_without_names_have_no_header():
    layout = find_layout(rows("1,x\n2,y\n3,x\n4,y"))
    assert layout.header == []
    assert layout.first_row == 0


def test_years_as_names_are_a_header():
    assert find_layout(rows("country,1990,1991,1992\nA,5,9,1\nB,7,3,2\nC,8,8,8")).header == [0]


def test_titles_above_the_names_are_set_aside():
    layout = find_layout(rows("Sales of May,\n,\nitem,price\na,3\nb,4\nc,5"))
    assert layout.header == [2]
    assert layout.names == ["item", "price"]


def test_a_spanning_name_is_carried_to_the_columns_below_it():
    layout = find_layout(rows("place,cost,,total\n,rail,taxi,\nA,1,2,3\nB,2,2,4\nC,3,1,4"))
    assert layout.names == ["place", "cost rail", "cost taxi", "total"]


def test_a_table_of_words_has_a_header_when_its_first_row_differs():
    assert find_layout(rows("name,colour\nash,green\noak,brown\nelm,green\nfir,green")).header == [0]


def test_a_table_of_words_alike_has_none():
    assert find_layout(rows("ash,green\noak,brown\nash,green\nelm,brown\noak,green")).header == []


def test_totals_and_notes_at_the_end_are_counted():
    tail = rows("a,1,2\nb,3,4\n,,\nTotal,4,6\nSource: office,,")
    assert footer_length(tail, 3, 3) == 3


def test_a_name_that_begins_with_total_is_a_row():
    assert footer_length(rows("a,1,2\nTotal Wine,3,4"), 3, 3) == 0


def test_a_sparse_last_row_is_a_row():
    assert footer_length(rows("a,1,2\n,5,"), 3, 3) == 0


def test_a_second_table_begins_after_a_blank_row():
    tail = rows("a,1,2\n,,\nOther things,,\nname,x,y\nb,3,4\nc,5,6")
    assert second_table(tail, 3) == 2


def test_a_note_after_a_blank_row_is_no_second_table():
    assert second_table(rows("a,1,2\n,,\nNote: rounded,,\n"), 3) is None
