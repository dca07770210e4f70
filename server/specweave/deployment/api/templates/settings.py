"""What the environment says about this service."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent


def _key_hashes() -> frozenset[str]:
    given = [key.strip() for key in os.environ.get("API_KEYS", "").split(",")]
    hashed = [key.strip().lower() for key in os.environ.get("API_KEY_SHA256", "").split(",")]
    return frozenset([hashlib.sha256(key.encode()).hexdigest() for key in given if key] + list(filter(None, hashed)))


@dataclass(frozen=True)
class Settings:
    """Without keys the service is open to all who can reach it."""

    model: Path = field(default_factory=lambda: Path(os.environ.get("MODEL") or HERE / "model.onnx"))
    key_hashes: frozenset[str] = field(default_factory=_key_hashes)
    max_rows: int = field(default_factory=lambda: int(os.environ.get("MAX_ROWS", "1000")))
    max_bytes: int = field(default_factory=lambda: int(os.environ.get("MAX_BYTES", "1000000")))
    timeout: float = field(default_factory=lambda: float(os.environ.get("TIMEOUT", "10")))
    log_level: str = field(default_factory=lambda: os.environ.get("LOG_LEVEL", "INFO").upper())
