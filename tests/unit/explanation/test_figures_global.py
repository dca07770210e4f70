from __future__ import annotations

import numpy as np
import pytest

import explained_models as known
from specweave.explanation.figures_global import caption, global_plots
from specweave.explanation.globally import explain_globally
from specweave.visuals import save_figure


@pytest.fixture(scope="module", params=["binary", "multiclass", "regression"])
def part(request):
    return explain_globally(known.subject(request.param))


@pytest.fixture(scope="module")
def figures(part):
    return {name: plot.draw(*plot.of) for name, plot in global_plots(part).items()}


def test_every_figure_is_drawn_and_has_a_caption(figures, tmp_path):
    assert {"feature-importance.png", "shap-summary.png", "pdp-plots/income.png", "pdp-plots/job.png"} <= set(figures)
    for name, made in figures.items():
        assert save_figure(made, tmp_path / name).stat().st_size > 3_000
        assert len(caption(name)) > 30


def test_importance_shows_what_the_facts_hold(part, figures):
    shuffling, shares = figures["feature-importance.png"].axes
    names = [one.column for one in part.facts.columns][::-1]
    assert [label.get_text() for label in shuffling.get_yticklabels()] == names
    losses = [bar.get_width() for bar in shuffling.patches]
    assert losses == pytest.approx([part.facts.column(name).loss for name in names])
    assert max(bar.get_width() for bar in shares.patches) == pytest.approx(100 * part.facts.columns[0].share)


def test_dependence_is_the_average_with_single_rows_and_the_share_of_the_data(part, figures):
    upper, lower = figures["pdp-plots/income.png"].axes
    one = next(one for one in part.facts.dependence if one.column == "income")
    average = next(line for line in upper.lines if line.get_linewidth() == 3)
    np.testing.assert_allclose(average.get_ydata(), [p.mean[0] for p in one.points if p.at is not None])
    assert sum(bar.get_height() for bar in lower.patches) == pytest.approx(100 * sum(p.share for p in one.points))
    thin = [line for line in upper.lines if line.get_linewidth() < 1]
    assert bool(thin) is (len(one.points[0].mean) == 1)


def test_categories_stand_under_their_names(figures):
    lower = figures["pdp-plots/job.png"].axes[1]
    assert {label.get_text() for label in lower.get_xticklabels()} == {"none", "part", "full"}


def test_a_column_that_does_nothing_has_no_plot(figures):
    assert "pdp-plots/age.png" not in figures
