"""Claims in prose: a metric's name followed by a number that carries no evidence."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from specweave.metrics import METRICS

_ALSO = (
    "AUC", "ROC AUC", "ROC-AUC", "AUROC", "PR AUC", "F1", "F1 score", "F1-score", "RMSE", "MAE", "MAPE", "R2", "R²", "log loss",
    "Brier score", "accuracy", "precision", "recall", "sensitivity", "specificity", "MCC", "average precision", "lift",
)  # fmt: skip
_NAMES = sorted({*METRICS, *(m.title.split(" (")[0] for m in METRICS.values()), *_ALSO}, key=len, reverse=True)
_CLAIM = re.compile(
    rf"(?<![\w-])(?P<metric>{'|'.join(map(re.escape, _NAMES))})(?![\w-])(?P<between>[^\d\n]{{0,40}}?)"
    r"(?P<number>[-−]?\d[\d,]*\.\d+(?:\s?%)?|[-−]?\d[\d,]*\s?%)(?P<mark><!--)?",
    re.IGNORECASE,
)
_BACKWARDS = re.compile(
    rf"(?<![\w.,-])(?P<number>\d[\d,]*\.\d+(?:\s?%)?|\d[\d,]*\s?%)(?P<mark><!--)?\s+(?:of\s+)?"
    rf"(?P<metric>{'|'.join(map(re.escape, _NAMES))})(?![\w-])",
    re.IGNORECASE,
)
_HEADER = re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, _NAMES))})(?![\w-])", re.IGNORECASE)
_RULE = re.compile(r"^\s*\|?[\s:|-]*-[\s:|-]*$")
_CELL = re.compile(r"^\W*(?P<number>[-−]?\d[\d,]*\.\d+(?:\s?%)?|[-−]?\d[\d,]*\s?%)(?P<mark><!--)?")
# A target, not a result.
_WANTED = re.compile(
    r"[<>≤≥]|\b(?:at least|at most|above|below|over|under|target|wanted|threshold|goal|budget|version)\b", re.IGNORECASE
)
_NEAR = 25
_FENCE = re.compile(r"^\s*(?:```|~~~)")
_COMMENT = re.compile(r"<!--(?!e\d|ev).*?-->", re.DOTALL)


@dataclass(frozen=True)
class Claim:
    """A number said of a metric, with the line it stands in (from 1)."""

    line: int
    metric: str
    number: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.metric} {self.number} is claimed without evidence"


def unproven_claims(content: str) -> list[Claim]:
    """The claims of a markdown document that carry no citation; code blocks and targets are none.

    >>> [str(claim) for claim in unproven_claims("Our accuracy is 0.93; recall of at least 0.8 was wanted.")]
    ['line 1: accuracy 0.93 is claimed without evidence']
    """
    found: list[Claim] = []
    fenced, heads = False, []
    text = _COMMENT.sub(lambda comment: "\n" * comment[0].count("\n"), content)
    lines = text.splitlines()
    for number, line in enumerate(lines, start=1):
        if _FENCE.match(line):
            fenced = not fenced
            continue
        if fenced:
            continue
        if _RULE.match(line) and "|" in line and number > 1:
            heads = [_HEADER.search(cell) for cell in _cells(lines[number - 2])]
        elif "|" not in line:
            heads = []
        found += dict.fromkeys([*_in_sentence(line, number), *_in_row(line, number, heads)])
    return found


def _in_sentence(line: str, number: int) -> Iterator[Claim]:
    for claim in _CLAIM.finditer(line):
        if not claim["mark"] and not _WANTED.search(claim["between"]):
            yield Claim(number, claim["metric"], claim["number"])
    for claim in _BACKWARDS.finditer(line):
        before = line[max(0, claim.start() - _NEAR) : claim.start()]
        if not claim["mark"] and not _WANTED.search(before) and not _HEADER.search(before):
            yield Claim(number, claim["metric"], claim["number"])


def _in_row(line: str, number: int, heads: list[re.Match[str] | None]) -> Iterator[Claim]:
    """Numbers of a table's row under a heading that names a metric."""
    for head, cell in zip(heads, _cells(line), strict=False):
        claim = _CELL.match(cell)
        if head and claim and not claim["mark"] and not _WANTED.search(head.string):
            yield Claim(number, head[0], claim["number"])


def _cells(line: str) -> list[str]:
    return line.strip().strip("|").split("|")
