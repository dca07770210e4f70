"""The closer look in sentences. Every number is named by its place in evaluation.json, so that a document can cite it."""

from __future__ import annotations

from collections.abc import Iterator

from specweave.errors import listing
from specweave.evaluation.diagnosis_result import Diagnosis, FairnessMeasure, Slices, SliceTest
from specweave.evaluation.result import Evaluation
from specweave.evaluation.wording import Show, short_number
from specweave.metrics import get_metric
from specweave.rendering import number, percent

MOST_SLICES = 5
MOST_PATTERNS = 3
D = "/diagnosis"


def findings(found: Evaluation, show: Show) -> tuple[str, ...]:
    """What stands out, the gravest first."""
    if found.diagnosis is None:
        return ()
    of = found.diagnosis
    parts = (*_cautions(found, show), *_slices(of, show), *_fairness(of, show), *_calibration(of, show))
    return (*parts, *_patterns(of, show), *_power(of, show))


def _cautions(found: Evaluation, show: Show) -> Iterator[str]:
    for caution in found.diagnosis.cautions if found.diagnosis else ():
        if caution.code == "no-baseline":
            yield f"Caution: without a baseline no value is good or bad ({found.no_baseline})."
        elif caution.code == "below-margin":
            yield (
                f"Caution: {show('/margin', percent)} of the baseline's remaining error is removed,"
                f" {show('/margin_wanted', percent)} was wanted."
            )
        elif caution.code == "unstable-folds":
            yield f"Caution: the folds spread with a standard deviation of {show('/folds/std', number)}. {_worst_fold(found, show)}"
        else:
            yield "Caution: there are no folds; a single split cannot show how much the value depends on which rows were held out."


def _worst_fold(found: Evaluation, show: Show) -> str:
    worst = found.diagnosis.worst_fold if found.diagnosis else None
    if worst is None:
        return ""
    place = f"{D}/worst_fold"
    text = f"The worst is fold {show(f'{place}/fold', number)} with {show(f'{place}/value', number)}"
    if worst.reason:
        return f"{text}; what is different in it is unknown: {worst.reason}."
    if not worst.shifts:
        return f"{text}; no column of its rows differs from the others beyond chance."
    told = [
        f"{one.column}{f' = {one.level}' if one.level else ''}"
        f" ({'share' if one.level else 'mean'} {show(f'{place}/shifts/{at}/inside', number)}"
        f" against {show(f'{place}/shifts/{at}/outside', number)})"
        for at, one in enumerate(worst.shifts)
    ]
    return f"{text}; different in its rows: {'; '.join(told)}."


def _slices(of: Diagnosis, show: Show) -> Iterator[str]:
    if of.slices is None:
        return

    def judged() -> str:
        # Asked only where it is said: a number cited and not printed would look like one taken out by hand.
        return f"{show(f'{D}/slices/n_slices', number)} slices and {show(f'{D}/slices/n_tests', number)} tests, Holm's correction"

    if not of.slices.n_tests:
        yield "No slice is large enough to be judged."
    elif not of.slices.worst:
        yield f"No slice is worse than the rest beyond chance ({judged()})."
    told = _worst_of_columns(of.slices)
    for at in told:
        yield f"{slice_sentence(of.slices, at, show)}."
    more = len(of.slices.worst) - len(told)
    if more > 0:
        yield f"{more} more of the tests find a slice worse than the rest ({judged()})."


def _worst_of_columns(found: Slices) -> list[int]:
    """The worst slice of each column, because neighbours say the same again; at most five."""
    first: dict[str, int] = {}
    for at in found.worst:
        first.setdefault(found.tests[at].column, at)
    return list(first.values())[:MOST_SLICES]


def slice_sentence(found: Slices, at: int, show: Show) -> str:
    """ "recall falls from 0.74 to 0.61 in region = South, n = 412 (…)", without a full stop."""
    one, place = found.tests[at], f"{D}/slices/tests/{at}"
    verb = "falls" if get_metric(one.metric).greater_is_better else "rises"
    return (
        f"{one.metric} {verb} from {show(f'{place}/rest', number)} to {show(f'{place}/value', number)} in {one.slice},"
        f" n = {show(f'{place}/n', number)} (difference {show(f'{place}/difference_low', number)} to"
        f" {show(f'{place}/difference_high', number)}, corrected p {show(f'{place}/p_holm', short_number)})"
    )


def _fairness(of: Diagnosis, show: Show) -> Iterator[str]:
    for at, one in enumerate(of.fairness):
        if one.difference is not None:
            yield _gap(one, f"{D}/fairness/{at}", show)
    for column in dict.fromkeys(one.column for one in of.fairness if one.difference is None):
        missing = [one for one in of.fairness if one.column == column and one.reason]
        known = any(one.column == column and one.reason is None for one in of.fairness)
        what = listing(one.title for one in missing) if known else "Fairness"
        yield f"{what} by {column} is not applicable because {listing(sorted({one.reason or '' for one in missing}))}."


def _gap(one: FairnessMeasure, place: str, show: Show) -> str:
    ends = ""
    if one.low is not None:
        ends = f", interval {show(f'{place}/low', number)} to {show(f'{place}/high', number)}"
    return f"{one.title} {show(f'{place}/difference', number)} between {one.lowest} and {one.highest}{ends}."


def _calibration(of: Diagnosis, show: Show) -> Iterator[str]:
    found = of.calibration
    if found is None:
        return
    if found.error is not None and found.low is not None:
        text = (
            f"Expected calibration error {show(f'{D}/calibration/error', number)}"
            f" ({show(f'{D}/calibration/low', number)} to {show(f'{D}/calibration/high', number)})"
        )
        if found.calibrated_high is not None and found.p_value is not None:
            text += f"; a calibrated model stays below {show(f'{D}/calibration/calibrated_high', number)} on so many rows, p {show(f'{D}/calibration/p_value', short_number)}"
        yield f"{text}."
    elif found.reason:
        yield f"Calibration is not applicable because {found.reason}."
    if found.offered:
        at = next(at for at, one in enumerate(found.recalibrations) if one.method == found.offered)
        place = f"{D}/calibration/recalibrations/{at}"
        yield (
            f"Recalibration by {found.offered} regression helps out of fold: Brier score"
            f" {show(f'{place}/brier/difference', number)} (corrected p {show(f'{place}/p_holm_brier', short_number)}), log loss"
            f" {show(f'{place}/log_loss/difference', number)} (corrected p {show(f'{place}/p_holm_log_loss', short_number)})."
        )


def _patterns(of: Diagnosis, show: Show) -> Iterator[str]:
    if of.errors is None:
        return
    if of.errors.reason:
        yield f"Errors were not analysed because {of.errors.reason}."
        return
    remaining = [at for at, one in enumerate(of.errors.patterns) if one.remains][:MOST_PATTERNS]
    for at in remaining:
        one, place = of.errors.patterns[at], f"{D}/errors/patterns/{at}"
        least, most = (
            min(range(len(one.means)), key=one.means.__getitem__),
            max(range(len(one.means)), key=one.means.__getitem__),
        )
        yield (
            f"Residuals still depend on {one.feature}: mean {show(f'{place}/means/{least}', number)} in {one.parts[least]},"
            f" {show(f'{place}/means/{most}', number)} in {one.parts[most]} (corrected p {show(f'{place}/p_holm', short_number)})."
        )


def _power(of: Diagnosis, show: Show) -> Iterator[str]:
    if of.power is not None:
        yield (
            f"The smallest difference in {of.power.metric} to {of.power.against} that these rows show with"
            f" {show(f'{D}/power/power', _whole_percent)} probability is {show(f'{D}/power/difference', number)}."
        )


def _whole_percent(value: float | None) -> str:
    return percent(value, 0)


def shown_tests(found: Slices, most: int) -> list[int]:
    """Places of the tests a table shows: the worst, then those nearest to being found, then nothing that was not judged."""
    others = [at for at, one in enumerate(found.tests) if one.p_value is not None and at not in set(found.worst)]
    return [*found.worst, *sorted(others, key=lambda at: _nearness(found.tests[at]))][:most]


def _nearness(one: SliceTest) -> tuple[float, float]:
    return (one.p_holm if one.p_holm is not None else 1.0, one.p_value or 0.0)
