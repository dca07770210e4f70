"""sw-ml: the tools' operations for terminals and CI.

Exit codes: 0 done, 1 a check or criterion failed, 2 an error with its cure, 130 interrupted (finished work is kept).
"""

from specweave.cli import auditing, deployment, discipline, explanation, judgement, leakage, monitoring, work
from specweave.cli.program import main

__all__ = ["auditing", "deployment", "discipline", "explanation", "judgement", "leakage", "main", "monitoring", "work"]
