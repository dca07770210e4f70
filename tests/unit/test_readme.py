"""The README's tables are what the code offers, no more and no less."""

from __future__ import annotations

import json
import re
from pathlib import Path

import specweave
from specweave.cli import main
from specweave.tools.contract import TOOLS

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text("utf-8")


def first_cells(head: str) -> list[str]:
    """The names in backticks of the first column of the table whose head row begins with `head`."""
    lines = README[README.index(head) :].splitlines()[2:]
    rows = list(lines[: next(i for i, line in enumerate([*lines, ""]) if not line.startswith("|"))])
    return [re.match(r"\| `([^`]+)`", row).group(1) for row in rows]


def test_the_tools_are_listed():
    assert first_cells("| MCP tool |") == [tool.name for tool in TOOLS]


def test_the_skills_are_listed():
    assert sorted(first_cells("| skill |")) == sorted(p.parent.name for p in REPOSITORY.glob("skills/*/SKILL.md"))


def test_the_slash_commands_are_listed():
    ours = {f"/ml:{p.stem}" for p in REPOSITORY.glob("commands/*.md")}
    companion = {
        "/sw:" + p.relative_to(REPOSITORY / "sw/commands").with_suffix("").as_posix().replace("/", ":")
        for p in REPOSITORY.glob("sw/commands/**/*.md")
    }
    assert set(first_cells("| command | does |\n|---|---|\n| `/ml")) == ours | companion


def test_the_command_line_is_listed():
    assert first_cells("| command | does |\n|---|---|\n| `sw-ml") == [f"sw-ml {name}" for name in sorted(main.commands)]


def test_the_public_names_are_listed():
    assert first_cells("| name | is |") == [name for name in specweave.__all__ if not name.startswith("__")]


def test_the_install_commands_name_the_marketplace_and_its_entry():
    marketplace = json.loads((REPOSITORY / ".claude-plugin" / "marketplace.json").read_text("utf-8"))
    entries = [plugin["name"] for plugin in marketplace["plugins"]]
    assert f"/plugin install sw-ml@{marketplace['name']}" in README
    assert "sw-ml" in entries


def test_every_relative_link_leads_to_a_file():
    links = re.findall(r"\]\((?!https?:)([^)#]+)", README)
    assert links
    assert [link for link in links if not (REPOSITORY / link).exists()] == []


def test_the_set_up_is_two_commands():
    assert re.findall(r"^sh (\S+)$", README, flags=re.MULTILINE) == ["scripts/demo", "scripts/test"]
