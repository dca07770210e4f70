"""What a request in plain English says about the problem; what it does not say stays unknown.

A table of patterns, no guessing: the words of the request are kept beside the problem, so a reader can compare.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from specweave.problem import Constraints, Criterion, DataSource, Problem, Task

# Longest names first, so that "balanced accuracy" is not read as accuracy.
_METRICS: tuple[tuple[str, str], ...] = (
    (r"balanced[ -]accuracy", "balanced_accuracy"),
    (r"macro[ -](?:averaged )?f1(?:[ -]score)?|f1[ -_]macro", "f1_macro"),
    (r"average[ -]precision|pr[ -]?auc|auc[ -]?pr|auprc|area under the precision[ -]recall curve", "average_precision"),
    (r"roc[ -_]?auc|auc[ -]?roc|auroc|auc|area under the (?:roc )?curve", "roc_auc"),
    (r"f1(?:[ -]?score)?|f[ -]score", "f1"),
    (r"matthews(?: correlation(?: coefficient)?)?|mcc", "mcc"),
    (r"log[ -]?loss|cross[ -]entropy", "log_loss"),
    (r"brier(?:[ -]score)?", "brier"),
    (r"root[ -]mean[ -]squared?[ -]error|rmse", "rmse"),
    (r"mean[ -]absolute[ -]percent(?:age)?[ -]error|mape", "mape"),
    (r"median[ -]absolute[ -]error", "median_absolute_error"),
    (r"mean[ -]absolute[ -]error|mae", "mae"),
    (r"r[ -]?squared|r2|r²", "r2"),
    (r"precision", "precision"),
    (r"recall|sensitivity|true positive rate", "recall"),
    (r"accuracy|accurate", "accuracy"),
)
_ANY_METRIC = "|".join(f"(?:{pattern})" for pattern, _ in _METRICS)
_ERRORS = {"log_loss", "brier", "rmse", "mape", "mae", "median_absolute_error"}
_IN_UNITS = {"rmse", "mae", "median_absolute_error"}
# Alone they do not rank models: a threshold reaches any of them.
_THRESHOLD_METRICS = {"precision", "recall"}

_AMOUNT = r"[$€£]?\s?(?P<number>\d+(?:,\d{3})+(?:\.\d+)?|\d*\.?\d+)\s?(?P<unit>%|percent\b|k\b)?"
_NOT_LONGER = r"(?![\d.,]*\d)(?!\s?(?:ms|milli|sec|min|hour|day))"
_BETWEEN = (
    r"(?:\s+(?:score|of|at|to|is|must be|should be|that is|no|not|more than|less than|worse than|above|over|below|under|"
    r"at least|at most|exceeding|better than|within|up to|around|about|reaching|a|minimum|maximum|target)|\s*(?:>=|<=|≥|≤|>|<|=|:))*"
)
# Read from left to right as one pattern: in "precision 0.9, recall 0.8" the 0.9 is taken before recall is seen.
_CRITERION = re.compile(
    rf"\b(?P<metric>{_ANY_METRIC})\b{_BETWEEN}\s*{_AMOUNT}{_NOT_LONGER}"
    rf"|(?<![\w.,]){_AMOUNT.replace('number', 'number2').replace('unit', 'unit2')}\s+(?:of\s+)?(?P<metric2>{_ANY_METRIC})\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"\b(?:maximi[sz]\w*|optimi[sz]\w*(?: for)?|minimi[sz]\w*|(?:choose|select|judge)\w* by|metric(?: is|:|=)?)\s+(?:the\s+)?"
    rf"(?P<metric>{_ANY_METRIC})\b",
    re.IGNORECASE,
)

_LATENCY = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s?-?(?P<unit>ms|milliseconds?|s|secs?|seconds?)\b", re.IGNORECASE)
_SERVING_WORDS = re.compile(
    r"latenc|respon|answer|inference|real[ -]time|per (?:prediction|request|call|row)|predictions? (?:in|within|under|must)|p9[059]|scor(?:e|ing)",
    re.IGNORECASE,
)
_TRAINING_WORDS = re.compile(r"\b(?:train|fit|tun|experiment)", re.IGNORECASE)

_FILE = r"[^\s`'\",;]+\.(?:csv|tsv|parquet|jsonl?|ndjson|xlsx?|sqlite3?|duckdb|db)(?:\.gz)?"
_DATA = re.compile(
    rf"[`'\"](?P<quoted>[^`'\"]+\.(?:csv|tsv|parquet|jsonl?|ndjson|xlsx?|sqlite3?|duckdb|db)(?:\.gz)?)[`'\"]|(?<!\S)(?P<bare>{_FILE})(?![\w/])",
    re.IGNORECASE,
)
_TARGET = re.compile(
    r"\btarget(?:\s+(?:column|variable))?(?:\s+is|\s*[:=])?\s+[`'\"](?P<quoted>[^`'\"]+)[`'\"]"
    r"|\btarget(?:\s+(?:column|variable))?(?:\s+is|\s*[:=])\s*(?P<plain>\w+)"
    r"|\b(?:predict\w*|estimat\w*|forecast\w*|classify\w*)\s+(?:the\s+)?(?:column\s+)?[`'\"](?P<predicted>[^`'\"]+)[`'\"]"
    r"|\bcolumn\s+(?P<column>\w+)\s+(?:is|as) the target",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"\b(?:predict(?:s|ing|ion of)?|forecast(?:s|ing)?|estimat(?:es?|ing)|classify(?:ing)?|classifies|detect(?:s|ing|ion of)?|flag(?:s|ging)?)\s+"
    r"(?:the\s+|a\s+|an\s+|which\s+|whether\s+|if\s+)?(?:column\s+)?(?P<subject>.+?)"
    r"(?=\s+(?:from|with|using|based|given|so that|at|under|within|by|in|on|who|that|because|and)\b|[,.;:?(]|\s[-–—]\s|$)",
    re.IGNORECASE,
)

_TASKS: tuple[tuple[str, Task], ...] = (
    (r"\bbinary\b|\btwo[ -]class|\byes[ /-](?:or[ -])?no\b|\bwhether\b|\bor not\b", "binary"),
    (
        r"\bmulti[ -]?class\b|\b(?:[3-9]|\d\d+|three|four|five|six|seven|eight|nine|ten|several|many)\s+(?:\w+\s+)?(?:classes|categories|kinds|types|species)\b",
        "multiclass",
    ),
    (r"(?<!logistic )\bregression\b|\bhow (?:much|many|long)\b|\bcontinuous\b", "regression"),
    (
        (
            r"\b(?:predict|estimat|forecast)\w*\s+(?:\w+(?:'s)?\s+){0,4}?(?:prices?|costs?|revenues?|sales|demand|amounts?|durations?|temperatures?|counts?|number of|consumption|values?)"
            r"(?!\s*(?:categor|class|band|range|tier|level|segment))\b"
        ),
        "regression",
    ),
)
_EXPLAIN = re.compile(r"\bexplain|\binterpretab|\btransparen|\breasons? for\b", re.IGNORECASE)
_NO_EXPLAIN = re.compile(
    r"\bblack[ -]box (?:is|would be) (?:fine|ok)|\b(?:no|not|without)\b[^.,;]{0,25}\b(?:explain\w*|explanations?|interpretab\w*)",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"^(?:please|can you|could you|i want(?: you)? to|we want to|i need to|we need to|i'd like to|help me(?: to)?|let's|i need|we need|i want|i'd like)\s+",
    re.IGNORECASE,
)
_MAKING = re.compile(
    r"^(?:build|create|train|make|develop|design|set up|write)\s+(?:(?:me|us)\s+)?(?:an?\s+|the\s+)?"
    r"(?:(?:ml|machine[ -]learning|ai|predictive)\s+)?(?:(?:model|classifier|regressor|system|pipeline)\s+(?:that|which|to|for)\s+(?:can\s+)?)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class RequestFacts:
    """What the request says outright; None and empty mean it does not say."""

    title: str
    subject: str | None = None
    task: Task | None = None
    metric: str | None = None
    success: tuple[Criterion, ...] = ()
    latency_ms: float | None = None
    target: str | None = None
    data: str | None = None
    explainable: bool | None = None

    @property
    def constraints(self) -> Constraints:
        """The constraints named, with the defaults for the rest."""
        known = {"latency_ms": self.latency_ms, "explainable": self.explainable}
        return Constraints.model_validate({k: v for k, v in known.items() if v is not None})

    def problem(self, request: str) -> Problem:
        """A problem that holds these facts and the defaults for the rest."""
        return Problem(
            task=self.task,
            request=request,
            data=DataSource.model_validate({"location": self.data}) if self.data else None,
            target=self.target,
            metric=self.metric,
            success=list(self.success),
            constraints=self.constraints,
        )


def parse_request(text: str, columns: Iterable[str] = ()) -> RequestFacts:
    """The facts a request names, by fixed patterns over English words.

    With the `columns` of the data, a column named among what is to be predicted is the target, if it is the only one.
    """
    flat = " ".join(text.split())
    criteria = _criteria(flat)
    subject = _subject(flat)
    return RequestFacts(
        title=short_title(flat),
        subject=subject,
        task=next((task for pattern, task in _TASKS if re.search(pattern, flat, re.IGNORECASE)), None),
        metric=_metric(flat, criteria),
        success=criteria,
        latency_ms=_latency(flat),
        target=_first_group(_TARGET, flat) or _column(subject or "", columns),
        data=_first_group(_DATA, flat),
        explainable=False if _NO_EXPLAIN.search(flat) else True if _EXPLAIN.search(flat) else None,
    )


def short_title(request: str, limit: int = 60) -> str:
    """The request's first clause without "please build me a model that …", cut at a word."""
    flat = _DATA.sub(" ", " ".join(request.split()))
    clause = re.split(r"[.;:!?](?:\s|$)|,\s|\s(?:from|using|with|at|under|based on)\s", flat, maxsplit=1)[0]
    core = _MAKING.sub("", _OPENING.sub("", clause.strip()))
    core = re.sub(r"^(predict|detect|forecast|estimate|classif)(?:s|ies)\b", _infinitive, core, flags=re.IGNORECASE)
    core = re.sub(r"\s+(?:in|on|for|of|to)$", "", re.sub("[`'\"]", "", core).strip(" -–—")) or request.strip()
    if len(core) > limit:
        core = core[: limit + 1].rsplit(" ", 1)[0][:limit]
    return core[:1].upper() + core[1:]


def _infinitive(verb: re.Match[str]) -> str:
    return verb[1] + ("y" if verb[1].lower() == "classif" else "")


def _criteria(text: str) -> tuple[Criterion, ...]:
    found: dict[str, Criterion] = {}
    for match in _CRITERION.finditer(text):
        name = _name(match["metric"] or match["metric2"])
        value = _value(name, match["number"] or match["number2"], match["unit"] or match["unit2"])
        if value is not None and name not in found:
            comparison: Literal["<=", ">="] = "<=" if name in _ERRORS else ">="
            found[name] = Criterion(metric=name, comparison=comparison, value=value)
    return tuple(found.values())


def _value(metric: str, digits: str, unit: str | None) -> float | None:
    """The target in the metric's own unit, or nothing where the number cannot be one."""
    value = float(digits.replace(",", ""))
    scale = (unit or "").lower()
    if metric in _IN_UNITS:
        # "RMSE below 10 %" does not say of what.
        return None if scale in ("%", "percent") else value * (1000 if scale == "k" else 1)
    if scale in ("%", "percent") or (1 < value <= 100 and metric not in ("log_loss", "mcc")):
        value = round(value / 100, 10)
    return value if metric == "log_loss" or 0 < value <= 1 else None


def _name(words: str) -> str:
    return next(name for pattern, name in _METRICS if re.fullmatch(pattern, words, re.IGNORECASE))


def _metric(text: str, criteria: tuple[Criterion, ...]) -> str | None:
    wished = _WISH.search(text)
    if wished:
        return _name(wished["metric"])
    named = [criterion.metric for criterion in criteria if criterion.metric not in _THRESHOLD_METRICS]
    return named[0] if named else None


def _latency(text: str) -> float | None:
    for clause in re.split(r"[.;!?](?:\s|$)|,\s(?!\d)|\sbut\s", text):
        for match in _LATENCY.finditer(clause):
            milliseconds = match["unit"].lower().startswith("m")
            if _TRAINING_WORDS.search(clause) and not _SERVING_WORDS.search(clause):
                continue
            if milliseconds or _SERVING_WORDS.search(clause):
                return float(match["number"]) * (1 if milliseconds else 1000)
    return None


def _subject(text: str) -> str | None:
    found = _SUBJECT.search(text)
    words = found["subject"].strip(" `'\"") if found else ""
    return words if 0 < len(words) <= 80 else None


def _column(subject: str, columns: Iterable[str]) -> str | None:
    """The one column whose words stand together in the subject, the longest name first."""
    said = f" {_words(subject)} "
    named = [column for column in columns if _words(column) and f" {_words(column)} " in said]
    longest = max((len(_words(column)) for column in named), default=0)
    best = [column for column in named if len(_words(column)) == longest]
    return best[0] if len(best) == 1 else None


def _words(name: str) -> str:
    parts = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return " ".join(re.findall(r"[^\W_]+", parts)).casefold()


def _first_group(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return next((value for value in found.groups() if value), None) if found else None
