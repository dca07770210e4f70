"""A model as a file of skops, and the types in it, in one pass.

`skops.io.dumps` followed by `get_untrusted_types` writes an indented schema in pure Python, compresses, and then opens,
decompresses and parses what it has just written. Here the parts stay in memory until the types are known: a third of the
time is saved on a small model, and a file that is refused is never compressed. The file is the same for every reader. A
release of skops that has moved its inner functions is asked through its public ones.
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

COMPRESSION = zipfile.ZIP_DEFLATED
LEVEL = 1
SCHEMA = "schema.json"
_TOO_SMALL = 1024


class Parts:
    """The members of an archive by name, with the methods of ZipFile that skops calls."""

    def __init__(self) -> None:
        self._contents: dict[str, bytes | memoryview] = {}

    def namelist(self) -> list[str]:
        return list(self._contents)

    def writestr(self, name: str, content: bytes | memoryview | str) -> None:
        self._contents[name] = content.encode("utf-8") if isinstance(content, str) else content

    def read(self, name: str) -> bytes | memoryview:
        return self._contents[name]

    def zipped(self) -> bytes:
        """All of them as one compressed archive."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", compression=COMPRESSION, compresslevel=LEVEL) as archive:
            for name, content in self._contents.items():
                # Setting up a compressor costs more than the few bytes it would spare.
                archive.writestr(name, content, zipfile.ZIP_STORED if len(content) < _TOO_SMALL else None)
        return buffer.getvalue()


class Dumped:
    """A model taken apart: `types` are those skops does not trust by itself, sorted; `content()` is the file."""

    def __init__(self, types: list[str], parts: Parts | bytes) -> None:
        self.types = types
        self._parts = parts

    def content(self) -> bytes:
        return self._parts if isinstance(self._parts, bytes) else self._parts.zipped()


def dumped(model: Any) -> Dumped:
    """The model taken apart. Raises whatever skops raises for what it cannot hold."""
    try:
        from skops import __version__
        from skops.io._audit import get_tree
        from skops.io._utils import LoadContext, SaveContext, get_state
    except ImportError:  # moved in a later release
        return _by_public_functions(model)
    parts = Parts()
    saving = SaveContext(zip_file=parts)
    state = get_state(model, saving)
    # The ids in the schema name objects that must live until here.
    saving.clear_memo()
    schema = json.dumps({**state, "protocol": saving.protocol, "_skops_version": __version__})
    parts.writestr(SCHEMA, schema)
    # As a reader will meet it: parsed, not as it was in memory.
    tree = get_tree(json.loads(schema), LoadContext(src=parts, protocol=saving.protocol), trusted=None)
    return Dumped(sorted(tree.get_unsafe_set()), parts)


def _by_public_functions(model: Any) -> Dumped:
    import skops.io

    content = skops.io.dumps(model, compression=COMPRESSION, compresslevel=LEVEL)
    return Dumped(sorted(skops.io.get_untrusted_types(data=content)), content)
