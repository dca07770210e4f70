"""A random split of rows that are ordered in time."""

from __future__ import annotations

from specweave.leakage.code.finding import Draft
from specweave.leakage.code.flows import loaded
from specweave.leakage.code.trace import Split, Trace, Validation


class ShuffledTime:
    """Rows made of earlier rows, or indexed by dates, are split at random, so that the future trains the past."""

    code = "shuffled-time"
    title = "Shuffled time series"

    def examine(self, trace: Trace) -> list[Draft]:
        occasions: list[Split | Validation] = [*trace.splits, *trace.validations]
        return [_draft(one) for one in occasions if one.shuffled and one.data.temporal]


def _draft(split: Split | Validation) -> Draft:
    return Draft(
        severity="suspected",
        line=split.line,
        sentence=f"{split.how} shuffles rows that are ordered in time, so later rows train a model judged on earlier ones.",
        flow=tuple(
            sorted(
                {
                    *loaded(split.data.parts),
                    (split.data.temporal, "the rows are put in order of time, or made of their neighbours in it"),
                    (split.line, "they are divided at random"),
                }
            )
        ),
        fix="Train on the past and judge on the future: train_test_split(shuffle=False), a date, or TimeSeriesSplit.",
    )
