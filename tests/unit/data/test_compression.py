from __future__ import annotations

import gzip
import zipfile

import pytest

from specweave.data.compression import first_bytes, packed_as, unpack, unpack_to, unpacked_start
from specweave.errors import DataReadError


def test_a_large_file_is_unpacked_piece_by_piece(tmp_path):
    content = b"row\n" * 1_000_000
    packed = tmp_path / "rows.csv.gz"
    packed.write_bytes(gzip.compress(content, 1))
    how = packed_as(packed, first_bytes(packed))
    assert how == "gzip"
    unpack_to(packed, how, tmp_path / "rows.csv")
    assert (tmp_path / "rows.csv").read_bytes() == content
    assert unpacked_start(packed, how, 8) == b"row\nrow\n"


def test_a_damaged_archive_is_told(tmp_path):
    path = tmp_path / "rows.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("rows.csv", "a,b\n1,2\n")
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(DataReadError, match="damaged"):
        unpack(path, packed_as(path, first_bytes(path)))


def test_a_flipped_byte_is_told(tmp_path):
    path = tmp_path / "rows.csv.gz"
    content = bytearray(gzip.compress(b"a,b\n" * 1000))
    content[-6] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(DataReadError, match="damaged"):
        unpack(path, "gzip")
