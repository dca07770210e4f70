from __future__ import annotations

import codecs
from pathlib import Path

import pytest

from specweave.data.encoding import decode
from specweave.errors import DataReadError

PATH = Path("table.csv")
TEXT = "name,ort\nJürgen,Köln\nZoë,Málaga\n" * 20


@pytest.mark.parametrize(
    ("content", "encoding"),
    [
        (b"a,b\n1,2\n", "ascii"),
        (TEXT.encode(), "utf-8"),
        (codecs.BOM_UTF8 + TEXT.encode(), "utf-8-sig"),
        (TEXT.encode("utf-16"), "utf-16"),
        (TEXT.encode("utf-16-le"), "utf-16-le"),
        (TEXT.encode("utf-16-be"), "utf-16-be"),
        (TEXT.encode("latin-1"), "cp1252"),
    ],
)
def test_encoding_is_found_and_the_text_is_whole(content, encoding):
    found = decode(content, PATH)
    assert found.encoding == encoding
    assert found.content.decode() in (TEXT, "a,b\n1,2\n")


def test_letters_late_in_a_file_count_too():
    content = b"a,b\n" + b"1,2\n" * 100_000 + "ü,1\n".encode("latin-1")
    found = decode(content, PATH)
    assert found.encoding == "cp1252"
    assert found.content.endswith("ü,1\n".encode())


def test_other_scripts_are_recognised():
    text = "имя,город\n" + "Иван,Москва\nОльга,Санкт-Петербург\nПётр,Новосибирск\n" * 30
    assert decode(text.encode("cp1251"), PATH).content.decode() == text


def test_a_wrong_encoding_names_the_line():
    with pytest.raises(DataReadError, match="Line 2 is not utf-8"):
        decode("a\nü\n".encode("latin-1"), PATH, "utf-8")


def test_an_unknown_encoding_lists_examples():
    with pytest.raises(DataReadError, match="No such encoding"):
        decode(b"a", PATH, "utf-99")


def test_binary_content_is_refused():
    with pytest.raises(DataReadError, match="binary"):
        decode(bytes(range(256)) * 40, PATH)
