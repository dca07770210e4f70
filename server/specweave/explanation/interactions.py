"""What two columns do together that neither does alone: Friedman and Popescu's (2008) statistic, not divided.

For the columns j and k it is the variation of PD_jk − PD_j − PD_k, where PD is the average answer with these columns fixed. It
is exactly zero for a model in which the two do not meet, whatever the rows. Dividing by the joint variation, as the H
statistic does, makes much of columns that hardly do anything; so the size is reported in the scale of the answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from specweave.explanation.global_facts import Interaction
from specweave.explanation.mixing import Pool, pooled
from specweave.explanation.subject import Subject
from specweave.progress import Progress, silent

FloatArray = NDArray[np.float64]
COLUMNS = 7
POINTS = 48
BACKGROUND = 48
CLIP = 1e-3


def interactions(
    subject: Subject, columns: Sequence[str], *, seed: int | None = None, progress: Progress = silent
) -> tuple[Interaction, ...]:
    """Every pair of the first seven columns, strongest first; on log-odds for probabilities, as `interaction_space`."""
    chosen = list(columns)[:COLUMNS]
    rng = np.random.default_rng(subject.seed if seed is None else seed)
    part = min(1.0, subject.pace) ** 0.5
    n_points, n_background = max(12, round(POINTS * part)), max(12, round(BACKGROUND * part))
    places = rng.choice(len(subject.held_out), min(n_points, len(subject.held_out)), replace=False)
    points = subject.held_out.iloc[places][list(subject.columns)]
    drawn = rng.choice(len(subject.background), min(n_background, len(subject.background)), replace=False)
    background = subject.background.iloc[drawn][list(subject.columns)]
    pool = pooled(points, background)
    sizes = (len(points), len(background))
    single = {name: _fixed(subject, pool, sizes, (name,)) for name in chosen}
    found = []
    pairs = list(combinations(chosen, 2))
    for done, (first, second) in enumerate(pairs):
        progress(done, len(pairs), f"{first} with {second}"[:200])
        joint = _fixed(subject, pool, sizes, (first, second))
        found.append(_facts(first, second, joint, joint - single[first] - single[second]))
    return tuple(sorted(found, key=lambda one: -one.strength))


def interaction_space(subject: Subject) -> str:
    """The scale interactions are measured in."""
    if subject.task == "regression":
        return "target units"
    return "log-odds" if hasattr(subject.model, "predict_proba") else "share of answers"


def _fixed(subject: Subject, pool: Pool, sizes: tuple[int, int], columns: tuple[str, ...]) -> FloatArray:
    """Answers of shape (points, background, k) with these columns taken from the points, the others from the background.

    `pool` holds both, one after the other.
    Centred over the points for each background row.
    """
    n, b = sizes
    rows = pool.mixed(np.tile(np.arange(n, n + b), n), dict.fromkeys(columns, np.repeat(np.arange(n), b)))
    answers = _scaled(subject, subject.score(rows)).reshape(n, b, -1)
    centred: FloatArray = answers - answers.mean(axis=0)
    return centred


def _scaled(subject: Subject, scores: FloatArray) -> FloatArray:
    if interaction_space(subject) != "log-odds":
        return scores
    clipped = np.clip(scores, CLIP, 1 - CLIP)
    odds: FloatArray = np.log(clipped / (1 - clipped))
    return odds


def _facts(first: str, second: str, joint: FloatArray, rest: FloatArray) -> Interaction:
    strength = _size(rest)
    together = _size(joint)
    error = float(np.hypot(_jackknifed(rest, 0), _jackknifed(rest, 1)))
    share = min(1.0, strength**2 / together**2) if together > 0 else 0.0
    return Interaction(first=first, second=second, strength=strength, share=share, error=error)


def _jackknifed(rest: FloatArray, axis: int) -> float:
    """The standard error of the size by leaving out a tenth of the points, or of the background rows, at a time."""
    n = rest.shape[axis]
    if n < 2:
        return 0.0
    without = np.array([_size(np.delete(rest, part, axis=axis)) for part in np.array_split(np.arange(n), min(10, n))])
    m = len(without)
    return float(np.sqrt((m - 1) / m * np.sum((without - without.mean()) ** 2)))


def _size(answers: FloatArray) -> float:
    return float(np.sqrt((answers.mean(axis=1) ** 2).mean()))
