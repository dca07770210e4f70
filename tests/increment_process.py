"""What one of many processes does in a test; here, because a spawned process imports it by name and quickly."""

from __future__ import annotations

from specweave.increments import create_increment
from specweave.workspace import Workspace


def create(root, title, barrier, out):
    """Create an increment at the same moment as all others that wait at the barrier."""
    barrier.wait(timeout=100)
    out.put(create_increment(Workspace(root), title).id)
