"""How long is waited, how often is tried, when somebody is told. Pure."""

from __future__ import annotations

from datetime import timedelta

LASTS = timedelta(days=3)  # a message is tried for so long
WARN_AFTER = timedelta(hours=12)  # of nothing but failures
PAUSE_AFTER = LASTS
OVERLAP = timedelta(hours=24)  # both secrets sign
MOST_CHANGES = 200  # in one message
_FIRST_SECONDS = 10.0
_LONGEST_SECONDS = 6 * 3600.0
_GROWTH = 3
_SPREAD = 0.2


def wait_after(tries: int, chance: float, asked_seconds: float = 0.0) -> timedelta:
    """How long until the next try, after `tries` that failed.

    10 s, 30 s, 90 s … to six hours, a fifth more or less by `chance` (0 to 1), so that endpoints
    that failed together do not come back together. `asked_seconds`: what the endpoint asked for,
    obeyed up to six hours.
    """
    # A bounded exponent: the power of a large one would not fit a float.
    plain = min(_FIRST_SECONDS * _GROWTH ** min(max(tries, 1) - 1, 20), _LONGEST_SECONDS)
    jittered = plain * (1 - _SPREAD + 2 * _SPREAD * chance)
    return timedelta(seconds=max(jittered, min(asked_seconds, _LONGEST_SECONDS)))
