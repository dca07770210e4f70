"""The environment generated services need, made once from their requirements with the machine's own installer settings."""

from __future__ import annotations

import os
import pwd
from importlib.resources import files
from pathlib import Path

import pytest

from client_rig import installer_settings
from specweave.deployment.scratch_environment import FOLDER_VARIABLE, ScratchEnvironment, scratch_environment
from specweave.errors import DeploymentError


def built(cache: Path) -> ScratchEnvironment:
    """The environment below `cache`; skips where the package registry does not answer."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in installer_settings().items():
            patch.setenv(name, value)
        patch.setenv("HOME", pwd.getpwuid(os.getuid()).pw_dir)
        requirements = Path(str(files("specweave.deployment.api").joinpath("requirements.txt")))
        try:
            made = scratch_environment(requirements, cache=cache)
        except DeploymentError as error:
            pytest.skip(f"the service's requirements cannot be installed: {error}")
    if not made.own:
        pytest.skip(f"no environment of its own: {made.how}")
    return made


def settings(cache: Path) -> dict[str, str]:
    """What a process needs to find the environment of `built`."""
    return {FOLDER_VARIABLE: str(cache)}
