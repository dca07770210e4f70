from __future__ import annotations

import json

import pytest

from specweave.errors import StorageError
from specweave.leakage.code.program import Program, read_program


def program(*cells):
    made = Program("notebook.ipynb")
    for number, source in enumerate(cells, 1):
        made.add(source, number)
    return made


def test_lines_lead_back_to_their_cells():
    found = program("a = 1\nb = 2", "", "c = 3")
    assert [str(found.place(one.lineno)) for one in found.statements] == [
        "cell 1, line 1",
        "cell 1, line 2",
        "cell 3, line 1",
    ]
    assert found.text(found.statements[-1].lineno) == "c = 3"


def test_magics_shell_and_old_prints_do_not_stop_the_reading():
    found = program("%matplotlib inline\n!pip list\nfiles = !ls\nx = 1", "print 'done'\ny = 2", "df?\nz = 3")
    assert found.skipped == []
    assert found.statements[-1].lineno == 8


def test_cells_in_other_languages_are_named():
    assert program("%%bash\nls", "x = 1").skipped == ["cell 1: %%bash is no Python"]


def test_one_broken_statement_does_not_hide_the_others():
    found = program("x = 1\nif x\n  y = 2\nz = 3")
    assert [one.lineno for one in found.statements] == [1, 4]


def test_notebooks_of_both_formats_are_read(tmp_path):
    cell = {"cell_type": "code", "source": ["x = 1\n", "y = 2"]}
    for content in ({"cells": [cell]}, {"worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1\ny = 2"}]}]}):
        (tmp_path / "a.ipynb").write_text(json.dumps(content), "utf-8")
        assert len(read_program(tmp_path / "a.ipynb").statements) == 2


@pytest.mark.parametrize("content", ["", "{}", "[1]", '{"cells": 3}', '{"cells": ["x"]}'])
def test_what_is_no_notebook_is_refused_in_a_sentence(tmp_path, content):
    (tmp_path / "a.ipynb").write_text(content, "utf-8")
    with pytest.raises(StorageError, match="no notebook"):
        read_program(tmp_path / "a.ipynb")
