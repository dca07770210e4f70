"""Pictures of a comparison: axes only for params that differ, and places that can be read."""

from __future__ import annotations

from specweave.comparison.figures import learning_curves, parallel_coordinates, parameter_axes, plan_figures
from specweave.comparison.result import Compared, ExperimentComparison


def one(number, value, *, kind="candidate", history=(), **params):
    return Compared(
        experiment=f"exp-{number:03d}-run", name="run", kind=kind, status="finished", params=params, value=value,
        low=value - 0.05, high=value + 0.05, n=100, history=history,
    )  # fmt: skip


def comparison(rows):
    return ExperimentComparison(
        increment="0001-x", metric="roc_auc", metric_title="Area under the ROC curve", greater_is_better=True, level=0.95,
        baseline=None, best=rows[0].experiment if rows else None, experiments=tuple(rows), verdict="",
    )  # fmt: skip


def test_only_params_that_differ_get_an_axis():
    rows = [
        one(1, 0.9, depth=3, family="a", seed=0, members=["x"]),
        one(2, 0.8, depth=5, family="b", seed=0, members=["y"]),
    ]
    assert parameter_axes(rows) == [("depth", [3, 5]), ("family", ["a", "b"])]


def test_numbers_are_in_order_and_many_words_get_no_axis():
    rows = [one(i, 0.5, rate=10.0**-i, note=f"text {i}") for i in range(20)]
    ((name, values),) = parameter_axes(rows)
    assert name == "rate"
    assert values == sorted(values)


def test_a_line_passes_through_its_values_and_a_missing_one_lies_below():
    rows = [one(1, 0.9, depth=3, rate=0.1), one(2, 0.5, depth=5), one(3, 0.7, depth=4, rate=0.2)]
    drawn = parallel_coordinates(comparison(rows), parameter_axes(rows))
    (axes,) = drawn.axes
    lines = [list(line.get_ydata()) for line in axes.lines if len(line.get_ydata()) == 3]
    assert [0.0, 0.0, 1.0] in lines
    (second,) = [line for line in lines if line[0] == 1.0]
    assert second[1] < 0
    assert second[2] == 0.0


def test_curves_hold_the_steps_as_logged():
    row = one(1, 0.9, history=((0, 0.5), (1, 0.8), (2, 0.9)))
    (axes,) = learning_curves(comparison([row]), [row]).axes
    assert list(axes.lines[0].get_xdata()) == [0, 1, 2]
    assert list(axes.lines[0].get_ydata()) == [0.5, 0.8, 0.9]


def test_figures_that_would_show_nothing_are_not_made():
    assert set(plan_figures(comparison([one(1, 0.9), one(2, 0.8)]))) == {"comparison-intervals.png"}
    assert plan_figures(comparison([])) == {}


def test_of_many_the_best_thirty_and_the_best_baseline_are_drawn():
    rows = [one(i, 0.9 - i / 1000, depth=i % 5, rate=i) for i in range(1, 101)]
    base = one(101, 0.5, kind="baseline", depth=0, rate=0)
    found = comparison([*rows, base]).model_copy(update={"baseline": base.experiment})
    planned = plan_figures(found)
    (axes,) = planned["comparison-intervals.png"].draw().axes
    shown = [label.get_text() for label in axes.get_yticklabels()]
    assert shown == [*(row.experiment for row in rows[:30]), base.experiment]
    assert planned["comparison-intervals.png"].caption.endswith("The best 30 of 101 and the best baseline.")
    assert planned["comparison-parameters.png"].caption.endswith("The best 30 of 101.")


def test_the_content_of_a_picture_changes_with_what_it_shows_only():
    rows = [one(i, 0.9 - i / 1000, depth=i % 5, rate=i) for i in range(1, 41)]
    before = plan_figures(comparison(rows))["comparison-intervals.png"].content
    far = [*rows[:35], one(99, 0.1), *rows[36:]]
    near = [one(99, 0.95), *rows[1:]]
    assert plan_figures(comparison(far))["comparison-intervals.png"].content == before
    assert plan_figures(comparison(near))["comparison-intervals.png"].content != before
