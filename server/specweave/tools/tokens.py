"""Counting tokens without ever reaching for the network.

tiktoken fetches its vocabulary on first use; here it is used only when the file is already on this machine, and otherwise
the count is an estimate that says so. Cache file names are sha1 sums of the vocabulary's address (tiktoken.load).
"""

from __future__ import annotations

import os
import re
import tempfile
from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

ENCODING = "o200k_base"
_CACHE_NAME = "fb374d419588a4632f3f557e76b4b70aebbca790"
_CARRIERS = (("llama_index.core", "_static/tiktoken_cache"), ("litellm", "litellm_core_utils/tokenizers"))
# Words, numbers in threes, runs of punctuation: calibrated on this project's own tool list, skills and reports
# against o200k_base, where it errs on the high side (see tests/unit/tools/test_tokens.py).
_PIECE = re.compile(r"[^\W\d_]+|\d{1,3}|[^\w\s]+|_|\n+")
_LETTERS_PER_TOKEN = 7.0


@dataclass(frozen=True)
class TokenCount:
    tokens: int
    estimated: bool


def count_tokens(text: str) -> TokenCount:
    """Tokens of `text` in o200k_base; `estimated` when the vocabulary is not on this machine."""
    folder = _vocabulary_folder()
    if folder is None:
        return TokenCount(_estimate(text), estimated=True)
    return TokenCount(len(_encoding(folder).encode(text, disallowed_special=())), estimated=False)


def _vocabulary_folder() -> Path | None:
    return next((folder for folder in _folders() if (folder / _CACHE_NAME).is_file()), None)


def _folders() -> list[Path]:
    named = os.environ.get("TIKTOKEN_CACHE_DIR")
    folders = [Path(named)] if named else []
    for module, inside in _CARRIERS:
        top = find_spec(module.split(".")[0])
        if top and top.submodule_search_locations:
            folders += [Path(p, *module.split(".")[1:], inside) for p in top.submodule_search_locations]
    return [*folders, Path(tempfile.gettempdir()) / "data-gym-cache"]


@cache
def _encoding(folder: Path) -> Any:
    import tiktoken

    os.environ["TIKTOKEN_CACHE_DIR"] = str(folder)
    return tiktoken.get_encoding(ENCODING)


def _estimate(text: str) -> int:
    return sum(max(1, round(len(piece) / _LETTERS_PER_TOKEN + 0.35)) for piece in _PIECE.findall(text))
