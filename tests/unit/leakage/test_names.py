from __future__ import annotations

import pytest

from specweave.leakage.names import AFTERWARDS_WORDS, ENTITY_WORDS, ID_WORDS, says, words


@pytest.mark.parametrize(
    "name", ["customer_id", "customerID", "CustomerId", "Customer Id", "customer-id", "CUSTOMER_ID"]
)
def test_words_do_not_depend_on_the_writing_style(name):
    assert words(name) == {"customer", "id"}


def test_lists():
    assert says("userId", ENTITY_WORDS)
    assert says("PID", ID_WORDS)
    assert says("claimcst0", AFTERWARDS_WORDS)
    assert not says("reclaimable", AFTERWARDS_WORDS)
    assert not says("width", ID_WORDS)
