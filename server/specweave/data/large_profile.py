"""The profile of a staged table: counts and moments by SQL over all rows, shapes and relations from a sample."""

# ruff: noqa: S608  # every name that enters a statement is a column of the table, quoted
from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from specweave.data.column_profile import QUANTILES, profile_column
from specweave.data.facts import ColumnProfile, Profile, ValueCount
from specweave.data.fingerprints import fingerprint_pieces, schema_of
from specweave.data.frames import arrow_table, to_frame
from specweave.data.large import Staged
from specweave.data.reading import Reading
from specweave.data.target import require_column
from specweave.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

SAMPLE_ROWS = 200_000
_PIECE = 250_000
_FEW = 1000


def profile_large(rows: Staged, reading: Reading, target: str | None, progress: Progress) -> Profile:
    """The profile without findings; `estimated` says which facts are not exact."""
    if target is not None:
        require_column(target, rows.names)
    frame = _sample(rows)
    columns = []
    for j, name in enumerate(rows.names):
        progress(0.3 + 0.4 * j / len(rows.names), 1, f"column {name}")
        columns.append(_column(rows, name, frame))
    progress(0.7, 1, "fingerprint")
    schema = schema_of(frame)
    made = Profile(
        location=reading.location,
        n_rows=rows.n_rows,
        n_columns=len(columns),
        columns=columns,
        fingerprint=fingerprint_pieces((to_frame(t) for t in rows.batches(_PIECE)), schema),
        reading=reading,
    )
    progress(0.85, 1, "duplicates and relations")
    _count_duplicates(made, rows)
    _relate(made, frame, target, rows)
    made.estimated = _estimated(made, len(frame))
    return made


def _sample(rows: Staged) -> pd.DataFrame:
    """About 200,000 rows in their order, spread evenly over the table."""
    step = max(1, rows.n_rows // SAMPLE_ROWS)
    # A multiplicative hash of the row number avoids falling into step with a period of the data.
    query = f"SELECT * FROM staged WHERE hash(rowid) % {step} = 0 ORDER BY rowid"
    return to_frame(arrow_table(rows.connection, query))


def _column(rows: Staged, name: str, frame: pd.DataFrame) -> ColumnProfile:
    """The sample's profile with counts, moments and quantiles replaced by those of all rows."""
    profile = profile_column(name, frame[name])
    quoted = _quoted(name)
    present, distinct = rows.connection.execute(
        f"SELECT count({quoted}), approx_count_distinct({quoted}) FROM staged"
    ).fetchall()[0]
    if distinct <= 100_000 or distinct > 0.9 * present:
        distinct = rows.connection.execute(f"SELECT count(DISTINCT {quoted}) FROM staged").fetchall()[0][0]
    scale = rows.n_rows / max(len(frame), 1)
    profile.missing, profile.distinct = rows.n_rows - present, distinct
    profile.missing_share = profile.missing / rows.n_rows
    profile.distinct_share = distinct / present if present else 0.0
    profile.role = _role(profile, present, rows.n_rows)
    profile.id_like = profile.role == "id"
    profile.high_cardinality = profile.role == "categorical" and distinct > 50
    for code in profile.hidden_codes:
        code.count = rows.connection.execute(
            f"SELECT count(*) FROM staged WHERE {quoted} = ?", [code.value]
        ).fetchall()[0][0]
    if profile.outliers is not None:
        profile.outliers = round(profile.outliers * scale)
    _exact_values(profile, rows, quoted)
    if _counts_rows(profile, rows.n_rows):
        profile.role, profile.id_like = "id", True
    return profile


def _counts_rows(profile: ColumnProfile, n_rows: int) -> bool:
    low, high = profile.minimum, profile.maximum
    if not profile.whole or profile.distinct != n_rows or not isinstance(low, float) or not isinstance(high, float):
        return False
    return high - low == n_rows - 1


def _role(profile: ColumnProfile, present: int, n_rows: int) -> Any:
    """The sample's role, unless all rows show that it repeats, varies, or has values at all."""
    if present == 0:
        return "empty"
    if profile.distinct == 1 and present == n_rows:
        return "constant"
    if profile.role == "id" and profile.distinct < 0.95 * present:
        return "numeric" if profile.mean is not None else "categorical"
    if profile.role in ("constant", "empty"):
        return "numeric" if profile.mean is not None else "categorical"
    return profile.role


def _exact_values(profile: ColumnProfile, rows: Staged, quoted: str) -> None:
    if profile.mean is not None:
        asked = ", ".join(f"{q}" for q in QUANTILES)
        # The sketch is meant for many different values; among few it invents ones in between.
        quantile = "quantile_cont" if profile.distinct <= _FEW else "approx_quantile"
        low, high, mean, std, cuts = rows.connection.execute(
            f"SELECT min({quoted}), max({quoted}), avg({quoted}), stddev_samp({quoted}), {quantile}({quoted}::DOUBLE, [{asked}]) FROM staged"
        ).fetchall()[0]
        profile.minimum, profile.maximum, profile.mean, profile.std = map(float, (low, high, mean, std))
        profile.quantiles = {f"{q:g}": float(c) for q, c in zip(QUANTILES, cuts, strict=True)}
        profile.std = None if profile.std is not None and math.isnan(profile.std) else profile.std
    elif profile.role == "datetime":
        low, high = rows.connection.execute(f"SELECT min({quoted}), max({quoted}) FROM staged").fetchall()[0]
        profile.minimum, profile.maximum = (str(v).removesuffix(" 00:00:00") for v in (low, high))
    if profile.top_values and profile.distinct <= 100_000:
        found = rows.connection.execute(
            f"SELECT {quoted}, count(*) AS n FROM staged WHERE {quoted} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT 10"
        ).fetchall()
        profile.top_values = [ValueCount(value=_shown(v), count=n, share=n / rows.n_rows) for v, n in found]


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _shown(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:80]


def _count_duplicates(made: Profile, rows: Staged) -> None:
    def repeated(names: list[str]) -> int:
        listed = ", ".join(map(_quoted, names))
        different = rows.connection.execute(f"SELECT count(DISTINCT hash({listed})) FROM staged").fetchall()[0][0]
        return rows.n_rows - int(different)

    made.duplicate_rows = repeated(rows.names)
    rest = [c.name for c in made.columns if c.role != "id"]
    made.duplicate_rows_without_ids = repeated(rest) if rest and len(rest) < len(rows.names) else made.duplicate_rows


def _relate(made: Profile, frame: pd.DataFrame, target: str | None, rows: Staged) -> None:
    import pandas as pd

    from specweave.data.profiling import relate
    from specweave.data.target import summarise_target

    relate(made, frame, target)
    for group in made.groups:
        group.largest = rows.connection.execute(
            f"SELECT max(n) FROM (SELECT count({_quoted(group.column)}) AS n FROM staged GROUP BY {_quoted(group.column)})"
        ).fetchall()[0][0]
    if target is not None and made.target is not None and made.target.task in ("binary", "multiclass"):
        quoted = _quoted(target)
        counts = rows.connection.execute(
            f"SELECT {quoted}, count(*) AS n FROM staged WHERE {quoted} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1"
        ).fetchall()
        series = pd.Series([n for _, n in counts], index=[v for v, _ in counts])
        made.target = summarise_target(made.column(target), series)


def _estimated(made: Profile, sampled: int) -> list[str]:
    return [
        f"histograms, skew, outliers, hidden codes, drift and associations, from {sampled:,} of {made.n_rows:,} rows spread evenly",
        f"quantiles of columns with more than {_FEW:,} distinct values (t-digest over all rows)",
        "distinct counts between 100,000 and nine tenths of the rows (HyperLogLog, about 2 % off)",
    ]
