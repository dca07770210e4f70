"""Figures asked for as bytes."""

from __future__ import annotations

import explained_models as known
from specweave.explanation.aside import Answer, Aside
from specweave.explanation.drawing import finished, global_pictures, local_pictures, picture_of
from specweave.explanation.figures_global import global_plots
from specweave.explanation.globally import explain_globally
from specweave.explanation.local_facts import LocalExplanation, Share

PNG = b"\x89PNG\r\n"


def test_every_plot_and_row_becomes_a_png_in_order():
    part = explain_globally(known.subject("regression"))
    share = Share(column="income", value="3", amount=0.5)
    row = LocalExplanation(
        row=7,
        label="row 7",
        why="asked for",
        score=1.0,
        answer="1",
        base=0.5,
        explained_score=1.0,
        shares=(share,),
        others=0.0,
    )
    asked = global_pictures(part, Aside()) | local_pictures([row], "log-odds", "granted", Aside())
    made = finished(asked)
    assert list(made) == [*global_plots(part), picture_of(7)]
    assert picture_of(7) == "local-explanations/row-7.png"
    assert all(content.startswith(PNG) for content in made.values())


def test_the_last_is_fetched_first_as_another_process_begins_with_the_first():
    order = []
    asked = {name: Answer(lambda name=name: order.append(name) or name.encode(), ()) for name in "abc"}
    assert finished(asked) == {"a": b"a", "b": b"b", "c": b"c"}
    assert order == ["c", "b", "a"]
