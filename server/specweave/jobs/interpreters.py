"""Which Python runs the user's own code: theirs where they have one, the plugin's otherwise, and why."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from specweave.errors import JobError, shorten
from specweave.jobs.conda import active_environment, declared_environments
from specweave.workspace import Workspace

OLDEST = (3, 11)
_ASK_SECONDS = 30
_ASK = "import json, sys; print(json.dumps([list(sys.version_info[:3]), sys.prefix]))"
_SCRIPTS, _PYTHON = ("Scripts", "python.exe") if os.name == "nt" else ("bin", "python")


@dataclass(frozen=True)
class Interpreter:
    """A Python that was run and answered.

    `source` is one of argument, ml.json, VIRTUAL_ENV, UV_PROJECT_ENVIRONMENT, .venv, venv, conda, CONDA_PREFIX, plugin;
    `why` says it in a sentence; `passed_over` holds a sentence for each one that came first and does not serve.
    """

    path: Path
    source: str
    why: str
    version: str
    prefix: Path
    passed_over: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """The facts as a record holds them."""
        facts = asdict(self)
        return facts | {
            "path": str(self.path),
            "prefix": str(self.prefix),
            "passed_over": list(self.passed_over),
        }


@dataclass(frozen=True)
class _Place:
    """Where a Python may be, who said so, and whether a person named it for this purpose."""

    path: Path
    source: str
    why: str
    named: bool = False


def find_interpreter(workspace: Workspace, named: str | os.PathLike[str] | None = None) -> Interpreter:
    """The first of these that runs and is 3.11 or newer.

    `named` (a path, the folder of an environment, or a command), `python` of ml.json, VIRTUAL_ENV, the project's
    environment (UV_PROJECT_ENVIRONMENT, .venv, venv), the conda environment of environment.yml, CONDA_PREFIX, and last
    the plugin's own. VIRTUAL_ENV and CONDA_PREFIX are left aside where they are the plugin's own environment.
    JobError when the one that was named, as an argument or in ml.json, does not serve; any other is passed over.
    """
    passed_over: list[str] = []
    for place in _places(workspace, named):
        problem, found = _ask(place)
        if found is not None:
            return replace(found, passed_over=tuple(passed_over) + _uv_note(workspace, found))
        if place.named:
            raise JobError(
                f"The Python named {_named_by(place)} does not serve: {problem}",
                value=str(place.path),
                allowed=f"Python {_dotted(OLDEST)} or newer that runs",
                next_step="name another one, or none and let the project's environment be found",
            )
        passed_over.append(f"{place.source} ({place.path}): {problem}")
    raise JobError("No Python runs here", value="; ".join(passed_over), next_step="repair the plugin's installation")


def has_module(python: Path, module: str, environment: dict[str, str]) -> bool:
    """True when `python`, with these variables, finds the module."""
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return _run([str(python), "-P", "-c", code], environment)[0] == 0


def _places(workspace: Workspace, named: str | os.PathLike[str] | None) -> Iterator[_Place]:
    settings = workspace.settings.python
    if named is not None:
        yield _Place(_named_path(workspace, named), "argument", "it was named in the call", named=True)
    elif settings:
        yield _Place(_named_path(workspace, settings), "ml.json", "ml.json names it", named=True)
    yield from _environment_places(workspace)
    for conda in declared_environments(workspace.root):
        yield _Place(_python_of_conda(conda.folder), "conda", f"{conda.file} declares the environment {conda.name}")
    active = active_environment()
    if active is not None and not _is_ours(active):
        yield _Place(_python_of_conda(active), "CONDA_PREFIX", "this conda environment is active")
    yield _Place(Path(sys.executable), "plugin", "no environment of the project serves")


def _environment_places(workspace: Workspace) -> Iterator[_Place]:
    active = os.environ.get("VIRTUAL_ENV")
    if active and not _is_ours(Path(active)):
        yield _Place(_python_of(Path(active)), "VIRTUAL_ENV", "this environment is active")
    uv = os.environ.get("UV_PROJECT_ENVIRONMENT")
    if uv:
        yield _Place(
            _python_of(workspace.root / uv), "UV_PROJECT_ENVIRONMENT", "uv keeps the project's environment here"
        )
    for name in (".venv", "venv"):
        folder = workspace.root / name
        if folder.is_dir():
            yield _Place(_python_of(folder), name, f"the project has an environment in {name}")


def _named_path(workspace: Workspace, named: str | os.PathLike[str]) -> Path:
    """A path (relative to the project), the folder of an environment, or a command on PATH. Links are not followed,
    because the link is what makes a virtual environment."""
    given = Path(named).expanduser()
    below = Path(os.path.normpath(workspace.root / given))
    if below.is_dir():
        return _python_of(below) if (below / "pyvenv.cfg").exists() else _python_of_conda(below)
    if not below.exists() and len(given.parts) == 1:
        return Path(shutil.which(str(given)) or below)
    return below


def _python_of(environment: Path) -> Path:
    return environment / _SCRIPTS / _PYTHON


def _python_of_conda(environment: Path) -> Path:
    return environment / _PYTHON if os.name == "nt" else _python_of(environment)


def _is_ours(environment: Path) -> bool:
    return environment.expanduser().resolve() == Path(sys.prefix).resolve()


def _ask(place: _Place) -> tuple[str, Interpreter | None]:
    """Run it: the reason it does not serve, or the interpreter."""
    if not place.path.exists():
        return "there is no such file", None
    code, output = _run([str(place.path), "-I", "-c", _ASK], dict(os.environ))
    answer = _answer(output) if code == 0 else None
    if answer is None:
        return f"it does not run ({shorten(output) or f'exit code {code}'})", None
    version, prefix = answer
    if tuple(version) < OLDEST:
        return f"it is Python {_dotted(version)}, and {_dotted(OLDEST)} or newer is needed", None
    return "", Interpreter(place.path, place.source, place.why, _dotted(version), prefix)


def _answer(output: str) -> tuple[list[int], Path] | None:
    # The last line: a site customisation may have printed before it.
    try:
        version, prefix = json.loads(output.strip().splitlines()[-1])
        return list(version), Path(prefix)
    except (ValueError, IndexError, TypeError):
        return None


def _run(argv: list[str], environment: dict[str, str]) -> tuple[int, str]:
    try:
        done = subprocess.run(
            argv,
            check=False,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            timeout=_ASK_SECONDS,
            env={k: v for k, v in environment.items() if k not in ("PYTHONHOME", "__PYVENV_LAUNCHER__")},
        )
    except subprocess.TimeoutExpired:
        return -1, f"no answer within {_ASK_SECONDS} s"
    except OSError as error:
        return -1, error.strerror or str(error)
    return done.returncode, done.stdout if done.returncode == 0 else done.stdout + done.stderr


def _uv_note(workspace: Workspace, found: Interpreter) -> tuple[str, ...]:
    """A uv project whose environment was never made would silently run in another one."""
    in_project = found.source in (".venv", "venv", "UV_PROJECT_ENVIRONMENT", "argument", "ml.json")
    if in_project or not (workspace.root / "uv.lock").is_file() or not (workspace.root / "pyproject.toml").is_file():
        return ()
    return ("uv.lock is here but the environment .venv is not: run `uv sync` in the project",)


def _named_by(place: _Place) -> str:
    return "in ml.json" if place.source == "ml.json" else "in the call"


def _dotted(version: tuple[int, ...] | list[int]) -> str:
    return ".".join(map(str, version))
