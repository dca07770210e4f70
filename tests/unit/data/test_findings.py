from __future__ import annotations

from specweave.data.facts import ColumnProfile, Drift, Profile, TargetSummary, ValueCount
from specweave.data.findings import find
from specweave.data.fingerprints import Fingerprint
from specweave.data.reading import ColumnReading, Reading


def made(**facts) -> Profile:
    columns = facts.pop("columns", [])
    return Profile(
        location="x",
        n_rows=1000,
        n_columns=len(columns),
        columns=columns,
        fingerprint=Fingerprint(content="", schema_hash="", n_rows=1000, n_columns=len(columns)),
        reading=facts.pop("reading", Reading(location="x", format="text")),
        **facts,
    )


def column(name="x", role="numeric", **facts) -> ColumnProfile:
    base = {"dtype": "float64", "missing": 0, "missing_share": 0.0, "distinct": 100, "distinct_share": 0.1}
    return ColumnProfile(name=name, role=role, **{**base, **facts})


def target(share: float) -> TargetSummary:
    classes = [
        ValueCount(value="no", count=1000 - int(1000 * share), share=1 - share),
        ValueCount(value="yes", count=int(1000 * share), share=share),
    ]
    return TargetSummary(
        name="y",
        task="binary",
        why="",
        missing=0,
        classes=classes,
        n_classes=2,
        rarest=classes[1],
        minority_share=share,
    )


def test_nothing_unusual_gives_nothing():
    assert find(made(columns=[column()])) == []


def test_the_gravest_comes_first():
    found = find(
        made(
            columns=[column(role="empty"), column("k", near_constant=True)],
            target=TargetSummary(name="y", task=None, why="it is a date", missing=0),
        )
    )
    assert [f.severity for f in found] == ["problem", "warning", "note"]


def test_imbalance_is_a_warning_below_a_tenth_and_silent_above_a_fifth():
    assert find(made(target=target(0.05)))[0].severity == "warning"
    assert find(made(target=target(0.15)))[0].severity == "note"
    assert find(made(target=target(0.35))) == []


def test_missing_columns_share_one_sentence_each_degree():
    columns = [column(f"c{i}", missing=600, missing_share=0.6) for i in range(3)] + [
        column("d", missing=100, missing_share=0.1)
    ]
    found = find(made(columns=columns))
    assert [f.code for f in found] == ["missing", "missing"]
    assert found[0].columns == ["c0", "c1", "c2"]


def test_only_the_strongest_drift_is_told_in_full():
    drift = [
        Drift(
            column=f"c{i}",
            measure="Kolmogorov-Smirnov distance",
            value=0.9 - i / 100,
            expected=0.1,
            order="row order",
            first="a",
            second="b",
        )
        for i in range(8)
    ]
    found = [f for f in find(made(drift=drift)) if f.code == "drift"]
    assert len(found) == 6
    assert found[-1].sentence.startswith("3 more columns")


def test_doubts_of_the_reading_are_warnings_and_decisions_are_notes():
    reading = Reading(
        location="x",
        format="text",
        columns=[ColumnReading(name="a", notes=["mixed: …"]), ColumnReading(name="b", notes=["decimal sign ','"])],
    )
    assert [f.severity for f in find(made(reading=reading))] == ["warning", "note"]
