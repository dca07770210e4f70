"""Numbers that carry their source: in a document every cited number is followed by a comment a machine can check.

    accuracy 0.8715<!--ev:exp-003-lightgbm#/accuracy@5f1c9a02-->        one number with its evidence beside it
    accuracy 0.8715<!--e1-->                                            many numbers, the evidence in a list at the end
    <!-- evidence
    e1 exp-003-lightgbm#/accuracy@5f1c9a02
    -->

Evidence is a source (a run id, which stands for its metrics.json, or a JSON file relative to the increment or, as a bare
name, to its reports/; `0042-churn:` before it names another increment, which documents of the project need), a JSON pointer (RFC 6901) and the first digits of the hash of the value found there.
Rendered, all of it is invisible. Standard library only.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote, unquote

from specweave.errors import StorageError
from specweave.workspace import IncrementFolder, storage_errors

_RUN_FILE = "metrics.json"
_EXPERIMENTS = "experiments"
_REPORTS = "reports"
_NUMBER = r"[-+−]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[-+]?\d+)?(?:\s?%)?|[-−]?∞|–|not defined"
_PLACE = r"(?P<source>[^#<>]+)#(?P<pointer>[^@<>]*)@(?P<hash>[0-9a-f]{8})"
_CITATION = re.compile(rf"(?P<text>{_NUMBER})?<!--(?:ev:{_PLACE}|(?P<key>e\d+))-->")
_OPENING = "<!--"
_MARKER = re.compile(r"<!--\s*(?:ev\b|e\d)")
_LIST = re.compile(r"<!-- evidence$(?P<entries>.*?)^-->$", re.MULTILINE | re.DOTALL)
_ENTRY = re.compile(rf"(?P<key>e\d+) {_PLACE}")


@dataclass(frozen=True)
class EvidenceProblem:
    """One cited number that does not equal its evidence; `line` counts from 1."""

    line: int
    text: str
    source: str
    pointer: str
    sentence: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.sentence}"


@dataclass(frozen=True)
class Evidence:
    """Cites numbers of one increment; each source file is read once.

    `cite` puts the evidence beside the number; `refer` a short mark, whose evidence `listing` gives for the document's end.
    """

    folder: Path
    _read: dict[str, Any] = field(default_factory=dict, repr=False)
    _listed: dict[str, str] = field(default_factory=dict, repr=False)

    def cite(self, value_text: str, source: str | Path, pointer: str) -> str:
        """The text followed by its evidence; `source` is a run id or a JSON file of the increment.

        Raises StorageError when the source or the value in it does not exist.
        """
        return f"{value_text}<!--ev:{self._place(source, pointer)}-->"

    def refer(self, value_text: str, source: str | Path, pointer: str) -> str:
        """The text followed by a mark such as e12; errors as for `cite`."""
        key = self._listed.setdefault(self._place(source, pointer), f"e{len(self._listed) + 1}")
        return f"{value_text}<!--{key}-->"

    def listing(self) -> str:
        """The evidence of all marks so far, one a line; it belongs at the document's end."""
        entries = "\n".join(f"{key} {place}" for place, key in self._listed.items())
        return f"<!-- evidence\n{entries}\n-->"

    def _place(self, source: str | Path, pointer: str) -> str:
        name = self._name(source)
        return f"{_quoted(name)}#{_quoted(pointer)}@{value_hash(self._value(name, pointer))}"

    def problem_with(self, text: str | None, source: str, pointer: str, cited_hash: str) -> str | None:
        """A sentence on what is wrong with one citation, or nothing."""
        where = f"{source}#{pointer}"
        if text is None:
            return f"the number before the evidence {where} is gone"
        try:
            found = self._value(source, pointer)
        except StorageError as error:
            return f"{text} has no evidence: {error.what} ({where})"
        if value_hash(found) != cited_hash:
            return f"{text} is stale: {where} is now {_shown(found)}"
        if not says(text, found):
            return f"{text} is not what its evidence says: {where} is {_shown(found)}"
        return None

    def _name(self, source: str | Path) -> str:
        if isinstance(source, str):
            return source
        parts = PurePosixPath(source.resolve().relative_to(self.folder.resolve()).as_posix()).parts
        if len(parts) == 3 and parts[0] == _EXPERIMENTS and parts[2] == _RUN_FILE:
            return parts[1]
        return parts[1] if len(parts) == 2 and parts[0] == _REPORTS else "/".join(parts)

    def _value(self, source: str, pointer: str) -> Any:
        if source not in self._read:
            self._read[source] = self._load(source)
        return resolve_pointer(self._read[source], pointer)

    def _load(self, source: str) -> Any:
        named, _, rest = source.rpartition(":")
        increment = self.folder.parent / named if named else self.folder
        path = increment / _file_of(rest)
        if increment.resolve().parent != self.folder.resolve().parent:
            raise StorageError("the source lies outside the project's increments", value=source)
        if not path.resolve().is_relative_to(increment.resolve()):
            raise StorageError("the source lies outside the increment", value=source)
        if not path.is_file():
            raise StorageError("the source does not exist", value=source)
        with storage_errors(path):
            content = path.read_text("utf-8")
        try:
            return json.loads(content)
        except ValueError as error:
            raise StorageError("the source is not valid JSON", value=source) from error


def cite(value_text: str, source: Path, pointer: str) -> str:
    """The text followed by its evidence in a JSON file somewhere below an increment's folder.

    >>> cite("0.87", Path("…/increments/0001-churn/experiments/exp-003-lightgbm/metrics.json"), "/accuracy")  # doctest: +SKIP
    '0.87<!--ev:exp-003-lightgbm#/accuracy@5f1c9a02-->'
    """
    full = source.resolve()
    for folder in full.parents:
        if folder.parent.name == "increments":
            return Evidence(folder).cite(value_text, full, pointer)
    raise StorageError("The evidence is not below an increment's folder", value=str(source))


def check_document(path: str | Path, folder: IncrementFolder | Path) -> list[EvidenceProblem]:
    """What is wrong with the cited numbers of a markdown or HTML document, first line first; an empty list if nothing.

    Finds edited numbers, evidence that is missing or has changed since, and damaged citations.
    """
    with storage_errors(path):
        content = Path(path).read_text("utf-8")
    evidence = Evidence(folder.path if isinstance(folder, IncrementFolder) else folder)
    listed = _listed(content)
    lines = _LIST.sub(lambda found: "\n" * found[0].count("\n"), content).splitlines()
    # A page holds its pictures as text, a million characters in which citations are not worth looking for.
    citing = [(at, line) for at, line in enumerate(lines, start=1) if _OPENING in line]
    problems = [found for at, line in citing for found in _problems_in(line, at, listed, evidence)]
    marks = {match["key"] for _, line in citing for match in _CITATION.finditer(line)}
    return problems + _unused(content, listed, marks)


def cited_sources(content: str) -> list[tuple[int, str]]:
    """Line (from 1) and source of every citation of a document, in the list at its end as well."""
    found = [*_CITATION.finditer(content), *(entry for entry in _listed(content).values())]
    return [(content.count("\n", 0, match.start()) + 1, unquote(match["source"])) for match in found if match["source"]]


def citations(content: str) -> int:
    """How many numbers of a document carry their evidence."""
    return len(_CITATION.findall(content))


def value_hash(value: Any) -> str:
    """The first eight digits of the SHA-256 of a JSON value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:8]


def resolve_pointer(document: Any, pointer: str) -> Any:
    """The value an RFC 6901 pointer names. Raises StorageError when there is none."""
    found = document
    for part in pointer.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, ValueError, TypeError):
            raise StorageError("the value does not exist", value=pointer) from None
    return found


def pointer_to(*keys: str | int) -> str:
    """The JSON pointer along these keys."""
    return "".join("/" + str(key).replace("~", "~0").replace("/", "~1") for key in keys)


def says(text: str, value: Any) -> bool:
    """Whether the printed text is a rounding of the value, at as many digits as it shows.

    >>> says("91.3 %", 0.91274), says("1,235", 1234.6), says("0.913", 0.9141)
    (True, True, False)
    """
    if value is None:
        return text in ("–", "not defined")
    if isinstance(value, bool) or not isinstance(value, int | float):
        return text == str(value)
    read = _parse(text)
    if read is None:
        return False
    printed, step = read
    if isinstance(value, int) and "%" not in text:
        return printed == value
    return math.isclose(printed, value, rel_tol=0, abs_tol=0.5000001 * step + 1e-12 * abs(value))


def _parse(text: str) -> tuple[float, float] | None:
    """The printed number and the size of one unit of its last digit."""
    bare = text.replace(",", "").replace("−", "-").replace("%", "").strip()
    try:
        printed = float(bare)
    except ValueError:
        return None
    mantissa, _, exponent = bare.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    step = 10.0 ** (int(exponent or 0) - decimals)
    if "." not in mantissa and "e" not in bare:
        # 12,340,000 may be four digits of a large number: trailing zeros need not be counted ones.
        digits = mantissa.lstrip("-+")
        step = 10.0 ** max(0, min(len(digits) - len(digits.rstrip("0")), len(digits) - 4))
    scale = 0.01 if "%" in text else 1.0
    return printed * scale, step * scale


def _listed(content: str) -> dict[str, re.Match[str]]:
    """The entries of the document's evidence list by their marks."""
    return {entry["key"]: entry for found in _LIST.finditer(content) for entry in _ENTRY.finditer(found["entries"])}


def _problems_in(
    line: str, number: int, listed: dict[str, re.Match[str]], evidence: Evidence
) -> Iterator[EvidenceProblem]:
    found = list(_CITATION.finditer(line))
    for match in found:
        text = match["text"]
        place = listed.get(match["key"]) if match["key"] else match
        if place is None:
            lost = f"{text or 'a number'} has no evidence: {match['key']} is not in the document's list"
            yield EvidenceProblem(number, text or "", "", "", lost)
            continue
        source, pointer = unquote(place["source"]), unquote(place["pointer"])
        sentence = evidence.problem_with(text, source, pointer, place["hash"])
        if sentence:
            yield EvidenceProblem(number, text or "", source, pointer, sentence)
    damaged = len(_MARKER.findall(line)) - len(found)
    if damaged:
        yield EvidenceProblem(number, "", "", "", f"{damaged} citation(s) cannot be read any more")


def _unused(content: str, listed: dict[str, re.Match[str]], marks: set[str | None]) -> list[EvidenceProblem]:
    """Evidence whose number was taken out of the document together with its mark."""
    return [
        EvidenceProblem(
            content[: content.index(f"\n{key} ") + 1].count("\n") + 1,
            "",
            unquote(entry["source"]),
            unquote(entry["pointer"]),
            f"the number cited as {key} is gone from the document",
        )
        for key, entry in listed.items()
        if key not in marks
    ]


def _file_of(source: str) -> str:
    if not source.endswith(".json"):
        return f"{_EXPERIMENTS}/{source}/{_RUN_FILE}"
    return source if "/" in source else f"{_REPORTS}/{source}"


def _quoted(text: str) -> str:
    # Two hyphens would end an HTML comment early; a bar would end a table cell.
    return quote(text, safe="/~.+-_:").replace("--", "-%2D")


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else json.dumps(value, ensure_ascii=False)
