"""Waits for conditions, never for a time."""

import time


def until(condition, within, otherwise):
    """The first true value of a condition that holds within some seconds; an AssertionError with a sentence if not."""
    deadline = time.monotonic() + within
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"{otherwise() if callable(otherwise) else otherwise} (waited {within} s)")
        time.sleep(0.1)
