from __future__ import annotations

import pytest

from doorman.locks import FileLock


def test_an_exclusive_lock_keeps_everybody_else_out_until_released(tmp_path):
    one, two = FileLock(tmp_path / "l"), FileLock(tmp_path / "l")
    assert one.try_exclusive()
    assert not two.try_exclusive()
    assert not two.try_shared()
    one.release()
    assert two.try_exclusive()
    two.release()


def test_shared_locks_stand_side_by_side_and_keep_the_exclusive_one_out(tmp_path):
    one, two, remover = (FileLock(tmp_path / "l") for _ in range(3))
    assert one.try_shared()
    assert two.try_shared()
    assert not remover.try_exclusive()
    one.release()
    two.release()
    assert remover.try_exclusive()
    remover.release()


def test_a_lock_on_a_file_that_was_removed_locks_nobody_out(tmp_path, monkeypatch):
    path = tmp_path / "l"
    remover, late = FileLock(path), FileLock(path)
    assert remover.try_exclusive()
    path.unlink()
    assert late.try_shared()  # on a new file of that name
    remover.release()
    late.release()


def test_waiting_may_give_up(tmp_path):
    one, two = FileLock(tmp_path / "l"), FileLock(tmp_path / "l")
    one.try_exclusive()
    calls = []

    def waiting():
        calls.append(1)
        if len(calls) == 3:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        two.wait_exclusive(waiting, interval=0)
    one.release()
    two.wait_exclusive(waiting, interval=0)
    assert len(calls) == 3
    two.release()
