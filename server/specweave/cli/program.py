"""The program itself; the commands of the other modules hang on it."""

from __future__ import annotations

import click

from specweave import __version__
from specweave.patience import sleep_while_waiting


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="sw-ml")
def main() -> None:
    """Machine learning that cannot fool you: sealed test sets, mandatory baselines, evidence for every number."""
    sleep_while_waiting()
