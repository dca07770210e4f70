"""The route to contributions a model allows: exact where there is one, sampled otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from specweave.explanation.anatomy import anatomy
from specweave.explanation.attribution.exact import exact
from specweave.explanation.attribution.result import Attribution, Space
from specweave.explanation.attribution.sampling import Enough, sample_attribution
from specweave.explanation.subject import Subject
from specweave.problems.tabular.blend import Blend
from specweave.progress import Progress, silent

# The scales a blend takes means in.
_AVERAGED: tuple[Space, ...] = ("target units", "probability")


def attribute(
    subject: Subject,
    rows: pd.DataFrame,
    *,
    seed: int | None = None,
    enough: Enough | None = None,
    progress: Progress = silent,
) -> Attribution:
    """Contributions of the raw columns to the model's answers for `rows`, whose index gives their row numbers.

    Linear models and trees of LightGBM, XGBoost and scikit-learn are explained exactly; a blend, where its members are
    exact in the scale they are averaged in; everything else by sampling, with standard errors, until `enough`.
    """
    found = exact_attribution(subject, rows, progress=progress)
    if found is not None:
        return found
    return sample_attribution(
        subject, rows, seed=subject.seed if seed is None else seed, enough=enough, progress=progress
    )


def exact_attribution(
    subject: Subject, rows: pd.DataFrame, *, spaces: Sequence[Space] = (), progress: Progress = silent
) -> Attribution | None:
    """The exact contributions, or None where the model has no such route, or none in one of these spaces if some are named."""
    if isinstance(subject.model, Blend):
        return _of_blend(subject, subject.model, rows, progress)
    parts = anatomy(subject)
    return None if parts is None else exact(subject, parts, rows, spaces=spaces, progress=progress)


def _of_blend(subject: Subject, blend: Blend, rows: pd.DataFrame, progress: Progress) -> Attribution | None:
    """The mean of the members' contributions, where all are in the scale that is averaged."""
    parts: list[Attribution] = []
    for model in blend.models:
        own = replace(subject, model=model, quick=None)
        found = exact_attribution(own, rows, spaces=_AVERAGED, progress=progress)
        if found is None:
            return None
        parts.append(found)
    return replace(
        parts[0],
        values=np.mean([part.values for part in parts], axis=0),  # noqa: PD011 - not a pandas object
        base=np.mean([part.base for part in parts], axis=0),
        output=np.mean([part.output for part in parts], axis=0),
        method=f"the mean over {len(parts)} blended models, each exact",
        background="; ".join(dict.fromkeys(part.background for part in parts)),
    )
