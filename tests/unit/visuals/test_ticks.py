from __future__ import annotations

import pytest

from specweave.visuals import figure, whole_numbers
from specweave.visuals.ticks import tick_texts


@pytest.mark.parametrize(
    ("values", "texts"),
    [
        ([1e9, 1e9 + 20], ["1,000,000,000", "1,000,000,020"]),
        ([0, 5e8, 1e9], ["0", "5e8", "1.0e9"]),
        ([-0.2, 0, 0.2], ["−0.2", "0.0", "0.2"]),
        ([0, 2e-6], ["0", "2e−6"]),
        ([1990, 2000], ["1990", "2000"]),
        ([0, 50_000], ["0", "50,000"]),
        ([], []),
        ([0], ["0"]),
    ],
)
def test_numbers_stand_whole_with_the_digits_that_tell_them_apart(values, texts):
    assert tick_texts(values) == texts


@pytest.mark.parametrize("reach", [(0, 3.2e10), (1e9, 1e9 + 12), (0, 1e-7), (2.0, 2.0)])
def test_no_power_or_offset_stands_apart_in_a_corner(reach):
    made, axes = figure()
    axes.plot(reach, [0, 1])
    whole_numbers(axes.xaxis)
    made.canvas.draw()
    assert axes.xaxis.get_offset_text().get_text() == ""
    shown = [label.get_text() for label in axes.get_xticklabels()]
    assert len(set(shown)) == len(shown) > 2
