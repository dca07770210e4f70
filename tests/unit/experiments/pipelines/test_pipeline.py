from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from specweave.errors import ExperimentError
from specweave.experiments import list_experiments
from specweave.experiments.pipelines import ExperimentPipeline

SOURCE = """
import sys
from pathlib import Path
from specweave.experiments.pipelines import ExperimentPipeline

pipeline = ExperimentPipeline("churn", increment="0001")

def clean(line):
    return line.strip()  # {comment}

@pipeline.stage("preprocessing", inputs=["raw.csv"], outputs=["clean.csv"])
def preprocess(upper={upper}, stage=None):
    lines = [clean(line) for line in Path("raw.csv").read_text().splitlines()]
    Path("clean.csv").write_text("\\n".join(line.upper() if upper else line for line in lines))
    stage.log_metric("rows", len(lines))
    return len(lines)

@pipeline.stage("training", inputs=["clean.csv"], depends_on=preprocess)
def train(rate=0.1):
    {body}

print("rows", preprocess())
train()
"""


class Project:
    def __init__(self, root):
        self.root = root
        self.raw = root / "raw.csv"
        self.raw.write_text("a\nb\n")

    def run(self, *, comment="", upper=False, body="pass", code=0):
        script = self.root / "job.py"
        script.write_text(SOURCE.format(comment=comment, upper=upper, body=body))
        done = subprocess.run([sys.executable, str(script)], cwd=self.root, capture_output=True, text=True, check=False)
        assert done.returncode == code, done.stderr
        return done.stdout

    def last(self):
        paths = sorted(self.root.glob(".specweave/increments/0001-churn/experiments/exp-*/stages.json"))
        return json.loads(paths[-1].read_text())["stages"]

    def statuses(self):
        return {name: facts["status"] for name, facts in self.last().items()}


@pytest.fixture
def project(folder):
    return Project(folder.root)


def test_stages_are_done_recorded_and_drawn(project, folder):
    assert project.run() == "rows 2\n"
    [record] = list_experiments(folder)
    assert record.status == "finished"
    assert record.metadata["tags"] == {"pipeline": "churn"}
    assert record.metrics["preprocessing.rows"] == 2
    assert record.metrics["training.seconds"] >= 0
    assert record.params["training.rate"] == 0.1
    page = (record.path / "pipeline.md").read_text("utf-8")
    assert "2 of 2 stages done" in page
    for line in ('f0(["raw.csv"])', "f0 --> s0", "s0 --> f1", "f1 --> s1", "s0 -.-> s1", ":::done"):
        assert line in page


def test_unchanged_stages_are_skipped_and_say_so(project, folder):
    project.run()
    (project.root / "clean.csv").touch()
    out = project.run(comment="another comment is no other code")
    assert "churn: preprocessing is skipped, nothing it depends on changed" in out
    assert "rows 2" in out
    assert project.statuses() == {"preprocessing": "skipped", "training": "skipped"}
    assert list_experiments(folder)[-1].metrics["preprocessing.rows"] == 2
    assert "2 skipped because nothing changed" in (list_experiments(folder)[-1].path / "pipeline.md").read_text("utf-8")


def test_a_changed_input_is_named_and_reaches_the_stages_after(project):
    project.run()
    project.raw.write_text("a\nb\nc\n")
    project.run()
    assert project.last()["preprocessing"]["why"] == "an input changed: raw.csv"
    assert project.last()["training"]["why"] == "an input changed: clean.csv"


def test_an_input_that_changes_no_output_stops_there(project):
    project.run()
    project.raw.write_text("a \nb\n")
    project.run()
    assert project.statuses() == {"preprocessing": "done", "training": "skipped"}


def test_changed_parameters_and_code_are_named(project):
    project.run()
    project.run(upper=True)
    assert project.last()["preprocessing"]["why"] == "a parameter changed: upper"
    project.run(upper=True, body="return 1 + 1")
    assert project.last()["preprocessing"]["status"] == "skipped"
    assert project.last()["training"]["why"] == "its code changed"


def test_code_of_a_function_the_stage_calls_counts(project):
    project.run()
    text = SOURCE.replace("line.strip()", "line.strip().lower()")
    script = project.root / "job.py"
    script.write_text(text.format(comment="", upper=False, body="pass"))
    subprocess.run([sys.executable, str(script)], cwd=project.root, capture_output=True, check=True)
    assert project.last()["preprocessing"]["why"] == "its code changed"


def test_a_removed_output_is_made_again(project):
    project.run()
    (project.root / "clean.csv").unlink()
    project.run()
    assert project.last()["preprocessing"]["why"] == "an output is missing: clean.csv"
    assert (project.root / "clean.csv").exists()


def test_a_failed_stage_fails_the_record_and_is_done_again(project, folder):
    project.run(body="raise ValueError('no rows')", code=1)
    [record] = list_experiments(folder)
    assert record.status == "failed"
    assert record.metadata["error"]["type"] == "ValueError"
    assert project.last()["training"]["error"] == "ValueError: no rows"
    project.run(body="raise ValueError('no rows')", code=1)
    assert project.statuses() == {"preprocessing": "skipped", "training": "failed"}


@pytest.fixture
def pipeline(folder, monkeypatch):
    monkeypatch.chdir(folder.root)
    said = []
    made = ExperimentPipeline("p", folder, say=said.append)
    made.said = said
    yield made
    made.finish()


def work(pipeline, done, params):
    with pipeline.stage("a", params=params, outputs={"out": "out.txt"}) as stage:
        if stage.needed:
            done.append(params)
            Path("out.txt").write_text("x")
            stage.log_metric("n", 1)


def test_a_block_asks_whether_it_is_needed(pipeline):
    done = []
    work(pipeline, done, {"x": 1})
    work(pipeline, done, {"x": 1})
    work(pipeline, done, {"x": 2})
    assert done == [{"x": 1}, {"x": 2}]
    assert pipeline.said == ["p: a is skipped, nothing it depends on changed"]


def test_a_block_that_does_not_ask_is_not_called_skipped(pipeline):
    for _ in range(2):
        with pipeline.stage("a") as stage:
            stage.log_metric("n", 1)
    assert pipeline.stages["a"]["status"] == "done"
    assert "does not ask" in pipeline.stages["a"]["why"]
    assert pipeline.said == []


def test_a_stage_before_that_was_not_done_is_refused(pipeline):
    refusal = pytest.raises(ExperimentError, match="depends on a, which was not done in this run")
    with refusal, pipeline.stage("b", depends_on="a"):
        pass


def test_a_missing_input_is_named(pipeline):
    with pytest.raises(ExperimentError, match=r"nowhere\.csv"), pipeline.stage("b", inputs=["nowhere.csv"]):
        pass


def test_an_output_that_was_promised_must_be_there(pipeline):
    with pytest.raises(ExperimentError, match=r"never\.csv"), pipeline.stage("b", outputs=["never.csv"]):
        pass


def test_a_result_that_json_cannot_hold_is_made_each_time(pipeline):
    calls = []

    @pipeline.stage("a")
    def make():
        calls.append(1)
        return object()

    make()
    make()
    assert len(calls) == 2
    assert pipeline.stages["a"]["why"] == "its result was not kept, as it is no plain JSON"


def test_a_table_in_memory_is_an_input(pipeline):
    import pandas as pd

    calls = []
    for value in (1, 1, 2):
        frame = pd.DataFrame({"a": [value, 5]})

        @pipeline.stage("a", inputs={"frame": frame})
        def make():
            calls.append(1)

        make()
    assert len(calls) == 2
