"""spec.md's front matter: the problem under the key `ml`, read strictly and written back in place."""

from __future__ import annotations

import difflib
import typing
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from specweave.documents import FrontMatter, read_document, split, write_document
from specweave.errors import ProblemError, listing
from specweave.problem import Problem
from specweave.workspace import IncrementFolder, lock

KEY = "ml"


def read_problem(folder: IncrementFolder) -> Problem:
    """The problem of an increment.

    Raises ProblemError naming line, field, value and what is allowed when spec.md is absent, damaged or asks for a
    value no tool understands; a key that looks misspelt is refused too, since it would silently do nothing.
    """
    front, values = read_front_matter(folder.spec)
    if KEY not in values:
        raise ProblemError(
            "spec.md has no key `ml` in its front matter, so there is no problem to work on",
            value=str(folder.spec),
            next_step="restore spec.md from version control, or create the increment again with create_increment",
        )
    block = values[KEY]
    if not isinstance(block, dict):
        raise _refusal(
            front, (KEY,), block, "`ml` is not a block of keys", "keys such as " + listing(Problem.model_fields)
        )
    _refuse_misspelt(front, (KEY,), Problem, block)
    return _validated(front, block)


def write_problem(folder: IncrementFolder, problem: Problem, *, timeout: float = 30.0) -> None:
    """Put the problem into spec.md; every line that holds something else, or the same, stays as it is."""
    with lock(lock_path(folder), timeout):
        front, _ = read_front_matter(folder.spec)
        write_document(folder.spec, front.replaced(KEY, as_written(problem)).text())


def as_written(problem: Problem) -> dict[str, Any]:
    """The problem's keys for the front matter: the first level whole, deeper levels without what is not set."""
    values = problem.model_dump(mode="json")
    if problem.data:
        values["data"] = problem.data.model_dump(mode="json", exclude_defaults=True)
    return {key: _set_only(value) for key, value in values.items()}


def read_front_matter(path: Path) -> tuple[FrontMatter, dict[str, Any]]:
    """The document cut at its front matter, and the front matter's values; errors name the file."""
    if not path.exists():
        raise ProblemError("The increment has no spec.md", value=str(path), next_step="restore it from version control")
    try:
        front = split(read_document(path))
        return front, front.values()
    except ProblemError as error:
        error.value = error.value or str(path)
        raise


def lock_path(folder: IncrementFolder) -> Path:
    """One lock for all writes to an increment's documents; in data/, which version control ignores."""
    return folder.data / ".documents.lock"


def _set_only(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _set_only(child) for key, child in value.items() if child not in (None, "")}
    if isinstance(value, list):
        return [_set_only(child) for child in value]
    return value


def _validated(front: FrontMatter, block: dict[str, Any]) -> Problem:
    try:
        return Problem.model_validate(block)
    except ValidationError as error:
        if _restore_texts(front, block, error):
            return _validated(front, block)
        first = error.errors()[0]
        raise _refusal(front, (KEY, *first["loc"]), first["input"], first["msg"], _allowed(first)) from error


def _restore_texts(front: FrontMatter, block: dict[str, Any], error: ValidationError) -> bool:
    """Where a text is wanted and YAML read a number (`positive_label: 1`), take what the person typed."""
    restored = False
    for found in error.errors():
        source = front.source_of((KEY, *found["loc"]))
        if found["type"] == "string_type" and source is not None and isinstance(found["input"], int | float):
            _set(block, found["loc"], source)
            restored = True
    return restored


def _set(block: Any, path: tuple[int | str, ...], value: str) -> None:
    for step in path[:-1]:
        block = block[step]
    block[path[-1]] = value


def _allowed(found: ErrorDetails) -> str | None:
    facts = found.get("ctx", {})
    if "expected" in facts:
        return str(facts["expected"])
    limits = [f"{name} {facts[key]}" for key, name in _LIMITS.items() if key in facts]
    return " and ".join(limits) or _KINDS.get(found["type"])


_LIMITS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_KINDS = {
    "missing": "the key must be there",
    "float_parsing": "a number",
    "float_type": "a number",
    "int_parsing": "a whole number",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "bool_parsing": "true or false",
    "bool_type": "true or false",
    "string_type": "a text",
    "list_type": "a list, one `- …` a line",
    "model_type": "a block of keys",
}


def _refuse_misspelt(front: FrontMatter, path: tuple[str | int, ...], model: type[BaseModel], block: Any) -> None:
    if not isinstance(block, dict):
        return
    free = [name for name in model.model_fields if name not in block]
    for key, value in block.items():
        if key in model.model_fields:
            for child in _models(model.model_fields[key].annotation):
                items = enumerate(value) if isinstance(value, list) else [(None, value)]
                for index, item in items:
                    _refuse_misspelt(front, (*path, key, *([] if index is None else [index])), child, item)
        elif close := difflib.get_close_matches(str(key), free, n=1, cutoff=0.8):
            raise _refusal(
                front, (*path, key), key, "The key is not known and would do nothing", f"did you mean {close[0]}"
            )


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models named in a field's type, such as those of `list[Criterion]` or `DataSource | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for inner in typing.get_args(annotation) for model in _models(inner)]


def _refusal(
    front: FrontMatter, path: tuple[str | int, ...], value: object, what: str, allowed: str | None
) -> ProblemError:
    field = ".".join(str(step) for step in path)
    line = front.line_of(path)
    return ProblemError(
        f"spec.md line {line}, {field}: {what[:1].lower() + what[1:]}",
        value=value,
        allowed=allowed,
        next_step=f"correct line {line} of spec.md",
    )
