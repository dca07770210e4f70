"""explain_model over the protocol and on the command line, on a small trained increment."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

import trained_increments as trained
from explained_models import FEATURES, loans
from specweave.evidence import check_document
from specweave.tools.tokens import count_tokens

pytestmark = pytest.mark.anyio


@pytest.fixture
def increment(workspace):
    from specweave.spec_file import write_problem

    folder, problem = trained.sealed_increment(workspace, loans(), "granted", "binary", positive="yes")
    folder.spec.write_text("---\nml: {}\n---\n\n# Spec\n", "utf-8")
    write_problem(folder, problem)
    trained.add_experiment(folder, problem, "boosting", "candidate", columns=FEATURES, strong=True)
    return folder


@pytest.mark.timeout(200)
async def test_a_model_and_a_row_are_explained_over_the_protocol(connected, increment):
    async with connected() as client:
        arguments = {"increment": "1", "rows": ["customer_id=C0002", "typical"], "allow_change": ["late payments down"]}
        result = await client.call_tool("explain_model", arguments)
        text = result.content[0].text
        assert not result.is_error, text
        deadline = time.monotonic() + 120
        while "action='wait'" in text.replace('"', "'") and time.monotonic() < deadline:
            waited = await client.call_tool("job", {"action": "wait", "seconds": 45})
            text = waited.content[0].text
        refused = await client.call_tool("explain_model", {"increment": "1", "rows": ["customer_id=nobody"]})
    assert count_tokens(text).tokens <= 1500
    assert "relies most on" in text
    assert "customer_id C0002" in text
    assert "explanation.html" in text
    assert (increment.reports / "explanation.html").is_file()
    assert check_document(increment.reports / "explainability-report.md", increment) == []
    assert "No row has this value in customer_id" in refused.content[0].text
    assert "Traceback" not in refused.content[0].text


@pytest.mark.timeout(120)
def test_the_command_line_explains_and_refuses_in_one_sentence(increment):
    def explained(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "specweave.cli", "explain", "1", *arguments, "--project", str(increment.root)],
            capture_output=True,
            text=True,
            check=False,
        )

    done = explained("--row", "borderline", "--allow-change", "income up")
    assert done.returncode == 0, done.stderr
    assert "a borderline case" in done.stdout
    facts = json.loads((increment.reports / "explanation.json").read_text("utf-8"))
    assert facts["allowed"] == ["income up"]
    wrong = explained("--allow-change", "incme")
    assert wrong.returncode == 2
    assert "income" in wrong.stderr
    assert "Traceback" not in wrong.stderr
