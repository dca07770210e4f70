from __future__ import annotations

from specweave.increments.parts import document
from specweave.increments.sections import refresh


def test_a_document_holds_its_parts_in_order_and_can_be_refreshed():
    text = document("# Title", {"a": "one", "b": "two"})
    assert text.index("# Title") < text.index("one") < text.index("two")
    assert text.endswith("-->\n")
    assert refresh(text, {"b": "three"}).text == text.replace("two", "three").replace(
        text.split("generated:b ")[1][:12],
        document("# Title", {"a": "one", "b": "three"}).split("generated:b ")[1][:12],
    )
