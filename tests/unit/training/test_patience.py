import os
import subprocess
import sys

PROGRAM = "import os, sys; import specweave.training; print(os.environ['OMP_WAIT_POLICY'], 'sklearn' in sys.modules)"


def run(**environment):
    kept = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    done = subprocess.run([sys.executable, "-c", PROGRAM], env={**kept, **environment}, capture_output=True, check=True)
    return done.stdout.decode().split()


def test_waiting_threads_sleep_from_before_the_numeric_libraries_are_loaded():
    assert run() == ["PASSIVE", "False"]


def test_what_the_user_has_set_stays():
    assert run(OMP_WAIT_POLICY="ACTIVE")[0] == "ACTIVE"
