"""One leak detector a file."""
