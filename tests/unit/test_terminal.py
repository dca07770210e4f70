import io

import pytest

from specweave.terminal import as_commands, bar


@pytest.mark.parametrize(
    ("said", "typed"),
    [
        ('Next: Train: run_experiment(increment="0001-churn").', "Next: Train: `sw-ml run 0001-churn`."),
        (
            'evaluate_model(increment="0001-a", experiment="exp-004", purpose="the baseline")',
            '`sw-ml evaluate 0001-a --experiment "exp-004" --purpose "the baseline"`',
        ),
        ("job(action='resume', job='job-1-ab')", "`sw-ml job resume job-1-ab`"),
        ('profile_data(increment="0001-a")', "`sw-ml profile --increment 0001-a`"),
        ("nothing to do", "nothing to do"),
    ],
)
def test_tool_calls_are_written_as_commands(said, typed):
    assert as_commands(said) == typed


def test_a_log_gets_a_line_at_most_every_few_seconds():
    out = io.StringIO()
    with bar(out) as progress:
        for i in range(50):
            progress(i, 50, f"step {i}")
    assert out.getvalue() == "  0 % step 0\n"


def test_a_terminal_gets_one_line_that_is_cleared_at_the_end():
    class Terminal(io.StringIO):
        def isatty(self):
            return True

    out = Terminal()
    with bar(out) as progress:
        progress(1, 2, "half")
        progress(5, 2, "beyond the end")
    assert "50 % half" in out.getvalue()
    assert "100 % beyond the end" in out.getvalue()
    assert out.getvalue().endswith("\r\x1b[K")
