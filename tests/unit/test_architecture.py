"""What keeps the code base as it was drawn: arrows, sizes, light imports, docstrings, and nothing of one machine."""

from __future__ import annotations

import ast
import importlib
import inspect
import subprocess
import sys
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = REPOSITORY / "server"
PACKAGE = SERVER / "specweave"

# Each layer may use its own row's right side and everything that stands in the rows above it, never below.
BASE = {
    "errors": set(),
    "patience": set(),
    "processors": set(),
    "progress": set(),
    "extensions": {"errors"},
    "workspace": {"errors"},
    "problem": {"errors"},
    "witness_file": {"errors", "workspace"},
    "rendering": {"errors"},
    "visuals": {"errors", "rendering", "workspace"},
    "evidence": {"errors", "rendering", "workspace"},
    "documents": {"errors", "workspace"},
    "spec_file": {"documents", "errors", "problem", "workspace"},
    "samples": {"errors", "workspace"},
    "terminal": {"errors", "progress", "rendering"},
}
GROUND = set(BASE) - {"samples", "terminal"}
FACTS = {"data", "experiments", "metrics"}
KINDS = {"leakage", "problems"}
ALLOWED = {
    **BASE,
    **dict.fromkeys(FACTS, GROUND),
    **dict.fromkeys(KINDS, GROUND | FACTS),
    "jobs": GROUND | {"experiments"},
    "training": GROUND | FACTS | KINDS,
    "evaluation": GROUND | FACTS | KINDS,
    "explanation": GROUND | FACTS | KINDS | {"evaluation"},
    "deployment": GROUND | FACTS | KINDS | {"evaluation"},
    "checks": GROUND | FACTS | KINDS | {"evaluation"},
    "auditing": GROUND | FACTS | KINDS | {"evaluation", "checks"},
    "comparison": GROUND | FACTS,
    "reproduction": GROUND | FACTS | KINDS | {"training", "jobs"},
    "increments": GROUND | FACTS | KINDS | {"checks"},
    "tools": GROUND
    | FACTS
    | KINDS
    | {"samples", "jobs", "training", "evaluation", "checks", "increments", "comparison", "reproduction"}
    | {"explanation", "deployment", "auditing"},
    "cli": GROUND
    | {"samples", "terminal", "tools", "checks", "increments", "jobs", "leakage", "auditing", "deployment"},
    # The public names, loaded on first use.
    "__init__": {
        "comparison",
        "deployment",
        "errors",
        "evaluation",
        "experiments",
        "explanation",
        "reproduction",
        "workspace",
    },
}

LONGEST_FILE = 400
LONGEST_FUNCTION = 60
# A ratchet: entries may shrink or go, and one that is no longer needed has to go.
LONG_FILES: dict[str, tuple[int, str]] = {}
LONG_FUNCTIONS: dict[str, tuple[int, str]] = {}
# Public names that still lack a docstring; the same ratchet.
SILENT: dict[str, set[str]] = {}

HEAVY = ("pandas", "sklearn", "numpy", "matplotlib", "scipy", "pyarrow", "duckdb", "mlflow", "shap", "lightgbm")
LIGHT = (
    "specweave",
    "specweave.documents",
    "specweave.errors",
    "specweave.evidence",
    "specweave.experiments",
    "specweave.extensions",
    "specweave.jobs",
    "specweave.problem",
    "specweave.progress",
    "specweave.tools.contract",
    "specweave.tools.server",
    "specweave.tools.worker_client",
    "specweave.workspace",
)

# Put together here, so that this file does not contain what it forbids.
OF_ONE_MACHINE = (
    "pypi" + ".org",
    "files." + "pythonhosted",
    "test." + "pypi",
    "registry." + "npmjs",
    "registry." + "yarnpkg",
    "/" + "work" + "/",
)


@cache
def parsed(file: Path) -> ast.Module:
    return ast.parse(file.read_text(encoding="utf-8"), str(file))


def python_files(folder: Path = PACKAGE) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def module_name(file: Path) -> str:
    parts = file.relative_to(SERVER).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def part_of(file: Path) -> str:
    """The package or single module below specweave a file belongs to."""
    return file.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported(node: ast.AST, home: str) -> list[str]:
    """The full names one import statement may load, relative ones resolved against the module `home`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        base = ".".join([*home.split(".")[: -node.level], *filter(None, [node.module])])
    return [base, *(f"{base}.{alias.name}" for alias in node.names)]


def own_imports(file: Path) -> set[str]:
    """Packages of ours a file imports anywhere, in functions too."""
    home = module_name(file) + (".x" if file.name == "__init__.py" else "")
    names = [name for node in ast.walk(parsed(file)) for name in imported(node, home)]
    parts = {name.split(".")[1] for name in names if name.startswith("specweave.")}
    return {part for part in parts if (PACKAGE / part).is_dir() or (PACKAGE / f"{part}.py").is_file()} - {part_of(file)}


def at_load(file: Path) -> set[str]:
    """Modules of ours a file imports when it is loaded: not in functions, not for type checkers."""
    known = {module_name(path) for path in python_files()}
    waiting, names = list(parsed(file).body), set()
    home = module_name(file) + (".x" if file.name == "__init__.py" else "")
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        names |= set(imported(node, home))
        waiting.extend(ast.iter_child_nodes(node))
    return (names & known) - {module_name(file)}


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("import specweave.tools.server", "specweave.tools.server"),
        ("from specweave import tools", "specweave.tools"),
        ("from specweave.tools import server", "specweave.tools.server"),
        ("from ..tools import server", "specweave.tools.server"),
        ("from . import seal", "specweave.data.seal"),
    ],
)
def test_every_way_of_importing_is_seen(statement, found):
    assert found in imported(ast.parse(statement).body[0], "specweave.data.split")


def test_every_part_has_its_place_in_the_table():
    assert {part_of(file) for file in python_files()} <= set(ALLOWED)


def test_the_table_itself_holds_no_circle():
    try:
        TopologicalSorter(ALLOWED).prepare()
    except CycleError as error:
        pytest.fail(f"the table goes round: {error.args[1]}")


@pytest.mark.parametrize("part", sorted({part_of(file) for file in python_files()}))
def test_arrows_point_one_way(part):
    against = {
        f"{file.relative_to(SERVER)} imports {other}"
        for file in python_files()
        if part_of(file) == part
        for other in own_imports(file) - ALLOWED.get(part, set())
    }
    assert not against


def test_modules_do_not_load_each_other_in_circles():
    # A package's __init__ collects its modules, so it counts only as what others ask it for.
    graph = {module_name(f): at_load(f) for f in python_files() if f.name != "__init__.py"}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"modules load each other: {' → '.join(error.args[1])}")


def functions(file: Path):
    for node in ast.walk(parsed(file)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{file.relative_to(SERVER).as_posix()}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def over(sizes: dict[str, int], limit: int) -> dict[str, int]:
    return {name: size for name, size in sizes.items() if size > limit}


@pytest.mark.parametrize(
    ("limit", "allowed", "sizes"),
    [
        (
            LONGEST_FILE,
            LONG_FILES,
            {
                f.relative_to(SERVER).as_posix(): len(f.read_text(encoding="utf-8").splitlines())
                for f in python_files(SERVER)
            },
        ),
        (LONGEST_FUNCTION, LONG_FUNCTIONS, dict(pair for f in python_files(SERVER) for pair in functions(f))),
    ],
    ids=["files", "functions"],
)
def test_nothing_grows_too_long(limit, allowed, sizes):
    long = over(sizes, limit)
    grown = {name: size for name, size in long.items() if size > allowed.get(name, (0, ""))[0]}
    assert not grown, f"longer than {limit} lines, or than their exception"
    assert set(allowed) <= set(long), "an exception is no longer needed"
    assert all(reason for _, reason in allowed.values())


def heavy_after(code: str, *also: str) -> str:
    wanted = (*HEAVY, *also)
    program = f"import sys\n{code}\nprint(' '.join(sorted(set({wanted!r}) & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("module", LIGHT)
def test_light_modules_load_nothing_heavy(module):
    assert heavy_after(f"import {module}") == ""


def test_recording_an_experiment_needs_the_standard_library_only(workspace):
    (workspace.increments / "0001-light").mkdir(parents=True)
    code = (
        f"import os; os.chdir({str(workspace.root)!r})\n"
        "from specweave import track_experiment\n"
        "with track_experiment('light', increment=1) as experiment:\n"
        "    experiment.log_param('depth', 3)\n"
        "    experiment.log_metric('auc', 0.9)\n"
        "print(experiment.path, file=sys.stderr)"
    )
    assert heavy_after(code, "pydantic", "psutil", "yaml", "jinja2") == ""
    (record,) = (workspace.increments / "0001-light" / "experiments").glob("exp-*")
    assert "0.9" in (record / "metrics.json").read_text(encoding="utf-8")


def packages():
    return sorted(module_name(f) for f in PACKAGE.rglob("__init__.py"))


@pytest.mark.parametrize("name", packages())
def test_public_names_exist_and_are_documented(name):
    module = importlib.import_module(name)
    public = getattr(module, "__all__", [])
    assert module.__doc__, f"{name} does not say what it is for"
    missing = [thing for thing in public if not hasattr(module, thing)]
    assert not missing, f"{name}.__all__ promises what is not there"
    objects = {thing: getattr(module, thing) for thing in public}
    silent = [
        thing
        for thing, value in objects.items()
        if (inspect.isclass(value) or inspect.isfunction(value)) and not documented(thing, value)
    ]
    known = SILENT.get(name, set())
    assert set(silent) <= known, f"no docstring in {name}"
    assert known <= set(silent), "an exception is no longer needed"


def documented(name: str, value: object) -> bool:
    # A dataclass without a docstring gets its signature as one.
    text = (getattr(value, "__doc__", None) or "").strip()
    return bool(text) and not text.startswith(f"{name}(")


def tracked_files() -> list[Path]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [REPOSITORY / name for name in done.stdout.split("\0") if name]


def test_no_tracked_file_names_a_registry_or_a_path_of_one_machine():
    named = []
    for file in tracked_files():
        if not file.is_file():
            continue
        content = file.read_bytes().decode("utf-8", "ignore")
        named += [f"{file.relative_to(REPOSITORY)}: {word}" for word in OF_ONE_MACHINE if word in content]
    assert not named
