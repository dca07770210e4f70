"""The service of an earlier deployment, started again for a while."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from specweave.deployment.container.files import DOCKERFILE
from specweave.deployment.scratch_environment import scratch_environment
from specweave.deployment.service_process import running_service
from specweave.errors import DeploymentError
from specweave.progress import Progress, silent
from specweave.workspace import IncrementFolder


@contextlib.contextmanager
def started(folder: IncrementFolder, url: str | None = None, progress: Progress = silent) -> Iterator[str]:
    """The URL given; without one, that of the increment's deployed service, which runs for the duration of the block.

    Raises DeploymentError when nothing has been deployed.
    """
    if url is not None:
        yield url
        return
    place = folder.path / "deployment"
    if not (place / DOCKERFILE).is_file() or not (place / "api" / "main.py").is_file():
        raise DeploymentError(
            "Nothing is deployed in this increment, so there is no service to start",
            value=folder.id,
            next_step=f'call deploy_model(increment="{folder.id}"), or name the url of a running service',
        )
    environment = scratch_environment(place / "requirements.txt", progress=progress)
    with running_service(place, environment.python) as service:
        yield service.address.url
