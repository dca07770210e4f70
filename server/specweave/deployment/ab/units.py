"""Exposures and outcomes of an A/B test, joined by unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from pydantic import BaseModel, ConfigDict

from specweave.deployment.monitoring.logged import read_log
from specweave.errors import DataError, listing
from specweave.metrics.predictions import FloatArray

UNIT = ("unit", "unit_id", "user", "user_id", "customer", "customer_id", "id")
ARM = ("arm", "variant", "group")
TIME = ("time", "timestamp", "date", "exposed_at")
CONTROL = {"control", "a", "0", "false", "baseline"}
TREATMENT = {"treatment", "b", "1", "true", "challenger"}


class Counted(BaseModel):
    """Units by arm: exposed, and with an outcome; and those left out because they met both arms."""

    model_config = ConfigDict(frozen=True)

    control: int
    treatment: int
    control_with_outcome: int
    treatment_with_outcome: int
    in_both: int
    without_exposure: int


@dataclass(frozen=True, eq=False)
class Units:
    """One row for each unit with an outcome, in order of its first exposure; `treated` has shape (n,)."""

    table: pd.DataFrame
    treated: np.ndarray[Any, np.dtype[np.bool_]]
    counted: Counted

    def __len__(self) -> int:
        return len(self.table)

    def column(self, name: str) -> FloatArray:
        """A column as numbers, shape (n,). Raises DataError when it is absent, no numbers, or has gaps."""
        if name not in self.table.columns:
            raise DataError(
                "The outcomes have no column by that name",
                value=name,
                allowed=listing(self.numeric()),
                next_step="name one of these",
            )
        values = self.table[name]
        if not (is_numeric_dtype(values) or is_bool_dtype(values)):
            raise DataError("An outcome is a number, or yes or no as 1 and 0", value=f"{name}: {values.iloc[0]!r}")
        if values.isna().any():
            raise DataError(
                "Some units have no value of the outcome",
                value=f"{name}: {int(values.isna().sum())} of {len(values)}",
                next_step="fill in what did not happen as 0, or leave these units out of both arms for a reason "
                "that cannot depend on the arm",
            )
        return values.to_numpy(dtype=np.float64)

    def numeric(self) -> list[str]:
        """The columns that can be outcomes."""
        return [str(c) for c in self.table.columns if is_numeric_dtype(self.table[c]) or is_bool_dtype(self.table[c])]


def read_units(exposures: str | Path, outcomes: str | Path, *, absent: float | None = None) -> Units:
    """The units of both files (csv, parquet or JSON lines), found by their usual column names.

    Exposures have unit, arm (control or treatment) and time; a unit counts from its first one. Outcomes have unit and
    a column for each metric; several rows of a unit are added up. Exposed units without an outcome are left out, or get
    `absent` in every column: 0 where outcomes are only written down when something happened.
    """
    exposed, in_both = _exposed(read_log(Path(exposures)), exposures)
    table = read_log(Path(outcomes))
    unit = _column(table, UNIT, outcomes, "the unit")
    table[unit] = table[unit].astype(str)
    numbers = [c for c in table.columns if c != unit and (is_numeric_dtype(table[c]) or is_bool_dtype(table[c]))]
    if not numbers:
        raise DataError("The outcomes hold no number", value=str(outcomes), allowed="unit and one column per metric")
    summed = table.groupby(unit)[numbers].sum(min_count=1).astype(np.float64)
    joined = exposed.join(summed, on="unit", how="left")
    has = joined["unit"].isin(summed.index)
    treated = joined["treated"].to_numpy(dtype=bool)
    counted = Counted(
        control=int((~treated).sum()),
        treatment=int(treated.sum()),
        control_with_outcome=int((has & ~treated).sum()),
        treatment_with_outcome=int((has & treated).sum()),
        in_both=in_both,
        without_exposure=int((~summed.index.isin(exposed["unit"])).sum()),
    )
    kept = joined[has] if absent is None else joined.fillna(dict.fromkeys(numbers, absent))
    if not len(kept):
        raise DataError(
            "No exposed unit has an outcome", value=str(outcomes), next_step="compare the unit ids of both files"
        )
    return Units(kept[numbers].reset_index(drop=True), kept["treated"].to_numpy(dtype=bool), counted)


def _exposed(table: pd.DataFrame, source: str | Path) -> tuple[pd.DataFrame, int]:
    """Unit and arm in order of the first exposure, without units that met both arms, whose number comes second."""
    unit, arm = _column(table, UNIT, source, "the unit"), _column(table, ARM, source, "the arm")
    time = _named(table, TIME)
    if time is not None:
        table = table.sort_values(time, kind="stable")
    arms = table[arm].astype(str).str.strip().str.lower()
    unknown = sorted(set(arms) - CONTROL - TREATMENT)
    if unknown:
        raise DataError("An arm by an unknown name", value=listing(unknown), allowed="control, treatment")
    found = pd.DataFrame({"unit": table[unit].astype(str), "treated": arms.isin(TREATMENT)})
    arms_met = found.groupby("unit")["treated"].nunique()
    both = set(arms_met.index[arms_met > 1])
    first = found.drop_duplicates("unit")
    return first[~first["unit"].isin(both)].reset_index(drop=True), len(both)


def _column(table: pd.DataFrame, usual: Sequence[str], source: str | Path, what: str) -> str:
    found = _named(table, usual)
    if found is None:
        raise DataError(
            f"The file has no column with {what}",
            value=f"{Path(source).name} with columns {listing(map(str, table.columns))}",
            allowed=f"a column named {listing(usual)}",
        )
    return found


def _named(table: pd.DataFrame, usual: Sequence[str]) -> str | None:
    lower = {str(column).lower(): str(column) for column in table.columns}
    return next((lower[name] for name in usual if name in lower), None)
