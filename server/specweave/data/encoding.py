"""Bytes into text: which encoding, by evidence."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from specweave.errors import DataReadError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Western single-byte encodings are told apart by nothing but taste; Windows-1252 holds all printable letters of Latin-1.
_WESTERN = {
    "cp1252",
    "latin_1",
    "iso8859_15",
    "cp1250",
    "cp1254",
    "cp1257",
    "cp1258",
    "iso8859_9",
    "iso8859_2",
    "mac_roman",
    "iso8859_16",
    "iso8859_4",
    "iso8859_10",
    "iso8859_13",
    "iso8859_14",
    "mac_iceland",
    "mac_latin2",
    "mac_turkish",
    "hp_roman8",
    "cp850",
    "cp858",
    "cp437",
    "cp775",
    "cp852",
    "cp1140",
    "cp500",
    "cp037",
}
_SAMPLE = 256 * 1024


@dataclass(frozen=True)
class Decoded:
    """UTF-8 bytes without a byte-order mark, and what they were before."""

    content: bytes
    encoding: str
    note: str | None = None


def decode(content: bytes, path: Path, given: str | None = None) -> Decoded:
    """The content as UTF-8.

    Raises DataReadError when the bytes are no text, or not text of the encoding given.
    """
    if given:
        return _as_told(content, path, given)
    for mark, name in _BOMS:
        if content.startswith(mark):
            return _transcode(content, path, name)
    if b"\x00" in content[:_SAMPLE]:
        return _wide_without_mark(content, path)
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return _guess(content, path)
    return Decoded(content, "ascii" if content.isascii() else "utf-8")


def _as_told(content: bytes, path: Path, given: str) -> Decoded:
    try:
        name = codecs.lookup(given).name
    except LookupError as error:
        raise DataReadError(
            "No such encoding", value=given, allowed="utf-8, cp1252, latin-1, utf-16, shift_jis and others Python knows"
        ) from error
    if name == "utf-8" and content.startswith(codecs.BOM_UTF8):
        name = "utf-8-sig"
    return _transcode(content, path, name)


def _transcode(content: bytes, path: Path, name: str) -> Decoded:
    try:
        text = content.decode(name)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataReadError(
            f"Line {line} is not {name} text (byte {error.start})",
            value=str(path),
            next_step="give another encoding, such as cp1252, or none to have it detected",
        ) from error
    return Decoded(text.encode("utf-8"), name)


def _wide_without_mark(content: bytes, path: Path) -> Decoded:
    sample = content[:4096]
    zeros_odd, zeros_even = sample[1::2].count(0), sample[0::2].count(0)
    half = len(sample) / 2
    if zeros_odd > 0.3 * half and zeros_even < 0.05 * half:
        return _transcode(content, path, "utf-16-le")
    if zeros_even > 0.3 * half and zeros_odd < 0.05 * half:
        return _transcode(content, path, "utf-16-be")
    line = content.count(b"\n", 0, content.index(b"\x00")) + 1
    raise DataReadError(
        f"The file is binary, not text: a NUL byte in line {line}", value=str(path), next_step="export the table as csv"
    )


def _guess(content: bytes, path: Path) -> Decoded:
    sample = _telling_part(content)
    # Control characters other than tab and line ends do not occur in exported tables.
    if sum(sample.count(bytes([c])) for c in range(32) if c not in (9, 10, 12, 13)) > 0.01 * len(sample):
        raise DataReadError("The file is binary, not text", value=str(path), next_step="export the table as csv")
    name = _likely(sample)
    note = f"not UTF-8; read as {name} (give encoding to change it)"
    try:
        return Decoded(content.decode(name).encode("utf-8"), name, note)
    except UnicodeDecodeError:
        return Decoded(content.decode("latin-1").encode("utf-8"), "latin-1", note.replace(name, "latin-1"))


def _likely(sample: bytes) -> str:
    from charset_normalizer import from_bytes

    # A handful of letters tells no encoding from another; then the commonest one is the best guess.
    if sum(byte > 127 for byte in sample) < 20:
        return "cp1252"
    best = from_bytes(sample, steps=3, chunk_size=1024).best()
    name = best.encoding if best else "cp1252"
    return "cp1252" if name in _WESTERN or name.startswith(("ascii", "utf")) else name


def _telling_part(content: bytes) -> bytes:
    """Lines with bytes beyond ASCII, which alone tell encodings apart."""
    lines = [line for line in content[: 8 * _SAMPLE].splitlines(keepends=True) if not line.isascii()]
    return b"".join(lines)[:65536] or content[:65536]
