from __future__ import annotations

from specweave.experiments import create_experiment


def test_exploration_ends_with_a_summary_of_what_was_logged(folder):
    experiment = create_experiment(folder, "first look", kind="eda", params={"source": "churn.csv"})
    experiment.log_metrics({"dataset_size": 7043, "missing_share": 1 / 3, "skew": float("nan")})
    experiment.log_table([{"column": "Churn", "unique": 2}], "unique counts")
    experiment.log_note("tenure has 73 values")
    figure = experiment.path / "figures" / "age.png"
    figure.parent.mkdir()
    figure.write_bytes(b"png")
    experiment.finish()
    text = (experiment.path / "eda-summary.md").read_text("utf-8")
    assert text.startswith("# Exploration: first look\n\nExperiment exp-001-first-look, started 20")
    for line in (
        "| source | churn.csv |",
        "| dataset_size | 7,043 |",
        "| missing_share | 0.3333 |",
        "| skew | not defined |",
        "### unique counts",
        "| Churn | 2 |",
        "![age](<figures/age.png>)",
    ):
        assert line + "\n" in text
    assert "tenure has 73 values" in text


def test_exploration_that_logged_nothing_says_so(folder):
    experiment = create_experiment(folder, "a", kind="eda")
    experiment.finish("failed")
    assert "Nothing was logged." in (experiment.path / "eda-summary.md").read_text("utf-8")


def test_other_kinds_write_no_summary(folder):
    experiment = create_experiment(folder, "a", kind="script")
    experiment.finish()
    assert not (experiment.path / "eda-summary.md").exists()
