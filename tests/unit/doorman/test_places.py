from __future__ import annotations

import pytest

from doorman import places


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"CLAUDE_PLUGIN_DATA": "/c", "PLUGIN_DATA": "/p", "XDG_DATA_HOME": "/x"}, "/c"),
        ({"PLUGIN_DATA": "/p", "XDG_DATA_HOME": "/x"}, "/p"),
        ({"XDG_DATA_HOME": "/x", "HOME": "/h"}, "/x/sw-ml"),
    ],
)
def test_the_folder_the_client_gives_comes_first(variables, expected):
    assert places.data_folder(variables).as_posix() == expected


@pytest.mark.parametrize(
    ("platform", "expected"),
    [("linux", "/h/.local/share/sw-ml"), ("darwin", "/h/Library/Application Support/sw-ml")],
)
def test_without_a_client_it_is_the_users_data_folder(monkeypatch, platform, expected):
    monkeypatch.setattr(places.sys, "platform", platform)
    assert places.data_folder({"HOME": "/h"}).as_posix() == expected


def test_credentials_in_an_address_are_not_logged(tmp_path):
    log = places.Log(tmp_path / "logs" / "doorman.log")
    log.write("Looking in indexes: https://me:s3cret@index.example/simple, https://tok3n@other.example/")
    said = log.path.read_text("utf-8")
    assert "s3cret" not in said
    assert "tok3n" not in said
    assert "index.example" in said


def test_a_long_log_is_put_aside(tmp_path):
    path = tmp_path / "doorman.log"
    path.write_bytes(b"x" * (places.LOG_LIMIT + 1))
    places.Log(path).write("new")
    assert path.stat().st_size < 100
    assert (tmp_path / "doorman.log.1").stat().st_size > places.LOG_LIMIT


def test_an_unwritable_folder_means_no_log_and_no_error(tmp_path):
    (tmp_path / "file").touch()
    log = places.Log(tmp_path / "file" / "doorman.log")
    log.write("nowhere")
    assert log.path is None
