"""Sample-ratio mismatch: whether units came into the arms in the shares that the assignment gives them."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict

CHI_SQUARE_LIMIT = 0.001
ALWAYS_VALID_LIMIT = 0.01
PRIOR_STRENGTH = 1000


class SampleRatio(BaseModel):
    """Counts against the wanted share of the treatment.

    `p_value` is of the chi-square test, right for one look; `p_always` bounds the chance of a false alarm over all looks.
    """

    model_config = ConfigDict(frozen=True)

    control: int
    treatment: int
    wanted_share: float
    share: float
    p_value: float
    p_always: float

    @property
    def mismatch(self) -> bool:
        return self.p_value < CHI_SQUARE_LIMIT or self.p_always < ALWAYS_VALID_LIMIT


def sample_ratio(control: int, treatment: int, wanted_share: float) -> SampleRatio:
    """The chi-square test, and a sequential one from the beta-binomial mixture (Lindon and Malek 2022)."""
    from scipy.special import betaln
    from scipy.stats import chisquare

    n = control + treatment
    if n == 0:
        return SampleRatio(control=0, treatment=0, wanted_share=wanted_share, share=0.0, p_value=1.0, p_always=1.0)
    expected = [n * (1 - wanted_share), n * wanted_share]
    found = chisquare([control, treatment], expected)
    a, b = PRIOR_STRENGTH * wanted_share, PRIOR_STRENGTH * (1 - wanted_share)
    log_evidence = (
        float(betaln(a + treatment, b + control) - betaln(a, b))
        - treatment * math.log(wanted_share)
        - control * math.log1p(-wanted_share)
    )
    return SampleRatio(
        control=control,
        treatment=treatment,
        wanted_share=wanted_share,
        share=treatment / n,
        p_value=float(found.pvalue),
        p_always=math.exp(-max(log_evidence, 0.0)),
    )
