"""Contributions of raw columns, by the exact route a model allows or by sampling with its error."""
