"""Tests every rule over code has to pass; inherit the class, name the rule, and give a leaky and a sound script.

class TestMyRule(RuleConformance):
    rule = MyRule
    leaky = "…"
    sound = "…"
"""

from __future__ import annotations

import json
from typing import ClassVar

from specweave.leakage.code.finding import CodeFinding, FileReport, Rule
from specweave.leakage.code.program import Program
from specweave.leakage.code.search import examine_program, examine_source

ODD = (
    "",
    "x = = 1",
    "for i in range(3): pass",
    "def f(n):\n    return f(n - 1)\nf(3)",
    "a, *b = [1, 2, 3]\ndel a",
    "with open('f') as g:\n    h = [l for l in g]",
    "class A:\n    def fit(self, X):\n        return self\nA().fit(None).predict(1)",
    "print 'old'\n%matplotlib inline\n!ls",
)


class RuleConformance:
    """What a registered rule owes its callers, whatever it looks for."""

    rule: ClassVar[type[Rule]]
    leaky: ClassVar[str]
    sound: ClassVar[str]

    def found(self, source: str) -> list[CodeFinding]:
        return list(examine_source(source, rules=[self.rule()]).findings)

    def test_has_a_code_and_a_title(self) -> None:
        assert self.rule.code == self.rule.code.lower().replace(" ", "-")
        assert self.rule.title[:1].isupper()

    def test_finds_the_leak_and_names_line_flow_and_fix(self) -> None:
        (finding,) = self.found(self.leaky)
        assert finding.rule == self.rule.code
        assert finding.fails
        assert finding.sentence.endswith(".")
        assert finding.fix.endswith(".")
        assert all(step.text for step in finding.flow)
        assert finding.place in [step.place for step in finding.flow]

    def test_is_silent_on_the_sound_one(self) -> None:
        assert self.found(self.sound) == []

    def test_finds_it_across_cells_and_names_the_cell(self) -> None:
        program = Program("notebook.ipynb")
        for number, line in enumerate(_blocks(self.leaky), 1):
            program.add(line, number)
        report = examine_program(program, [self.rule()])
        assert [finding.rule for finding in report.findings] == [self.rule.code]
        assert all(finding.place.cell for finding in report.findings)

    def test_finds_it_inside_a_function(self) -> None:
        body = "\n".join(f"    {line}" for line in self.leaky.strip().splitlines())
        assert self.found(f"def main():\n{body}\n\nmain()\n")
        assert self.found(f"def never_called():\n{body}\n")

    def test_a_reason_allows_it_and_is_kept(self) -> None:
        (finding,) = self.found(self.leaky)
        lines = self.leaky.splitlines()
        lines[finding.place.line - 1] += f"  # sw-ml: allow {self.rule.code} because it is shown in a lesson"
        (allowed,) = self.found("\n".join(lines))
        assert allowed.allowed_because == "it is shown in a lesson"
        assert not allowed.fails

    def test_survives_odd_code_and_answers_in_plain_json(self) -> None:
        for source in ODD:
            assert self.found(source) == []
        report = examine_source(self.leaky, rules=[self.rule()])
        assert FileReport.model_validate(json.loads(report.model_dump_json())) == report


def _blocks(source: str) -> list[str]:
    """The source cut at its unindented lines."""
    blocks: list[str] = []
    for line in source.strip().splitlines():
        if line.startswith(" ") and blocks:
            blocks[-1] += f"\n{line}"
        else:
            blocks.append(line)
    return blocks
