"""Text files that people edit too: line ends kept, YAML front matter changed in place.

Only the lines of a changed key are rewritten, so comments, order and unknown keys around it stay as written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from frontmatter.default_handlers import YAMLHandler

from specweave.errors import ProblemError, StorageError
from specweave.workspace import storage_errors, write_text

_BOUNDARY = YAMLHandler()


class FrontMatterLoader(yaml.SafeLoader):
    """YAML 1.2 booleans only, and dates stay texts: `yes`, `on` and `2024-01-01` mean what they say."""


FrontMatterLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
FrontMatterLoader.add_implicit_resolver(
    "tag:yaml.org,2002:bool", re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)


class _BlockDumper(yaml.SafeDumper):
    """Lists are indented below their key, as people write them."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002 - PyYAML's signature
        super().increase_indent(flow, indentless=False)


@dataclass(frozen=True)
class FrontMatter:
    """A document cut in three: up to the YAML, the YAML, from the closing fence on."""

    before: str
    yaml: str
    after: str

    @property
    def first_line(self) -> int:
        """1-based line in the file on which the YAML starts."""
        return self.before.count("\n") + 1

    def values(self) -> dict[str, Any]:
        """The keys and values; raises ProblemError with the line when it is not YAML."""
        found = yaml.load(self.yaml, FrontMatterLoader) if self._parses() else None  # noqa: S506 - a SafeLoader
        if found is None:
            return {}
        if not isinstance(found, dict):
            raise ProblemError(
                "The front matter is not a list of `key: value` lines",
                value=found,
                next_step="correct the lines between the two --- at the head of the file",
            )
        return found

    def line_of(self, path: tuple[str | int, ...]) -> int:
        """1-based line in the file of the value at `path`, or of its nearest parent that is there."""
        node = yaml.compose(self.yaml, FrontMatterLoader)
        line = 0
        for step in path:
            node, line = _child(node, step, line)
        return self.first_line + line

    def source_of(self, path: tuple[str | int, ...]) -> str | None:
        """The scalar at `path` as the person typed it."""
        node = yaml.compose(self.yaml, FrontMatterLoader)
        for step in path:
            node, _ = _child(node, step, 0)
        return str(node.value) if isinstance(node, yaml.ScalarNode) else None

    def replaced(self, key: str, value: Mapping[str, Any]) -> FrontMatter:
        """The same document with the block `key` holding `value`."""
        expected = {**self.values(), key: dict(value)}
        for attempt in (_edit_block, _replace_key, _rewrite):
            text = attempt(self.yaml, key, dict(value))
            changed = FrontMatter(self.before, text, self.after)
            # An edit of text can go wrong on YAML nobody foresaw; what it means decides, not how it looks.
            if changed._parses(quietly=True) and changed.values() == expected:
                return changed
        raise AssertionError("a rewritten front matter does not hold what was written")

    def text(self) -> str:
        return self.before + self.yaml + self.after

    def _parses(self, *, quietly: bool = False) -> bool:
        try:
            yaml.compose(self.yaml, FrontMatterLoader)
        except yaml.YAMLError as error:
            if quietly:
                return False
            mark = getattr(error, "problem_mark", None)
            line = self.first_line + (mark.line if mark else 0)
            raise ProblemError(
                f"The front matter is not valid YAML (line {line}: {getattr(error, 'problem', None) or error})",
                next_step=f"correct line {line} by hand, or restore the file from version control",
            ) from error
        return True


def split(text: str) -> FrontMatter:
    """The document's front matter; a document without one gets an empty one."""
    if not _BOUNDARY.detect(text):
        return FrontMatter("---\n", "", "---\n\n" + text.lstrip("\n"))
    try:
        front, _ = _BOUNDARY.split(text)
    except ValueError:
        raise ProblemError(
            "The front matter is opened with --- and never closed", next_step="add a line --- after its last key"
        ) from None
    front = front.removeprefix("\n")
    start = text.index("\n") + 1
    return FrontMatter(text[:start], front, text[start + len(front) :])


def dump(value: Any) -> str:
    """YAML as a person would write it: keys in order, text unescaped, one line a key where it fits."""
    return yaml.dump(value, Dumper=_BlockDumper, sort_keys=False, allow_unicode=True, width=110)


def read_document(path: Path) -> str:
    """The text with \\n line ends; StorageError when it cannot be read or is not UTF-8."""
    with storage_errors(path):
        raw = path.read_bytes()
    try:
        return raw.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise StorageError(
            f"The file is not UTF-8 text (byte {error.start})", value=str(path), next_step="save it as UTF-8"
        ) from error


def write_document(path: Path, text: str) -> bool:
    """Write the text with the line ends the file has now; False when nothing changed, and then nothing is written."""
    known = path.read_bytes() if path.exists() else b""
    if b"\r\n" in known:
        text = text.replace("\n", "\r\n")
    if known.removeprefix(b"\xef\xbb\xbf") == text.encode("utf-8"):
        return False
    write_text(path, text)
    return True


def _child(node: Any, step: str | int, line: int) -> tuple[Any, int]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return value, key.start_mark.line
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        return node.value[step], node.value[step].start_mark.line
    return None, line


def _edit_block(text: str, key: str, value: dict[str, Any]) -> str:
    """Rewrites only the second-level keys that changed."""
    root = yaml.compose(text, FrontMatterLoader)
    block, _ = _child(root, key, 0)
    if not isinstance(block, yaml.MappingNode) or block.flow_style or not block.value:
        return _replace_key(text, key, value)
    indent = block.value[0][0].start_mark.column
    known = (yaml.load(text, FrontMatterLoader) or {})[key]  # noqa: S506 - a SafeLoader
    lines = text.splitlines(keepends=True)
    end = _span(root, key, lines)[1]
    fresh = [name for name in value if name not in known]
    lines[end:end] = _indented({name: value[name] for name in fresh}, indent)
    for name in reversed(list(known)):
        if name in value and known[name] == value[name]:
            continue
        first, last = _span(block, name, lines)
        lines[first:last] = _indented({name: value[name]}, indent) if name in value else []
    return "".join(lines)


def _replace_key(text: str, key: str, value: dict[str, Any]) -> str:
    root = yaml.compose(text, FrontMatterLoader)
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    if not isinstance(root, yaml.MappingNode) or _child(root, key, 0)[0] is None:
        return "".join(lines) + dump({key: value})
    first, last = _span(root, key, lines)
    return "".join(lines[:first]) + dump({key: value}) + "".join(lines[last:])


def _rewrite(text: str, key: str, value: dict[str, Any]) -> str:
    return dump({**(yaml.load(text, FrontMatterLoader) or {}), key: value})  # noqa: S506 - a SafeLoader


def _indented(values: dict[str, Any], indent: int) -> list[str]:
    if not values:
        return []
    return [" " * indent + line if line.strip() else line for line in dump(values).splitlines(keepends=True)]


def _span(mapping: Any, key: str, lines: list[str]) -> tuple[int, int]:
    """First line of `key` and the line after its value; blank lines and comments that follow belong to what comes next."""
    pairs = [pair for pair in mapping.value if pair[0].value == key]
    name, value = pairs[-1]
    first, last = name.start_mark.line, max(name.start_mark.line + 1, value.end_mark.line + (value.end_mark.column > 0))
    while last - 1 > first and (not lines[last - 1].strip() or lines[last - 1].lstrip().startswith("#")):
        last -= 1
    return first, last
