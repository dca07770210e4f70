import pytest

from specweave.errors import NoWorkspaceError, SpecweaveError, StorageError
from specweave.tools import calls


def test_an_unknown_tool_is_answered_with_the_names_there_are():
    with pytest.raises(SpecweaveError, match=r"No tool by that name.*did you mean profile_data\?"):
        calls.checked("profile_dta", {})


def test_an_unknown_argument_is_named_with_the_known_ones():
    with pytest.raises(SpecweaveError, match=r"no argument incremnt.*did you mean increment\?"):
        calls.checked("next_step", {"incremnt": "1"})


def test_a_wrong_value_is_named_with_its_argument():
    with pytest.raises(SpecweaveError, match=r"seconds: .*less than or equal to 45.*Got: 900"):
        calls.checked("job", {"seconds": 900})


def test_a_missing_workspace_says_how_to_make_one(tmp_path):
    with pytest.raises(NoWorkspaceError, match="create_increment"):
        calls.perform("next_step", {}, root=str(tmp_path))


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (PermissionError(13, "Permission denied", "x.csv"), StorageError, "Permission denied"),
        (OSError(28, "No space left on device", "y.json"), StorageError, "No space left on device.*y.json"),
        (MemoryError(), SpecweaveError, "ran out of memory"),
        (ZeroDivisionError("division by zero"), SpecweaveError, "An internal failure: ZeroDivisionError"),
    ],
)
def test_whatever_goes_wrong_leaves_as_an_error_for_the_user(monkeypatch, failure, kind, said):
    def fail(call):
        raise failure

    monkeypatch.setattr(calls, "operation_of", lambda tool: fail)
    with pytest.raises(kind, match=said):
        calls.perform("next_step", {}, root=None)
