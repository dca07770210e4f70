from __future__ import annotations

from specweave.experiments import create_experiment, open_experiment
from specweave.jobs.ending import Ending
from specweave.jobs.script_records import RunFacts, existing, made_by_run, record_run


def facts(source) -> RunFacts:
    return RunFacts(source, source.name, "0" * 64, "script", ("--password", "x"), {"path": "/python", "source": "venv"})


def test_existing_records_are_those_of_every_increment(workspace, increment):
    (workspace.increments / "0002-other" / "experiments").mkdir(parents=True)
    made = [create_experiment(workspace.increment(n), "a", kind="script").path for n in (1, 2)]
    assert existing(workspace) == set(made)


def test_only_records_of_the_very_file_count(workspace, increment, tmp_path):
    before = existing(workspace)
    entry = {"by": "script", "path": str(tmp_path / "mine.py")}
    mine = create_experiment(increment, "mine", kind="script", entry=entry)
    create_experiment(increment, "other", kind="candidate", entry={"by": "tool", "tool": "run_experiment"})
    mine.finish()
    assert made_by_run(workspace, before, facts(tmp_path / "mine.py")) == [mine.path]
    assert open_experiment(increment, mine.id).metadata["interpreter"]["path"] == "/python"


def test_a_record_whose_writer_lives_stays_open(workspace, increment, tmp_path):
    entry = {"by": "script", "path": str(tmp_path / "mine.py")}
    mine = create_experiment(increment, "mine", kind="script", entry=entry)
    made_by_run(workspace, set(), facts(tmp_path / "mine.py"))
    assert mine.status == "running"


def test_a_run_of_its_own_is_recorded_without_secrets(increment, tmp_path):
    ending = Ending(2, 12.5, "connecting to postgresql://me:s3cr3t@host/db\n", "exit code 2")
    path = record_run(increment, facts(tmp_path / "load.py"), ending, None)
    found = open_experiment(increment, path.name).summary()
    assert (found.name, found.status) == ("load", "failed")
    assert found.params == {"file": "load.py", "arguments": ["--password", "***"]}
    assert found.metadata["run"] == {"exit_code": 2, "reason": "exit code 2"}
    assert 12.5 <= found.metadata["duration_s"] < 20
    assert "s3cr3t" not in (path / "artifacts" / "output.txt").read_text()
