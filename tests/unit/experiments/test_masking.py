from __future__ import annotations

import pytest

from specweave.experiments.masking import is_secret_name, mask_arguments, mask_text


@pytest.mark.parametrize(
    "name",
    [
        "--token",
        "token",
        "--hf-token",
        "GITHUB_TOKEN",
        "password",
        "db_password",
        "--api-key",
        "apikey",
        "secret",
        "client_secret",
        "aws.access_key",
        "--credentials",
        "auth_token",
        "private-key",
    ],
)
def test_names_of_secrets_are_recognised(name):
    assert is_secret_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "token_pattern",
        "tokenizer",
        "pad_token",
        "unk-token",
        "num_tokens",
        "key",
        "keyword",
        "--monkey",
        "learning_rate",
        "secretary_count",
        "early_stop_token",
    ],
)
def test_names_of_ordinary_parameters_are_left_alone(name):
    assert not is_secret_name(name)


def test_values_of_secret_options_do_not_stay_in_a_command_line():
    given = ["train.py", "--token", "abc", "--lr", "0.1", "--password=hunter2", "API_KEY=xyz", "--secret", "--fast"]
    masked = mask_arguments(given)
    assert masked == [
        "train.py",
        "--token",
        "***",
        "--lr",
        "0.1",
        "--password=***",
        "API_KEY=***",
        "--secret",
        "--fast",
    ]


def test_password_of_an_address_is_masked_and_the_rest_stays():
    assert mask_text("read postgresql://anna:geheim@db:5432/shop now") == "read postgresql://anna:***@db:5432/shop now"


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer abcdefghij.klm",
        "{'authorization': 'Basic YWJjZGVmZ2hpag=='}",
        "sent bearer abcdefghijabcdefghijabcdefghij to the server",
        "key sk-abcdefghijabcdefghijabcdefghij",
        "ghp_abcdefghijabcdefghijabcdefghij",
    ],
)
def test_keys_in_texts_are_masked(text):
    assert "***" in mask_text(text)
    assert "abcdefghij" not in mask_text(text)
    assert "YWJj" not in mask_text(text)


@pytest.mark.parametrize("text", ["basic preprocessing", "the bearer certificate", "sk-learn", "authorization failed"])
def test_ordinary_words_are_left_alone(text):
    assert mask_text(text) == text


def test_address_without_password_is_unchanged():
    assert mask_text("see https://example.org/a@b") == "see https://example.org/a@b"
