"""`python -m specweave.cli`."""

from specweave.cli import main

main()
