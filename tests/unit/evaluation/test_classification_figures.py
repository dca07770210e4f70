from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import binary_from, binormal, multiclass
from specweave.evaluation import classification_figures as figures
from specweave.evaluation.documents import make_figures
from specweave.metrics import Predictions


def _texts(made):
    return [text.get_text() for axes in made.axes for text in (axes.title, axes.xaxis.label, axes.yaxis.label)]


@pytest.mark.parametrize(
    "draw", [figures.confusion_matrix, figures.roc, figures.precision_recall, figures.calibration, figures.threshold]
)
def test_every_figure_says_how_many_rows_it_shows_and_what_its_axes_are(draw):
    made = draw(binormal(np.random.default_rng(0), 300, 1.0))
    assert any("n = 300" in text for text in _texts(made))
    assert made.axes[-1].get_xlabel() or made.axes[0].get_xlabel()
    assert made.axes[0].get_ylabel()


def test_the_cells_of_the_confusion_matrix_are_its_counts():
    made = figures.confusion_matrix(binary_from([0.9, 0.8, 0.2, 0.1], [True, False, False, False]))
    assert [text.get_text().split("\n")[0] for text in made.axes[0].texts] == ["2", "1", "0", "1"]


def test_the_chosen_threshold_is_drawn():
    predictions = binormal(np.random.default_rng(0), 200, 1.0).at_threshold(0.37)
    lines = figures.threshold(predictions).axes[0].lines
    assert any(line.get_label() == "chosen threshold 0.370" for line in lines)


def test_many_classes_are_cut_to_what_can_be_read():
    names = tuple(f"class number {i:03d} with a long name" for i in range(40))
    truth = np.repeat(names, 5)
    scores = np.full((200, 40), 0.01) + 0.6 * (truth[:, None] == np.array(names))
    predictions = Predictions("multiclass", truth, truth, scores, names)
    assert len(figures.confusion_matrix(predictions).axes[0].get_yticklabels()) == 20
    curves = figures.roc(predictions).axes[0]
    assert len(curves.lines) == 1 + 8
    assert "8 of 40 classes" in curves.get_title()


def test_figures_that_do_not_apply_are_left_out():
    one_class = binary_from([0.2, 0.8], [True, True])
    assert set(make_figures(one_class, "y")) == {"confusion_matrix.png"}
    no_scores = Predictions("binary", ["a", "b"], ["a", "b"], positive="b")
    assert set(make_figures(no_scores, "y")) == {"confusion_matrix.png"}
    assert "threshold.png" not in make_figures(multiclass(np.random.default_rng(0), 100, 1.0), "y")
