from __future__ import annotations

import numpy as np
import pytest

from simulated_predictions import regression
from specweave.evaluation import regression_figures as figures
from specweave.metrics import Predictions


@pytest.mark.parametrize("draw", [figures.residuals, figures.predicted_vs_actual])
@pytest.mark.parametrize("n", [30, 5000])
def test_figures_name_the_target_and_the_number_of_rows(draw, n):
    axes = draw(regression(np.random.default_rng(0), n), "price").axes[0]
    assert f"n = {n:,}" in axes.get_title()
    assert "price" in axes.get_xlabel()
    assert "price" in axes.get_ylabel()


def test_a_constant_truth_is_drawn_without_r2():
    made = figures.predicted_vs_actual(Predictions("regression", np.full(25, 3.0), np.arange(25.0)), "price")
    assert "MAE" in made.axes[0].get_title()


def test_large_values_are_written_with_thousands():
    predictions = Predictions("regression", np.arange(30) * 10_000.0, np.arange(30) * 10_000.0)
    made = figures.predicted_vs_actual(predictions, "price")
    made.draw_without_rendering()
    assert any("," in label.get_text() for label in made.axes[0].get_xticklabels())
