from __future__ import annotations

import math
import re
import subprocess
import sys
import threading
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2, ks_2samp

from specweave.deployment.monitoring import monitor as source
from specweave.deployment.monitoring.files import monitor_source
from specweave.deployment.monitoring.monitor import (
    CHUNK,
    Monitor,
    bins_of,
    chi_square_quantile,
    compared,
    ks,
    psi,
    share_limits,
)
from specweave.deployment.monitoring.reference import CategoryProfile, Reference, profiled, profiled_numbers


def rows(n, rng):
    frame = pd.DataFrame({f"n{i}": rng.normal(size=n) for i in range(4)})
    frame["gain"] = np.where(rng.random(n) < 0.92, 0, rng.exponential(1000, n).round())
    frame["gaps"] = np.where(rng.random(n) < 0.03, np.nan, rng.normal(size=n))
    for i, size in enumerate((2, 8, 60)):
        weights = 1 / np.arange(1, size + 1) ** 1.5
        frame[f"c{i}"] = rng.choice([f"v{j}" for j in range(size)], n, p=weights / weights.sum())
    return frame


def reference(n=5000, seed=0):
    rng = np.random.default_rng(seed)
    frame, scores = rows(n, rng), rng.beta(1, 3, n)
    yes = int((scores >= 0.5).sum())
    return Reference(
        experiment="exp-001",
        rows=n,
        columns={name: profiled(frame[name]) for name in frame},
        score=profiled_numbers(scores),
        label=CategoryProfile(categories=("no", "yes"), counts=(n - yes, yes)),
        scores_from="out-of-fold",
    ).model_dump(mode="json")


def columns_of(frame):
    return {name: frame[name].astype(object).where(frame[name].notna(), None).tolist() for name in frame}


def observe(monitor, frame, scores):
    monitor.observe(columns_of(frame), scores.tolist(), np.where(scores >= 0.5, "yes", "no").tolist())


def alerts(facts):
    """What the alert rules would say of these facts."""
    found = []
    for name, one in {**facts["columns"], **facts["answers"]}.items():
        found += [(name, key) for key in ("psi", "ks") if key in one and one[key] > one[f"{key}_limit"]]
        found += [
            (name, key) for key in ("missing", "unknown") if one.get(f"{key}_share", 0) > one.get(f"{key}_limit", 1)
        ]
    shares = facts["answers"]["label"]["shares"].items()
    return found + [(label, "share") for label, one in shares if not one["low"] <= one["share"] <= one["high"]]


def filled(window=5000, seed=1, change=None):
    rng = np.random.default_rng(seed)
    n = window + window // 10
    frame, scores = rows(n, rng), rng.beta(1, 3, n)
    if change:
        frame, scores = change(frame, scores, rng)
    monitor = Monitor(reference(), window=window)
    observe(monitor, frame, scores)
    return monitor.facts()


def test_is_silent_without_drift():
    facts = filled()
    assert facts["rows"] >= 5000
    assert alerts(facts) == []


def shifted(frame, scores, rng):
    return frame.assign(n0=frame["n0"] + 0.6), scores


def emptied(frame, scores, rng):
    return frame.assign(gaps=frame["gaps"].where(rng.random(len(frame)) < 0.8)), scores


def renamed(frame, scores, rng):
    return frame.assign(c1=frame["c1"].replace("v2", "V-2")), scores


def surer(frame, scores, rng):
    return frame, np.sqrt(scores)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (shifted, {("n0", "psi"), ("n0", "ks")}),
        (emptied, {("gaps", "psi"), ("gaps", "missing")}),
        (renamed, {("c1", "psi"), ("c1", "unknown")}),
        (surer, {("score", "psi"), ("score", "ks"), ("label", "psi"), ("yes", "share"), ("no", "share")}),
    ],
)
def test_tells_each_kind_of_drift_and_nothing_else(change, told):
    assert set(alerts(filled(change=change))) == told


@pytest.mark.parametrize("window", [200, 500])
def test_small_windows_raise_no_false_alarms(window):
    # A fixed limit of 0.2 would: that is why the limits know the window's size.
    assert sum(bool(alerts(filled(window, seed=seed))) for seed in range(40)) <= 1


@pytest.mark.slow
@pytest.mark.parametrize("training", [500, 5000, 30_000])
def test_false_alarms_of_a_full_window_are_rare(training):
    rng = np.random.default_rng(5)
    known, wrong = None, 0
    for trial in range(400):
        known = reference(training, seed=trial) if trial % 20 == 0 else known
        monitor = Monitor(known, window=200)
        observe(monitor, rows(220, rng), rng.beta(1, 3, 220))
        wrong += bool(alerts(monitor.facts()))
    assert wrong <= 3  # 0.4 expected at the promised 0.1 %


def test_limit_of_the_index_is_exceeded_as_often_as_it_says():
    rng = np.random.default_rng(2)
    shares = np.array([0.3, 0.2, 0.2, 0.1, 0.1, 0.1])
    beyond = 0
    for _ in range(2000):
        value, limit = psi(rng.multinomial(3000, shares), rng.multinomial(600, shares), 0.05)
        beyond += value > limit
    assert 0.03 <= beyond / 2000 <= 0.07


def test_limit_of_the_distance_is_not_exceeded_more_often_than_it_says():
    rng = np.random.default_rng(3)
    beyond = 0
    for _ in range(2000):
        counts = [np.bincount(rng.integers(0, 50, n), minlength=50).astype(float) for n in (3000, 600)]
        value, limit = ks(*counts, 0.05)
        beyond += value > limit
    assert beyond / 2000 <= 0.06


def test_limit_of_a_share_is_not_exceeded_more_often_than_it_says():
    rng = np.random.default_rng(4)
    for share in (0.002, 0.1, 0.5):
        seen = rng.binomial(150, share, 4000) / 150
        low, high = share_limits(share, 1e9, 150, 0.05)
        assert ((seen < low) | (seen > high)).mean() <= 0.06


def test_index_is_the_textbook_sum():
    p, q = np.array([400.0, 300, 300]), np.array([200.0, 300, 500])
    smooth_p, smooth_q = (p + 0.5) / 1001.5, (q + 0.5) / 1001.5
    assert psi(p, q, 0.01)[0] == pytest.approx(float(((smooth_q - smooth_p) * np.log(smooth_q / smooth_p)).sum()))


def test_rare_bins_are_taken_together():
    p, q = np.array([980.0, 5, 5, 5, 5]), np.array([98.0, 2, 0, 0, 0])
    assert psi(p, q, 0.01) == psi(np.array([980.0, 20]), np.array([98.0, 2]), 0.01)


def test_distance_is_that_of_scipy_where_each_value_has_its_bin():
    rng = np.random.default_rng(0)
    old, new = rng.integers(0, 30, 4000), rng.integers(0, 34, 1500)
    one = bins_of(profiled(pd.Series(old.astype(float))).model_dump())
    counts = np.bincount(one.codes(new.tolist()), minlength=len(one.reference)).astype(float)
    assert compared(one, counts, 0.01)["ks"] == pytest.approx(ks_2samp(old, new).statistic, abs=1e-12)


@pytest.mark.parametrize("degrees", [1, 2, 5, 10, 30])
@pytest.mark.parametrize("level", [0.95, 0.999, 1 - 1e-5])
def test_chi_square_quantile_is_close_and_never_too_small_in_the_tail(degrees, level):
    exact = chi2.ppf(level, degrees)
    assert exact * 0.97 <= chi_square_quantile(level, degrees) <= exact * 1.25


def test_single_rows_and_batches_count_alike():
    rng = np.random.default_rng(7)
    frame, scores = rows(700, rng), rng.beta(1, 3, 700)
    single, batch = Monitor(reference()), Monitor(reference())
    observe(batch, frame, scores)
    columns = columns_of(frame)
    for i in range(700):
        one = {name: [values[i]] for name, values in columns.items()}
        single.observe(one, [float(scores[i])], ["yes" if scores[i] >= 0.5 else "no"])
    assert single.facts() == batch.facts()


def test_memory_is_constant_and_old_rows_leave_the_window():
    rng = np.random.default_rng(8)
    monitor = Monitor(reference(), window=1000)
    observe(monitor, rows(2000, rng).assign(n0=9.0), rng.beta(1, 3, 2000))
    before = sum(array.nbytes for array in vars(monitor).values() if isinstance(array, np.ndarray))
    assert ("n0", "psi") in alerts(monitor.facts())
    observe(monitor, rows(2000, rng), rng.beta(1, 3, 2000))
    after = sum(array.nbytes for array in vars(monitor).values() if isinstance(array, np.ndarray))
    facts = monitor.facts()
    assert alerts(facts) == []
    assert before == after
    assert monitor._waiting == []
    assert facts["rows"] <= 1100
    assert facts["total_rows"] == 4000


def test_says_nothing_about_drift_of_few_rows_but_counts_them():
    monitor = Monitor(reference())
    monitor.observe({"n0": [None, 1.0], "c0": ["v0", "never"]}, [0.1, 0.2], ["no", "no"])
    facts = monitor.facts()
    assert "psi" not in facts["columns"]["n0"]
    assert facts["columns"]["n0"]["missing_total"] == 1
    assert facts["columns"]["c0"]["unknown_total"] == 1
    assert facts["columns"]["c1"]["missing_total"] == 2  # a column no request had
    assert facts["total_rows"] == 2


@pytest.mark.parametrize(
    ("values", "missing", "unknown"),
    [
        (["a", "b", None, ""], 2, 0),
        (["A", ["a"], {"x": 1}], 0, 3),
        ([math.nan, 7, 7.0, True], 1, 1),
    ],
)
def test_categories_of_any_kind_are_taken(values, missing, unknown):
    profile = CategoryProfile(categories=("a", "7", "b"), counts=(5, 3, 2)).model_dump()
    one = bins_of(profile)
    codes = one.codes(values)
    assert (codes == one.missing).sum() == missing
    assert (codes == one.unknown).sum() == unknown


def test_numbers_of_any_kind_are_taken():
    one = bins_of(profiled_numbers(np.array([0.0, 1.0, 2.0])).model_dump())
    assert one.codes([0, "1", 2.5, None, "x", math.nan, -1]).tolist() == [1, 2, 4, 5, 5, 5, 0]


def test_dates_of_any_kind_are_taken():
    days = pd.Series(pd.date_range("2024-01-01", periods=3))
    one = bins_of(profiled(days).model_dump())
    when = [
        "2024-01-01",
        "2024-01-02T00:00:00+00:00",
        datetime(2024, 1, 3, tzinfo=UTC),
        np.datetime64("2024-01-02"),
        "soon",
        None,
    ]
    assert one.codes([*when, days[0].date()]).tolist() == [1, 2, 3, 2, 5, 5, 1]


def test_columns_with_new_names_all_the_time_are_no_drift():
    rng = np.random.default_rng(0)

    def names(n):
        # Most names come once, as names do: each window brings ones that training never saw.
        return pd.Series([f"name {i}" for i in rng.integers(0, 700, n) ** 2 // 900])

    one = bins_of(profiled(names(900)).model_dump())
    counts = np.bincount(one.codes(names(1000).tolist()), minlength=len(one.reference)).astype(float)
    found = compared(one, counts, 1e-4)
    assert found["unknown_share"] > 0.02
    assert found["psi"] < found["psi_limit"]
    assert found["unknown_share"] < found["unknown_limit"]


def test_columns_of_free_text_have_no_unknown_values():
    one = bins_of(profiled(pd.Series([f"text {i}" for i in range(3000)])).model_dump())
    assert one.unknown is None
    assert (one.codes(["something else", "text 5", None]) == one.missing).tolist() == [False, False, True]


def test_what_prometheus_reads():
    monitor = Monitor(reference())
    rng = np.random.default_rng(1)
    frame, scores = rows(600, rng), rng.beta(1, 3, 600)
    observe(monitor, frame, scores)
    from prometheus_client.parser import text_string_to_metric_families

    families = {family.name: family for family in text_string_to_metric_families(monitor.metrics_text())}
    samples = {(s.name, *s.labels.values()): s.value for family in families.values() for s in family.samples}
    assert samples[("model_rows_total",)] == 600
    facts = monitor.facts()
    assert samples["model_drift_psi", "n0"] == pytest.approx(facts["columns"]["n0"]["psi"], rel=1e-4)
    assert samples["model_missing_share", "gaps"] == pytest.approx(facts["columns"]["gaps"]["missing_share"], rel=1e-4)
    assert samples["model_prediction_share", "yes"] == pytest.approx((scores >= 0.5).mean(), rel=1e-4)
    # Each measure has its limit under the same labels, as the alert rules need.
    for measure in ("model_drift_psi", "model_drift_ks", "model_missing_share", "model_unknown_share"):
        limit = families[f"{measure}_limit"].samples
        assert [s.labels for s in families[measure].samples] == [s.labels for s in limit]


def test_names_are_escaped_for_prometheus():
    profile = {**reference(), "columns": {'odd "name"\\\n': profiled_numbers(np.arange(9.0)).model_dump()}}
    text = Monitor(profile).metrics_text()
    assert r'column="odd \"name\"\\\n"' in text
    assert all(re.match(r"#|model_", line) for line in text.splitlines())


def test_a_regression_has_no_labels():
    profile = {**reference(), "label": None, "score": profiled_numbers(np.arange(500.0)).model_dump(mode="json")}
    monitor = Monitor(profile)
    monitor.observe(columns_of(rows(300, np.random.default_rng(0))), list(range(300)))
    facts = monitor.facts()
    assert "label" not in facts["answers"]
    assert facts["answers"]["score"]["ks"] > 0.3


def test_threads_lose_no_row():
    monitor = Monitor(reference(), window=100_000)

    def ask():
        for _ in range(500):
            monitor.observe({"n0": [0.0, 1.0]}, [0.1, 0.9], ["no", "yes"])

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert monitor.facts()["total_rows"] == 8000


def test_waiting_rows_are_bounded():
    monitor = Monitor(reference())
    for _ in range(CHUNK * 3 + 5):
        monitor.observe({"n0": [0.0]}, [0.5], ["yes"])
        assert len(monitor._waiting) < CHUNK
    assert monitor._total_rows == CHUNK * 3


def test_the_copy_stands_on_its_own(tmp_path):
    (tmp_path / "monitor.py").write_text(monitor_source(), "utf-8")
    (tmp_path / "reference.json").write_text(__import__("json").dumps(reference()), "utf-8")
    program = (
        "import sys; sys.modules['specweave'] = None\n"
        "from monitor import Monitor\n"
        "m = Monitor('reference.json'); m.observe({'n0': [1.0]}, [0.5], ['yes'])\n"
        "print(m.metrics_text().count('model_rows_total 1'), 'pandas' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["1", "False"]
    checked = subprocess.run(
        [
            sys.executable,
            "-m",
            "ruff",
            "check",
            "--isolated",
            "--select",
            "E,F,I,B,UP,SIM,RUF",
            "--line-length",
            "130",
            "monitor.py",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout
    assert source.__doc__ in (tmp_path / "monitor.py").read_text("utf-8")
