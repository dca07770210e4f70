"""Files as they lie on disk: recognised by their first bytes, and unpacked."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Literal

from specweave.errors import DataReadError, StorageError, listing

Compression = Literal["gzip", "zip", "bzip2", "xz"]

_PACKED: tuple[tuple[bytes, Compression], ...] = (
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
)
_FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"\x7fELF": "a program",
    b"\x89HDF": "an HDF5 file",
    b"\x93NUMPY": "a NumPy array",
    b"ARROW1": "an Arrow (Feather) file",
    b"Obj\x01": "an Avro file",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
}
FORMATS = "csv, tsv, txt (also .gz, .zip, .bz2, .xz), parquet, JSON lines, JSON, xlsx, sqlite, duckdb"
_BROKEN = (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile, zipfile.BadZipFile)


def first_bytes(path: Path, count: int = 4096) -> bytes:
    """The start of the file; a directory, an empty or an unreadable file is an error."""
    if path.is_dir():
        raise DataReadError("This is a folder, not a file", value=str(path), allowed=FORMATS, next_step=_inside(path))
    try:
        with path.open("rb") as source:
            head = source.read(count)
    except OSError as error:
        raise StorageError.from_os(error, path) from error
    if not head:
        raise DataReadError("The file is empty (0 bytes)", value=str(path), next_step="name a file with rows")
    return head


def _inside(folder: Path) -> str:
    try:
        files = sorted(p.name for p in folder.iterdir() if p.is_file())
    except OSError:
        files = []
    return f"name one file of it: {listing(files, 6)}" if files else "name a file"


def packed_as(path: Path, head: bytes) -> Compression | None:
    """How the file is packed; a workbook, which is a zip inside, counts as not packed."""
    for mark, name in _PACKED:
        if head.startswith(mark):
            return name
    if head.startswith(b"PK\x03\x04") and not is_workbook(path):
        return "zip"
    return None


def is_workbook(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            return "[Content_Types].xml" in archive.namelist() and any(n.startswith("xl/") for n in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return False


def refuse_foreign(path: Path, head: bytes) -> None:
    """Raise for a file that is no table at all, naming what it is."""
    for mark, what in _FOREIGN.items():
        if head.startswith(mark):
            raise DataReadError(f"The file is {what}, not a table", value=str(path), allowed=FORMATS)


def open_packed(path: Path, how: Compression | None) -> IO[bytes]:
    """The unpacked bytes as a stream."""
    if how == "zip":
        return _zip_member(path)
    openers: dict[str | None, Callable[..., Any]] = {"gzip": gzip.open, "bzip2": bz2.open, "xz": lzma.open, None: open}
    stream: IO[bytes] = openers[how](path, "rb")
    return stream


def _zip_member(path: Path) -> IO[bytes]:
    try:
        archive = zipfile.ZipFile(path)
        members = [i for i in archive.infolist() if not i.is_dir() and not i.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            raise DataReadError(
                f"The archive holds {len(members)} files; one table is needed",
                value=listing([i.filename for i in members], 6),
                next_step="unpack the archive and name one of the files",
            )
        return archive.open(members[0])
    except RuntimeError as error:
        raise DataReadError("The archive is encrypted", value=str(path), next_step="unpack it first") from error
    except zipfile.BadZipFile as error:
        raise broken(path, error) from error


def unpack(path: Path, how: Compression | None) -> bytes:
    """All bytes of the file, unpacked in memory."""
    try:
        with open_packed(path, how) as source:
            return source.read()
    except _BROKEN as error:
        raise broken(path, error) from error
    except OSError as error:
        raise StorageError.from_os(error, path) from error


def unpacked_start(path: Path, how: Compression | None, count: int = 4096) -> bytes:
    """The first bytes of the content."""
    try:
        with open_packed(path, how) as source:
            return source.read(count)
    except _BROKEN as error:
        raise broken(path, error) from error
    except OSError as error:
        raise StorageError.from_os(error, path) from error


def unpack_to(path: Path, how: Compression, target: Path) -> None:
    """The unpacked bytes written to `target`, a piece at a time."""
    try:
        with open_packed(path, how) as source, target.open("wb") as out:
            while piece := source.read(io.DEFAULT_BUFFER_SIZE * 256):
                out.write(piece)
    except _BROKEN as error:
        raise broken(path, error) from error
    except OSError as error:
        raise StorageError.from_os(error, target) from error


def broken(path: Path, error: BaseException) -> DataReadError:
    cut = isinstance(error, EOFError)
    return DataReadError(
        "The packed file ends in the middle; it was cut off in transfer"
        if cut
        else f"The packed file is damaged ({error})",
        value=str(path),
        next_step="fetch or copy the file again",
    )
