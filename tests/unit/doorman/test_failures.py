from __future__ import annotations

import errno
from pathlib import Path

import pytest

from doorman.failures import Failure, explain, no_python, storage_failure

# Lines as the installers print them.
CASES = [
    ("OSError: [Errno 28] No space left on device", "disk is full", True),
    ("  cause: invalid peer certificate: UnknownIssuer", "certificate", False),
    ("ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate", False),
    ("ProxyError('Cannot connect to proxy.', OSError('Tunnel connection failed: 403 refused'))", "proxy", False),
    ("error sending request for url\n  cause: tcp connect error\n  cause: Connection refused (os error 111)", "cannot be reached", False),
    ("WARNING: Retrying after connection broken by 'NewConnectionError'\nERROR: No matching distribution found for x==1", "cannot be reached", False),
    ("  cause: dns error: failed to lookup address information: Name or service not known", "cannot be reached", False),
    ("ReadTimeoutError: HTTPSConnectionPool: Read timed out.", "cannot be reached", False),
    ("error: HTTP status client error (401 Unauthorized) for url", "refuses the request", False),
    ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "not the one that was locked", False),
    ("The virtual environment was not created successfully because ensurepip is not available.", "venv module", False),
    ("PermissionError: [Errno 13] Permission denied: '/data/environments'", "not writable", True),
    ("ERROR: No matching distribution found for numba==0.68.1", "not available for this Python", False),
]  # fmt: skip


@pytest.mark.parametrize(("said", "reason", "final"), CASES)
def test_each_cause_is_told_with_a_cure(said, reason, final):
    failure = explain(said.splitlines(), Path("/data"))
    assert reason in failure.reason
    assert failure.final is final
    assert len(failure.cure) > 10


def test_only_what_another_python_could_change_blames_python():
    blamed = [explain(said.splitlines(), Path("/data")).blames_python for said, _, _ in CASES]
    assert [said for (said, _, _), is_blamed in zip(CASES, blamed, strict=True) if is_blamed] == [
        CASES[10][0],
        CASES[12][0],
    ]


def test_an_unknown_cause_quotes_the_last_line_without_credentials():
    failure = explain(["something", "fatal: https://me:s3cret@host/ is odd", ""], Path("/data"))
    assert "fatal: https://…@host/ is odd" in failure.reason


def test_silence_is_said():
    assert "nothing" in explain([], Path("/data")).reason


def test_two_attempts_tell_both_reasons_once_each():
    one, two = Failure("a", "do a"), Failure("b.", "do b.", final=True)
    both = one.and_then(two)
    assert (both.reason, both.cure, both.final) == ("a; then b", "do a, or: do b", True)
    assert one.and_then(Failure("a", "do a")) is one


@pytest.mark.parametrize(
    ("code", "word"), [(errno.ENOSPC, "disk is full"), (errno.EACCES, "not writable"), (errno.ENOTDIR, "/data")]
)
def test_an_error_of_the_doorman_itself_is_told_likewise(code, word):
    failure = storage_failure(OSError(code, {errno.ENOSPC: "No space left on device", errno.EACCES: "Permission denied"}.get(code, "Not a directory")), Path("/data"))  # fmt: skip
    assert word in failure.reason
    assert failure.final


def test_no_python_names_the_versions_and_a_way_to_get_one():
    assert "3.11, 3.12 or 3.13" in no_python().reason
    assert "uv" in no_python().cure
