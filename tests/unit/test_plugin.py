"""The plugin's files: derived ones are fresh, texts are short and name only what exists."""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import frontmatter
import pytest

import specweave
from specweave.experiments import Experiment
from specweave.tools.tokens import count_tokens

REPOSITORY = Path(__file__).resolve().parents[2]
TOOLS = {tool["name"] for tool in json.loads((REPOSITORY / "server/tools.json").read_text("utf-8"))["tools"]}
SKILLS = sorted((REPOSITORY / "skills").glob("*/SKILL.md"))
AGENTS = sorted((REPOSITORY / "agents").glob("*.md"))
COMMANDS = sorted([*(REPOSITORY / "commands").rglob("*.md"), *(REPOSITORY / "sw/commands").rglob("*.md")])
TEXTS = [*SKILLS, *AGENTS, *COMMANDS]
SKILL_KEYS = {"name", "description"}

by_path = pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
by_skill = pytest.mark.parametrize("path", SKILLS, ids=lambda path: path.parent.name)


@pytest.fixture(scope="module")
def generator():
    spec = importlib.util.spec_from_file_location("generate", REPOSITORY / "scripts/generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _json(path: str) -> dict:
    return json.loads((REPOSITORY / path).read_text("utf-8"))


def test_derived_files_are_fresh(generator, capsys):
    assert generator.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_file_is_noticed_and_written_anew(generator, monkeypatch, tmp_path, capsys):
    texts = generator.derived()
    monkeypatch.setattr(generator, "REPOSITORY", tmp_path)
    monkeypatch.setattr(generator, "derived", lambda: texts)
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    (tmp_path / "server/tools.json").write_text("{}")
    assert generator.main(["--check"]) == 1
    assert "server/tools.json is stale" in capsys.readouterr().err


def test_the_manifests_agree_on_version_and_names():
    portable, client, companion = (
        _json(p) for p in ("plugin.json", ".claude-plugin/plugin.json", "sw/.claude-plugin/plugin.json")
    )
    project = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    assert f'version = "{portable["version"]}"' in project
    assert (portable["name"], client["name"], companion["name"]) == ("sw-ml", "ml", "sw")
    assert {portable["version"], client["version"], companion["version"]} == {portable["version"]}
    assert client["dependencies"] == ["sw"]
    entries = {entry["name"]: entry["source"] for entry in _json(".claude-plugin/marketplace.json")["plugins"]}
    assert entries == {"sw-ml": "./", "sw": "./sw"}


def test_the_portable_files_keep_to_the_agent_plugins_format():
    manifest, servers = _json("plugin.json"), _json("mcp.json")
    allowed = {
        "$schema",
        "name",
        "version",
        "description",
        "author",
        "homepage",
        "repository",
        "license",
        "keywords",
        "extensions",
    }
    assert set(manifest) <= allowed
    assert set(manifest["author"]) <= {"name", "email", "url"}
    assert manifest["$schema"] == "https://agent-plugins.org/schemas/1.0.0/plugin.schema.json"
    assert servers["$schema"] == "https://agent-plugins.org/schemas/1.0.0/mcp.schema.json"
    assert set(servers) == {"$schema", "mcpServers"}
    (server,) = servers["mcpServers"].values()
    assert set(server) <= {"type", "command", "args", "env", "cwd"}
    assert server["command"].startswith("./")
    assert (REPOSITORY / server["command"]).is_file()


def test_the_server_of_the_client_is_the_portable_one(generator):
    (server,) = _json(".claude-plugin/plugin.json")["mcpServers"].values()
    path = server["args"][0].replace("${CLAUDE_PLUGIN_ROOT}", str(REPOSITORY))
    assert server["command"] == "sh"
    assert Path(path) == REPOSITORY / "server/launch.sh"


def test_entry_points_are_found_with_nothing_but_the_server_folder_on_the_path(generator):
    """As in the plugin's environment, where the package itself is not installed."""
    question = (
        "from importlib.metadata import entry_points, version; print(version('sw-ml'));"
        "print(*sorted(e.name for e in entry_points(group='specweave.problem_kinds')))"
    )
    run = subprocess.run(
        [sys.executable, "-S", "-P", "-c", question],
        env={"PYTHONPATH": str(REPOSITORY / "server")},
        capture_output=True,
        text=True,
        check=True,
    )
    version, kinds = run.stdout.splitlines()
    assert version == _json("plugin.json")["version"]
    assert "tabular" in kinds.split()


def test_the_tool_list_and_the_identity_are_what_the_server_says():
    from specweave.tools import contract

    assert _json("server/tools.json")["tools"] == [tool.listing() for tool in contract.TOOLS]
    assert _json("server/identity.json")["serverInfo"]["name"] == "sw-ml"


@by_path
def test_a_text_describes_itself_and_names_only_tools_that_exist(path):
    page = frontmatter.load(path)
    assert page["description"]
    assert "TODO" not in page.content
    named = set(re.findall(r"\b[a-z]+_(?:increment|data|experiments?|model|step)\b", page.content))
    known = TOOLS | set(specweave.__all__) | set(dir(Experiment))
    assert named <= known, named - known


@by_path
def test_allowed_tools_name_this_server_and_its_tools(path):
    rules = str(frontmatter.load(path).get("allowed-tools") or "")
    for rule in filter(None, (part.strip() for part in rules.split(","))):
        server, _, tool = rule.removeprefix("mcp__").partition("__")
        assert server == "plugin_ml_lab"
        assert tool in {*TOOLS, ""}


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.stem)
def test_a_command_passes_on_what_the_user_typed_and_may_call_its_tools(path):
    page = frontmatter.load(path)
    assert "$ARGUMENTS" in page.content
    assert not re.search(r"\$\d|!`|@\$", page.content)  # nothing but $ARGUMENTS is safe in a command
    assert page["allowed-tools"]
    assert page["argument-hint"]
    assert count_tokens(page.content).tokens <= 500


@by_skill
def test_a_skill_says_when_to_use_it_and_what_it_is_not_for(path):
    page = frontmatter.load(path)
    assert set(page.metadata) == SKILL_KEYS
    assert page["name"] == path.parent.name
    assert page["description"].startswith("Use when")
    assert "Not for" in page["description"]
    assert len(page["description"]) <= 300


@by_skill
def test_a_skill_is_short_and_its_first_part_suffices(path):
    page = frontmatter.load(path)
    counted = count_tokens(page.content)
    assert counted.tokens <= 2000, counted
    assert len(path.read_bytes()) <= 8192
    for target in re.findall(r"\]\(([^)#]+)\)", page.content):
        assert (path.parent / target).is_file(), target


@by_skill
def test_a_skill_has_prompts_that_route_to_it_and_near_misses(path):
    routing = _json(f"tests/routing/{path.parent.name}.json")
    assert routing["skill"] == path.parent.name
    for kind in ("should_fire", "near_misses"):
        assert len(routing[kind]) >= 10
        assert len(set(routing[kind])) == len(routing[kind])
        assert all(prompt.strip() == prompt and 10 <= len(prompt) <= 300 for prompt in routing[kind])
    assert not set(routing["should_fire"]) & set(routing["near_misses"])


def test_every_routing_file_belongs_to_a_skill():
    routed = {path.stem for path in (REPOSITORY / "tests/routing").glob("*.json")}
    assert routed == {path.parent.name for path in SKILLS}


def test_all_descriptions_together_fit_the_clients_listing():
    assert sum(len(frontmatter.load(path)["description"]) for path in SKILLS) <= 13 * 300


def test_the_agent_names_every_tool_of_the_main_job_in_order():
    (agent,) = AGENTS
    text = frontmatter.load(agent).content
    order = ["create_increment", "profile_data", "run_experiment", "evaluate_model", "validate_increment", "next_step"]
    places = [text.index(name) for name in order]
    assert places == sorted(places)
    assert frontmatter.load(agent)["name"] == "ml-engineer"
