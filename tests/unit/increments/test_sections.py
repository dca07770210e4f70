from __future__ import annotations

from specweave.increments.sections import refresh, section

CRITERIA = "## Criteria\n\n- [ ] **AC-1**: sealed\n- [ ] **AC-2**: margin 20 %\n"


def document(body=CRITERIA):
    return f"# Title\n\nBy hand.\n\n{section('criteria', body)}\n\n{section('split', 'random')}\n\nAfter.\n"


def test_an_untouched_part_is_replaced_and_all_else_stays():
    result = refresh(document(), {"split": "by time"})
    assert result.replaced == ("split",)
    assert result.text == document().replace(section("split", "random"), section("split", "by time"))


def test_the_same_content_is_neither_replaced_nor_kept():
    result = refresh(document(), {"criteria": CRITERIA, "split": "random"})
    assert (result.text, result.replaced, result.kept) == (document(), (), ())


def test_an_edited_part_is_kept_and_reported():
    edited = document().replace("random", "random, as the auditor wants")
    result = refresh(edited, {"split": "by time"})
    assert (result.text, result.kept) == (edited, ("split",))


def test_an_edit_that_says_what_would_be_written_is_no_conflict():
    edited = document().replace("random", "by time")
    result = refresh(edited, {"split": "by time"})
    assert (result.text, result.kept) == (edited, ())


def test_a_removed_part_stays_removed():
    result = refresh("# Title\n", {"split": "by time"})
    assert (result.text, result.kept) == ("# Title\n", ("split",))


def test_a_part_whose_marks_were_deleted_belongs_to_the_person():
    edited = document().replace("<!-- end:split -->", "")
    assert refresh(edited, {"split": "by time"}).text == edited


def test_ticks_move_to_the_new_text_with_their_words():
    ticked = document().replace("[ ] **AC-1**", "[x] **AC-1**")
    result = refresh(ticked, {"criteria": CRITERIA.replace("20 %", "30 %")})
    assert "- [x] **AC-1**: sealed\n- [ ] **AC-2**: margin 30 %" in result.text
    assert result.replaced == ("criteria",)
    again = refresh(result.text, {"criteria": CRITERIA})
    assert "- [x] **AC-1**: sealed\n- [ ] **AC-2**: margin 20 %" in again.text


def test_a_tick_on_words_that_would_change_keeps_the_part():
    ticked = document().replace("[ ] **AC-2**", "[X] **AC-2**")
    result = refresh(ticked, {"criteria": CRITERIA.replace("20 %", "30 %")})
    assert (result.text, result.kept) == (ticked, ("criteria",))


def test_marks_are_html_comments_on_lines_of_their_own():
    lines = section("split", "random").splitlines()
    assert lines[0].startswith("<!-- ")
    assert lines[0].endswith(" -->")
    assert lines[1:-1] == ["random"]
