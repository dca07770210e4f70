"""The files of an A/B test: its settings, and the sources the service keeps as its own."""

from __future__ import annotations

import secrets
from pathlib import Path

from specweave.deployment.ab import assignment, router
from specweave.workspace import read_json, write_json, write_text

SETTINGS = "ab-test.json"
_OWN_IMPORT = "from specweave.deployment.ab.assignment import"


def ab_sources() -> dict[str, str]:
    """The text of `assignment.py` and `router.py` as they lie beside main.py, importing nothing of this package."""
    of_router = Path(router.__file__).read_text("utf-8").replace(_OWN_IMPORT, "from assignment import")
    return {"assignment.py": Path(assignment.__file__).read_text("utf-8"), "router.py": of_router}


def write_ab_test(
    folder: Path, name: str, *, mode: assignment.Mode = "ab", share: float = 0.1, salt: str | None = None
) -> list[Path]:
    """Write the sources and `ab-test.json` into the folder of the service; their paths.

    A salt is drawn for a new test and kept when the test is written again, so that no unit changes its arm.
    """
    path = folder / SETTINGS
    before = read_json(path, default={})
    if salt is None:
        salt = str(before["salt"]) if before.get("name") == name else f"{name}-{secrets.token_hex(4)}"
    settings = assignment.Assignment(name=name, salt=salt, share=share, mode=mode)
    written = [write_text(folder / file, text) for file, text in ab_sources().items()]
    facts = {"name": settings.name, "salt": settings.salt, "mode": settings.mode, "share": settings.share}
    return [*written, write_json(path, facts)]
