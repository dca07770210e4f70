"""A/B tests of a model in service: planned, assigned by hash, logged, and analysed so that looking early costs nothing.

`assignment.py` and `router.py` are copied beside main.py when a test is asked for; they need the standard library alone.
"""
