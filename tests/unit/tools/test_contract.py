import json

import pytest

from specweave.tools.contract import TOOLS
from specweave.tools.tokens import count_tokens


def test_the_whole_list_costs_less_than_3000_tokens():
    listed = json.dumps({"tools": [tool.listing() for tool in TOOLS]}, separators=(",", ":"))
    assert count_tokens(listed).tokens < 3000


def test_there_are_at_most_16_tools_with_different_names():
    names = [tool.name for tool in TOOLS]
    assert len(names) <= 16
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_schema_is_a_closed_object_without_generated_titles(tool):
    schema = tool.input_schema()
    assert schema["type"] == "object"
    assert schema["additionalProperties"] is False
    assert "title" not in schema
    assert all("title" not in prop for prop in schema["properties"].values())
    assert '"null"' not in json.dumps(schema)


@pytest.mark.parametrize("tool", TOOLS, ids=lambda tool: tool.name)
def test_a_tool_carries_all_four_hints(tool):
    assert set(tool.annotations) == {"readOnlyHint", "destructiveHint", "idempotentHint", "openWorldHint"}


def test_only_next_step_promises_to_change_nothing():
    assert [tool.name for tool in TOOLS if tool.read_only] == ["next_step"]
