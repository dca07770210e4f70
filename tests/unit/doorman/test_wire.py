from __future__ import annotations

import io
import json

import pytest

from doorman import wire


@pytest.mark.parametrize(
    ("line", "code"),
    [(b"{", wire.PARSE_ERROR), (b"\xff", wire.PARSE_ERROR), (b"[" * 99_999, wire.PARSE_ERROR), (b"[]", wire.INVALID_REQUEST), (b"1", wire.INVALID_REQUEST)],
)  # fmt: skip
def test_a_line_that_is_no_message_has_the_code_it_deserves(line, code):
    with pytest.raises(wire.NotAMessage) as caught:
        wire.parse(line)
    assert caught.value.code == code


def test_ids_of_different_types_are_different():
    assert len({wire.key(identifier) for identifier in (1, "1", None, True, 1.5)}) == 5


@pytest.mark.parametrize(
    ("params", "token"),
    [({"_meta": {"progressToken": 0}}, 0), ({"_meta": {}}, None), ({}, None), ([1], None), ({"_meta": 3}, None), (None, None)],
)  # fmt: skip
def test_a_progress_token_is_found_in_any_shape_of_parameters(params, token):
    assert wire.progress_token({"method": "tools/call", "params": params}) == token


def test_a_message_is_one_line_whatever_it_holds():
    out = io.BytesIO()
    wire.Output(out).send(wire.tool_error("ü", "one\ntwo\u2028three \ud800"))
    assert out.getvalue().count(b"\n") == 1
    assert json.loads(out.getvalue())["id"] == "ü"


def test_a_relayed_line_is_unchanged_but_ends():
    out = io.BytesIO()
    output = wire.Output(out)
    output.send_line(b'{"a" : 1}')
    output.send_line(b'{"b" : 2}\n')
    assert out.getvalue() == b'{"a" : 1}\n{"b" : 2}\n'


def test_a_client_that_is_gone_is_no_error():
    class Gone(io.BytesIO):
        def write(self, _):
            raise BrokenPipeError

    wire.Output(Gone()).send(wire.result(1, {}))


def test_progress_messages_are_short():
    assert len(wire.progress("t", 1, "x" * 900)["params"]["message"]) == 200
