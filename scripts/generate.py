"""Write the files that are derived from others; `--check` only says which are stale.

plugin.json            → .claude-plugin/plugin.json, .claude-plugin/marketplace.json, sw/.claude-plugin/plugin.json
specweave.tools        → server/tools.json (the doorman's tools/list), server/identity.json (its initialize)
pyproject.toml         → server/sw_ml.dist-info/ (entry points are found with nothing but PYTHONPATH=server)
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(REPOSITORY / "server"))

SHARED = ("version", "author", "homepage", "repository", "license")
COMPANION = "Increments from the keyboard: /sw:inc, /sw:do, /sw:validate and /sw:done drive the tools of sw-ml."


def main(arguments: list[str]) -> int:
    stale = [path for path, text in derived().items() if current(path) != text]
    if "--check" in arguments:
        for path in stale:
            print(f"{path} is stale: run python scripts/generate.py", file=sys.stderr)
        return 1 if stale else 0
    for path in stale:
        target = REPOSITORY / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(derived()[path], encoding="utf-8")
        print(path)
    return 0


def current(path: str) -> str | None:
    target = REPOSITORY / path
    return target.read_text("utf-8") if target.exists() else None


def derived() -> dict[str, str]:
    """Every derived file's path and text."""
    manifest = json.loads((REPOSITORY / "plugin.json").read_text("utf-8"))
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["project"]
    return {
        ".claude-plugin/plugin.json": as_json(client_manifest(manifest)),
        ".claude-plugin/marketplace.json": as_json(marketplace(manifest)),
        "sw/.claude-plugin/plugin.json": as_json(companion_manifest(manifest)),
        "server/tools.json": as_json(tool_list()),
        "server/identity.json": as_json(identity()),
        "server/sw_ml.dist-info/METADATA": metadata(project),
        "server/sw_ml.dist-info/entry_points.txt": entry_points(project),
    }


def client_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    """`name` becomes the command prefix (/ml:evaluate); the install id comes from the marketplace."""
    return {
        "name": "ml",
        "displayName": "SpecWeave ML",
        "description": manifest["description"],
        **{key: manifest[key] for key in SHARED},
        "keywords": manifest["keywords"],
        "dependencies": ["sw"],
        "mcpServers": {name: client_server(server) for name, server in portable_servers().items()},
    }


def portable_servers() -> dict[str, Any]:
    servers: dict[str, Any] = json.loads((REPOSITORY / "mcp.json").read_text("utf-8"))["mcpServers"]
    return servers


def client_server(server: dict[str, Any]) -> dict[str, Any]:
    """Through sh, so that the server starts even where unpacking has lost the executable bit."""
    path = server["command"].removeprefix("./")
    return {"command": "sh", "args": [f"${{CLAUDE_PLUGIN_ROOT}}/{path}", *server.get("args", [])]}


def marketplace(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "specweave",
        "owner": manifest["author"],
        "metadata": {"description": "SpecWeave plugins for disciplined machine learning"},
        "plugins": [
            {"name": manifest["name"], "source": "./", "description": manifest["description"]},
            {"name": "sw", "source": "./sw", "description": COMPANION},
        ],
    }


def companion_manifest(manifest: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": "sw",
        "displayName": "SpecWeave",
        "description": COMPANION,
        **{key: manifest[key] for key in SHARED},
    }


def tool_list() -> dict[str, Any]:
    from specweave.tools.contract import TOOLS

    return {"tools": [tool.listing() for tool in TOOLS]}


def identity() -> dict[str, Any]:
    """What `initialize` says of the server, apart from protocol and capabilities."""
    from specweave.tools.server import build_server

    server = build_server()
    info = {"name": server.name, "title": server.title, "version": server.version}
    return {"serverInfo": info, "instructions": server.instructions}


def metadata(project: dict[str, Any]) -> str:
    requirements = "".join(f"Requires-Dist: {requirement}\n" for requirement in project["dependencies"])
    return (
        "Metadata-Version: 2.3\n"
        f"Name: {project['name']}\nVersion: {project['version']}\nSummary: {project['description']}\n"
        f"Requires-Python: {project['requires-python']}\n{requirements}"
    )


def entry_points(project: dict[str, Any]) -> str:
    groups = {"console_scripts": project.get("scripts", {}), **project.get("entry-points", {})}
    sections = [
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in sorted(members.items()))
        for group, members in sorted(groups.items())
        if members
    ]
    return "\n".join(sections)


def as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
