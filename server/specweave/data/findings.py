"""From facts to sentences: what a person should know before modelling, the gravest first."""

from __future__ import annotations

from collections.abc import Iterator

from specweave.data.facts import ColumnProfile, DataFinding, Profile, Severity
from specweave.errors import listing
from specweave.rendering import number, percent

_ORDER: dict[Severity, int] = {"problem": 0, "warning": 1, "note": 2}
_SMALL = 200


def find(profile: Profile) -> list[DataFinding]:
    """All findings of a profile, gravest first."""
    found = [
        finding for part in (_of_target, _of_rows, _of_columns, _of_relations, _of_reading) for finding in part(profile)
    ]
    return sorted(found, key=lambda f: _ORDER[f.severity])


def _made(code: str, severity: Severity, sentence: str, *columns: str) -> DataFinding:
    return DataFinding(code=code, severity=severity, sentence=sentence, columns=list(columns))


def _of_target(profile: Profile) -> Iterator[DataFinding]:
    target = profile.target
    if target is None:
        return
    name = target.name
    if target.task is None:
        yield _made(
            "target-unsuitable", "problem", f"The target {name} cannot be predicted as it is: {target.why}.", name
        )
        return
    if target.missing:
        yield _made(
            "target-missing",
            "warning",
            f"The target {name} is missing in {_rows(target.missing, profile)}; these rows can neither train nor test.",
            name,
        )
    yield from _of_classes(profile)
    if target.capped_at is not None and target.capped_share is not None:
        yield _made(
            "target-capped",
            "warning",
            f"The target {name} is capped: {percent(target.capped_share)} of the rows have the largest value, {_exact(target.capped_at)}; predictions above it cannot be learnt, and errors near it look smaller than they are.",
            name,
        )
    if target.task == "regression" and target.skew is not None and target.skew > 2:
        yield _made(
            "target-skewed",
            "note",
            f"The target {name} is skewed to the right (skew {number(target.skew)}); a few large values dominate squared errors, so consider its logarithm or an absolute error.",
            name,
        )


def _of_classes(profile: Profile) -> Iterator[DataFinding]:
    target = profile.target
    if target is None or target.rarest is None or target.minority_share is None:
        return
    rare, share, name = target.rarest, target.minority_share, target.name
    if target.task == "binary" and share < 0.2:
        severity: Severity = "warning" if share < 0.1 else "note"
        yield _made(
            "imbalance",
            severity,
            f"The classes of {name} are uneven: {rare.value} is {percent(share)} ({rare.count:,} of {sum(c.count for c in target.classes):,} rows); judge by precision and recall or average precision, not accuracy, and choose the threshold.",
            name,
        )
    if rare.count < 20:
        yield _made(
            "rare-class",
            "warning",
            f"The rarest class of {name}, {rare.value}, has {rare.count} rows: too few to learn from in each fold, and to judge on a test set.",
            name,
        )
    elif target.task == "multiclass" and target.n_classes and share < 0.3 / target.n_classes:
        yield _made(
            "imbalance",
            "warning",
            f"The {target.n_classes} classes of {name} are uneven: {rare.value} is {percent(share)} ({rare.count:,} rows); report macro-averaged metrics.",
            name,
        )


def _of_rows(profile: Profile) -> Iterator[DataFinding]:
    if profile.n_rows < _SMALL:
        yield _made(
            "few-rows",
            "warning",
            f"There are only {profile.n_rows:,} rows; differences between models will mostly be noise.",
        )
    if profile.duplicate_rows:
        share = profile.duplicate_rows / profile.n_rows
        severity: Severity = "warning" if share >= 0.001 else "note"
        yield _made(
            "duplicate-rows",
            severity,
            f"{_rows(profile.duplicate_rows, profile)} repeat an earlier row exactly; copies that fall on both sides of a split inflate every score.",
        )
    elif profile.duplicate_rows_without_ids > 0.001 * profile.n_rows:
        yield _made(
            "duplicate-rows",
            "note",
            f"{_rows(profile.duplicate_rows_without_ids, profile)} differ from an earlier row only in an id.",
        )


def _of_columns(profile: Profile) -> Iterator[DataFinding]:
    yield from _lists(profile)
    yield from _of_missing(profile)
    yield from _of_outliers(profile)
    for column in profile.columns:
        for code in column.hidden_codes:
            yield _made(
                "hidden-missing",
                "warning",
                f"{column.name} is {_exact(code.value)} in {_rows(code.count, profile)}, apart from all other values ({code.reason}); it may well stand for “not known”.",
                column.name,
            )
        is_target = profile.target is not None and profile.target.name == column.name
        if column.capped_at is not None and not is_target:
            yield _made(
                "capped",
                "note",
                f"{column.name} looks capped at {_exact(column.capped_at)} ({percent(column.capped_share)} of the rows).",
                column.name,
            )


def _of_missing(profile: Profile) -> Iterator[DataFinding]:
    partly = [c for c in profile.columns if c.missing and c.role != "empty"]
    mostly = [c for c in partly if c.missing_share >= 0.5]
    often = [c for c in partly if 0.05 <= c.missing_share < 0.5]
    if mostly:
        what = _shares(mostly)
        yield _made(
            "missing",
            "warning",
            f"Missing in half of the rows or more: {what}; whether a value is there may tell more than the value.",
            *_names(mostly),
        )
    if often:
        yield _made(
            "missing",
            "note",
            f"Missing in part: {_shares(often)}; impute inside the pipeline, never before the split.",
            *_names(often),
        )


def _shares(columns: list[ColumnProfile]) -> str:
    ordered = sorted(columns, key=lambda c: -c.missing)
    return listing([f"{c.name} ({percent(c.missing_share)})" for c in ordered], 8)


def _names(columns: list[ColumnProfile]) -> list[str]:
    return [c.name for c in columns]


def _of_outliers(profile: Profile) -> Iterator[DataFinding]:
    target = profile.target.name if profile.target else None
    wide = [
        c for c in profile.columns if c.outliers is not None and c.outliers > 0.01 * profile.n_rows and c.name != target
    ]
    if wide:
        ordered = sorted(wide, key=lambda c: -(c.outliers or 0))
        shown = listing([f"{c.name} ({percent((c.outliers or 0) / profile.n_rows)} of the rows)" for c in ordered], 8)
        yield _made(
            "outliers",
            "note",
            f"Values far outside the bulk: {shown}; trees do not mind, linear models need a robust scale or a logarithm.",
            *_names(ordered),
        )


def _lists(profile: Profile) -> Iterator[DataFinding]:
    empty = [c.name for c in profile.columns if c.role == "empty"]
    constant = [c.name for c in profile.columns if c.role == "constant"]
    nearly = [c.name for c in profile.columns if c.near_constant]
    ids = [c.name for c in profile.columns if c.role == "id"]
    if empty:
        yield _made("empty-columns", "warning", f"{_columns(empty)} no value at all and cannot be used.", *empty)
    if constant:
        yield _made("constant-columns", "note", f"{_columns(constant)} a single value and can be dropped.", *constant)
    if nearly:
        yield _made("near-constant", "note", f"{_columns(nearly)} the same value in 99 % of the rows or more.", *nearly)
    if ids:
        yield _made(
            "id-columns",
            "note",
            f"{listing(ids)} {'is an id' if len(ids) == 1 else 'are ids'}: different in every row, so nothing to learn from; left out of training.",
            *ids,
        )
    if profile.high_cardinality:
        counts = [f"{name} ({profile.column(name).distinct:,} values)" for name in profile.high_cardinality]
        yield _made(
            "high-cardinality",
            "note",
            f"High cardinality: {listing(counts)}; one column per value would be too many, so group rare values or encode by the target within folds.",
            *profile.high_cardinality,
        )


def _of_relations(profile: Profile) -> Iterator[DataFinding]:
    for relation in profile.associations:
        if relation.value >= 0.95 and profile.column(relation.column).role != "datetime":
            yield _made(
                "too-good",
                "problem",
                f"{relation.column} alone nearly determines the target ({relation.measure} {number(relation.value)}); check whether it is known at the time of prediction.",
                relation.column,
            )
    for group in profile.groups:
        severity: Severity = "warning" if group.rows_per_group < 50 else "note"
        yield _made(
            "groups",
            severity,
            f"{group.column} repeats ({group.groups:,} values, {number(group.rows_per_group)} rows each on average); if rows of one value belong together, they must stay on one side of the split.",
            group.column,
        )
    for column in profile.columns:
        if _is_year(column):
            yield _made(
                "time",
                "note",
                f"{column.name} looks like a year ({column.minimum:.0f} to {column.maximum:.0f}); if the model is to predict the future, split by it.",
                column.name,
            )
    for name in profile.time_columns:
        column = profile.column(name)
        yield _made(
            "time",
            "note",
            f"{name} is a date ({column.minimum} to {column.maximum}); if the model is to predict the future, split by it.",
            name,
        )
    yield from _of_drift(profile)


def _of_drift(profile: Profile) -> Iterator[DataFinding]:
    target = profile.target.name if profile.target else None
    own = next((d for d in profile.drift if d.column == target and d.order == "row order"), None)
    if own is not None and own.value >= 0.25:
        yield _made(
            "sorted-rows",
            "warning",
            f"The rows seem to be ordered by the target {target}: {own.first} in the first half against {own.second} in the second; a split must shuffle them, and other drift by row order follows from it.",
            str(target),
        )
        return
    shown = profile.drift[:5]
    for drift in shown:
        severity: Severity = "warning" if drift.value >= 0.25 else "note"
        yield _made(
            "drift",
            severity,
            f"{drift.column} drifts between the first and the second half by {drift.order}: {drift.first} against {drift.second} ({drift.measure} {number(drift.value)}).",
            drift.column,
        )
    if len(profile.drift) > len(shown):
        others = [d.column for d in profile.drift[len(shown) :]]
        yield _made(
            "drift", "note", f"{len(others)} more columns drift between the halves: {listing(others)}.", *others
        )


def _is_year(column: ColumnProfile) -> bool:
    low, high = column.minimum, column.maximum
    named = column.name.lower().replace("_", " ").split()
    named_year = any(w in ("year", "yr", "jahr") for w in named)
    return (
        named_year
        and column.whole
        and isinstance(low, float)
        and isinstance(high, float)
        and 1900 <= low < high <= 2100
    )


def _of_reading(profile: Profile) -> Iterator[DataFinding]:
    for read in profile.reading.columns:
        for note in read.notes:
            grave = note.startswith(("mixed", "numbers with units")) or "assumed" in note
            yield _made("reading", "warning" if grave else "note", f"{read.name}: {note}.", read.name)
    words = [
        c for c in profile.reading.columns if c.kind == "text" and c.missing_marks.get("NA", 0) >= 0.05 * profile.n_rows
    ]
    if words:
        shown = listing([f"{c.name} ({c.missing_marks['NA']:,} rows)" for c in words], 8)
        yield _made(
            "missing-mark",
            "note",
            f"NA is read as missing in {shown}; if it is a category there, such as “none”, say kept_marks=['NA'].",
            *[c.name for c in words],
        )
    for column in profile.columns:
        for note in column.notes:
            yield _made("values", "note", f"{column.name}: {note}.", column.name)
    for note in profile.reading.notes:
        yield _made("reading", "note", f"Reading: {note}.")


def _rows(count: int, profile: Profile) -> str:
    noun = "row" if count == 1 else "rows"
    return f"{count:,} {noun} ({percent(count / max(profile.n_rows, 1))})"


def _exact(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:.10g}"


def _columns(names: list[str]) -> str:
    return f"{listing(names)} {'has' if len(names) == 1 else 'have'}"
