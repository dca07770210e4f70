"""Who else knows how often the sealed rows were looked at: places that would all have to lie together.

.specweave/looks-witness.jsonl   one line for each seal, look and evaluation of the project, whatever becomes of the increment
metadata.json, ml.sealed         the seal, the number of looks and the last hash
data/looks-head.json             the same beside the ledger
reports/evaluation.json and reports/evaluations/look-N.json     the look an evaluation was paid with
git's HEAD                       the ledger as it was committed

Each states "the ledger had n entries and the last one had this hash". A ledger that is shorter, or whose n-th entry has
another hash, was tampered with, and the sentence names who says so. Lines of the witness do not depend on each other, so
two branches of a repository merge.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specweave.errors import SpecweaveError
from specweave.witness_file import FILE, all_lines, own_lines, write_down
from specweave.workspace import IncrementFolder, lock, read_json, write_json

METADATA_KEY = "sealed"
HEAD_FILE = "looks-head.json"
LEDGER_FILE = "looks.jsonl"
_GIT_SECONDS = 5.0
_COMMITS = 20
_UNREADABLE = (OSError, ValueError, KeyError, TypeError, AttributeError, SpecweaveError)


@dataclass(frozen=True)
class Testimony:
    """One place that says how long the ledger was (`n`) and which hash its last entry had."""

    place: str
    n: int
    hash: str


@dataclass(frozen=True)
class Vanished:
    """A seal the witness knows and no increment holds any more, with the looks that were taken at it."""

    increment: str
    seal: str
    looks: int
    sealed: str


def testify(folder: IncrementFolder, *, seal: str, n: int, hash_: str, **facts: Any) -> None:
    """Write down outside data/ that the ledger of this seal has `n` entries now; 0 when the seal is made."""
    write_down(folder, {"seal": seal, "n": n, "hash": hash_, **facts})
    with lock(folder.data / ".metadata.lock"):
        found = read_json(folder.metadata_file, default=None)
        if isinstance(found, dict) and isinstance(found.setdefault("ml", {}), dict):
            found["ml"][METADATA_KEY] = {"seal": seal, "looks": n, "hash": hash_}
            write_json(folder.metadata_file, found)


def testify_evaluation(
    folder: IncrementFolder, *, seal: str, look: int, content: Any, documents: Sequence[Path]
) -> None:
    """Keep the hashes of an evaluation's facts and reports outside the increment, so that an edit is found."""
    written = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in documents}
    facts = {"evaluation_of_look": look, "evaluation_sha256": content_sha256(content), "documents": written}
    write_down(folder, {"seal": seal, **facts})


def evaluations(folder: IncrementFolder) -> dict[int, str]:
    """The hash the evaluation of each look was written with, by the number of the look, the last one last."""
    lines = _evaluation_lines(folder)
    return {int(line["evaluation_of_look"]): str(line["evaluation_sha256"]) for line in lines}


def documents_of_evaluation(folder: IncrementFolder) -> tuple[int, dict[str, str]]:
    """The last look, and file name and SHA-256 of each report its evaluation wrote; 0 and nothing where nobody wrote it down."""
    for line in reversed(_evaluation_lines(folder)):
        return int(line["evaluation_of_look"]), dict(line.get("documents") or {})
    return 0, {}


def _evaluation_lines(folder: IncrementFolder) -> list[dict[str, Any]]:
    return [line for line in own_lines(folder) if "evaluation_of_look" in line and "evaluation_sha256" in line]


def content_sha256(content: Any) -> str:
    """Hash of a JSON value, whatever its layout in the file."""
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False).encode("utf-8")).hexdigest()


def own_looks(folder: IncrementFolder, seal: str) -> list[dict[str, Any]]:
    """What was written down at each look of this increment at this seal, the first look first."""
    found = [line for line in own_lines(folder) if line.get("seal") == seal and line.get("n")]
    return sorted(found, key=lambda line: int(line["n"]))


def disagreement(folder: IncrementFolder, seal: str, hashes: Sequence[str]) -> tuple[int, str] | None:
    """The first entry of the ledger that a witness remembers differently, and what it says; nothing if all agree.

    `hashes` are those of the ledger's entries, in order. Entries no witness has heard of are no contradiction: a
    crash may have come between the ledger and its witnesses.
    """
    for said in testimonies(folder, seal):
        if said.n > len(hashes):
            return len(
                hashes
            ) + 1, f"was removed: {said.place} knows of {_count(said.n)}, the ledger holds {len(hashes)}"
        if said.n and hashes[said.n - 1] != said.hash:
            return said.n, f"was replaced: {said.place} remembers another entry there"
    return None


def testimonies(folder: IncrementFolder, seal: str) -> Iterator[Testimony]:
    """Everything on record about the length of this seal's ledger, the nearest place first."""
    for source in (_of_head, _of_metadata, _of_workspace, _of_evaluations):
        with contextlib.suppress(*_UNREADABLE):
            yield from source(folder, seal)


def committed(folder: IncrementFolder) -> Iterator[tuple[str, list[str]]]:
    """Name and ledger of each commit that changed it and that git still knows: HEAD's, other branches', the reflog's.

    So a reset or another branch does not forget a look. Nothing without a repository or a committed ledger.
    """
    if not any((above / ".git").exists() for above in folder.path.parents):
        return
    head = _git(folder, ["show", f"HEAD:./{LEDGER_FILE}"])
    if head:
        yield "HEAD", head.splitlines()
    found = _git(folder, ["rev-list", "--all", "--reflog", f"--max-count={_COMMITS}", "--", f"./{LEDGER_FILE}"])
    for commit in found.split():
        ledger = _git(folder, ["show", f"{commit}:./{LEDGER_FILE}"])
        if ledger:
            yield commit[:10], ledger.splitlines()


def _git(folder: IncrementFolder, arguments: list[str]) -> str:
    command = ["git", "-C", str(folder.data), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_GIT_SECONDS, check=True, stdin=subprocess.DEVNULL)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.decode("utf-8", "replace")


def unknown_to_project(folder: IncrementFolder, seal: str) -> str | None:
    """What the project's witness should know of this seal and does not; nothing when it knows everything.

    A crash may have come before the witness heard of the last look; metadata.json is written after the witness, so
    what stands there must stand in the witness too.
    """
    known = {line["n"] for line in all_lines(folder) if line.get("seal") == seal and "n" in line}
    if not known:
        return "the seal"
    with contextlib.suppress(*_UNREADABLE):
        noted = folder.metadata().get("ml", {}).get(METADATA_KEY) or {}
        if noted.get("seal") == seal:
            missing = sorted(set(range(int(noted["looks"]) + 1)) - known)
            if missing:
                return f"look {missing[0]}" if missing[0] else "the seal"
    return None


def vanished(folder: IncrementFolder, *, content: str, target: str, until: str | None = None) -> list[Vanished]:
    """Looks at seals of the same data and target that are gone: of deleted increments, or sealed anew here.

    Whether their test rows were the same cannot be said any more, so they count.
    """
    present = _present_seals(folder)
    known: dict[str, dict[str, Any]] = {}
    for line in all_lines(folder):
        seal = line.get("seal")
        if not isinstance(seal, str) or seal in present or "n" not in line:
            continue
        if until is not None and line["n"] and str(line.get("time", "")) > until:
            continue
        facts = known.setdefault(seal, {"n": 0, **line})
        facts.update({key: line[key] for key in ("content", "target") if key in line})
        facts["n"] = max(int(facts["n"]), int(line["n"]))
    return [
        Vanished(str(facts["increment"]), seal, int(facts["n"]), str(facts.get("time", "")))
        for seal, facts in known.items()
        if facts["n"] and facts.get("content") == content and facts.get("target") == target
    ]


def sealed_anew(folder: IncrementFolder, seal: str) -> Vanished | None:
    """An earlier seal of this very increment at which looks were taken, if its split was replaced."""
    mine = [line for line in own_lines(folder) if line.get("n")]
    earlier = [line for line in mine if line.get("seal") != seal]
    if not earlier:
        return None
    last = max(earlier, key=lambda line: int(line["n"]))
    return Vanished(folder.id, str(last["seal"]), int(last["n"]), str(last.get("time", "")))


def _of_head(folder: IncrementFolder, seal: str) -> Iterator[Testimony]:
    del seal  # the file belongs to the ledger beside it
    head = read_json(folder.data / HEAD_FILE, default=None)
    if head is not None:
        yield Testimony(f"data/{HEAD_FILE}", int(head["n"]), str(head["hash"]))


def _of_metadata(folder: IncrementFolder, seal: str) -> Iterator[Testimony]:
    found = folder.metadata().get("ml", {}).get(METADATA_KEY)
    if found and found["seal"] == seal:
        yield Testimony("metadata.json", int(found["looks"]), str(found["hash"]))


def _of_workspace(folder: IncrementFolder, seal: str) -> Iterator[Testimony]:
    for line in all_lines(folder):
        # A copied increment has the seal of its original, and a ledger of its own from then on.
        if line.get("seal") == seal and line.get("increment") == folder.id and "n" in line and "hash" in line:
            yield Testimony(f".specweave/{FILE}", int(line["n"]), str(line["hash"]))


def _of_evaluations(folder: IncrementFolder, seal: str) -> Iterator[Testimony]:
    for path in (folder.reports / "evaluation.json", *sorted(folder.reports.glob("evaluations/look-*.json"))):
        with contextlib.suppress(*_UNREADABLE):
            found = read_json(path, default=None)
            if found and found.get("look") and found["data"]["seal"] == seal:
                where = path.relative_to(folder.path).as_posix()
                yield Testimony(where, int(found["look"]), str(found["look_taken"]["hash"]))


def _present_seals(folder: IncrementFolder) -> set[str]:
    increments = folder.path.parent
    found = set()
    for split in (*increments.glob("*/data/split.json"), *increments.glob("_*/*/data/split.json")):
        with contextlib.suppress(*_UNREADABLE):
            found.add(str(json.loads(split.read_text("utf-8"))["id"]))
    return found


def _count(n: int) -> str:
    return "1 look" if n == 1 else f"{n} looks"
