from __future__ import annotations

import pytest
from click.testing import CliRunner

import increment_factory as made
from specweave.cli import main


@pytest.fixture
def folder(workspace):
    return made.worked(made.increment(workspace))


def run(folder, *arguments):
    return CliRunner().invoke(main, ["audit", *arguments, "--project", str(folder.root)])


def test_packing_and_verifying_tell_the_same_hash(folder):
    packed = run(folder, "1")
    assert packed.exit_code == 0, packed.output
    path = folder.reports / "audit-0001.zip"
    verified = run(folder, "--verify", str(path))
    assert verified.exit_code == 0
    assert "is whole" in verified.output
    assert packed.output.split("sha256: ")[1][:64] == verified.output.split("sha256: ")[1][:64]


def test_a_damaged_bundle_exits_with_one_and_no_bundle_with_two(folder, tmp_path):
    target = tmp_path / "out.zip"
    run(folder, "1", "--out", str(target))
    content = target.read_bytes()
    at = content.index(b"spec.md") + len(b"spec.md") + 4
    target.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    assert run(folder, "--verify", str(target)).exit_code in (1, 2)
    target.write_bytes(b"nothing")
    assert run(folder, "--verify", str(target)).exit_code == 2
