"""Secrets stay out of records: values after `--token`-like options, passwords in URLs, parameters named after secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

MASK = "***"
_NOUN = r"(?:password|passwd|passphrase|pwd|secret|(?:api|access|private|secret|auth)[-_]?key|credentials?|(?:^|.*[-_])token)"
# Tokens of a vocabulary are parameters people need to see, not secrets.
_VOCABULARY = re.compile(
    r"(?:pad|unk|sep|cls|mask|bos|eos|stop|special|start|end|oov|max|min|n|num)[-_]?tokens?$", re.IGNORECASE
)
_SECRET_NAME = re.compile(rf"(?:^|.*[-_.]){_NOUN}$", re.IGNORECASE)
_URL_PASSWORD = re.compile(r"(?P<head>[a-z][a-z0-9+.-]*://[^\s/:@]*:)[^\s/@]+(?=@)", re.IGNORECASE)
_AUTHORISATION = re.compile(
    r"(?P<head>\bauthorization\W{1,4}(?:(?:bearer|basic|token)\s+)?|\bbearer\s+(?=[\w.~+/=-]{20}))[\w.~+/=-]{8,}",
    re.IGNORECASE,
)
# Keys whose first letters say which service gave them out.
_ISSUED_KEY = re.compile(r"\b(?:sk-|gh[posru]_|github_pat_|glpat-|hf_|xox[abpr]-|AKIA|AIza)[\w-]{16,}")
# Shorter texts hold neither: an issued key has 19 characters at least, an authorisation 22.
_SHORTEST = 19


@lru_cache(maxsize=1024)
def is_secret_name(name: str) -> bool:
    """Whether an option or parameter of this name holds a secret: `--hf-token` does, `max_tokens` does not."""
    bare = name.lstrip("-")
    return bool(_SECRET_NAME.match(bare)) and not _VOCABULARY.search(bare)


def mask_text(text: str) -> str:
    """The text without passwords in URLs, authorisation headers and keys that are known by their first letters."""
    if len(text) < _SHORTEST and "://" not in text:
        return text
    masked = _URL_PASSWORD.sub(rf"\g<head>{MASK}", text) if "://" in text else text
    return _ISSUED_KEY.sub(MASK, _AUTHORISATION.sub(rf"\g<head>{MASK}", masked))


def mask_arguments(arguments: Sequence[str]) -> list[str]:
    """A command line fit for the record: `--token abc`, `--token=abc` and `API_KEY=abc` lose their values."""
    masked: list[str] = []
    hide_next = False
    for argument in arguments:
        name, equals, _ = argument.partition("=")
        if hide_next and not argument.startswith("-"):
            masked.append(MASK)
        elif equals and is_secret_name(name):
            masked.append(f"{name}={MASK}")
        else:
            masked.append(mask_text(argument))
        hide_next = argument.startswith("-") and not equals and is_secret_name(name)
    return masked
