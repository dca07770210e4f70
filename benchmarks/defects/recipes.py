"""Tables for the cases about data: a named data set and the changes a case's `plant` lists, one small function each.

Every change takes the table, the name of the target, a random generator and its own options, and returns a new table.
"""

from __future__ import annotations

import zlib
from pathlib import Path

import numpy as np
import pandas as pd


def table(folder: Path, case: dict, name: str) -> pd.DataFrame:
    """The data set of a case with all its changes; random numbers follow from the case's name."""
    rng = np.random.default_rng(zlib.crc32(name.encode()))
    frame = pd.read_csv(folder / case["dataset"])
    for change in case.get("plant", []):
        ((operation, options),) = change.items()
        frame = OPERATIONS[operation](frame, case["target"], rng, **options)
    return frame


def sample(frame, target, rng, rows):
    """Some rows of the table, in their order."""
    return frame.iloc[np.sort(rng.choice(len(frame), rows, replace=False))].reset_index(drop=True)


def drop(frame, target, rng, columns):
    return frame.drop(columns=columns)


def copy_target(frame, target, rng, column, wrong=0.0, missing=0.0):
    """The target under codes of its own; a share of the rows is `wrong`, another one missing."""
    codes = pd.Series(pd.factorize(frame[target])[0] * 7 + 3, index=frame.index).astype(float)
    spoiled = rng.random(len(frame)) < wrong
    codes[spoiled] = rng.permutation(codes.to_numpy())[spoiled]
    return frame.assign(**{column: codes.mask(rng.random(len(frame)) < missing)})


def code_ranges(frame, target, rng, column, width=500):
    """A code between 0 and `width` for the first class, the next range for the second, and so on."""
    classes = pd.factorize(frame[target])[0]
    return frame.assign(**{column: classes * width + rng.integers(0, width, len(frame))})


def prefix_ids(frame, target, rng, column):
    """An id whose first letter tells the class."""
    letters = np.array(list("QVXZ"))[pd.factorize(frame[target])[0] % 4]
    return frame.assign(
        **{column: [f"{letter}{n}" for letter, n in zip(letters, rng.permutation(len(frame)) + 10_000, strict=True)]}
    )


def scale_target(frame, target, rng, column, factor=1.0, offset=0.0, noise=0.0):
    """A line through the target; `noise` in standard deviations of it."""
    spread = frame[target].std()
    return frame.assign(
        **{column: factor * frame[target] + offset + rng.normal(0, 1, len(frame)) * noise * spread * abs(factor)}
    )


def bend_target(frame, target, rng, column, noise=0.0):
    """A curve with a turning point, so that no straight line shows it."""
    y = (frame[target] - frame[target].median()) / frame[target].std()
    side = np.sign(y)
    return frame.assign(**{column: side * np.log1p(np.abs(y)) ** 2 + rng.normal(0, noise, len(frame))})


def parts_of_target(frame, target, rng, columns):
    """Two numbers that add up to the target."""
    first = np.round(frame[target] * rng.uniform(0.2, 0.8, len(frame)))
    return frame.assign(**{columns[0]: first, columns[1]: frame[target] - first})


def fill_when(frame, target, rng, column, value, wrong=0.0):
    """A field that is filled in for one class only, save for a share of the rows."""
    filled = (frame[target].astype(str) == str(value)) ^ (rng.random(len(frame)) < wrong)
    return frame.assign(**{column: pd.Series(rng.integers(1, 40, len(frame)), dtype=float).where(filled)})


def after_event(frame, target, rng, column, value, right=0.9):
    """A number that mostly is there for one class: what is written after the outcome."""
    happened = np.where(
        rng.random(len(frame)) < right, frame[target].astype(str) == str(value), rng.random(len(frame)) < 0.5
    )
    return frame.assign(**{column: np.where(happened, rng.gamma(2.0, 80.0, len(frame)).round(2), 0.0)})


def twins(frame, target, rng, share, jitter=None):
    """Copies of a share of the rows, in random places; `jitter` is a column of which the copy differs a little."""
    copied = frame.sample(frac=share, random_state=int(rng.integers(1 << 30))).copy()
    if jitter is not None:
        copied[jitter] = copied[jitter] * (1 + 1e-6)
    both = pd.concat([frame, copied], ignore_index=True)
    return both.sample(frac=1, random_state=int(rng.integers(1 << 30))).reset_index(drop=True)


def entities(frame, target, rng, column, size=6, alike=True):
    """Rows of one customer or patient share their outcome, or, unless `alike`, are thrown together."""
    order = rng.random(len(frame))
    if alike:
        order = (
            pd.factorize(frame[target].astype(str))[0] + rng.normal(0, 0.45, len(frame))
            if frame[target].nunique() < 20
            else frame[target].rank(pct=True) + rng.normal(0, 0.1, len(frame))
        )
    owner = np.empty(len(frame), dtype=int)
    owner[np.argsort(order)] = np.arange(len(frame)) // size
    names = rng.permutation(owner.max() + 1) + 1000
    return frame.assign(**{column: [f"C{names[one]}" for one in owner]})


def dated(frame, target, rng, column, drift=True):
    """A date for each row; with `drift` the target changes along it."""
    numbers = (
        pd.Series(pd.factorize(frame[target], sort=True)[0]).rank(pct=True)
        if frame[target].nunique() < 20
        else frame[target].rank(pct=True)
    )
    order = numbers.to_numpy() * (0.6 if drift else 0.0) + rng.random(len(frame))
    days = np.empty(len(frame), dtype=int)
    days[np.argsort(order)] = np.arange(len(frame)) * 700 // len(frame)
    return frame.assign(**{column: pd.Timestamp("2021-01-01") + pd.to_timedelta(days, unit="D")})


def closed_later(frame, target, rng, column, start, value, right=0.95):
    """A date that lies after the row's own for one class, and is empty for the others."""
    happened = (frame[target].astype(str) == str(value)) & (rng.random(len(frame)) < right)
    return frame.assign(
        **{column: (frame[start] + pd.to_timedelta(rng.integers(1, 90, len(frame)), unit="D")).where(happened)}
    )


def numbered(frame, target, rng, column, by_target=True):
    """Another number in each row; `by_target`: given in an order that follows the outcome."""
    coded = (
        pd.Series(pd.factorize(frame[target], sort=True)[0])
        if frame[target].nunique() < 20
        else frame[target].rank(pct=True) * 3
    )
    order = coded.to_numpy() * (1.0 if by_target else 0.0) + rng.normal(0, 0.8, len(frame))
    numbers = np.empty(len(frame), dtype=int)
    numbers[np.argsort(order)] = np.arange(len(frame)) + 50_000
    return frame.assign(**{column: numbers})


def honest_feature(frame, target, rng, column, strength=1.0):
    """A feature that goes with the target as good features do, noise included."""
    if frame[target].nunique() < 20:
        y = pd.Series(pd.factorize(frame[target], sort=True)[0]).to_numpy().astype(float)
    else:
        y = ((frame[target] - frame[target].mean()) / frame[target].std()).to_numpy()
    return frame.assign(**{column: (strength * y + rng.normal(0, 1, len(frame))).round(3)})


def gaps(frame, target, rng, column, share=0.2):
    """Values missing by chance."""
    return frame.assign(**{column: frame[column].mask(rng.random(len(frame)) < share)})


def split_column(frame, target, rng, column, share=0.2, by=None):
    """A column that says train or test: at random, or more often test where the number `by` is large."""
    order = rng.random(len(frame))
    if by is not None:
        order = order + frame[by].rank(pct=True).to_numpy()
    return frame.assign(**{column: np.where(order >= np.quantile(order, 1 - share), "test", "train")})


def twins_across(frame, target, rng, column, share, jitter):
    """Some training rows stand among the test rows of `column` too, one number differing a little."""
    copied = frame[frame[column] == "train"].sample(frac=share, random_state=int(rng.integers(1 << 30))).copy()
    copied[column] = "test"
    copied[jitter] = copied[jitter] * (1 + 1e-6)
    return pd.concat([frame, copied], ignore_index=True)


def status_words(frame, target, rng, column, words, wrong=0.0):
    """A status in words of which some are only said of one class; a share of the rows is `wrong`. `words`: class -> list."""
    classes = frame[target].astype(str).to_numpy()
    spoiled = rng.random(len(frame)) < wrong
    classes[spoiled] = rng.permutation(classes)[spoiled]
    return frame.assign(**{column: [words[c][rng.integers(len(words[c]))] for c in classes]})


def many_codes(frame, target, rng, column, each=3, wrong=0.0):
    """Several codes for each class, with no order among them."""
    classes = pd.factorize(frame[target])[0]
    count = classes.max() + 1
    spoiled = rng.random(len(frame)) < wrong
    classes = np.where(spoiled, rng.integers(0, count, len(frame)), classes)
    codes = rng.permutation(np.arange(100, 100 + count * each))
    return frame.assign(**{column: codes[classes * each + rng.integers(0, each, len(frame))]})


def rate_of_target(frame, target, rng, column, per, digits=2):
    """The target divided by another column, rounded."""
    return frame.assign(**{column: (frame[target] / frame[per].clip(lower=1)).round(digits)})


def growth_to_target(frame, target, rng, columns):
    """An earlier value and the growth in percent that leads from it to the target."""
    before = (frame[target] / rng.uniform(1.05, 2.2, len(frame))).round()
    return frame.assign(**{columns[0]: before, columns[1]: ((frame[target] / before - 1) * 100).round(3)})


def log_target(frame, target, rng, column, digits=2):
    return frame.assign(**{column: np.log10(frame[target]).round(digits)})


def band_of_target(frame, target, rng, column, bands=20):
    """The target in bands with letters, as many rows in each; the letters are in no order."""
    letters = rng.permutation(list("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))[:bands]
    return frame.assign(**{column: letters[pd.qcut(frame[target], bands, labels=False, duplicates="drop").to_numpy()]})


def blank_existing(frame, target, rng, column, value, share=0.95, others=0.01):
    """An existing column is emptied for most rows of one class and hardly any other."""
    here = frame[target].astype(str) == str(value)
    return frame.assign(**{column: frame[column].mask(rng.random(len(frame)) < np.where(here, share, others))})


def gaps_by_class(frame, target, rng, column, shares):
    """Somewhat more gaps in one class than in another, as honest refusals are. `shares`: class -> share."""
    share = frame[target].astype(str).map(shares).to_numpy(float)
    return frame.assign(**{column: frame[column].mask(rng.random(len(frame)) < share)})


def sorted_by_target(frame, target, rng, column, start=1):
    """The table was sorted by the outcome when its rows were numbered, and shuffled later."""
    order = np.lexsort((rng.random(len(frame)), frame[target].rank(method="dense").to_numpy()))
    numbers = np.empty(len(frame), dtype=int)
    numbers[order] = np.arange(len(frame)) + start
    return frame.assign(**{column: numbers})


def last_digit(frame, target, rng, column):
    """Odd numbers for one class and even ones for the other."""
    numbers = rng.permutation(len(frame) * 5)[: len(frame)] + 1000
    return frame.assign(**{column: numbers * 2 + (pd.factorize(frame[target])[0] % 2)})


def twins_new_id(frame, target, rng, share, column):
    """A share of the rows was entered twice, each time under an id of its own."""
    both = pd.concat([frame, frame.sample(frac=share, random_state=int(rng.integers(1 << 30)))], ignore_index=True)
    both = both.sample(frac=1, random_state=int(rng.integers(1 << 30))).reset_index(drop=True)
    return both.assign(**{column: [f"R{n}" for n in rng.permutation(len(both)) + 10_000]})


def copied_into_test(frame, target, rng, column, share):
    """Some training rows stand among the test rows of `column` too, exactly as they are."""
    copied = (
        frame[frame[column] == "train"]
        .sample(frac=share, random_state=int(rng.integers(1 << 30)))
        .assign(**{column: "test"})
    )
    both = pd.concat([frame, copied], ignore_index=True)
    return both.sample(frac=1, random_state=int(rng.integers(1 << 30))).reset_index(drop=True)


def repeat_visits(frame, target, rng, column, visits, vary):
    """Each row becomes several visits of one person: the numbers of `vary` change a little, all else stays."""
    again = frame.loc[frame.index.repeat(visits)].reset_index(drop=True)
    person = np.repeat(rng.permutation(len(frame)) + 20_000, visits)
    for one in vary:
        again[one] = (again[one] * rng.normal(1, 0.05, len(again))).round(2)
    again = again.assign(**{column: person})
    return again.sample(frac=1, random_state=int(rng.integers(1 << 30))).reset_index(drop=True)


def machine_runs(frame, target, rng, column, size=25, pure=0.9):
    """An integer batch number: most rows of a batch are of one class, batches are of about `size` rows."""
    order = (
        pd.factorize(frame[target])[0]
        + np.where(rng.random(len(frame)) < pure, 0.0, rng.normal(0, 3, len(frame)))
        + rng.random(len(frame)) * 0.01
    )
    batch = np.empty(len(frame), dtype=int)
    batch[np.argsort(order)] = np.arange(len(frame)) // size
    names = rng.permutation(batch.max() + 1) + 300
    return frame.assign(**{column: names[batch]})


def dated_text(frame, target, rng, column, drift=True, form="%d.%m.%Y"):
    """As `dated`, but the date is a text as a spreadsheet writes it."""
    out = dated(frame, target, rng, column, drift)
    return out.assign(**{column: out[column].dt.strftime(form)})


def split_by_values(frame, target, rng, column, by, values, chance=0.9, other=0.05):
    """Test rows are mostly those with certain values of a column."""
    p = np.where(frame[by].astype(str).isin(values), chance, other)
    return frame.assign(**{column: np.where(rng.random(len(frame)) < p, "test", "train")})


def count_after(frame, target, rng, column, value, right=0.97):
    """A small count that begins after the outcome: reminders, calls, letters."""
    happened = (frame[target].astype(str) == str(value)).to_numpy()
    counts = np.where(happened, 1 + rng.poisson(1.5, len(frame)), 0)
    spoiled = rng.random(len(frame)) > right
    counts[spoiled] = rng.integers(0, 3, len(frame))[spoiled]
    return frame.assign(**{column: counts})


def random_hex(frame, target, rng, column):
    return frame.assign(**{column: [f"{n:08x}" for n in rng.choice(1 << 32, len(frame), replace=False)]})


def grade(frame, target, rng, column, strength=1.2, grades="ABCDEFG"):
    """An honest grade of an earlier assessment: a noisy score cut into equal parts."""
    if frame[target].nunique() < 20:
        y = pd.factorize(frame[target], sort=True)[0].astype(float)
    else:
        y = ((frame[target] - frame[target].mean()) / frame[target].std()).to_numpy()
    score = pd.Series(strength * y + rng.normal(0, 1, len(frame)))
    return frame.assign(**{column: pd.qcut(score, len(grades), labels=list(grades)).astype(str).to_numpy()})


def regions(frame, target, rng, column, count=12, effect=0.3):
    """A dozen large regions whose level differs somewhat."""
    if frame[target].nunique() < 20:
        y = pd.factorize(frame[target], sort=True)[0].astype(float)
    else:
        y = ((frame[target] - frame[target].mean()) / frame[target].std()).to_numpy()
    order = np.argsort(np.argsort(effect * y + rng.normal(0, 1, len(frame))))
    names = rng.permutation([f"region {k}" for k in range(count)])
    return frame.assign(**{column: names[order * count // len(frame)]})


def feature_sum(frame, target, rng, column, parts):
    return frame.assign(**{column: frame[parts].sum(axis=1)})


def previous(frame, target, rng, column, lag=1):
    """The target of an earlier row of the series; the first rows, which have none, are left out."""
    return frame.assign(**{column: frame[target].shift(lag)}).iloc[lag:].reset_index(drop=True)


def shuffled(frame, target, rng):
    return frame.sample(frac=1, random_state=int(rng.integers(1 << 30))).reset_index(drop=True)


def without_duplicates(frame, target, rng):
    return frame.drop_duplicates().reset_index(drop=True)


def chance_number(frame, target, rng, column, low=0, high=10):
    """A number that has nothing to do with anything."""
    return frame.assign(**{column: rng.integers(low, high, len(frame))})


OPERATIONS = {
    one.__name__: one
    for one in (
        sample, drop, copy_target, code_ranges, prefix_ids, scale_target, bend_target, parts_of_target, fill_when,
        after_event, twins, entities, dated, closed_later, numbered, honest_feature, gaps, split_column, twins_across,
        status_words, many_codes, rate_of_target, growth_to_target, log_target, band_of_target, blank_existing, gaps_by_class,
        sorted_by_target, last_digit, twins_new_id, copied_into_test, repeat_visits, machine_runs, dated_text, split_by_values,
        count_after, random_hex, grade, regions, feature_sum, previous, shuffled, without_duplicates, chance_number,
    )
}  # fmt: skip
