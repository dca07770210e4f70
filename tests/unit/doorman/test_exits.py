from __future__ import annotations

import pytest

from doorman.exits import describe_exit


@pytest.mark.parametrize(
    ("code", "words"), [(3, "exit code 3"), (-9, "killed by SIGKILL (often: out of memory)"), (-11, "killed by SIGSEGV"), (-99, "killed by signal 99")]
)  # fmt: skip
def test_an_exit_is_described(code, words):
    assert describe_exit(code) == words
