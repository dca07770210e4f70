"""The parts of a date as ONNX nodes: what `typed_columns.date_parts` gives, from seconds since 1970.

Year, month and day from a count of days: H. Hinnant, "chrono-compatible low-level date algorithms" (2013). Years begin in
March there, so that the leap day is the last of its year. All steps are exact in doubles; a missing date stays missing.
"""

from __future__ import annotations

import numpy as np

from specweave.deployment.export.graph import Graph

PARTS = ("days", "month", "day_of_week", "day_of_year", "hour")


class _Doubles:
    """Arithmetic on results of a graph."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    def __call__(self, operator: str, *inputs: str | float) -> str:
        return str(
            self._graph.add(
                operator, *[self._graph.constant(float(x)) if isinstance(x, int | float) else x for x in inputs]
            )
        )

    def whole(self, value: str | float, divisor: float) -> str:
        return self("Floor", self("Div", value, divisor))

    def rest(self, value: str | float, divisor: float) -> str:
        return self("Sub", value, self("Mul", self.whole(value, divisor), divisor))


def date_parts(graph: Graph, seconds: str) -> dict[str, str]:
    """Name of the result for each of PARTS; `seconds` has shape (n, 1) or (n, k), and so has each part."""
    do = _Doubles(graph)
    days = do.whole(seconds, 86_400)
    since = do("Add", days, 719_468)
    era = do.whole(since, 146_097)
    of_era = do.rest(since, 146_097)
    leaps = do(
        "Sub",
        do("Add", do("Sub", of_era, do.whole(of_era, 1_460)), do.whole(of_era, 36_524)),
        do.whole(of_era, 146_096),
    )
    year = do.whole(leaps, 365)
    before = do("Sub", do("Add", do("Mul", year, 365), do.whole(year, 4)), do.whole(year, 100))
    since_march = do("Sub", of_era, before)
    month_from_march = do.whole(do("Add", do("Mul", since_march, 5), 2), 153)
    before_january = do("Less", month_from_march, 10)
    calendar_year = do("Add", do("Add", do("Mul", era, 400), year), _choose(graph, before_january, 0.0, 1.0))
    return {
        "days": days,
        "month": do("Where", before_january, do("Add", month_from_march, 3), do("Sub", month_from_march, 9)),
        "day_of_week": do.rest(do("Add", days, 3), 7),
        "day_of_year": do(
            "Where",
            before_january,
            do("Add", do("Add", since_march, 60), _leap(graph, do, calendar_year)),
            do("Sub", since_march, 305),
        ),
        "hour": do("Div", do.rest(seconds, 86_400), 3_600),
    }


def _leap(graph: Graph, do: _Doubles, year: str) -> str:
    by_four, by_hundred, by_four_hundred = (do("Equal", do.rest(year, by), 0.0) for by in (4, 100, 400))
    common_century = graph.add("And", by_hundred, graph.add("Not", by_four_hundred))
    return _choose(graph, graph.add("And", by_four, graph.add("Not", common_century)), 1.0, 0.0)


def _choose(graph: Graph, condition: str, yes: float, no: float) -> str:
    return str(graph.add("Where", condition, graph.constant(np.array(yes)), graph.constant(np.array(no))))
