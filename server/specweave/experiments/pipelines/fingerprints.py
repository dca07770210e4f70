"""What a stage depends on, as short hashes: files and values by content, code by meaning."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import linecache
import os
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from specweave.errors import ExperimentError
from specweave.experiments.values import plain

_BLOCK = 1 << 20
_LIBRARIES = tuple(Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "purelib", "platlib"))
_Code = dict[str, str]


def of_files(places: Mapping[str, Any], *, must_exist: bool) -> dict[str, str | None]:
    """A hash for each named input or output: of a path's content, else of the value. None for a file that is not there."""
    return {name: _of_place(name, place, must_exist) for name, place in places.items()}


def of_value(value: Any) -> str:
    """Of anything a stage is given: numbers and texts as JSON, tables and arrays by every element."""
    pandas = sys.modules.get("pandas")
    if pandas is not None and isinstance(value, (pandas.DataFrame, pandas.Series)):
        rows = pandas.util.hash_pandas_object(value, index=True).to_numpy().tobytes()
        columns = [str(name) for name in getattr(value, "columns", [value.name if hasattr(value, "name") else ""])]
        return _digest(rows, json.dumps(columns).encode())
    if hasattr(value, "tobytes") and hasattr(value, "dtype"):
        return _digest(value.tobytes(), f"{value.dtype}{value.shape}".encode())
    return _digest(json.dumps(plain(value), sort_keys=True, ensure_ascii=False).encode("utf-8", "surrogatepass"))


def of_path(path: Path) -> str:
    """Of a file's content, or of all files in a folder with their names."""
    digest = hashlib.sha256()
    if path.is_dir():
        for inner in sorted(path.rglob("*")):
            if inner.is_file():
                digest.update(f"{inner.relative_to(path).as_posix()}\0{of_path(inner)}\0".encode())
        return digest.hexdigest()[:32]
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()[:32]


def of_function(function: Callable[..., Any]) -> str:
    """Of what the function says, comments and layout aside, and of the project's functions and classes it uses."""
    found: _Code = {}
    _follow(inspect.unwrap(function), found)
    return _digest(json.dumps(found, sort_keys=True).encode())


def of_block(frame: types.FrameType) -> str:
    """Of the `with` statement that runs in the frame, and of the project's functions it uses.

    Where there is no source (a prompt, a frozen program) of the whole code object.
    """
    found: _Code = {}
    node = _with_statement(frame)
    if node is None:
        return _digest(frame.f_code.co_code, repr(frame.f_code.co_consts).encode())
    names = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
    found["block"] = "".join(ast.dump(statement) for statement in node.body)
    for name in sorted(names):
        _follow_name(name, {**frame.f_globals, **frame.f_locals}, found)
    return _digest(json.dumps(found, sort_keys=True).encode())


def _of_place(name: str, place: Any, must_exist: bool) -> str | None:
    if not isinstance(place, (str, os.PathLike)):
        return of_value(place)
    path = Path(place).expanduser()
    if path.exists():
        return of_path(path)
    if must_exist:
        raise ExperimentError(
            f"The stage's {name} is not there",
            value=str(place),
            allowed="an existing file or folder, or a value",
            next_step=f"create it, or correct the path (the working directory is {Path.cwd()})",
        )
    return None


def _follow(thing: Any, found: _Code) -> None:
    """Add the thing's code, and what of the project it names."""
    where = f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', repr(type(thing)))}"
    if where in found:
        return
    code = getattr(thing, "__code__", None)
    found[where] = _meaning(thing)
    if code is not None:
        spaces = {**getattr(thing, "__globals__", {}), **_closure(thing)}
        for name in sorted(_names(code)):
            _follow_name(name, spaces, found)


def _follow_name(name: str, spaces: Mapping[str, Any], found: _Code) -> None:
    thing = inspect.unwrap(spaces[name]) if callable(spaces.get(name)) else None
    if isinstance(thing, (types.FunctionType, type)) and _is_of_project(thing):
        _follow(thing, found)


def _meaning(thing: Any) -> str:
    try:
        tree = ast.parse(textwrap.dedent(inspect.getsource(thing)))
    except (OSError, TypeError, SyntaxError):
        code = getattr(thing, "__code__", None)
        return repr(thing) if code is None else f"{code.co_code.hex()}{code.co_consts!r}{code.co_names!r}"
    for node in ast.walk(tree):
        # The decorator holds the stage's name and places, which are compared on their own.
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            node.decorator_list = []
    return ast.dump(tree)


def _names(code: types.CodeType) -> set[str]:
    inner = (_names(constant) for constant in code.co_consts if isinstance(constant, types.CodeType))
    return {*code.co_names, *code.co_freevars}.union(*inner)


def _closure(function: Any) -> dict[str, Any]:
    found = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=False):
        try:
            found[name] = cell.cell_contents
        except ValueError:  # a name that has no value yet
            continue
    return found


def _is_of_project(thing: Any) -> bool:
    """Whether it is the user's: not of an installed library, whose version the record names, nor ours."""
    module = sys.modules.get(getattr(thing, "__module__", "") or "")
    file = getattr(module, "__file__", None)
    if file is None:
        return getattr(module, "__name__", "") == "__main__"
    path = Path(file).resolve()
    return not any(path.is_relative_to(folder) for folder in (*_LIBRARIES, Path(__file__).resolve().parents[2]))


def _with_statement(frame: types.FrameType) -> ast.With | ast.AsyncWith | None:
    lines = linecache.getlines(frame.f_code.co_filename, frame.f_globals)
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:
        return None
    around = [
        node
        for node in ast.walk(tree)
        if isinstance(node, (ast.With, ast.AsyncWith)) and node.lineno <= frame.f_lineno <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno, default=None)


def _digest(*parts: bytes) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return digest.hexdigest()[:32]
