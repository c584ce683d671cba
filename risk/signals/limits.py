"""How far beyond a limit something is, valued alike for every signal that has one."""

from __future__ import annotations


def beyond(measure: float, limit: float) -> float:
    """0 up to the limit, then 1 - 1/(2r) for r times the limit: one half just beyond it, three quarters at twice it.

    Any measure above a limit of 0 is 1.
    """
    if measure <= limit:
        return 0.0
    return 1.0 - limit / (2.0 * measure)
