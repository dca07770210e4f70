"""sw-ml: the tools' operations for terminals and CI.

Exit codes: 0 done, 1 a check or criterion failed, 2 an error with its cure, 130 interrupted (finished work is kept).
"""

from specweave.cli import deployment, discipline, judgement, monitoring, work
from specweave.cli.program import main

__all__ = ["deployment", "discipline", "judgement", "main", "monitoring", "work"]
