"""ML006: the sealed test set was looked at no more often than agreed, and every look is on the ledger.

Looks other increments took at the same rows count: a new increment on old data is no fresh test.
"""

from __future__ import annotations

from specweave.checks.base import NextStep, Severity, Verdict, failed, not_applicable, passed
from specweave.checks.evaluated import EVALUATION, evaluated
from specweave.checks.records import run_experiment
from specweave.data import seal, witness
from specweave.errors import SealedError
from specweave.spec_file import read_problem
from specweave.workspace import IncrementFolder

_LEDGER = "data/looks.jsonl"
_WITNESS = ".specweave/looks-witness.jsonl"


class LooksWithinBudget:
    """The ledger's chain is unbroken, accounts for every evaluation, and is no longer than the budget."""

    code = "ML006"
    title = "Looks at the test set within budget"
    severity: Severity = "error"

    def run(self, folder: IncrementFolder) -> Verdict:
        if not seal.is_sealed(folder):
            return not_applicable("no test set is sealed yet", remedy=run_experiment(folder))
        try:
            own, elsewhere = len(seal.looks(folder)), seal.looks_elsewhere(folder, before_own=True)
        except SealedError as error:
            return _broken(error.what)
        except UnicodeDecodeError:
            return _broken("The ledger of looks is not text any more")
        return _replaced(folder) or _forgotten(folder) or _counted(folder, own, elsewhere)


def _counted(folder: IncrementFolder, own: int, elsewhere: dict[str, int]) -> Verdict:
    if own == 0 and evaluated(folder) is not None:
        return _broken("An evaluation exists, but no look is on the ledger")
    budget, taken = read_problem(folder).look_budget, own + sum(elsewhere.values())
    others = _named(elsewhere)
    if taken <= budget:
        return passed(f"{taken} of {budget} looks spent{others}; the ledger is unbroken.", _LEDGER)
    return failed(
        f"{taken} looks at the sealed test set{others}, {budget} agreed: its numbers are no longer an honest test.",
        _LEDGER,
        remedy=NextStep(
            sentence="Start a new increment on fresh rows: the same data would seal the same test set, whose looks count",
            tool="create_increment",
            arguments={"request": read_problem(folder).request or folder.id},
        ),
    )


def _named(elsewhere: dict[str, int]) -> str:
    """The looks other increments took at the same rows, in brackets."""
    found = [f"{count} of them in {name}" for name, count in elsewhere.items()]
    return f" ({', '.join(found)})" if found else ""


def _replaced(folder: IncrementFolder) -> Verdict | None:
    """Failed when the test set was sealed anew after a look."""
    anew = witness.sealed_anew(folder, seal.read_seal(folder).id)
    if anew is None:
        return None
    looks = "1 look" if anew.looks == 1 else f"{anew.looks} looks"
    return failed(
        f"The split was replaced: an earlier seal of this increment ({anew.seal[:12]}) had {looks}, and its rows are not "
        "those sealed now.",
        "data/split.json",
        remedy=NextStep(
            sentence=f"Restore data/ of {folder.id} from version control, or start a new increment on fresh rows",
            tool="create_increment",
            arguments={"request": read_problem(folder).request or folder.id},
        ),
    )


def _forgotten(folder: IncrementFolder) -> Verdict | None:
    """Failed when lines were taken out of the project's witness, or the file was deleted."""
    lacking = witness.unknown_to_project(folder, seal.read_seal(folder).id)
    if lacking is None:
        return None
    return failed(
        f"The project's witness does not know {lacking} of this increment: lines were removed from {_WITNESS}, or the "
        "increment was copied from another project without them.",
        _WITNESS,
        _LEDGER,
        remedy=NextStep(
            sentence=f"Restore {_WITNESS} from version control, or bring the lines of the other project along"
        ),
    )


def _broken(what: str) -> Verdict:
    return failed(
        f"{what}.",
        _LEDGER,
        EVALUATION,
        remedy=NextStep(sentence="Restore data/looks.jsonl and data/split.json from version control"),
    )
