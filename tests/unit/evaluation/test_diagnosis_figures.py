from __future__ import annotations

import numpy as np
import pandas as pd

from simulated_predictions import binormal, regression
from specweave.evaluation.diagnosis_figures import MOST_FEATURES, MOST_SLICES, by_feature, by_slice, diagnosis_figures
from specweave.evaluation.diagnosis_result import Diagnosis
from specweave.evaluation.errors import residual_patterns
from specweave.evaluation.slices import slices


def columns(rng, n, many=12):
    return pd.DataFrame({f"column {at}": rng.choice(list("abcd"), n) for at in range(many)})


def drawn():
    rng = np.random.default_rng(0)
    predictions = binormal(rng, 1000, 1.5).take(rng.permutation(1000))
    return slices("roc_auc", predictions, columns(rng, 1000))


def test_each_metric_has_a_panel_and_each_slice_its_number_of_rows():
    made = by_slice(drawn())
    assert [panel.get_xlabel() for panel in made.axes] == ["Area under the ROC curve", "Recall", "Precision"]
    labels = [text.get_text() for text in made.axes[0].get_yticklabels()]
    assert len(labels) == MOST_SLICES
    assert all(", n = " in label for label in labels)


def test_features_are_shown_up_to_a_number_with_their_parts():
    rng = np.random.default_rng(1)
    patterns = residual_patterns(rng.normal(size=600), columns(rng, 600))
    made = by_feature(patterns, "true − predicted value", 600)
    assert len([panel for panel in made.axes if panel.get_visible()]) == MOST_FEATURES
    assert {text.get_text() for text in made.axes[0].get_yticklabels()} == set("abcd")
    assert "600" in made.get_suptitle()


def test_nothing_to_show_makes_no_figure():
    rng = np.random.default_rng(2)
    few = slices("rmse", regression(rng, 20), columns(rng, 20, many=2))
    assert few.n_tests == 0
    assert diagnosis_figures(Diagnosis(slices=few)) == {}
    assert diagnosis_figures(None) == {}


def test_one_slice_metric_makes_one_panel():
    rng = np.random.default_rng(3)
    found = slices("rmse", regression(rng, 500), columns(rng, 500, many=2))
    made = diagnosis_figures(Diagnosis(slices=found))
    assert len(made["slices.png"].axes) == 1
