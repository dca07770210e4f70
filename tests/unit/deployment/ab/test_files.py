from __future__ import annotations

import json
import subprocess
import sys

from specweave.deployment.ab.files import ab_sources, write_ab_test


def test_the_copies_stand_on_their_own(tmp_path):
    write_ab_test(tmp_path, "churn-2", share=0.5)
    program = (
        "import sys; sys.modules['specweave'] = None; sys.modules['numpy'] = None\n"
        "from assignment import Assignment\nfrom router import Router\n"
        "r = Router(lambda x: 'old', lambda x: 'new', Assignment.read('ab-test.json'))\n"
        "print(sorted({r.answer(f'u{i}', i) for i in range(50)}))"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[('new', 'treatment'), ('old', 'control')]"


def test_the_copies_pass_linters(tmp_path):
    write_ab_test(tmp_path, "churn-2")
    checks = ["--isolated", "--select", "E,F,I,B,UP,SIM,RUF", "--line-length", "130", *ab_sources()]
    found = subprocess.run(
        [sys.executable, "-m", "ruff", "check", *checks], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stdout


def test_the_salt_is_kept_for_the_same_test_and_drawn_for_another(tmp_path):
    def salt(name):
        write_ab_test(tmp_path, name)
        return json.loads((tmp_path / "ab-test.json").read_text("utf-8"))["salt"]

    first = salt("a")
    assert salt("a") == first
    assert salt("b") != first


def test_ten_percent_is_the_default(tmp_path):
    write_ab_test(tmp_path, "t", salt="s")
    assert json.loads((tmp_path / "ab-test.json").read_text("utf-8")) == {
        "name": "t",
        "salt": "s",
        "mode": "ab",
        "share": 0.1,
    }
