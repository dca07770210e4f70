from __future__ import annotations

import subprocess
import sys

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from specweave.experiments import yaml_form

_scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
_mappings = st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), _values, max_size=6)


@given(_mappings)
@settings(max_examples=150)
def test_own_reader_and_pyyaml_read_back_what_was_written(content):
    text = yaml_form.dump(content)
    if content:
        assert yaml_form.load(text) == content
        assert yaml.safe_load(text) == content


@pytest.mark.parametrize("word", ["yes", "No", "on", "null", "true", "Y", "1", "a: b", "- x", "#", "", "~"])
def test_words_with_a_meaning_in_yaml_stay_text_as_key_and_value(word):
    text = yaml_form.dump({word: word})
    assert yaml_form.load(text) == yaml.safe_load(text) == {word: word}


@pytest.mark.parametrize("number", [1e-5, 1e16, 1.5e300, 5e-324, -1e-7, 0.1])
def test_small_and_large_numbers_are_numbers_to_a_yaml_1_1_reader(number):
    assert yaml.safe_load(yaml_form.dump({"a": [number]})) == {"a": [number]}


def test_form_a_person_reads():
    text = yaml_form.dump({"id": "exp-001", "git": {"dirty": False, "files": ["a", "b"]}, "tags": {}})
    assert text == 'id: "exp-001"\ngit:\n  dirty: false\n  files: ["a", "b"]\ntags: {}\n'


def test_json_is_read():
    assert yaml_form.load('{"id": "x", "n": [1]}') == {"id": "x", "n": [1]}


def test_what_a_person_edited_is_read_with_pyyaml():
    assert yaml_form.load("id: exp-001 # mine\ntags:\n- a\n- b\n") == {"id": "exp-001", "tags": ["a", "b"]}


@pytest.mark.parametrize("text", ["id: [1,", "{", "just words", "git:\n", "a: 1\n   b: 2\n", "- a\n"])
def test_damage_is_an_error(text):
    if text == "git:\n":  # valid YAML to others; to us a mapping that was cut off
        assert yaml_form.load(text) == {"git": None}
        return
    with pytest.raises(ValueError, match=r".+"):
        yaml_form.load(text)


def test_own_form_needs_no_pyyaml():
    program = (
        "import sys; sys.modules['yaml'] = None\n"
        "from specweave.experiments import yaml_form\n"
        "content = {'a': {'b': [1.5, 'x'], 'c': {}}, 'd': 'é'}\n"
        "assert yaml_form.load(yaml_form.dump(content)) == content\n"
        "try: yaml_form.load('a: b # c')\n"
        "except ValueError: print('refused')\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "refused"


def test_a_writer_gives_the_same_text_and_notices_new_objects():
    writer = yaml_form.Writer()
    content = {"id": "exp-001", "git": {"dirty": False}, "tags": {}}
    assert writer.dump(content) == yaml_form.dump(content)
    changed = {**content, "tags": {"a": 1}, "more": [1]}
    assert writer.dump(changed) == yaml_form.dump(changed)
    assert writer.dump({"tags": changed["tags"]}) == yaml_form.dump({"tags": {"a": 1}})
