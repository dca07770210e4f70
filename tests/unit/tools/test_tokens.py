from pathlib import Path

import pytest

from specweave.tools import tokens

REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture
def no_vocabulary(monkeypatch, tmp_path):
    monkeypatch.delenv("TIKTOKEN_CACHE_DIR", raising=False)
    monkeypatch.setattr(tokens, "_CARRIERS", ())
    monkeypatch.setattr(tokens.tempfile, "gettempdir", lambda: str(tmp_path))


def test_without_a_vocabulary_the_count_says_it_is_an_estimate(no_vocabulary):
    counted = tokens.count_tokens("The model was trained on 6,000 rows.")
    assert counted.estimated
    assert counted.tokens in range(10, 14)


def test_nothing_costs_nothing(no_vocabulary):
    assert tokens.count_tokens("").tokens == 0


# Counted with tiktoken's o200k_base. On whole documents the estimate is within a tenth; short texts vary more.
COUNTED = [
    ("Judge the best (or named) experiment on the sealed test set: metrics with confidence intervals.", 19),
    ('{"type":"object","properties":{"increment":{"type":"string"}},"additionalProperties":false}', 19),
    ("| exp-004-lightgbm | 0.9274 | 0.9221 to 0.9330 | better |", 28),
    ("def count_tokens(text: str) -> TokenCount:\n    return TokenCount(_estimate(text), estimated=True)\n", 22),
]


@pytest.mark.parametrize(("text", "exact"), COUNTED)
def test_an_estimate_is_near_the_exact_count(no_vocabulary, text, exact):
    assert abs(tokens.count_tokens(text).tokens - exact) <= exact / 3


def test_a_vocabulary_on_disk_gives_an_exact_count():
    folder = tokens._vocabulary_folder()
    if folder is None:
        pytest.skip("no o200k_base vocabulary on this machine; set TIKTOKEN_CACHE_DIR to a folder that holds it")
    for text, exact in COUNTED:
        assert tokens.count_tokens(text) == tokens.TokenCount(exact, estimated=False)
