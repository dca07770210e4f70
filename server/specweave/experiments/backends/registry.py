"""Which backends are told of an increment's experiments. The local record is no choice: it is always written, and first.

A backend is switched on by `register_tracking_backend` (and `configure_mlflow`, `configure_wandb`) for this process,
or for the project by its registered name in `.specweave/ml.json`:

    {"tracking": {"mlflow": {}, "my-tracker": {"url": "https://tracker.example.org"}}}

Names are those of entry points in the group `specweave.tracking_backends`; the built-in ones are registered there too.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from specweave.errors import ExperimentError
from specweave.experiments.backends.protocol import TrackingBackend
from specweave.workspace import FOLDER, IncrementFolder, Settings

GROUP = "tracking_backends"
LOCAL = "local"
_METHODS = ("start", "log", "finish")
_Backend = TypeVar("_Backend")

_guard = threading.Lock()
_registered: dict[tuple[str, Path | None], TrackingBackend] = {}
_built: dict[tuple[Path, str, str], TrackingBackend] = {}
_named: dict[Path, tuple[tuple[int, int] | None, dict[str, Any]]] = {}


def register_tracking_backend(backend: _Backend, *, increment: IncrementFolder | None = None) -> _Backend:
    """Tell this backend (an object, or a class that is made without arguments) of every experiment from now on.

    With `increment` of that increment's only. A second one of the same name replaces the first.
    Returns what was given, so it serves as a class decorator. Raises ExperimentError when a method is missing.

        @register_tracking_backend
        class MyTracker:
            name = "my-tracker"
            def start(self, run): ...
            def log(self, run, batch): ...
            def finish(self, run, status): ...
    """
    made: Any = backend() if isinstance(backend, type) else backend
    _check(made)
    with _guard:
        _registered[made.name, None if increment is None else increment.path.resolve()] = made
    return backend


def unregister_tracking_backend(name: str) -> bool:
    """Stop telling the backends of that name of new experiments; whether there was one."""
    with _guard:
        keys = [key for key in _registered if key[0] == name]
        for key in keys:
            del _registered[key]
        return bool(keys)


def active_backends(folder: IncrementFolder) -> tuple[list[TrackingBackend], dict[str, Exception]]:
    """The backends of this increment besides the local one, and those of ml.json that could not be made, with why."""
    named = _names_in_settings(folder.path.parents[2])
    if not _registered and not named:
        return [], {}
    place = folder.path.resolve()
    found = {name: made for (name, scope), made in list(_registered.items()) if scope in (None, place)}
    failed: dict[str, Exception] = {}
    for name, options in named.items():
        if name != LOCAL and name not in found:
            try:
                found[name] = _build(folder, name, options)
            except Exception as error:  # noqa: BLE001  a tracker that does not load must not stop a training
                failed[name] = error
    return list(found.values()), failed


def find_backend(folder: IncrementFolder, name: str) -> TrackingBackend:
    """The backend of that name, switched on or only registered."""
    found = {backend.name: backend for backend in active_backends(folder)[0]}
    return found[name] if name in found else _build(folder, name, {})


def _build(folder: IncrementFolder, name: str, options: Mapping[str, Any]) -> TrackingBackend:
    from specweave.extensions import extension

    key = (folder.path.resolve(), name, json.dumps(options, sort_keys=True, default=str))
    if key not in _built:
        kind = extension(GROUP, name)
        made = kind.for_increment(folder, **options) if hasattr(kind, "for_increment") else kind(**options)
        _check(made)
        _built[key] = made
    return _built[key]


def _check(backend: Any) -> None:
    name = getattr(backend, "name", None)
    missing = [method for method in _METHODS if not callable(getattr(backend, method, None))]
    if not isinstance(name, str) or not name or name == LOCAL or missing:
        lacks = f"lacks {', '.join(missing)}" if missing else f"has no usable name ({name!r})"
        raise ExperimentError(
            f"The tracking backend {lacks}",
            value=type(backend).__name__,
            allowed=f'a text `name` other than "{LOCAL}", and the methods {", ".join(_METHODS)}',
            next_step="see specweave.experiments.backends.TrackingBackend",
        )


def _names_in_settings(root: Path) -> dict[str, Any]:
    """The `tracking` part of ml.json, read again only when the file has changed: this runs at each start of a run."""
    path = root / FOLDER / "ml.json"
    try:
        status = path.stat()
        signature = (status.st_mtime_ns, status.st_size)
    except OSError:
        return {}
    if root not in _named or _named[root][0] != signature:
        _named[root] = (signature, _read_names(path))
    return _named[root][1]


def _read_names(path: Path) -> dict[str, Any]:
    try:
        found = Settings.read(path).extra.get("tracking") or {}
    except Exception:  # noqa: BLE001  a damaged settings file is reported by the commands that need it
        return {}
    if isinstance(found, list):
        return {str(name): {} for name in found}
    return {str(n): o if isinstance(o, dict) else {} for n, o in found.items()} if isinstance(found, dict) else {}
