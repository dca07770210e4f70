"""What is asked and answered. Ranges and categories are those of training; other values are taken, too, and counted as drift."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct, {% if columns | selectattr("renamed") | list %}field, {% endif %}json


class Row(Struct, forbid_unknown_fields=True, gc=False):
    """One row. A value that is not known is null."""

{% for c in columns %}
    {{ c.field }}: Annotated[
        {{ c.type }} | None,
        Meta(description={{ c.description }}, examples={{ c.examples }}{% if c.extra %}, extra_json_schema={{ c.extra }}{% endif %}),
    ]{% if c.renamed %} = field(name={{ c.literal }}){% endif %}

{% endfor %}


class Batch(Struct, forbid_unknown_fields=True):
    """Rows to be answered in their order."""

    rows: Annotated[list[Row], Meta(min_length=1, max_length={{ max_rows }})]


{% if classes %}
class Prediction(Struct, gc=False):
    """The decision, the probability of each class, and the columns whose category no training row had."""

    prediction: str
    probabilities: dict[str, float]
    unknown: list[str]
{% else %}
class Prediction(Struct, gc=False):
    """The predicted value, and the columns whose category no training row had."""

    prediction: float
    unknown: list[str]
{% endif %}


class Predictions(Struct):
    """One prediction a row."""

    predictions: list[Prediction]


class Reason(Struct):
    """A column, its value, and how far it moves the score."""

    column: str
    value: float | str | None
    effect: float


class Explanation(Struct):
    """The score that is explained, and the reasons for it, largest first."""

    score: float
    reasons: list[Reason]


class Problem(Struct):
    """Why there is no answer: a code, a sentence, and where they are known row, column and value."""

    code: str
    message: str
    row: int | None = None
    column: str | None = None
    value: Any = None


class Refusal(Struct):
    """An answer that is no prediction."""

    error: Problem


def columns(rows: Sequence[Row]) -> dict[str, list[Any]]:
    """The rows as one list a column."""
    return {
{% for c in columns %}
        {{ c.literal }}: [row.{{ c.field }} for row in rows],
{% endfor %}
    }


_, _PARTS = json.schema_components(
    [Row, Batch, Prediction, Predictions, Explanation, Refusal], ref_template="#/components/schemas/{name}"
)
EXAMPLES: list[dict[str, Any]] = {{ examples }}
_REFUSALS = {
    "400": "The body is not JSON.",
    "401": "The key is missing or wrong.",
    "413": "Too many bytes or rows.",
    "422": "A value, a column or a row is not as described.",
    "503": "No answer in time.",
}




def docs(asked: str, said: str) -> dict[str, Any]:
    """The part of the OpenAPI description a route with these two bodies has."""
    shown: Any = EXAMPLES[0] if asked == "Row" else {"rows": EXAMPLES}
    return {
        "requestBody": {"required": True, "content": {"application/json": {"schema": _inlined(asked), "example": shown}}},
        "responses": {
            "200": {"description": "The answer.", "content": {"application/json": {"schema": _inlined(said)}}},
            **{
                status: {"description": text, "content": {"application/json": {"schema": _inlined("Refusal")}}}
                for status, text in _REFUSALS.items()
            },
        },
    }


def _inlined(name: str) -> Any:
    """A schema without references, so that it can stand anywhere."""

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(one) for one in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return inlined(_PARTS[part["$ref"].rpartition("/")[2]])
        return {key: inlined(value) for key, value in part.items()}

    return inlined(_PARTS[name])
