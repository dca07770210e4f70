"""A monitoring report in sentences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from specweave.deployment.monitoring.report_result import LivePerformance, MonitoringReport, SeriesDrift
from specweave.errors import listing
from specweave.evidence import resolve_pointer
from specweave.rendering import number, percent

NAMED = 5
Show = Callable[[str, Callable[[Any], str]], str]


def plain(found: MonitoringReport) -> Show:
    """Values as they are, without evidence."""
    facts = found.model_dump(mode="json")
    return lambda pointer, form: form(resolve_pointer(facts, pointer))


def verdict(found: MonitoringReport) -> str:
    """The report in one line: first whether the model got worse, then whether its world changed."""
    live = _primary(found)
    drifted = [one for one in found.columns if one.findings]
    changed = f"{len(drifted)} of {len(found.columns)} logged inputs have changed since training"
    if not drifted:
        changed = "no input has changed since training" if found.columns else "no inputs were logged"
    said = {
        "worse": f"Worse than the sealed evaluation promised, and {changed}.",
        "within noise": f"As good as the sealed evaluation promised, within noise; {changed}.",
        "better": f"Better than the sealed evaluation promised; {changed}.",
        "not known": f"Whether the model still predicts well is not known; {changed}.",
    }
    return said[live.verdict if live else "not known"]


def sentences(found: MonitoringReport, show: Show) -> tuple[str, ...]:
    """What was found, gravest first."""
    return (*_performance(found, show), *_answers(found, show), *_columns(found, show), *_advice(found))


def _primary(found: MonitoringReport) -> LivePerformance | None:
    return next((one for one in found.overall if one.estimate.metric == found.metric), None)


def _performance(found: MonitoringReport, show: Show) -> list[str]:
    if found.labels is None:
        return [
            "No labels yet: drift alone does not say that the model predicts worse; give --labels when they arrive."
        ]
    at = next((i for i, one in enumerate(found.overall) if one.estimate.metric == found.metric), None)
    coverage = f"{show('/labels/labelled', number)} of {show('/labels/logged', number)} predictions have a label"
    if at is None:
        return [f"{coverage}; the sealed evaluation has not been done, so there is nothing to compare with."]
    live, p = found.overall[at], f"/overall/{at}"
    if live.difference is None:
        return [f"{coverage}; {found.metric} cannot be compared: {live.estimate.undefined or 'it has no interval'}."]
    now = f"{show(f'{p}/estimate/value', number)} ({show(f'{p}/estimate/low', number)} to {show(f'{p}/estimate/high', number)})"
    gap = f"{show(f'{p}/difference', number)} (positive is better; {show(f'{p}/low', number)} to {show(f'{p}/high', number)})"
    sealed = f"{show('/sealed/value', number)} on the sealed rows"
    said = [f"{found.metric} {now} against {sealed}: difference {gap}, {live.verdict}; {coverage}."]
    worse = [one.start for one in found.over_time if one.verdict == "worse"]
    if worse:
        said.append(f"Worse by itself, corrected for the number of stretches, in those from {listing(worse, NAMED)}.")
    return said


def _answers(found: MonitoringReport, show: Show) -> list[str]:
    series = (("score", found.score, "The scores have"), ("answers", found.answers, "The answers have"))
    return [f"{words} changed: {_how(one, f'/{key}', show)}." for key, one, words in series if one and one.findings]


def _columns(found: MonitoringReport, show: Show) -> list[str]:
    changed = [i for i, one in enumerate(found.columns) if one.findings]
    said = [
        f"{found.columns[i].name} {_words(found.columns[i])}: {_how(found.columns[i], f'/columns/{i}', show)}."
        for i in changed[:NAMED]
    ]
    if len(changed) > NAMED:
        said.append(f"{len(changed) - NAMED} more columns have changed; the table has them all.")
    if found.not_logged:
        said.append(f"Not logged, so not judged: {listing(found.not_logged)}.")
    return said


def _words(one: SeriesDrift) -> str:
    words = {
        "drifted": "has drifted",
        "more missing": "has more missing values",
        "unknown categories": "has categories that training never saw",
    }
    return " and ".join(words[finding] for finding in one.findings)


def _how(one: SeriesDrift, pointer: str, show: Show) -> str:
    said = [f"PSI {show(f'{pointer}/psi', number)} (limit {show(f'{pointer}/psi_limit', number)})"]
    if one.ks is not None:
        said.append(f"KS {show(f'{pointer}/ks', number)} (limit {show(f'{pointer}/ks_limit', number)})")
    if "more missing" in one.findings:
        said.append(
            f"missing {show(f'{pointer}/missing_share', percent)}, in training {show(f'{pointer}/missing_usual', percent)}"
        )
    if "unknown categories" in one.findings:
        said.append(f"never seen {show(f'{pointer}/unknown_share', percent)}")
    if one.moved:
        said.append(one.moved)
    return ", ".join(said)


def _advice(found: MonitoringReport) -> list[str]:
    live = _primary(found)
    if live is not None and live.verdict == "worse":
        return ["Train again with the new rows in a new increment, or roll back if the decline came with a release."]
    if found.alarming:
        return [
            "Look for the cause where the rows come from first: a changed source or unit is more common than a changed world."
        ]
    return []
