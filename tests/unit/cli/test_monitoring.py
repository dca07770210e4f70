from __future__ import annotations

import json

import numpy as np
import pandas as pd
from click.testing import CliRunner

from specweave.cli import main
from specweave.deployment.ab.assignment import Assignment


def run(*arguments):
    return CliRunner().invoke(main, [str(one) for one in arguments])


def test_a_plan_is_told_and_written(workspace):
    (workspace.increments / "0001-churn").mkdir(parents=True)
    found = run(
        "ab-plan",
        "--baseline",
        0.12,
        "--effect",
        0.02,
        "--units-per-day",
        2000,
        "--increment",
        1,
        "--project",
        workspace.root,
    )
    assert found.exit_code == 0, found.output
    assert "Written: deployment/ab-test/plan.json, deployment/ab-test/plan.md" in found.output
    plan = json.loads((workspace.increments / "0001-churn" / "deployment" / "ab-test" / "plan.json").read_text("utf-8"))
    assert f"{plan['units']:,} units" in found.output


def test_an_impossible_plan_is_an_error():
    found = run("ab-plan", "--baseline", 12, "--effect", 0.02)
    assert found.exit_code == 2
    assert "between 0 and 1" in found.output


def files(folder, *, effect, lost=0, n=6000, share=0.5):
    test, rng = Assignment("t", "salt", share), np.random.default_rng(0)
    units = [f"u{i}" for i in range(n)]
    arms = [test.arm(unit) for unit in units]
    treated = np.array(arms) == "treatment"
    exposed = pd.DataFrame({"unit": units, "arm": arms})
    dropped = exposed.index[treated][:lost]
    exposed.drop(index=dropped).to_csv(folder / "exposures.csv", index=False)
    pd.DataFrame({"unit": units, "spend": rng.normal(10, 1, n) + effect * treated}).to_csv(
        folder / "outcomes.csv", index=False
    )
    return folder / "exposures.csv", folder / "outcomes.csv"


def test_an_analysis_is_told_and_written(tmp_path):
    found = run("ab-analyse", *files(tmp_path, effect=0.2), "--share", 0.5, "--out", tmp_path / "report")
    assert found.exit_code == 0, found.output
    assert found.output.startswith("Decision: ship.")
    assert (tmp_path / "report" / "course.png").stat().st_size > 5000


def test_an_analysis_takes_share_and_size_from_the_plan(workspace, tmp_path):
    (workspace.increments / "0001-churn").mkdir(parents=True)
    here = ("--increment", 1, "--project", workspace.root)
    planned = run("ab-plan", "--baseline", 10, "--effect", 0.2, "--sd", 1, "--share", 0.5, *here)
    assert planned.exit_code == 0, planned.output
    found = run("ab-analyse", *files(tmp_path, effect=0.0), *here)
    assert "no difference that matters" in found.output
    analysis = workspace.increments / "0001-churn" / "deployment" / "ab-test" / "analysis.json"
    assert json.loads(analysis.read_text("utf-8"))["planned_how"] == "named"


def test_a_broken_test_exits_with_1(tmp_path):
    found = run("ab-analyse", *files(tmp_path, effect=0.5, lost=400), "--share", 0.5, "--out", tmp_path / "report")
    assert found.exit_code == 1
    assert "Do not trust this test" in found.output
